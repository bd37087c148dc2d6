// SPDX-License-Identifier: MIT
// How much is removed from which layer of a network.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include <pare/compress/allocate.hpp>
#include <pare/compress/channel_pruning.hpp>
#include <pare/compress/channel_ties.hpp>
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

/// What pruning is asked of node `i`, for the inputs `in`.
inline prune_problem problem_of(const network& net, std::size_t i, const matrix& in, const recipe& r) {
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
    return p;
}

/// The weights of node `i` pruned at each of `rates`, for the inputs `in`.
inline std::vector<layer_weights> prune_node(const network& net, std::size_t i, const matrix& in, const recipe& r,
                                             const std::vector<double>& rates) {
    return prune(problem_of(net, i, in, r), r.prune_by, rates);
}

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
inline matrix output_with(const network& net, const activations& edges, std::size_t i, const layer_weights& w) {
    network changed = net;
    changed.weights[i] = {w.weights, w.bias};
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

/// Rates at which a layer is tried. Solving large rows of which little is removed costs most and tells least.
inline std::vector<double> trial_rates(const node_info& n) {
    if (n.weights.cols <= 512) return {0.0, 0.2, 0.35, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.93, 0.95, 0.97};
    return {0.0, 0.5, 0.7, 0.8, 0.85, 0.9, 0.93, 0.95, 0.97};
}

/// What each set of a group counts for a network's own activations.
inline std::vector<double> group_scores(const network& net, const activations& edges, const recipe& r, const channel_ties& ties,
                                        const channel_group& g) {
    std::vector<std::vector<double>> of_outputs;
    for (const std::size_t i : g.nodes)
        of_outputs.push_back(output_scores(problem_of(net, i, edges[net.nodes[i].inputs[0]], r), r.prune_by));
    return set_scores(ties, g, of_outputs);
}

/// The divergence of the output at each of `rates` of a group. A channel that is gone says its mean: what its readers will make up
/// for.
inline std::vector<double> losses_of(const network& net, const activations& edges, const recipe& r, const channel_ties& ties,
                                     const channel_group& g, const std::vector<double>& rates) {
    const std::vector<double> scores = group_scores(net, edges, r, ties, g);
    std::vector<vector> means;
    for (const std::size_t i : g.nodes) means.push_back(output_responses(net, i, edges[net.nodes[i].inputs[0]]).colwise().mean());
    std::vector<double> losses;
    for (const double rate : rates) {
        absent_channels absent{ties, std::vector<std::uint8_t>(ties.kept_by.size())};
        for (const std::size_t s : lowest_sets(g, scores, rate)) absent.sets[s] = 1;
        network changed = net;
        for (std::size_t k = 0; k < g.nodes.size(); ++k) {
            const layer_weights w = without_channels(net.weights[g.nodes[k]], absent, g.nodes[k], &means[k]);
            changed.weights[g.nodes[k]] = {w.weights, w.bias};
        }
        losses.push_back(divergence(net, edges.back(), output_from(changed, edges, g.nodes.front())));
    }
    return losses;
}

/// The channels that go at these rates of nodes. All masks of channels are chosen at once, on the float network's own activations.
/// Throws compress::error where a rate above 0 meets a layer none of whose channels may go.
inline absent_channels choose_channels(const network& net, const activations& edges, const recipe& r, const std::vector<double>& rates) {
    absent_channels absent{tie_channels(net.nodes), {}};
    absent.sets.resize(absent.ties.kept_by.size());
    for (const channel_group& g : channel_groups(net.nodes, absent.ties)) {
        const double rate = rates[g.nodes.front()];
        if (rate == 0.0) continue;
        require_removable(net.nodes, absent.ties, g);
        for (const std::size_t s : lowest_sets(g, group_scores(net, edges, r, absent.ties, g), rate)) absent.sets[s] = 1;
    }
    return absent;
}

}  // namespace detail

/// The share of weights to remove from each node. Global allocation prunes each open layer alone at several rates on the float
/// network's own activations, records the divergence of its output, and takes the combination of least summed divergence that
/// removes `rate` of all open weights; it is the same for every criterion. Layers whose channels are tied (channel_ties.hpp) are one
/// layer here, and have one rate. Masks whose type fixes a count give their own rate.
inline std::vector<double> allocate_rates(const network& net, const activations& edges, const recipe& r) {
    std::vector<double> rates(net.nodes.size(), 0.0);
    std::vector<std::vector<std::size_t>> open;  // layers that have one rate: one, or several whose channels are tied
    std::vector<rate_curve> curves;
    const channel_ties ties = tie_channels(net.nodes);
    const std::vector<channel_group> groups = channel_groups(net.nodes, ties);
    for (const channel_group& g : groups) open.push_back(g.nodes);
    for (std::size_t i = 0; i < net.nodes.size(); ++i) {
        const node_info& n = net.nodes[i];
        if (!has_weights(n.kind)) continue;
        if (detail::has_open_rate(n)) {
            rates[i] = r.rate;
            if (!detail::chooses_channels(n)) open.push_back({i});
        } else if (n.kept != dynamic) {
            rates[i] = 1.0 - double(n.kept) / double(n.weights.rows * n.weights.cols);
        }
    }
    if (r.rate == 0.0) return rates;
    for (const channel_group& g : groups) require_removable(net.nodes, ties, g);
    if (r.allocate == allocation::per_layer || open.size() < 2) return rates;
    for (std::size_t k = 0; k < open.size(); ++k) {
        const std::size_t i = open[k].front();
        const node_info& n = net.nodes[i];
        if (r.progress) r.progress("trying rates on " + name_of_node(n), 0.6 * double(k) / double(open.size()));
        rate_curve curve{0, detail::trial_rates(n), {}};
        for (const std::size_t j : open[k]) curve.weights += net.nodes[j].weights.rows * net.nodes[j].weights.cols;
        if (r.rate > curve.rates.back()) curve.rates.push_back(r.rate);  // so that the curves reach what is asked for
        if (k < groups.size()) {
            curve.loss = detail::losses_of(net, edges, r, ties, groups[k], curve.rates);
        } else {
            for (const layer_weights& w : detail::prune_node(net, i, edges[n.inputs[0]], r, curve.rates))
                curve.loss.push_back(detail::divergence(net, edges.back(), detail::output_with(net, edges, i, w)));
        }
        curves.push_back(std::move(curve));
    }
    const std::vector<double> chosen = allocate(curves, r.rate);
    for (std::size_t k = 0; k < open.size(); ++k)
        for (const std::size_t j : open[k]) rates[j] = chosen[k];
    return rates;
}

}  // namespace pare::inline v0::compress
