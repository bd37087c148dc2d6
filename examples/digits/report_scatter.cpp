// SPDX-License-Identifier: MIT
// Labelled points.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include "report_charts.hpp"
#include "report_frame.hpp"

namespace digits {

namespace {

constexpr double radius = 5;

std::string draw_at(const scatter_chart& chart, double width, double height, bool narrow) {
    std::vector<double> xs, ys;
    for (const scatter_point& p : chart.points) xs.push_back(p.x), ys.push_back(p.y);
    const double floor = lowest_worth_showing(ys);
    const auto is_low = [&](const scatter_point& p) { return p.y < floor; };
    std::erase_if(ys, [&](double y) { return y < floor; });
    const bool any_low = ys.size() < xs.size();

    const double strip = any_low ? 30 : 0;
    const frame f{
        {46, 30, width - 46 - 12, height - 30 - 44 - strip}, axis_over(xs, chart.logarithmic_x, 0.1), axis_over(ys, false, 0.12), strip};
    drawing d(width, height);
    const tick_labels x_ticks = label_ticks(f.x, narrow ? 5 : 8, chart.x_text), y_ticks = label_ticks(f.y, 7, chart.y_text);
    f.draw(d, x_ticks, y_ticks, chart.x_title, chart.y_title);

    std::vector<const scatter_point*> front;
    for (const scatter_point& p : chart.points)
        if (p.on_front && !is_low(p)) front.push_back(&p);
    std::sort(front.begin(), front.end(), [](auto* a, auto* b) { return a->x < b->x; });
    std::string stairs;
    for (const scatter_point* p : front)
        stairs += stairs.empty() ? fmt::format("M{:.1f} {:.1f}", f.across(p->x), f.down(p->y))
                                 : fmt::format("H{:.1f}V{:.1f}", f.across(p->x), f.down(p->y));
    if (!front.empty()) d.path(stairs + fmt::format("H{:.1f}", f.plane.right()), "front");

    std::vector<labelled> wanted;
    std::vector<std::string> names;
    for (const scatter_point& p : chart.points) {
        names.push_back(is_low(p) ? fmt::format("{}: {}", p.name, chart.y_text(p.y, 2)) : p.name);
        wanted.push_back({{f.across(p.x), is_low(p) ? f.strip_middle() : f.down(p.y)},
                          text_width(names.back(), label_size - (narrow ? 1 : 0)) * (p.on_front ? 1.1 : 1),
                          line_height - 2});
    }
    std::vector<box> obstacles;  // the staircase, where labels would be struck through
    for (std::size_t i = 0; i < front.size(); ++i) {
        const double from = f.across(front[i]->x), to = i + 1 < front.size() ? f.across(front[i + 1]->x) : f.plane.right();
        obstacles.push_back({from, f.down(front[i]->y) - 1, to - from, 2});
        if (i + 1 < front.size()) obstacles.push_back({to - 1, f.down(front[i + 1]->y), 2, f.down(front[i]->y) - f.down(front[i + 1]->y)});
    }
    obstacles.push_back({4, f.plane.top - 24, text_width(chart.y_title, label_size), 16});
    if (any_low) obstacles.push_back({f.plane.left, f.plane.bottom() - 1, f.plane.width, 2});
    const std::vector<box> boxes = place_labels(wanted, {f.plane.left + 2, 6, f.plane.width + 8, f.bottom() - 8}, radius, obstacles);
    for (std::size_t i = 0; i < boxes.size(); ++i) {
        const place p = wanted[i].point, end = boxes[i].nearest(p);
        if (std::hypot(end.x - p.x, end.y - p.y) > radius + 6) d.line(p.x, p.y, end.x, end.y, "leader");
    }
    for (std::size_t i = 0; i < boxes.size(); ++i) {
        const scatter_point& point = chart.points[i];
        d.marker(is_low(point) ? 4 : 0, wanted[i].point.x, wanted[i].point.y, radius, point.on_front ? "point chosen" : "point");
    }
    for (std::size_t i = 0; i < boxes.size(); ++i) {
        // Text is as wide as the font makes it: it begins, or ends, where it faces its point.
        const bool leftwards = boxes[i].right()<wanted[i].point.x, rightwards = boxes[i].left> wanted[i].point.x;
        const anchor at = leftwards ? anchor::end : rightwards ? anchor::start : anchor::middle;
        const double x = leftwards ? boxes[i].right() : rightwards ? boxes[i].left : boxes[i].left + boxes[i].width / 2;
        d.text(x, boxes[i].bottom() - 3, names[i], chart.points[i].on_front ? "label strong" : "label", at);
    }
    return d.finish(chart.label, narrow ? "narrow" : "wide");
}

}  // namespace

std::string draw(const scatter_chart& chart) { return draw_at(chart, 600, 420, false) + draw_at(chart, 340, 460, true); }

}  // namespace digits
