// SPDX-License-Identifier: MIT
// One-dimensional clustering against groups that are known.
#include <pare/compress/share.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/lots.hpp"

namespace {

using pare::compress::centroid_start;
using pare::compress::cluster;
using pare::compress::weighted_value;

double distance(const std::vector<weighted_value>& values, const std::vector<float>& centres) {
    double sum = 0;
    for (const weighted_value& v : values) {
        double least = 1e300;
        for (const float c : centres) least = std::min(least, std::pow(double(v.value) - double(c), 2));
        sum += double(v.weight) * least;
    }
    return sum;
}

std::vector<weighted_value> draw(std::uint64_t seed, std::size_t count) {
    support::lots r(seed);
    std::vector<weighted_value> values;
    for (std::size_t i = 0; i < count; ++i) values.push_back({float(r.real(-1, 1)), float(r.real(0.5, 2))});
    return values;
}

}  // namespace

TEST_CASE("groups that lie apart are found, whatever the seed") {
    support::lots r(1);
    std::vector<weighted_value> values;
    std::vector<double> mean;
    for (const double middle : {-1.0, 0.5, 0.75, 2.0}) {
        double sum = 0;
        for (int i = 0; i < 50; ++i) {
            values.push_back({float(middle + r.real(-1e-4, 1e-4))});
            sum += double(values.back().value);
        }
        mean.push_back(sum / 50);
    }
    std::reverse(values.begin(), values.end());
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
        const std::vector<float> centres = cluster(values, 4, seed);
        REQUIRE(centres.size() == 4);
        for (std::size_t c = 0; c < 4; ++c) CHECK(std::abs(double(centres[c]) - mean[c]) < 1e-6);
    }
}

TEST_CASE("values pull by their weight") {
    const std::vector<float> centres = cluster({{0, 3}, {1, 1}, {100, 1}, {104, 1}}, 2, 3);
    CHECK(centres == std::vector<float>{0.25f, 102});
    CHECK(cluster({{1, 1}, {2, 3}}, 1, 3) == std::vector<float>{1.75f});
}

TEST_CASE("centres stand still: each is the mean of the values that are nearest to it") {
    const std::vector<weighted_value> values = draw(2, 500);
    const std::vector<float> centres = cluster(values, 8, 1);
    CHECK(std::is_sorted(centres.begin(), centres.end()));
    std::vector<double> mass(8), moment(8);
    for (const weighted_value& v : values) {
        std::size_t nearest = 0;
        for (std::size_t c = 1; c < 8; ++c)
            if (std::abs(v.value - centres[c]) < std::abs(v.value - centres[nearest])) nearest = c;
        mass[nearest] += double(v.weight), moment[nearest] += double(v.weight) * double(v.value);
    }
    for (std::size_t c = 0; c < 8; ++c) CHECK(std::abs(moment[c] / mass[c] - double(centres[c])) < 1e-5);
    // Evenly spread values: not far from evenly spread centres.
    std::vector<float> even;
    for (int c = 0; c < 8; ++c) even.push_back(-1 + (float(c) + 0.5f) / 4);
    CHECK(distance(values, centres) < 1.2 * distance(values, even));
    CHECK(distance(values, cluster(values, 16, 1)) < distance(values, centres));
}

TEST_CASE("the same seed gives the same centres") {
    CHECK(cluster(draw(3, 300), 8, 7) == cluster(draw(3, 300), 8, 7));
    CHECK(cluster(draw(3, 300), 8, 7) != cluster(draw(3, 300), 8, 8));
}

TEST_CASE("fewer distinct values than centres: each is one, the last again") {
    CHECK(cluster({{2}, {1}, {1}, {2}, {1}}, 4, 1) == std::vector<float>{1, 2, 2, 2});
    CHECK(cluster({{-3}}, 2, 1) == std::vector<float>{-3, -3});
    CHECK(cluster({}, 3, 1) == std::vector<float>{0, 0, 0});
}

TEST_CASE("a linear start keeps a centre for large values, a density start gives most to the many, by hand") {
    // 97 values near 0, 3 near 10: at equal shares of the density none begins up there, but one of a linear start does.
    std::vector<weighted_value> values;
    for (int i = 0; i < 97; ++i) values.push_back({0.01f * float(i)});
    for (int i = 0; i < 3; ++i) values.push_back({10.0f + float(i)});
    CHECK(cluster(values, 2, 1, centroid_start::linear) == std::vector<float>{0.48f, 11.0f});
    CHECK(cluster({{0}, {1}, {2}, {9}}, 1, 1, centroid_start::linear) == std::vector<float>{3});
    // Starts 0 and 10 (ends), and 1 and 8 (quarters of four values: the first and third): both stand still at once.
    CHECK(cluster({{0}, {1}, {8}, {10}}, 2, 1, centroid_start::linear) == std::vector<float>{0.5f, 9});
    CHECK(cluster({{0}, {1}, {8}, {10}}, 2, 1, centroid_start::density) == std::vector<float>{0.5f, 9});
    // Weight moves the shares: half of all weight lies on the last value.
    CHECK(cluster({{0, 1}, {1, 1}, {2, 1}, {9, 3}}, 2, 1, centroid_start::density) == std::vector<float>{1, 9});
}

TEST_CASE("the best start is no worse than any, by brute force over all divisions of twelve values") {
    for (const std::uint64_t seed : {1u, 2u, 3u, 4u}) {
        std::vector<weighted_value> values = draw(seed, 12);
        std::ranges::sort(values, {}, &weighted_value::value);
        // The optimum: every way to cut the sorted values in three.
        double least = 1e300;
        for (std::size_t a = 1; a < 11; ++a)
            for (std::size_t b = a + 1; b < 12; ++b) {
                double sum = 0;
                for (const auto& [first, last] : {std::pair{std::size_t(0), a}, std::pair{a, b}, std::pair{b, std::size_t(12)}}) {
                    double mass = 0, moment = 0, square = 0;
                    for (std::size_t i = first; i < last; ++i) {
                        const double w = double(values[i].weight), x = double(values[i].value);
                        mass += w, moment += w * x, square += w * x * x;
                    }
                    sum += square - moment * moment / mass;
                }
                least = std::min(least, sum);
            }
        const double best = distance(values, cluster(values, 3, seed, centroid_start::best));
        CHECK(best >= least - 1e-6);
        CHECK(best <= 1.2 * least);
        for (const centroid_start s : {centroid_start::plus_plus, centroid_start::linear, centroid_start::density})
            CHECK(best <= distance(values, cluster(values, 3, seed, s)) + 1e-9);
    }
}
