// SPDX-License-Identifier: MIT
// Ranges by shares of values, and divergences of levels, by hand.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include <pare/compress/range.hpp>

#include "compress/kl.hpp"
#include "support/catch.hpp"
#include "support/lots.hpp"

using namespace pare::compress;
using Catch::Matchers::ContainsSubstring;

namespace {

/// 0, 1, .. count - 1, in no order: `step` has no divisor in common with count.
std::vector<float> numbers(std::size_t count, std::size_t step) {
    std::vector<float> values;
    for (std::size_t i = 0; i < count; ++i) values.push_back(float(i * step % count));
    return values;
}

histogram of_counts(const std::vector<double>& counts) { return {0, float(counts.size()), counts}; }

}  // namespace

TEST_CASE("a percentile range leaves out as many values at either end") {
    CHECK(percentile_range(numbers(10, 3), 0.8) == value_range{1, 8});
    CHECK(percentile_range(numbers(10, 3), 0.81) == value_range{0, 9});  // 0.95 of a value is none
    CHECK(percentile_range(numbers(10, 3), 0.6) == value_range{2, 7});
    CHECK(percentile_range(numbers(20, 7), 0.9) == value_range{1, 18});  // 0.1 / 2 * 20, though 0.9 is not exact
    CHECK(percentile_range(numbers(10, 3), 1.0) == value_range{0, 9});
    CHECK(percentile_range(numbers(10, 3), 1e-9) == value_range{4, 5});
    CHECK(percentile_range(numbers(9, 2), 1e-9) == value_range{4, 4});
    CHECK(percentile_range({-7}, 0.5) == value_range{-7, -7});
    CHECK(percentile_range({-9, 1, 1, 1, 1, 1, 1, 1, 1, 4}, 0.8) == value_range{1, 1});
    const double usual = range_rule(calibration::percentile).coverage;
    CHECK(percentile_range(numbers(19999, 3), usual) == value_range{0, 19998});
    CHECK(percentile_range(numbers(20000, 7), usual) == value_range{1, 19998});
}

TEST_CASE("percentiles of nothing, of what is no number, and of no share are refused") {
    CHECK_THROWS_WITH(percentile_range({}, 0.9), "calibration: a range needs values; got none; needs at least one");
    for (const float bad : {std::numeric_limits<float>::quiet_NaN(), -std::numeric_limits<float>::infinity()})
        CHECK_THROWS_WITH(percentile_range({1, bad, 2}, 0.9),
                          "calibration: every value must be finite; got " + std::to_string(bad) + "; needs finite numbers");
    for (const double bad : {0.0, -1.0, 1.001, std::numeric_limits<double>::quiet_NaN()})
        CHECK_THROWS_WITH(percentile_range({1, 2}, bad),
                          ContainsSubstring("calibration.coverage: the share of values within a range lies in (0, 1]; got "));
}

TEST_CASE("divergences of levels by hand") {
    const auto each = [](double x) -> written_level { return {std::floor(x), 0}; };
    const auto pairs = [](double x) -> written_level { return {std::floor(x / 2), 0}; };
    const auto within = [](double low, double high) {
        return [=](double x) -> written_level { return {std::floor(x), x < low ? -1 : x > high ? 1 : 0}; };
    };
    CHECK(level_divergence(of_counts({1, 3, 2, 2}), each) == Approx(0).margin(1e-15));
    // P = 1/8 3/8 1/4 1/4, and Q = 1/4 1/4 1/4 1/4.
    CHECK(level_divergence(of_counts({1, 3, 2, 2}), pairs) == Approx(0.125 * std::log(0.5) + 0.375 * std::log(1.5)));
    // An empty bin takes nothing of its level's mass: P = Q.
    CHECK(level_divergence(of_counts({3, 0, 0, 5}), pairs) == Approx(0).margin(1e-15));
    // P = 1/8 3/8 4/8, of which 2 came from outside, and Q = 1/6 3/6 2/6.
    CHECK(level_divergence(of_counts({1, 3, 2, 2}), within(0, 3)) == Approx(0.5 * std::log(1.125)));
    CHECK(level_divergence(of_counts({2, 2, 3, 1}), within(1, 4)) == Approx(0.5 * std::log(1.125)));
    // An outermost bin that was empty: P = 4/8 4/8, Q = 4 and 1/2 of 4 1/2.
    CHECK(level_divergence(of_counts({4, 0, 0, 4}), within(0, 2)) == Approx(0.5 * std::log(9.0 / 16) + 0.5 * std::log(4.5)));
    CHECK(level_divergence(of_counts({4, 0, 0, 4}), within(1, 3)) == std::numeric_limits<double>::infinity());
    CHECK(level_divergence(of_counts({0, 0}), each) == std::numeric_limits<double>::infinity());
}

TEST_CASE("divergences of levels by their definition") {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        support::lots r(seed);
        std::vector<float> values(r.between(1, 2000));
        for (float& v : values) v = float(r.real(-1, 1) * r.real(0, 1) * r.real(0, 2));
        const float low = *std::ranges::min_element(values) - 0.01f, high = *std::ranges::max_element(values) + 0.01f;
        histogram h{low, high};
        for (const float v : values) h.add(v);
        const double step = r.real(0.001, 0.1), end = r.real(0.2, 1);
        const double expected = support::kl_of_levels(values, double(low), double(high), [&](double x) {
            return std::abs(x) <= end ? std::optional(std::round(x / step)) : std::nullopt;
        });
        CHECK(expected >= 0);
        CHECK(level_divergence(h, [&](double x) -> written_level {
                  return {std::round(x / step), x < -end ? -1 : x > end ? 1 : 0};
              }) == Approx(expected).margin(1e-12));
    }
}
