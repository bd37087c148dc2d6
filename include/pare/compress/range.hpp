// SPDX-License-Identifier: MIT
// Which part of a range of values is worth writing: shares of the values, and what levels keep of their distribution.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

#include <pare/compress/error.hpp>
#include <pare/core/config.hpp>

namespace pare::inline v0::compress {

/// How a range is chosen.
enum class calibration {
    min_max,     ///< the whole of it
    mse,         ///< the part that gives the least squared error, which clips rare large values
    percentile,  ///< the part that holds a share of the values (`percentile_range`)
    entropy,     ///< the part whose levels keep most of the values' distribution (`level_divergence`); it wants many values
};

/// A way to choose ranges, and what it is told. A calibration alone is one too.
struct range_rule {
    calibration method = calibration::min_max;  ///< how the range is chosen
    double coverage = 0.9999;                   ///< of calibration::percentile: the share of the values within the range

    /// A calibration, and the share that percentile keeps.
    constexpr range_rule(calibration m, double share = 0.9999) : method(m), coverage(share) {}
};

/// A range of values.
struct value_range {
    float low = 0;                                        ///< the lower end
    float high = 0;                                       ///< the upper end
    bool operator==(const value_range&) const = default;  ///< equal in both ends
};

/// What is left of the range of `values` when (1 - coverage) / 2 of them, rounded down, are left out at either end: a smallest and a
/// largest value that are among them. Few values leave none out: 0.9999 begins to clip at 20000. Throws compress::error where there
/// are no values, one is not finite, or `coverage` is not in (0, 1].
inline value_range percentile_range(std::vector<float> values, double coverage) {
    if (!(coverage > 0 && coverage <= 1))
        detail::fail("calibration.coverage", "the share of values within a range lies in (0, 1]", std::to_string(coverage),
                     "such a number");
    if (values.empty()) detail::fail("calibration", "a range needs values", "none", "at least one");
    for (const float v : values)
        if (!std::isfinite(v)) detail::fail("calibration", "every value must be finite", std::to_string(v), "finite numbers");
    // The small number is for shares like 0.9, which are not exact.
    const auto out = std::min(std::size_t((1 - coverage) / 2 * double(values.size()) + 1e-9), (values.size() - 1) / 2);
    const auto at = [&](std::size_t rank) {
        std::ranges::nth_element(values, values.begin() + std::ptrdiff_t(rank));
        return values[rank];
    };
    return {at(out), at(values.size() - 1 - out)};
}

/// Counts of values in equal bins over [low, high].
struct histogram {
    float low = 0;                                           ///< the lower end
    float high = 0;                                          ///< the upper end
    std::vector<double> counts = std::vector<double>(2048);  ///< of each bin

    /// Counts a value, at the ends those beyond too.
    void add(float x) {
        const float step = float(counts.size()) / (high - low);
        counts[std::min(std::size_t(std::max(0.0f, (x - low) * step)), counts.size() - 1)] += 1;
    }
    /// The middle of a bin.
    double centre(std::size_t bin) const { return low + (double(bin) + 0.5) * (double(high) - low) / double(counts.size()); }
};

/// Where a value is written: its level, and the side of the levels' range that it lies on, -1 below, 0 inside, 1 above.
struct written_level {
    double level = 0;  ///< that it is written as
    int side = 0;      ///< -1 below the levels' range, 0 inside, 1 above
};

/// KL(P || Q), in nats, of the values in `h` and what is left of them when each is written as `level(x)`, a written_level that
/// ascends with x (Migacz, 8-bit Inference with TensorRT, 2017). P counts values outside in the outermost bins within. Q is of the
/// values inside alone: the mass of a level spread evenly over those of its bins that are not empty. So a range that is too wide
/// pays for bins that share a level, and one that is too narrow for what it piles up at its ends. An outermost bin that is empty
/// itself counts half a value in Q, else one distant value would forbid every narrower range. Infinite where nothing is inside.
template <class Level>
double level_divergence(const histogram& h, const Level& level) {
    std::vector<std::size_t> bins(h.counts.size());
    std::iota(bins.begin(), bins.end(), std::size_t(0));
    const auto starts_with_side = [&](int side) {
        return std::ranges::partition_point(bins, [&](std::size_t b) { return level(h.centre(b)).side < side; }) - bins.begin();
    };
    const std::ptrdiff_t first = starts_with_side(0), last = starts_with_side(1);
    std::vector<double> p(h.counts.begin() + first, h.counts.begin() + last), q(p.size());
    const double all = std::accumulate(h.counts.begin(), h.counts.end(), 0.0), inside = std::accumulate(p.begin(), p.end(), 0.0);
    if (!(inside > 0)) return std::numeric_limits<double>::infinity();

    std::vector<std::size_t> sharing;  // bins of one level that are not empty
    double mass = 0, current = 0;
    const auto spread = [&] {
        for (const std::size_t b : sharing) q[b] = mass / double(sharing.size());
        sharing.clear(), mass = 0;
    };
    for (std::size_t b = 0; b < p.size(); ++b) {
        if (p[b] == 0) continue;
        const double here = level(h.centre(std::size_t(first) + b)).level;
        if (here != current) spread();
        sharing.push_back(b), mass += p[b], current = here;
    }
    spread();
    p.front() += std::accumulate(h.counts.begin(), h.counts.begin() + first, 0.0);
    p.back() += std::accumulate(h.counts.begin() + last, h.counts.end(), 0.0);
    double kept = 0, divergence = 0;
    for (std::size_t b = 0; b < p.size(); ++b) {
        if (p[b] > 0 && q[b] == 0) q[b] = 0.5;
        kept += q[b];
    }
    for (std::size_t b = 0; b < p.size(); ++b)
        if (p[b] > 0) divergence += p[b] / all * std::log(p[b] / all / (q[b] / kept));
    return divergence;
}

}  // namespace pare::inline v0::compress
