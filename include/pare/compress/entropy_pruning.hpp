// SPDX-License-Identifier: MIT
// What a weight contributes to the entropy of its output's weights.
#pragma once

#include <cmath>
#include <cstddef>
#include <numbers>
#include <vector>

#include <pare/compress/matrix.hpp>
#include <pare/compress/prune_problem.hpp>
#include <pare/core/config.hpp>

namespace pare::inline v0::compress {

/// What a share `p` of an output's weights counts for criterion::entropy: -p log p, its term of Shannon's entropy (A Mathematical
/// Theory of Communication, 1948, section 6), in nats. That term rises up to p = 1/e and falls beyond it, to 0 at p = 1: taken
/// literally, a weight that is an output's whole sum would go first. Beyond 1/e it is therefore mirrored at its peak, 2/e + p log p:
/// what counts rises over all of [0, 1], and a larger weight of an output always counts for more than a smaller one. An output has
/// at most two weights beyond 1/e.
inline double entropy_share(double p) {
    if (!(p > 0)) return 0;
    const double term = -p * std::log(p);
    return p <= 1 / std::numbers::e ? term : 2 / std::numbers::e - term;
}

namespace detail {

/// Sums of what the weights of units count, p = |w| / sum of |w| over the whole output, tails included. An output of zeros counts 0.
inline std::vector<double> entropy_shares(const matrix& weights, const unit_grid& grid) {
    std::vector<double> scores(grid.units());
    for (std::size_t n = 0; n < grid.down * grid.rows; ++n) {
        // Loops of its own, since the order of a sum must not depend on the machine.
        const float* const row = weights.data() + n * std::size_t(weights.cols());
        double total = 0;
        for (Eigen::Index k = 0; k < weights.cols(); ++k) total += std::abs(double(row[k]));
        if (!(total > 0)) continue;
        for (std::size_t k = 0; k < grid.across * grid.cols; ++k)
            scores[n / grid.rows * grid.across + k / grid.cols] += entropy_share(std::abs(double(row[k])) / total);
    }
    return scores;
}

}  // namespace detail

}  // namespace pare::inline v0::compress
