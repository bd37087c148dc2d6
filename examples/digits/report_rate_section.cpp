// SPDX-License-Identifier: MIT
// Accuracy over the share of weights removed, and the share that was chosen.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "report_charts.hpp"
#include "report_sections.hpp"
#include "report_svg.hpp"
#include "report_text.hpp"

namespace digits {

namespace {

/// A criterion in a list of criteria.
std::string name_of(const std::string& criterion) { return criterion == "random" ? "at random" : "by " + criterion; }

line_series series_of(const rate_choice& c) {
    const rate_figures& best = c.at(c.best);
    line_series s{name_of(c.criterion), {}, best.mean - best.standard_error, best.rate, best.rate};
    for (const rate_figures& f : c.rates) {
        s.points.push_back({f.rate, f.mean, f.standard_error, f.rate == c.chosen});
        if (s.threshold_to <= c.chosen) s.threshold_to = std::max(s.threshold_to, f.rate);  // to the first that is not chosen
    }
    return s;
}

std::string table_of(const rate_choices& c) {
    std::string html = fmt::format(
        "<table class=\"rates\">\n<caption>Mean {} in percent and its standard error over {} folds; the chosen rate "
        "is in bold.</caption>\n<thead><tr><th scope=\"col\">removed</th>",
        escape(c.metric), c.folds);
    std::vector<double> rates;
    for (const rate_choice& one : c.criteria) {
        html += fmt::format("<th scope=\"col\">{}</th>", escape(name_of(one.criterion)));
        for (const rate_figures& f : one.rates) rates.push_back(f.rate);
    }
    std::sort(rates.begin(), rates.end());
    rates.erase(std::unique(rates.begin(), rates.end()), rates.end());
    html += "</tr></thead>\n<tbody>\n";
    for (const double rate : rates) {
        html += fmt::format("<tr><th scope=\"row\">{:g}\u00a0%</th>", 100 * rate);
        for (const rate_choice& one : c.criteria) {
            const auto at = std::find_if(one.rates.begin(), one.rates.end(), [&](const rate_figures& f) { return f.rate == rate; });
            const std::string figures =
                at == one.rates.end() ? "\u2013" : fmt::format("{:.2f} <small>\u00b1 {:.2f}</small>", at->mean, at->standard_error);
            html += "<td>" + strong_if(rate == one.chosen, figures) + "</td>";
        }
        html += "</tr>\n";
    }
    return html + "</tbody></table>\n";
}

}  // namespace

std::string rate_section(const report& r) {
    std::string html = "<h2>How much can go</h2>\n";
    if (!r.rates) return html + "<p>" + escape(r.no_rates) + "</p>\n";
    const rate_choices& c = *r.rates;
    line_chart chart;
    chart.label = fmt::format(
        "Mean {} over the share of weights removed, with standard errors over {} folds, one line for each criterion of "
        "pruning; the figures are in the table that follows.",
        c.metric, c.folds);
    chart.x_title = "weights removed, %";
    chart.y_title = c.metric + ", %";
    chart.x_text = [](double v, int) { return fmt::format("{:g}", 100 * v); };
    chart.y_text = [](double v, int decimals) { return fmt::format("{:.{}f}", v, decimals); };
    std::string choices;
    for (const rate_choice& one : c.criteria) {
        chart.series.push_back(series_of(one));
        choices += fmt::format("{}{} {:g}\u00a0%", choices.empty() ? "" : ", ", name_of(one.criterion), 100 * one.chosen);
    }
    return html +
           fmt::format(
               "<p>The share of weights that pruning removes is chosen without the test images: by {} folds of others, the largest rate "
               "whose mean {} is no lower than the best mean less its standard error. Chosen for the network <em>{}</em>: {}.</p>\n",
               c.folds, escape(c.metric), escape(c.network), escape(choices)) +
           "<div class=\"pair\">\n<div>\n<figure>\n" + draw(chart) +
           "<figcaption>Bars: one standard error. Rings: the chosen rates. Dotted: the best mean of a criterion less its standard error, "
           "from "
           "its rate to the first that is not chosen. Hollow triangles in a strip at the bottom, where there is one, lie far below the "
           "axis.</figcaption>\n</figure>\n</div>\n<div>\n" +
           table_of(c) + "<p class=\"note\">Read from <code>" + escape(c.source.generic_string()) + "</code>.</p>\n</div>\n</div>\n";
}

}  // namespace digits
