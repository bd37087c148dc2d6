// SPDX-License-Identifier: MIT
// One-dimensional clustering against groups that are known.
#include <pare/compress/share.hpp>

#include <algorithm>
#include <cmath>
#include <vector>

#include "support/catch.hpp"
#include "support/lots.hpp"

namespace {

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
