// SPDX-License-Identifier: MIT
// The two kinds of charts of the report: labelled points, and lines with error bars.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace digits {

/// How a value is written, with the decimals that the axis needs.
using number_text = std::function<std::string(double value, int decimals)>;

struct scatter_point {
    std::string name;
    double x = 0, y = 0;
    bool on_front = false;
};

/// Points with names. Those on the front are filled and joined by a staircase; those that lie far below the others are drawn as
/// triangles at the lower edge, with their value.
struct scatter_chart {
    std::string label;  ///< what a screen reader says
    std::string x_title, y_title;
    bool logarithmic_x = false;
    number_text x_text, y_text;
    std::vector<scatter_point> points;
};

struct line_point {
    double x = 0, y = 0;
    double error = 0;     ///< half of an error bar's length; 0 = no bar
    bool chosen = false;  ///< with a ring
};

struct line_series {
    std::string name;
    std::vector<line_point> points;
    double threshold = 0;                         ///< a horizontal line at this y
    double threshold_from = 0, threshold_to = 0;  ///< between these x; none where they are equal
};

/// Lines through points, with their names at the end where there is room, else below. Points that lie far below the others are drawn
/// as hollow triangles at the lower edge.
struct line_chart {
    std::string label;
    std::string x_title, y_title;
    std::vector<std::string> categories;  ///< x is an index of these, where there are any
    bool logarithmic_y = false;
    number_text x_text, y_text;
    std::vector<line_series> series;
};

/// Drawn twice, for wide pages and for narrow ones; the style shows one.
std::string draw(const scatter_chart& chart);
std::string draw(const line_chart& chart);

}  // namespace digits
