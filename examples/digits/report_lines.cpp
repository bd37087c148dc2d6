// SPDX-License-Identifier: MIT
// Lines with error bars.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include "report_charts.hpp"
#include "report_frame.hpp"

namespace digits {

namespace {

std::string draw_at(const line_chart& chart, double width, double plane_height, bool narrow) {
    std::vector<double> xs, ys;
    for (const line_series& s : chart.series)
        for (const line_point& p : s.points) xs.push_back(p.x), ys.push_back(p.y);
    const double floor = chart.logarithmic_y || ys.empty() ? 0 : lowest_worth_showing(ys);
    ys.clear();
    for (const line_series& s : chart.series)
        for (const line_point& p : s.points)
            if (chart.logarithmic_y || p.y >= floor) ys.push_back(p.y + p.error), ys.push_back(p.y - p.error);
    const bool by_category = !chart.categories.empty();

    double longest = 0;
    for (const line_series& s : chart.series) longest = std::max(longest, text_width(s.name, label_size));
    const double below = narrow ? line_height * double(chart.series.size()) + 8 : 0;
    const double right = narrow ? 14 : longest + 26;
    const auto is_low = [&](const line_point& p) { return !chart.logarithmic_y && p.y < floor; };
    const double strip = ys.size() < 2 * xs.size() ? 24 : 0;
    const frame f{{46, 30, width - 46 - right, plane_height - strip},
                  by_category ? axis{-0.25, double(chart.categories.size()) - 0.75} : axis_over(xs, false, 0.06),
                  axis_over(ys, chart.logarithmic_y, 0.08),
                  strip};
    const double height = f.bottom() + 44 + below;

    drawing d(width, height);
    tick_labels x_ticks;
    if (!by_category) x_ticks = label_ticks(f.x, narrow ? 5 : 8, chart.x_text);
    for (std::size_t i = 0; i < chart.categories.size(); ++i) x_ticks.emplace_back(double(i), chart.categories[i]);
    f.draw(d, x_ticks, label_ticks(f.y, 7, chart.y_text), chart.x_title, chart.y_title);

    const auto down = [&](const line_point& p) { return is_low(p) ? f.strip_middle() : f.down(p.y); };
    std::vector<double> ends;
    for (std::size_t i = 0; i < chart.series.size(); ++i) {
        const line_series& s = chart.series[i];
        const std::string colour = fmt::format(" s{}", i % 5);
        // Error bars of several series stand beside one another.
        const double aside = by_category ? 0 : 5 * (double(i) - double(chart.series.size() - 1) / 2);
        if (s.threshold_from < s.threshold_to && s.threshold >= f.y.low)
            d.line(f.across(s.threshold_from) + aside, f.down(s.threshold), f.across(s.threshold_to) + aside, f.down(s.threshold),
                   "threshold" + colour);
        std::string path;
        for (const line_point& p : s.points)
            path += fmt::format("{}{:.1f} {:.1f}", path.empty() ? "M" : "L", f.across(p.x) + aside, down(p));
        d.path(path, "series" + colour);
        for (const line_point& p : s.points) {
            const double x = f.across(p.x) + aside;
            if (p.error > 0 && !is_low(p)) {
                const double top = f.down(p.y + p.error), bottom = f.down(p.y - p.error);
                d.path(fmt::format("M{0:.1f} {1:.1f}h6M{2:.1f} {1:.1f}V{3:.1f}M{0:.1f} {3:.1f}h6", x - 3, top, x, bottom), "bar" + colour);
            }
            if (p.chosen) d.marker(0, x, down(p), 10, "ring" + colour);
            if (is_low(p)) d.marker(4, x, down(p), 4.5, "below" + colour);
            else d.marker(int(i), x, down(p), 4.5, "mark" + colour);
        }
        ends.push_back(s.points.empty() ? f.plane.bottom() : down(s.points.back()));
    }
    if (narrow) {
        for (std::size_t i = 0; i < chart.series.size(); ++i) {
            const double y = f.bottom() + 54 + line_height * double(i);
            d.line(8, y, 32, y, fmt::format("series s{}", i % 5));
            d.marker(int(i), 20, y, 4.5, fmt::format("mark s{}", i % 5));
            d.text(40, y + 4, chart.series[i].name, "label");
        }
    } else {
        const std::vector<double> places = spread_out(ends, line_height, f.plane.top, f.bottom() - 4);
        for (std::size_t i = 0; i < chart.series.size(); ++i) {
            if (chart.series[i].points.empty()) continue;
            const double x = f.across(chart.series[i].points.back().x);
            d.line(x + 8, ends[i], f.plane.right() + 14, places[i], "leader");
            d.text(f.plane.right() + 17, places[i] + 4, chart.series[i].name, "label");
        }
    }
    return d.finish(chart.label, narrow ? "narrow" : "wide");
}

}  // namespace

std::string draw(const line_chart& chart) { return draw_at(chart, 600, 300, false) + draw_at(chart, 340, 280, true); }

}  // namespace digits
