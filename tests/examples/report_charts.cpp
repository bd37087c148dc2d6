// SPDX-License-Identifier: MIT
// Charts as SVG: what is in them, and how often.
#include "report_charts.hpp"

#include <cstddef>
#include <string>
#include <string_view>

#include "support/catch.hpp"

using namespace digits;

namespace {

std::size_t count(std::string_view text, std::string_view part) {
    std::size_t n = 0;
    for (std::size_t at = text.find(part); at != text.npos; at = text.find(part, at + part.size())) ++n;
    return n;
}

std::string plain(double value, int decimals) {
    const std::string text = std::to_string(value);
    return text.substr(0, text.find('.') + (decimals == 0 ? 0 : std::size_t(decimals) + 1));
}

}  // namespace

TEST_CASE("a scatter has a mark and a name for each point, the front apart, what is far below in a strip") {
    scatter_chart chart{"all <points>", "bytes", "accuracy", true, plain, plain, {}};
    chart.points = {
        {"a", 1000, 99.5, true}, {"b & c", 2000, 99.4, false}, {"d", 500, 99.3, true}, {"e", 800, 20, false}, {"f", 900, 99.2, false}};
    const std::string svg = draw(chart);
    CHECK(count(svg, "<svg class=\"wide\" role=\"img\" aria-label=\"all &lt;points&gt;\"") == 1);
    CHECK(count(svg, "<svg class=\"narrow\"") == 1);
    CHECK(count(svg, "</svg>") == 2);
    CHECK(count(svg, "<circle class=\"point chosen\"") == 2 * 2);
    CHECK(count(svg, "<circle class=\"point\"") == 2 * 2);
    CHECK(count(svg, "<path class=\"point\"") == 2 * 1);
    CHECK(count(svg, "<path class=\"front\"") == 2);
    CHECK(count(svg, "<rect class=\"strip\"") == 2);
    CHECK(count(svg, ">b &amp; c</text>") == 2);
    CHECK(count(svg, ">e: 20.00</text>") == 2);
    CHECK(count(svg, "label strong") == 2 * 2);
    CHECK(count(svg, "nan") == 0);
    CHECK(count(svg, "inf") == 0);

    chart.points.erase(chart.points.begin() + 3);
    CHECK(count(draw(chart), "strip") == 0);
}

TEST_CASE("lines have marks of their own shape, error bars, rings and a threshold") {
    line_chart chart{"lines", "rate", "accuracy", {}, false, plain, plain, {}};
    chart.series = {{"first", {{0.5, 99, 0.1, false}, {0.9, 98, 0.2, true}}, 98.5, 0.5, 0.9}, {"second", {{0.5, 97, 0, false}}}};
    const std::string svg = draw(chart);
    CHECK(count(svg, "<circle class=\"mark s0\"") == 2 * 2 + 1);  // one in the list of the narrow one
    CHECK(count(svg, "<rect class=\"mark s1\"") == 2 * 1 + 1);
    CHECK(count(svg, "<path class=\"bar s0\"") == 2 * 2);
    CHECK(count(svg, "bar s1") == 0);
    CHECK(count(svg, "ring s0") == 2);
    CHECK(count(svg, "threshold s0") == 2);
    CHECK(count(svg, "threshold s1") == 0);
    CHECK(count(svg, ">first</text>") == 2);
    CHECK(count(svg, "leader") == 2);  // in the wide one
}

TEST_CASE("categories and powers of ten") {
    line_chart chart{"layers", "layer", "divergence", {"one", "two"}, true, plain, plain, {}};
    chart.series = {{"s", {{0, 1e-5}, {1, 1e-2}}}};
    const std::string svg = draw(chart);
    CHECK(count(svg, ">one</text>") == 2);
    CHECK(count(svg, ">two</text>") == 2);
    CHECK(count(svg, "below") == 0);
    CHECK(count(svg, "nan") == 0);
}

TEST_CASE("nothing to draw is an empty frame") {
    CHECK(count(draw(scatter_chart{"", "x", "y", false, plain, plain, {}}), "point") == 0);
    CHECK(count(draw(line_chart{"", "x", "y", {}, false, plain, plain, {}}), "series") == 0);
}
