// SPDX-License-Identifier: MIT
// How much is removed from which layer of a network.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include <pare/compress/allocate.hpp>
#include <pare/compress/load.hpp>
#include <pare/compress/network.hpp>
#include <pare/compress/prune.hpp>
#include <pare/compress/recipe.hpp>
#include <pare/core/config.hpp>

namespace pare::inline v0::compress {

namespace detail {

/// True where the rate of a node's removal is open: its mask chooses freely.
inline bool has_open_rate(const node_info& n) {
    return has_weights(n.kind) && !n.format.unit.fixed && n.format.unit.of == 0 && n.kept == dynamic;
}

/// What each output of node `i` says to each of the inputs `in`, the mean over all places, after activations and batch norms that
/// stand alone behind it.
inline matrix output_responses(const network& net, std::size_t i, const samples& in) {
    matrix out = evaluate_node(net, i, in, nullptr, net.threads);
    for (std::size_t at = i;;) {
        std::size_t readers = 0, reader = 0;
        for (std::size_t j = at + 1; j < net.nodes.size(); ++j)
            for (std::size_t k = 0; k < (net.nodes[j].kind == layer_kind::add ? 2u : 1u); ++k)
                if (net.nodes[j].inputs[k] == at + 1) ++readers, reader = j;
        if (readers != 1) break;
        const layer_kind kind = net.nodes[reader].kind;
        if (kind != layer_kind::activation && kind != layer_kind::batch_norm) break;
        out = evaluate_node(net, reader, out, nullptr, net.threads);
        at = reader;
    }
    const Eigen::Index outputs = index(net.nodes[i].weights.rows), places = out.cols() / outputs;
    matrix means(out.rows(), outputs);
    for (Eigen::Index s = 0; s < out.rows(); ++s)
        means.row(s) = Eigen::Map<const matrix>(out.row(s).data(), places, outputs).cast<double>().colwise().mean().cast<float>();
    return means;
}

/// The weights of node `i` pruned at each of `rates`, for the inputs `in`.
inline std::vector<layer_weights> prune_node(const network& net, std::size_t i, const matrix& in, const recipe& r,
                                             const std::vector<double>& rates) {
    const node_info& n = net.nodes[i];
    prune_problem p{.weights = net.weights[i].weights, .bias = net.weights[i].bias};
    p.unit = n.format.unit;
    p.seed = r.seed + i;
    p.threads = r.threads;
    p.damping = r.damping;
    if (n.format.fixed_pattern != nullptr) {
        p.pattern.resize(p.weights.rows(), p.weights.cols());
        for (Eigen::Index k = 0; k < p.pattern.size(); ++k)
            p.pattern.data()[k] =
                n.format.fixed_pattern(n.weights.rows, n.weights.cols, std::size_t(k) / n.weights.cols, std::size_t(k) % n.weights.cols);
    }
    if (r.prune_by == criterion::error && !n.format.is_dense) {
        const std::size_t groups = group_count(n);
        const Eigen::Index size = p.weights.cols() + 1;
        p.hessian.resize(index(groups) * size, size);
        for (std::size_t g = 0; g < groups; ++g) p.hessian.middleRows(index(g) * size, size) = input_moments(net, i, in, g);
    }
    if (r.prune_by == criterion::activation_entropy && !n.format.unit.fixed) {
        require_outputs(n.format.unit, name_of_node(n) + ".weight");
        p.responses = output_responses(net, i, in);
    }
    return prune(p, r.prune_by, rates);
}

/// The output of a network whose node `i` has weights `w`, other edges before it being as they are. A few samples at a time, so that
/// what is computed stays in the cache.
inline matrix output_with(const network& net, const activations& edges, std::size_t i, const layer_weights& w) {
    network changed = net;
    changed.weights[i] = {w.weights, w.bias};
    matrix output(edges.back().rows(), edges.back().cols());
    constexpr std::size_t block = 16;
    in_parallel(std::size_t(output.rows()), net.threads, [&](std::size_t first, std::size_t last) {
        for (std::size_t s = first; s < last; s += block) {
            const Eigen::Index at = index(s), count = index(std::min(block, last - s));
            activations fresh(edges.size());
            const auto edge = [&](std::size_t e) -> samples { return e > i ? samples(fresh[e]) : samples(edges[e].middleRows(at, count)); };
            for (std::size_t j = i; j < net.nodes.size(); ++j) {
                const node_info& n = net.nodes[j];
                const samples second = edge(n.inputs[n.kind == layer_kind::add]);
                fresh[j + 1] = evaluate_node(changed, j, edge(n.inputs[0]), &second, 1);
            }
            output.middleRows(at, count) = fresh.back();
        }
    });
    return output;
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

/// Rates at which a layer is tried. Solving large rows of which little is removed costs most and tells least.
inline std::vector<double> trial_rates(const node_info& n) {
    if (n.weights.cols <= 512) return {0.0, 0.2, 0.35, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.93, 0.95, 0.97};
    return {0.0, 0.5, 0.7, 0.8, 0.85, 0.9, 0.93, 0.95, 0.97};
}

}  // namespace detail

/// The share of weights to remove from each node. Global allocation prunes each open layer alone at several rates on the float
/// network's own activations, records the divergence of its output, and takes the combination of least summed divergence that
/// removes `rate` of all open weights; it is the same for every criterion. Masks whose type fixes a count give their own rate.
inline std::vector<double> allocate_rates(const network& net, const activations& edges, const recipe& r) {
    std::vector<double> rates(net.nodes.size(), 0.0);
    std::vector<std::size_t> open;
    std::vector<rate_curve> curves;
    for (std::size_t i = 0; i < net.nodes.size(); ++i) {
        const node_info& n = net.nodes[i];
        if (!has_weights(n.kind)) continue;
        if (detail::has_open_rate(n)) open.push_back(i), rates[i] = r.rate;
        else if (n.kept != dynamic) rates[i] = 1.0 - double(n.kept) / double(n.weights.rows * n.weights.cols);
    }
    if (r.allocate == allocation::per_layer || open.size() < 2 || r.rate == 0.0) return rates;
    for (const std::size_t i : open) {
        const node_info& n = net.nodes[i];
        if (r.progress) r.progress("trying rates on " + name_of_node(n), 0.6 * double(curves.size()) / double(open.size()));
        rate_curve curve{n.weights.rows * n.weights.cols, detail::trial_rates(n), {}};
        if (r.rate > curve.rates.back()) curve.rates.push_back(r.rate);  // so that the curves reach what is asked for
        for (const layer_weights& w : detail::prune_node(net, i, edges[n.inputs[0]], r, curve.rates))
            curve.loss.push_back(detail::divergence(net, edges.back(), detail::output_with(net, edges, i, w)));
        curves.push_back(std::move(curve));
    }
    const std::vector<double> chosen = allocate(curves, r.rate);
    for (std::size_t k = 0; k < open.size(); ++k) rates[open[k]] = chosen[k];
    return rates;
}

}  // namespace pare::inline v0::compress
