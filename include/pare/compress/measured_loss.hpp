// SPDX-License-Identifier: MIT
// What a network's output loses without one unit of one layer.
#pragma once

#include <cstddef>
#include <vector>

#include <pare/compress/divergence.hpp>
#include <pare/compress/matrix.hpp>
#include <pare/compress/network.hpp>
#include <pare/compress/prune_problem.hpp>
#include <pare/core/config.hpp>

namespace pare::inline v0::compress {

/// For each unit of node `i`, how far the output of the network for the inputs of `edges` is from that of the whole one when the unit
/// alone is 0: leave one out. `edges` are those of the network as it is.
inline std::vector<double> measured_losses(const network& net, const activations& edges, std::size_t i) {
    const node_info& n = net.nodes[i];
    const detail::unit_grid grid(n.format.unit, n.weights.rows, n.weights.cols);
    std::vector<double> losses;
    for (std::size_t u = 0; u < grid.units(); ++u) {
        node_weights w = net.weights[i];
        w.weights
            .block(Eigen::Index(u / grid.across * grid.rows), Eigen::Index(u % grid.across * grid.cols), Eigen::Index(grid.rows),
                   Eigen::Index(grid.cols))
            .setZero();
        losses.push_back(detail::divergence(net, edges.back(), detail::output_with(net, edges, i, w)));
    }
    return losses;
}

}  // namespace pare::inline v0::compress
