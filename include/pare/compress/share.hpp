// SPDX-License-Identifier: MIT
// Few values for many weights: one-dimensional clustering.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <random>
#include <utility>
#include <vector>

#include <pare/compress/matrix.hpp>
#include <pare/core/config.hpp>

namespace pare::inline v0::compress {

/// A value to be shared, and how much its error counts.
struct weighted_value {
    float value = 0;   ///< to be shared
    float weight = 1;  ///< how much its error counts
};

/// Where the centres begin. Lloyd's iterations find the nearest local optimum, so where they begin is where they end up.
enum class centroid_start {
    plus_plus,  ///< drawn one by one, far from those there (D. Arthur, S. Vassilvitskii, k-means++, 2007)
    linear,     ///< evenly over the range (S. Han, H. Mao, W. Dally, Deep Compression, 2016, section 3.2): large values keep a centre
    density,    ///< at equal shares of all weight (the same paper)
    best,       ///< whichever of the three ends with the least distance
};

/// How values are clustered.
struct clustering {
    std::uint64_t seed = 1;                            ///< of centroid_start::plus_plus
    centroid_start start = centroid_start::plus_plus;  ///< where the centres begin
    /// How much the error of a weight counts, one row for each group of outputs that sees the same inputs, one column for each input:
    /// the diagonal of the hessian (Y. Choi, M. El-Khamy, J. Lee, Towards the limit of network quantization, 2017). Empty: all alike.
    matrix importance{};
};

namespace detail {

/// Sorted values, and sums over prefixes that give the mean of any interval.
class sorted_values {
public:
    explicit sorted_values(std::vector<weighted_value> v) : values(std::move(v)), mass(values.size() + 1), moment(values.size() + 1) {
        std::sort(values.begin(), values.end(), [](const weighted_value& a, const weighted_value& b) { return a.value < b.value; });
        for (std::size_t i = 0; i < values.size(); ++i) {
            mass[i + 1] = mass[i] + double(values[i].weight);
            moment[i + 1] = moment[i] + double(values[i].weight) * double(values[i].value);
        }
    }

    std::vector<float> plus_plus(std::size_t count, std::uint64_t seed) const {
        const std::size_t n = values.size();
        std::mt19937_64 random(seed);
        const auto uniform = [&] { return double(random() >> 11) * 0x1.0p-53; };  // the same on every standard library
        std::vector<double> distances(n, 1e300);
        std::vector<float> centres;
        const auto take = [&](double centre) {
            centres.push_back(float(centre));
            for (std::size_t i = 0; i < n; ++i) {
                const double d = double(values[i].value) - centre;
                distances[i] = std::min(distances[i], double(values[i].weight) * d * d);
            }
        };
        take(values[std::min(n - 1, std::size_t(uniform() * double(n)))].value);
        while (centres.size() < count) {
            double total = 0;
            for (const double d : distances) total += d;
            if (!(total > 0)) break;
            double left = uniform() * total;
            std::size_t chosen = n - 1;
            for (std::size_t i = 0; i < n; ++i)
                if ((left -= distances[i]) < 0) {
                    chosen = i;
                    break;
                }
            take(values[chosen].value);
        }
        std::sort(centres.begin(), centres.end());
        return centres;
    }

    std::vector<float> linear(std::size_t count) const {
        const double low = double(values.front().value),
                     step = (double(values.back().value) - low) / double(std::max<std::size_t>(count - 1, 1));
        std::vector<float> centres;
        for (std::size_t i = 0; i < count; ++i) centres.push_back(float(count == 1 ? moment.back() / mass.back() : low + step * double(i)));
        return centres;
    }

    std::vector<float> density(std::size_t count) const {
        std::vector<float> centres;
        for (std::size_t i = 0; i < count; ++i) {
            const double share = (double(i) + 0.5) / double(count) * mass.back();
            const auto at = std::size_t(std::upper_bound(mass.begin() + 1, mass.end() - 1, share) - mass.begin()) - 1;
            centres.push_back(values[at].value);
        }
        return centres;
    }

    /// Lloyd's iterations until they stand still. In one dimension a cluster is an interval: an iteration costs a binary search a centre.
    std::vector<float> iterate(std::vector<float> centres) const {
        for (int round = 0; round < 200; ++round) {
            bool moved = false;
            std::vector<float> next = centres;
            each_cluster(centres, [&](std::size_t c, std::size_t first, std::size_t last) {
                if (mass[last] > mass[first]) next[c] = float((moment[last] - moment[first]) / (mass[last] - mass[first]));
                moved |= next[c] != centres[c];
            });
            centres = std::move(next);
            if (!moved) break;
        }
        return centres;
    }

    double distance(const std::vector<float>& centres) const {
        double sum = 0;
        each_cluster(centres, [&](std::size_t c, std::size_t first, std::size_t last) {
            for (std::size_t i = first; i < last; ++i) {
                const double d = double(values[i].value) - double(centres[c]);
                sum += double(values[i].weight) * d * d;
            }
        });
        return sum;
    }

private:
    /// f(centre, first, last): the values nearest to it, those of a tie going to the higher one.
    template <class F>
    void each_cluster(const std::vector<float>& centres, const F& f) const {
        std::size_t first = 0;
        for (std::size_t c = 0; c < centres.size(); ++c) {
            std::size_t last = values.size();
            if (c + 1 < centres.size()) {
                const double middle = (double(centres[c]) + double(centres[c + 1])) / 2;
                last = std::size_t(std::partition_point(values.begin() + std::ptrdiff_t(first), values.end(),
                                                        [&](const weighted_value& v) { return double(v.value) < middle; }) -
                                   values.begin());
            }
            f(c, first, last);
            first = last;
        }
    }

    std::vector<weighted_value> values;
    std::vector<double> mass, moment;
};

}  // namespace detail

/// `count` centres that keep the weighted squared distance of `values` to their nearest centre small: a start, then Lloyd's
/// iterations. Ascending, the same for the same seed; fewer distinct values than centres repeat the last. Of no values: zeros.
inline std::vector<float> cluster(std::vector<weighted_value> values, std::size_t count, std::uint64_t seed,
                                  centroid_start start = centroid_start::plus_plus) {
    if (values.empty()) return std::vector<float>(count, 0.0f);
    const detail::sorted_values sorted(std::move(values));
    std::vector<float> best;
    double least = std::numeric_limits<double>::infinity();
    for (const centroid_start s : {centroid_start::plus_plus, centroid_start::linear, centroid_start::density}) {
        if (start != centroid_start::best && start != s) continue;
        std::vector<float> centres = sorted.iterate(s == centroid_start::plus_plus ? sorted.plus_plus(count, seed)
                                                    : s == centroid_start::linear  ? sorted.linear(count)
                                                                                   : sorted.density(count));
        const double distance = start == centroid_start::best ? sorted.distance(centres) : 0;
        if (distance < least) least = distance, best = std::move(centres);
    }
    best.resize(count, best.back());
    return best;
}

}  // namespace pare::inline v0::compress
