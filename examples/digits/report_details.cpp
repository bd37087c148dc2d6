// SPDX-License-Identifier: MIT
// Layers and mistakes.
#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "report_charts.hpp"
#include "report_sections.hpp"
#include "report_svg.hpp"
#include "report_text.hpp"

namespace digits {

namespace {

const row* find(const report& r, const std::string& name) {
    const auto at = std::find_if(r.rows.begin(), r.rows.end(), [&](const row& one) { return one.name == name; });
    return at == r.rows.end() ? nullptr : &*at;
}

std::vector<const row*> rows_with_layers(const report& r) {
    std::vector<const row*> found;
    for (const row& one : r.rows)
        if (!one.layers.empty()) found.push_back(&one);
    return found;
}

/// A table with a column for each layer; `cell` writes a layer of a row.
template <class Cell>
std::string layer_table(const std::vector<const row*>& rows, const std::string& caption, const Cell& cell) {
    std::string html = "<table class=\"layers\">\n<caption>" + caption + "</caption>\n<thead><tr><th scope=\"col\">network</th>";
    for (const layer_row& l : rows.front()->layers) html += fmt::format("<th scope=\"col\">{}</th>", escape(l.name));
    html += "</tr></thead>\n<tbody>\n";
    for (const row* one : rows) {
        html += fmt::format("<tr><th scope=\"row\">{}</th>", escape(one->name));
        for (const layer_row& l : one->layers) html += "<td>" + cell(*one, l) + "</td>";
        html += "</tr>\n";
    }
    return html + "</tbody></table>\n";
}

/// The layers of the rows that are compared.
template <class Value>
line_chart layer_chart(const report& r, const std::vector<const row*>& rows, const Value& value) {
    line_chart chart;
    chart.x_title = "layer";
    for (const layer_row& l : rows.front()->layers) chart.categories.push_back(l.name);
    for (const std::string& name : r.compared) {
        const row* one = find(r, name);
        if (one == nullptr || one->layers.empty()) continue;
        line_series s{name, {}};
        for (std::size_t i = 0; i < one->layers.size(); ++i) s.points.push_back({double(i), value(one->layers[i])});
        chart.series.push_back(std::move(s));
    }
    return chart;
}

/// A digit in three tones of ink, drawn in runs of pixels.
std::string digit_svg(std::span<const std::uint8_t> pixels, const std::string& label) {
    std::string paths;
    for (int tone = 1; tone <= 3; ++tone) {
        std::string data;
        const auto tone_of = [&](std::size_t at) { return pixels[at] < 48 ? 0 : pixels[at] < 112 ? 1 : pixels[at] < 184 ? 2 : 3; };
        for (std::size_t y = 0; y < 28; ++y)
            for (std::size_t x = 0; x < 28;) {
                std::size_t end = x;
                while (end < 28 && tone_of(y * 28 + end) == tone) ++end;
                if (end > x) data += fmt::format("M{} {}h{}v1h-{}z", x, y, end - x, end - x);
                x = std::max(end, x + 1);
            }
        if (!data.empty()) paths += fmt::format("<path class=\"g{}\" d=\"{}\"/>", tone, data);
    }
    return fmt::format("<svg role=\"img\" aria-label=\"{}\" viewBox=\"0 0 28 28\">{}</svg>", escape(label), paths);
}

}  // namespace

std::string layer_section(const report& r) {
    const std::vector<const row*> rows = rows_with_layers(r);
    if (rows.empty()) return {};
    std::string html = "<h2>Layer by layer</h2>\n<div class=\"pair\">\n<div>\n<h3>How far outputs are from the float network's</h3>\n";
    line_chart sqnr = layer_chart(r, rows, [](const layer_row& l) { return l.sqnr; });
    sqnr.label =
        "Signal to quantisation noise ratio of each layer's output in decibels, for some networks; the figures are in the table below.";
    sqnr.y_title = "SQNR, dB";
    sqnr.y_text = [](double v, int decimals) { return fmt::format("{:.{}f}", v, decimals); };
    html += "<figure>\n" + draw(sqnr) +
            "<figcaption>Signal to quantisation noise ratio of each layer's output, in the whole compressed network, on the calibration "
            "images. Higher is nearer; 20 dB is a noise of one hundredth of the power.</figcaption>\n</figure>\n</div>\n";
    html += "<div>\n<h3>What one layer alone does to the answer</h3>\n";
    line_chart alone = layer_chart(r, rows, [](const layer_row& l) { return std::max(l.divergence, 1e-9); });
    alone.label =
        "Divergence of the float network's output when one layer's weights are compressed, for some networks; the figures are in the "
        "table below.";
    alone.logarithmic_y = true;
    alone.y_title = "divergence, nats (logarithmic)";
    alone.y_text = [](double v, int) { return power_text(v); };
    html += "<figure>\n" + draw(alone) +
            "<figcaption>The float network with the compressed weights of this layer only: mean Kullback-Leibler divergence of its answers "
            "from those of the float network, on the test images. Lower is better.</figcaption>\n</figure>\n</div>\n<div>\n";
    html += layer_table(rows, "SQNR of outputs in dB; the lowest of a network is in bold.", [](const row& one, const layer_row& l) {
        const bool lowest = std::all_of(one.layers.begin(), one.layers.end(), [&](const layer_row& o) { return o.sqnr >= l.sqnr; });
        return strong_if(lowest, fmt::format("{:.1f}", l.sqnr));
    });
    html += "</div>\n<div>\n";
    html += layer_table(rows, "One layer alone: divergence in nats, and below it the points of accuracy that it loses (below zero: gains).",
                        [](const row&, const layer_row& l) {
                            return fmt::format("{}<br><small>{} pt</small>", scientific(l.divergence), signed_text(l.lost, 2));
                        });
    return html + "</div>\n</div>\n";
}

std::string confusion_section(const report& r) {
    const row* one = find(r, r.inspected);
    if (one == nullptr) return {};
    const auto& m = one->confusion;
    std::size_t most = 1;
    for (std::size_t t = 0; t < 10; ++t)
        for (std::size_t g = 0; g < 10; ++g)
            if (t != g) most = std::max(most, m.at(t, g));
    std::string html = fmt::format(
        "<h2>What is taken for what</h2>\n<div class=\"pair\">\n<div>\n<h3>All images, {}</h3>\n<table class=\"confusion\">\n"
        "<caption>Test images by the digit that they show (rows) and the digit that they were taken for (columns).</caption>\n"
        "<thead><tr><th scope=\"col\">is</th>",
        escape(one->name));
    for (int g = 0; g < 10; ++g) html += fmt::format("<th scope=\"col\">{}</th>", g);
    html += "</tr></thead>\n<tbody>\n";
    for (std::size_t t = 0; t < 10; ++t) {
        html += fmt::format("<tr><th scope=\"row\">{}</th>", t);
        for (std::size_t g = 0; g < 10; ++g) {
            const std::size_t count = m.at(t, g);
            if (t == g) html += fmt::format("<td class=\"right\">{}</td>", count);
            else if (count == 0) html += "<td class=\"zero\">0</td>";
            else
                html += fmt::format("<td style=\"background:rgba(var(--heat),{:.2f})\"><strong>{}</strong></td>",
                                    0.08 + 0.32 * double(count) / double(most), count);
        }
        html += "</tr>\n";
    }
    html += "</tbody></table>\n</div>\n<div>\n";
    const std::size_t shown = std::min<std::size_t>(10, one->mistakes.size());
    html += fmt::format(
        "<h3>{} of its {} mistakes</h3>\n<p class=\"note\">The first in the order of the test images: what they show, and what "
        "they were taken for.</p>\n<ul class=\"digits\">\n",
        shown == one->mistakes.size() ? "All" : fmt::format("The first {}", shown), one->mistakes.size());
    for (std::size_t i = 0; i < shown; ++i) {
        const mistake& e = one->mistakes[i];
        html += fmt::format("<li>{}{}, taken for {}</li>\n", digit_svg(r.test->image(e.image), fmt::format("Test image {}", e.image)),
                            e.truth, e.given);
    }
    return html + "</ul>\n</div>\n</div>\n";
}

}  // namespace digits
