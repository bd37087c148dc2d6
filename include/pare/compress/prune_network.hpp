// SPDX-License-Identifier: MIT
// How much is removed from which layer of a network.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <pare/compress/allocate.hpp>
#include <pare/compress/channel_pruning.hpp>
#include <pare/compress/channel_ties.hpp>
#include <pare/compress/divergence.hpp>
#include <pare/compress/measured_loss.hpp>
#include <pare/compress/network.hpp>
#include <pare/compress/prune.hpp>
#include <pare/compress/readers.hpp>
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
        const std::vector<std::size_t> readers = readers_of(net.nodes, at);
        if (readers.size() != 1) break;
        const std::size_t reader = readers.front();
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

/// Whether pruning node `i` takes the second moments of its inputs.
inline bool prunes_by_moments(const node_info& n, const recipe& r) { return r.prune_by == criterion::error && !n.format.is_dense; }

/// The second moments of what node `i` sees, of each group of its outputs, one below the other.
inline matrix stacked_moments(const network& net, std::size_t i, const matrix& in) {
    const std::size_t groups = group_count(net.nodes[i]);
    const Eigen::Index size = index(net.nodes[i].weights.cols) + 1;
    matrix all(index(groups) * size, size);
    for (std::size_t g = 0; g < groups; ++g) all.middleRows(index(g) * size, size) = input_moments(net, i, in, g);
    return all;
}

/// What pruning is asked of node `i`. The edges up to its input are those of `net`, the last one is the output to keep; `hessian` is that
/// of stacked_moments where prunes_by_moments.
inline prune_problem problem_of(const network& net, std::size_t i, const activations& edges, matrix hessian, const recipe& r) {
    const node_info& n = net.nodes[i];
    const matrix& in = edges[n.inputs[0]];
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
    if (prunes_by_moments(n, r)) p.hessian = std::move(hessian);
    if (r.prune_by == criterion::activation_entropy && !n.format.unit.fixed) {
        require_outputs(n.format.unit, name_of_node(n) + ".weight");
        p.responses = output_responses(net, i, in);
    }
    if (r.prune_by == criterion::measured_loss && !n.format.unit.fixed) {
        require_many(n.format.unit, name_of_node(n) + ".weight");
        p.losses = measured_losses(net, edges, i);
    }
    if (r.prune_by == criterion::taylor && !n.format.unit.fixed)
        for (const gradient_set& g : r.gradients) p.gradients.push_back(i < g.size() ? g[i] : matrix());
    return p;
}

/// The weights of node `i` pruned at each of `rates`, for what problem_of takes.
inline std::vector<layer_weights> prune_node(const network& net, std::size_t i, const activations& edges, const matrix& hessian,
                                             const recipe& r, const std::vector<double>& rates) {
    return prune(problem_of(net, i, edges, hessian, r), r.prune_by, rates);
}

/// The moments that problem_of takes.
inline matrix moments_for(const network& net, std::size_t i, const activations& edges, const recipe& r) {
    return prunes_by_moments(net.nodes[i], r) ? stacked_moments(net, i, edges[net.nodes[i].inputs[0]]) : matrix();
}

/// Rates at which a layer is tried. Solving large rows of which little is removed costs most and tells least.
inline std::vector<double> trial_rates(const node_info& n) {
    if (n.weights.cols <= 512) return {0.0, 0.2, 0.35, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.93, 0.95, 0.97};
    return {0.0, 0.5, 0.7, 0.8, 0.85, 0.9, 0.93, 0.95, 0.97};
}

/// What the whole of a node is for a rate.
inline std::size_t counted(const node_info& n, rate_base of) { return of == rate_base::macs ? n.macs : n.weights.rows * n.weights.cols; }

/// What each set of a group counts for a network's own activations.
inline std::vector<double> group_scores(const network& net, const activations& edges, const recipe& r, const channel_ties& ties,
                                        const channel_group& g) {
    std::vector<std::vector<double>> of_outputs;
    for (const std::size_t i : g.nodes)
        of_outputs.push_back(output_scores(problem_of(net, i, edges, moments_for(net, i, edges, r), r), r.prune_by));
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

/// Layers that have one rate: those whose channels are tied, `groups`, then every other layer whose rate is open.
inline std::vector<std::vector<std::size_t>> open_layers(const network& net, const std::vector<channel_group>& groups) {
    std::vector<std::vector<std::size_t>> open;
    for (const channel_group& g : groups) open.push_back(g.nodes);
    for (std::size_t i = 0; i < net.nodes.size(); ++i)
        if (has_open_rate(net.nodes[i]) && !chooses_channels(net.nodes[i])) open.push_back({i});
    return open;
}

}  // namespace detail

/// How many layers, or groups of layers whose channels are tied, have open rates.
inline std::size_t open_rates(const network& net) {
    return detail::open_layers(net, channel_groups(net.nodes, tie_channels(net.nodes))).size();
}

/// What removing each share of the weights of each layer with an open rate costs, for global allocation: each layer alone is pruned at
/// several rates, up to `r.rate` at least, on the float network's own activations `edges`, and the divergence of the network's output
/// recorded. It is the same for every criterion. Layers whose channels are tied (channel_ties.hpp) are one layer here.
inline std::vector<rate_curve> rate_curves(const network& net, const activations& edges, const recipe& r) {
    const channel_ties ties = tie_channels(net.nodes);
    const std::vector<channel_group> groups = channel_groups(net.nodes, ties);
    const auto open = detail::open_layers(net, groups);
    for (const channel_group& g : groups) require_removable(net.nodes, ties, g);
    std::vector<rate_curve> curves;
    for (std::size_t k = 0; k < open.size(); ++k) {
        const std::size_t i = open[k].front();
        const node_info& n = net.nodes[i];
        if (r.progress) r.progress("trying rates on " + name_of_node(n), 0.6 * double(k) / double(open.size()));
        rate_curve curve{0, detail::trial_rates(n), {}};
        for (const std::size_t j : open[k]) curve.weights += detail::counted(net.nodes[j], r.rate_of);
        if (r.rate > curve.rates.back()) curve.rates.push_back(r.rate);  // so that the curves reach what is asked for
        if (k < groups.size()) {
            curve.loss = detail::losses_of(net, edges, r, ties, groups[k], curve.rates);
        } else {
            for (const layer_weights& w : detail::prune_node(net, i, edges, detail::moments_for(net, i, edges, r), r, curve.rates))
                curve.loss.push_back(detail::divergence(net, edges.back(), detail::output_with(net, edges, i, {w.weights, w.bias})));
        }
        curves.push_back(std::move(curve));
    }
    return curves;
}

/// The share of weights to remove from each node so that `rate` of what the curves count goes of all open layers: the combination of least
/// summed loss on `curves`, or the same for each where there are none. Masks whose type fixes a count give their own rate. Throws
/// compress::error where a mask of channels stands on a layer that can lose none.
inline std::vector<double> divide_rate(const network& net, double rate, const std::vector<rate_curve>& curves) {
    std::vector<double> rates(net.nodes.size(), 0.0);
    for (std::size_t i = 0; i < net.nodes.size(); ++i) {
        const node_info& n = net.nodes[i];
        if (has_weights(n.kind) && n.kept != dynamic) rates[i] = 1.0 - double(n.kept) / double(n.weights.rows * n.weights.cols);
    }
    const channel_ties ties = tie_channels(net.nodes);
    const std::vector<channel_group> groups = channel_groups(net.nodes, ties);
    if (rate > 0.0)
        for (const channel_group& g : groups) require_removable(net.nodes, ties, g);
    const auto open = detail::open_layers(net, groups);
    const std::vector<double> chosen = curves.empty() ? std::vector<double>(open.size(), rate) : allocate(curves, rate);
    for (std::size_t k = 0; k < open.size(); ++k)
        for (const std::size_t j : open[k]) rates[j] = chosen[k];
    return rates;
}

/// The share of weights to remove from each node as the recipe says.
inline std::vector<double> allocate_rates(const network& net, const activations& edges, const recipe& r) {
    const bool divides = r.allocate == allocation::global && open_rates(net) > 1 && r.rate > 0.0;
    return divide_rate(net, r.rate, divides ? rate_curves(net, edges, r) : std::vector<rate_curve>());
}

}  // namespace pare::inline v0::compress
