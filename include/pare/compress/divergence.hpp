// SPDX-License-Identifier: MIT
// How far a change to one layer moves the output of a network.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include <pare/compress/matrix.hpp>
#include <pare/compress/network.hpp>
#include <pare/compress/parallel.hpp>
#include <pare/core/config.hpp>

namespace pare::inline v0::compress::detail {

/// The output of a network that is changed from node `i` on, edges before it being as they are. A few samples at a time, so that
/// what is computed stays in the cache.
inline matrix output_from(const network& changed, const activations& edges, std::size_t i) {
    matrix output(edges.back().rows(), edges.back().cols());
    constexpr std::size_t block = 16;
    in_parallel(std::size_t(output.rows()), changed.threads, [&](std::size_t first, std::size_t last) {
        for (std::size_t s = first; s < last; s += block) {
            const Eigen::Index at = index(s), count = index(std::min(block, last - s));
            activations fresh(edges.size());
            const auto edge = [&](std::size_t e) -> samples { return e > i ? samples(fresh[e]) : samples(edges[e].middleRows(at, count)); };
            for (std::size_t j = i; j < changed.nodes.size(); ++j) {
                const node_info& n = changed.nodes[j];
                const samples second = edge(n.inputs[n.kind == layer_kind::add]);
                fresh[j + 1] = evaluate_node(changed, j, edge(n.inputs[0]), &second, 1);
            }
            output.middleRows(at, count) = fresh.back();
        }
    });
    return output;
}

/// The same where node `i` has weights `w`.
inline matrix output_with(const network& net, const activations& edges, std::size_t i, const node_weights& w) {
    network changed = net;
    changed.weights[i] = w;
    return output_from(changed, edges, i);
}

/// Mean of KL(softmax(a) || softmax(b)) over rows; of squared differences where there is one output only.
inline double divergence(const network& net, const matrix& a, const matrix& b) {
    if (a.cols() == 1) return double((a - b).squaredNorm()) / double(a.rows());
    const bool probabilities = net.nodes.back().kind == layer_kind::softmax;
    double sum = 0;
    std::vector<float> p(std::size_t(a.cols())), q(p.size());
    for (Eigen::Index r = 0; r < a.rows(); ++r) {
        for (std::size_t c = 0; c < p.size(); ++c) p[c] = a(r, index(c)), q[c] = b(r, index(c));
        if (!probabilities) softmax(p.data(), p.data(), p.size()), softmax(q.data(), q.data(), q.size());
        for (std::size_t c = 0; c < p.size(); ++c)
            if (p[c] > 0) sum += double(p[c]) * (std::log(double(p[c])) - std::log(std::max(double(q[c]), 1e-30)));
    }
    return sum / double(a.rows());
}

}  // namespace pare::inline v0::compress::detail
