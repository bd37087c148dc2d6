// SPDX-License-Identifier: MIT
// Boxes, lines, and labels that do not lie on one another.
#include "report_labels.hpp"

#include <cmath>
#include <vector>

#include "support/catch.hpp"

using digits::box;
using digits::labelled;
using digits::overlap;
using digits::place;
using digits::place_labels;

TEST_CASE("what boxes share") {
    CHECK(overlap({0, 0, 10, 10}, {5, 8, 10, 10}) == 10);
    CHECK(overlap({0, 0, 10, 10}, {10, 0, 5, 5}) == 0);
    CHECK(overlap({0, 0, 10, 10}, {2, 2, 3, 3}) == 9);
    const place p = box{0, 0, 10, 10}.nearest({15, 5});
    CHECK(p.x == 10);
    CHECK(p.y == 5);
}

TEST_CASE("lines that meet boxes and lines") {
    const box b{10, 10, 10, 10};
    CHECK(digits::meets({0, 0}, {30, 30}, b));
    CHECK(digits::meets({15, 0}, {15, 12}, b));
    CHECK_FALSE(digits::meets({15, 0}, {15, 9}, b));
    CHECK_FALSE(digits::meets({0, 25}, {30, 25}, b));
    CHECK_FALSE(digits::meets({0, 15}, {15, 30.1}, b));
    CHECK(digits::cross({0, 0}, {10, 10}, {0, 10}, {10, 0}));
    CHECK_FALSE(digits::cross({0, 0}, {10, 10}, {0, 10}, {4, 6}));
    CHECK_FALSE(digits::cross({0, 0}, {10, 0}, {0, 1}, {10, 1}));
}

TEST_CASE("a lone label stands beside its point") {
    const std::vector<box> placed = place_labels(std::vector<labelled>{{{50, 50}, 30, 10}}, {0, 0, 200, 100}, 5);
    REQUIRE(placed.size() == 1);
    CHECK(std::hypot(placed[0].nearest({50, 50}).x - 50, placed[0].nearest({50, 50}).y - 50) < 10);
    CHECK(overlap(placed[0], box{50, 50, 0, 0}.grown(5)) == 0);
}

TEST_CASE("labels of points in one place, and at an edge, lie apart, inside, and off the points") {
    const box area{0, 0, 300, 200};
    std::vector<labelled> labels;
    for (int i = 0; i < 8; ++i) labels.push_back({{40.0 + i % 3, 30.0 + i % 2}, 90, 12});
    labels.push_back({{295, 195}, 60, 12});
    const std::vector<box> obstacles{{100, 0, 2, 200}};
    const std::vector<box> placed = place_labels(labels, area, 5, obstacles);
    REQUIRE(placed.size() == labels.size());
    for (std::size_t i = 0; i < placed.size(); ++i) {
        CHECK(placed[i].left >= area.left);
        CHECK(placed[i].right() <= area.right());
        CHECK(placed[i].top >= area.top);
        CHECK(placed[i].bottom() <= area.bottom());
        for (std::size_t j = 0; j < placed.size(); ++j) {
            if (j < i) CHECK(overlap(placed[i], placed[j]) == 0);
            CHECK(overlap(placed[i], box{labels[j].point.x, labels[j].point.y, 0, 0}.grown(5)) == 0);
        }
    }
    CHECK(place_labels({}, area, 5).empty());
}

TEST_CASE("a label that is wider than everything is still placed") {
    const std::vector<box> placed = place_labels(std::vector<labelled>{{{10, 50}, 500, 10}}, {0, 0, 200, 100}, 5);
    REQUIRE(placed.size() == 1);
    CHECK(placed[0].width == 500);
}
