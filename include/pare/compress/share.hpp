// SPDX-License-Identifier: MIT
// Few values for many weights: one-dimensional clustering.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

#include <pare/core/config.hpp>

namespace pare::inline v0::compress {

/// A value to be shared, and how much its error counts.
struct weighted_value {
    float value = 0;   ///< to be shared
    float weight = 1;  ///< how much its error counts
};

/// `count` centres that keep the weighted squared distance of `values` to their nearest centre small: k-means++ starts (Arthur,
/// Vassilvitskii 2007), then Lloyd's iterations until they stand still. In one dimension a cluster is an interval of the sorted
/// values, so that an iteration costs `count` binary searches. Ascending, the same for the same seed; fewer distinct values than
/// centres repeat the last.
inline std::vector<float> cluster(std::vector<weighted_value> values, std::size_t count, std::uint64_t seed) {
    std::sort(values.begin(), values.end(), [](const weighted_value& a, const weighted_value& b) { return a.value < b.value; });
    const std::size_t n = values.size();
    std::vector<float> centres;
    if (n == 0) return std::vector<float>(count, 0.0f);

    // Sums over prefixes give the mean of any interval.
    std::vector<double> mass(n + 1), moment(n + 1);
    for (std::size_t i = 0; i < n; ++i) {
        mass[i + 1] = mass[i] + double(values[i].weight);
        moment[i + 1] = moment[i] + double(values[i].weight) * double(values[i].value);
    }

    std::mt19937_64 random(seed);
    const auto uniform = [&] { return double(random() >> 11) * 0x1.0p-53; };  // the same on every standard library
    std::vector<double> distance(n, 1e300);
    const auto take = [&](double centre) {
        centres.push_back(float(centre));
        for (std::size_t i = 0; i < n; ++i) {
            const double d = double(values[i].value) - centre;
            distance[i] = std::min(distance[i], double(values[i].weight) * d * d);
        }
    };
    take(values[std::min(n - 1, std::size_t(uniform() * double(n)))].value);
    while (centres.size() < count) {
        double total = 0;
        for (const double d : distance) total += d;
        if (!(total > 0)) break;
        double left = uniform() * total;
        std::size_t chosen = n - 1;
        for (std::size_t i = 0; i < n; ++i)
            if ((left -= distance[i]) < 0) {
                chosen = i;
                break;
            }
        take(values[chosen].value);
    }
    std::sort(centres.begin(), centres.end());

    const auto border = [&](float a, float b) {  // first value nearer to b
        const double middle = (double(a) + double(b)) / 2;
        return std::size_t(
            std::partition_point(values.begin(), values.end(), [&](const weighted_value& v) { return double(v.value) < middle; }) -
            values.begin());
    };
    for (int round = 0; round < 200; ++round) {
        bool moved = false;
        std::vector<float> next = centres;
        std::size_t first = 0;
        for (std::size_t c = 0; c < centres.size(); ++c) {
            const std::size_t last = c + 1 < centres.size() ? border(centres[c], centres[c + 1]) : n;
            if (mass[last] > mass[first]) next[c] = float((moment[last] - moment[first]) / (mass[last] - mass[first]));
            moved |= next[c] != centres[c];
            first = last;
        }
        centres = next;
        if (!moved) break;
    }
    centres.resize(count, centres.back());
    return centres;
}

}  // namespace pare::inline v0::compress
