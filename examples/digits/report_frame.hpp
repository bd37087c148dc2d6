// SPDX-License-Identifier: MIT
// The frame of a chart: its place in the drawing, its grid and its titles.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "report_axis.hpp"
#include "report_labels.hpp"
#include "report_svg.hpp"

namespace digits {

/// About how wide a text of the page's font is, and how high its line.
inline double text_width(std::string_view text, double size) { return 0.6 * size * double(text.size()); }
inline constexpr double label_size = 12;
inline constexpr double line_height = 15;

using tick_labels = std::vector<std::pair<double, std::string>>;

/// At most `most` ticks and their texts.
inline tick_labels label_ticks(const axis& a, std::size_t most, const std::function<std::string(double, int)>& text) {
    const std::vector<double> values = ticks(a, most);
    tick_labels result;
    for (const double value : values) result.emplace_back(value, text(value, decimals_of(values)));
    return result;
}

/// Where a chart's plane lies, and what its axes are.
struct frame {
    box plane;
    axis x, y;
    double strip = 0;  ///< height of a strip under the plane, for what lies below the axis

    double across(double value) const { return plane.left + x.at(value) * plane.width; }
    double down(double value) const { return plane.bottom() - y.at(value) * plane.height; }

    /// Where points in the strip lie.
    double strip_middle() const { return plane.bottom() + strip / 2; }
    double bottom() const { return plane.bottom() + strip; }

    /// Grid lines with their values, and titles: that of y above the plane, that of x below.
    void draw(drawing& to, const tick_labels& x_ticks, const tick_labels& y_ticks, std::string_view x_title,
              std::string_view y_title) const {
        for (const auto& [value, text] : y_ticks) {
            to.line(plane.left, down(value), plane.right(), down(value), "grid");
            to.text(plane.left - 6, down(value) + 4, text, "tick", anchor::end);
        }
        for (const auto& [value, text] : x_ticks) {
            to.line(across(value), bottom(), across(value), bottom() + 4, "axis");
            to.text(across(value), bottom() + 17, text, "tick", anchor::middle);
        }
        if (strip > 0) {
            to.rectangle(plane.left, plane.bottom(), plane.width, strip, "strip");
            to.line(plane.left, plane.bottom(), plane.right(), plane.bottom(), "break");
        }
        to.line(plane.left, bottom(), plane.right(), bottom(), "axis");
        to.text(plane.left + plane.width / 2, bottom() + 35, x_title, "title", anchor::middle);
        to.text(4, plane.top - 12, y_title, "title");
    }
};

}  // namespace digits
