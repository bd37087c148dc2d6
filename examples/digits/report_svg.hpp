// SPDX-License-Identifier: MIT
// Pieces of SVG as text. Colours are classes: the page's style says what they are.
#pragma once

#include <string>
#include <string_view>

#include <fmt/format.h>

namespace digits {

/// Text for HTML and SVG, in elements and in attributes.
inline std::string escape(std::string_view text) {
    std::string result;
    for (const char c : text) {
        if (c == '&') result += "&amp;";
        else if (c == '<') result += "&lt;";
        else if (c == '>') result += "&gt;";
        else if (c == '"') result += "&quot;";
        else if (c == '\'') result += "&#39;";
        else result += c;
    }
    return result;
}

/// Which point of a text stands at its place.
enum class anchor { start, middle, end };

/// A drawing that grows, in units of pixels.
class drawing {
public:
    drawing(double width, double height) : width_(width), height_(height) {}

    void line(double x1, double y1, double x2, double y2, std::string_view style) {
        body_ += fmt::format("<line class=\"{}\" x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\"/>\n", style, x1, y1, x2, y2);
    }
    /// `data` is a path's own language.
    void path(std::string_view data, std::string_view style) { body_ += fmt::format("<path class=\"{}\" d=\"{}\"/>\n", style, data); }
    void rectangle(double x, double y, double width, double height, std::string_view style) {
        body_ +=
            fmt::format("<rect class=\"{}\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\"/>\n", style, x, y, width, height);
    }
    void text(double x, double y, std::string_view content, std::string_view style, anchor at = anchor::start) {
        constexpr std::string_view names[] = {"start", "middle", "end"};
        body_ += fmt::format("<text class=\"{}\" x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\">{}</text>\n", style, x, y, names[int(at)],
                             escape(content));
    }
    /// One of five shapes, so that colour need not tell series apart.
    void marker(int shape, double x, double y, double r, std::string_view style) {
        switch (shape % 5) {
            case 0:
                body_ += fmt::format("<circle class=\"{}\" cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{:.1f}\"/>\n", style, x, y, r);
                break;
            case 1:
                rectangle(x - 0.85 * r, y - 0.85 * r, 1.7 * r, 1.7 * r, style);
                break;
            case 2:
                path(fmt::format("M{:.1f} {:.1f}l{:.1f} {:.1f}h{:.1f}z", x, y - 1.15 * r, 1.1 * r, 1.95 * r, -2.2 * r), style);
                break;
            case 3:
                path(fmt::format("M{:.1f} {:.1f}l{:.1f} {:.1f}l{:.1f} {:.1f}l{:.1f} {:.1f}z", x, y - 1.25 * r, 1.25 * r, 1.25 * r,
                                 -1.25 * r, 1.25 * r, -1.25 * r, -1.25 * r),
                     style);
                break;
            default:
                path(fmt::format("M{:.1f} {:.1f}l{:.1f} {:.1f}h{:.1f}z", x, y + 1.15 * r, 1.1 * r, -1.95 * r, -2.2 * r), style);
        }
    }

    /// The whole, which a screen reader calls `label`. `style` may say for which widths of the page it is.
    std::string finish(std::string_view label, std::string_view style) const {
        return fmt::format(
            "<svg class=\"{0}\" role=\"img\" aria-label=\"{1}\" viewBox=\"0 0 {2:.0f} {3:.0f}\" width=\"{2:.0f}\" "
            "height=\"{3:.0f}\">\n{4}</svg>\n",
            style, escape(label), width_, height_, body_);
    }

private:
    double width_, height_;
    std::string body_;
};

}  // namespace digits
