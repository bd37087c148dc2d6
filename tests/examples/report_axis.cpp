// SPDX-License-Identifier: MIT
// Axes, ticks and places along a line, by hand.
#include "report_axis.hpp"

#include <cmath>
#include <vector>

#include "support/catch.hpp"

using digits::axis;
using digits::axis_over;
using digits::spread_out;
using digits::ticks;
using numbers = std::vector<double>;

namespace {

void check_near(const numbers& got, const numbers& wanted) {
    REQUIRE(got.size() == wanted.size());
    for (std::size_t i = 0; i < got.size(); ++i) CHECK(got[i] == Approx(wanted[i]));
}

}  // namespace

TEST_CASE("a place on an axis by distance and by ratio") {
    CHECK(axis{10, 30}.at(15) == 0.25);
    CHECK(axis{10, 30}.at(40) == 1.5);
    CHECK(axis{1, 100, true}.at(10) == Approx(0.5));
}

TEST_CASE("an axis leaves room at its ends") {
    const axis a = axis_over(numbers{4, 2, 3}, false, 0.1);
    CHECK(a.low == Approx(1.8));
    CHECK(a.high == Approx(4.2));
    const axis b = axis_over(numbers{1, 100}, true, 0.5);
    CHECK(b.low == Approx(0.1));
    CHECK(b.high == Approx(1000));
    const axis one = axis_over(numbers{5, 5}, false, 0.1);
    CHECK(one.low < 5);
    CHECK(one.high > 5);
    CHECK(axis_over(numbers{}, true, 0.1).low < axis_over(numbers{}, true, 0.1).high);
}

TEST_CASE("ticks are round and few") {
    check_near(ticks({0, 10}, 6), {0, 2, 4, 6, 8, 10});
    check_near(ticks({0, 10}, 5), {0, 5, 10});
    check_near(ticks({99.24, 99.53}, 7), {99.25, 99.3, 99.35, 99.4, 99.45, 99.5});
    check_near(ticks({-0.3, 0.3}, 4), {-0.2, 0, 0.2});
    CHECK_FALSE(std::signbit(ticks({-0.3, 50}, 7)[0]));
    check_near(ticks({30e3, 1.5e6, true}, 8), {5e4, 1e5, 2e5, 5e5, 1e6});
    check_near(ticks({1e-7, 1e-2, true}, 7), {1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2});
    check_near(ticks({1e-7, 1e-2, true}, 3), {1e-6, 1e-4, 1e-2});
}

TEST_CASE("decimals that tell ticks apart") {
    CHECK(digits::decimals_of(numbers{99.25, 99.3}) == 2);
    CHECK(digits::decimals_of(numbers{99.2, 99.4}) == 1);
    CHECK(digits::decimals_of(numbers{0.1, 0.2}) == 1);
    CHECK(digits::decimals_of(numbers{20, 40}) == 0);
    CHECK(digits::decimals_of(numbers{20}) == 0);
}

TEST_CASE("an axis is cut for few values that lie far below the others") {
    CHECK(digits::lowest_worth_showing({99.5, 99.5, 99.4, 35, 99.3}) > 35);
    CHECK(digits::lowest_worth_showing({99.5, 99.5, 99.4, 35, 99.3}) < 99.3);
    CHECK(digits::lowest_worth_showing({99, 98, 97, 96}) == 96);
    CHECK(digits::lowest_worth_showing({99.5, 99.4, 35, 34}) == 34);  // half of them are no exception
    CHECK(digits::lowest_worth_showing({}) == 0);
}

TEST_CASE("places are moved apart, as little as is needed, in their order") {
    CHECK(spread_out(numbers{10, 50}, 10, 0, 100) == numbers{10, 50});
    CHECK(spread_out(numbers{52, 48}, 10, 0, 100) == numbers{55, 45});
    CHECK(spread_out(numbers{50, 50, 50}, 10, 0, 100) == numbers{40, 50, 60});
    CHECK(spread_out(numbers{1, 2}, 10, 0, 100) == numbers{0, 10});
    CHECK(spread_out(numbers{99, 98}, 10, 0, 100) == numbers{100, 90});
    CHECK(spread_out(numbers{}, 10, 0, 100).empty());
    // A run that is moved meets the next one, and both are moved.
    check_near(spread_out(numbers{20, 20, 27}, 10, 0, 100), {37.0 / 3, 67.0 / 3, 97.0 / 3});
}
