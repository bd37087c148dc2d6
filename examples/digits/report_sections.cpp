// SPDX-License-Identifier: MIT
// The rows as a table, and what accuracy costs in bytes and in time.
#include "report_sections.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include <fmt/format.h>

#include <pare/metrics/pareto.hpp>

#include "report_axis.hpp"
#include "report_charts.hpp"
#include "report_svg.hpp"
#include "report_text.hpp"

namespace digits {

std::string summary_section(const report& r) {
    constexpr const char* heads[] = {"accuracy",          "bytes at rest", "bytes executing", "smaller at rest",
                                     "\u00b5s per image", "MACs kept",     "speed-up"};
    const double original = double(r.rows.front().stored_bytes), slowest = r.rows.front().microseconds;
    // Roles are written out: the narrow page shows rows as blocks, which takes them from a table.
    std::string html =
        "<h2>What each costs and gains</h2>\n<table class=\"summary\" role=\"table\">\n"
        "<caption>MACs kept: multiply-accumulates of the weights that exist, for one image. Smaller and speed-up: against the "
        "first row.</caption>\n<thead role=\"rowgroup\"><tr role=\"row\"><th scope=\"col\" role=\"columnheader\">network</th>";
    for (const char* head : heads) html += fmt::format("<th scope=\"col\" role=\"columnheader\">{}</th>", head);
    html += "</tr></thead>\n<tbody role=\"rowgroup\">\n";
    for (const row& one : r.rows) {
        const std::string cells[] = {fmt::format("{:.2f}\u00a0%", one.accuracy),
                                     grouped(one.stored_bytes),
                                     grouped(one.executing_bytes),
                                     fmt::format("{:.1f}x", original / double(one.stored_bytes)),
                                     fmt::format("{:.1f}", one.microseconds),
                                     grouped(one.macs),
                                     fmt::format("{:.2f}x", slowest / one.microseconds)};
        html += fmt::format("<tr role=\"row\"><th scope=\"row\" role=\"rowheader\">{}</th>", escape(one.name));
        for (std::size_t i = 0; i < std::size(cells); ++i)
            html += fmt::format("<td role=\"cell\" data-head=\"{}\">{}</td>", heads[i], cells[i]);
        html += "</tr>\n";
    }
    return html + "</tbody></table>\n";
}

namespace {

/// Medians of two runs of one program differ by less than this share.
constexpr double same_time = 0.02;

/// Accuracy over a figure of each row.
template <class Cost>
std::string trade_chart(const report& r, const std::string& title, const std::string& what, scatter_chart chart, const Cost& cost,
                        double tolerance, const std::string& note) {
    std::vector<pare::metrics::trade> trades;
    std::vector<double> accuracies;
    for (const row& one : r.rows) {
        trades.push_back({cost(one), one.accuracy});
        accuracies.push_back(one.accuracy);
        chart.points.push_back({one.name, cost(one), one.accuracy, false});
    }
    std::string front_names;
    for (const std::size_t i : pare::metrics::pareto_front(trades, tolerance)) {
        chart.points[i].on_front = true;
        front_names += (front_names.empty() ? "" : ", ") + r.rows[i].name;
    }
    const double floor = lowest_worth_showing(accuracies);
    const auto low = std::size_t(std::count_if(accuracies.begin(), accuracies.end(), [&](double a) { return a < floor; }));
    chart.label =
        fmt::format("Accuracy over {}, one point for each of {} networks; the figures are in the table above. On the Pareto front: {}.",
                    what, r.rows.size(), front_names);
    chart.y_title = "accuracy, %";
    chart.y_text = [](double v, int) { return fmt::format("{:.2f}", v); };
    std::string html = "<div>\n<h3>" + title + "</h3>\n<figure>\n" + draw(chart);
    html +=
        "<figcaption>Filled, on the dashed line: the Pareto front; no other network is as accurate at less cost, or better at the same. "
        "Hollow: the rest.";
    if (low != 0)
        html += fmt::format(" In the strip at the bottom: {} that lie{} far below the axis and would squash the others.",
                            low == 1 ? "one" : std::to_string(low), low == 1 ? "s" : "");
    return html + note + "</figcaption>\n</figure>\n</div>\n";
}

}  // namespace

std::string trade_section(const report& r) {
    const double share = r.rows.front().accuracy / 100, points = 100 * std::sqrt(share * (1 - share) / double(r.test->count()));
    std::string html = "<h2>What accuracy costs</h2>\n" +
                       fmt::format(
                           "<p>On {} images the standard error of an accuracy near {:.1f}\u00a0% is {:.2f} points: on another set of "
                           "images, rows that are less apart may change places.</p>\n<div class=\"pair\">\n",
                           grouped(r.test->count()), r.rows.front().accuracy, points);
    scatter_chart size;
    size.x_title = "bytes at rest (logarithmic)";
    size.logarithmic_x = true;
    size.x_text = [](double v, int) { return bytes_text(v); };
    html += trade_chart(r, "In bytes at rest", "bytes at rest", size, [](const row& one) { return double(one.stored_bytes); }, 0, "");
    scatter_chart time;
    time.x_title = "microseconds per image";
    time.x_text = [](double v, int decimals) { return fmt::format("{:.{}f}", v, decimals); };
    html += trade_chart(
        r, "In time", "time per image", time, [](const row& one) { return one.microseconds; }, same_time,
        fmt::format(" Medians within {:g}\u00a0% of one another count as the same: the next run orders them otherwise.", 100 * same_time));
    return html + "</div>\n";
}

}  // namespace digits
