// SPDX-License-Identifier: MIT
// What the loss would change by without a unit, to first order.
#pragma once

#include <cstddef>
#include <vector>

#include <pare/compress/matrix.hpp>
#include <pare/compress/prune_problem.hpp>
#include <pare/core/config.hpp>

namespace pare::inline v0::compress {

/// Gradients of a loss with respect to the weights of each node of a network, outputs x K; empty where a node has none.
using gradient_set = std::vector<matrix>;

namespace detail {

/// Mean over the sets of gradients of (sum of gradient * weight over the unit)^2: the squared first-order change of the loss when the
/// unit goes (P. Molchanov, S. Tyree, T. Karras, T. Aila, J. Kautz, Pruning convolutional neural networks for resource efficient
/// inference, 2017, section 2.2; squared and averaged as in P. Molchanov et al., Importance estimation for neural network pruning, 2019).
/// At a minimum the mean gradient is 0 and tells nothing, so sets over few inputs each, several of them, tell more than one over all.
inline std::vector<double> taylor_scores(const matrix& weights, const std::vector<matrix>& gradients, const unit_grid& grid) {
    std::vector<double> scores(grid.units()), change(grid.units());
    for (const matrix& g : gradients) {
        change.assign(change.size(), 0.0);
        for (std::size_t n = 0; n < grid.down * grid.rows; ++n)
            for (std::size_t k = 0; k < grid.across * grid.cols; ++k)
                change[n / grid.rows * grid.across + k / grid.cols] +=
                    double(g(Eigen::Index(n), Eigen::Index(k))) * double(weights(Eigen::Index(n), Eigen::Index(k)));
        for (std::size_t u = 0; u < scores.size(); ++u) scores[u] += change[u] * change[u] / double(gradients.size());
    }
    return scores;
}

}  // namespace detail

}  // namespace pare::inline v0::compress
