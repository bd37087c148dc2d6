// SPDX-License-Identifier: MIT
// Float weights in, parameters of a compressed model out.
#pragma once

#include <cmath>
#include <concepts>
#include <cstddef>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <pare/compress/bias.hpp>
#include <pare/compress/calibrate.hpp>
#include <pare/compress/dataset.hpp>
#include <pare/compress/encode.hpp>
#include <pare/compress/equalize.hpp>
#include <pare/compress/gptq.hpp>
#include <pare/compress/load.hpp>
#include <pare/compress/network.hpp>
#include <pare/compress/prune_network.hpp>
#include <pare/compress/quantize.hpp>
#include <pare/compress/recipe.hpp>
#include <pare/core/config.hpp>
#include <pare/io/owned.hpp>
#include <pare/model/parameters.hpp>

namespace pare::inline v0::compress {

/// A network after compression: its quantised weights, node by node, and the quantisation of its edges.
struct compressed_network {
    network net;                               ///< with the values that the codes stand for
    std::vector<quantized_weights> quantized;  ///< codes, masks and scales, node by node; empty where a node has no weights
    std::vector<quantization> edges;           ///< scale and zero point of the inputs, then of each node's output
    std::vector<double> rates;                 ///< share of weights removed from each node
};

namespace detail {

/// Prunes, shares and quantises node `i` of `net` for the edges up to its input. Channels that go are chosen already.
inline void compress_node(network& net, std::size_t i, const activations& edges, const absent_channels& absent, const recipe& r,
                          compressed_network& result) {
    const node_info& n = net.nodes[i];
    const std::string name = name_of_node(n) + ".weight";
    const bool by_feedback = r.round_weights == weight_rounding::gptq && !n.format.is_float;
    const bool weighs = r.weigh_by_hessian && n.format.entries != 0;
    const bool solves = prunes_by_moments(n, r) && !chooses_channels(n);
    const matrix hessian = solves || by_feedback || weighs ? stacked_moments(net, i, edges[n.inputs[0]]) : matrix();
    layer_weights w = chooses_channels(n) ? without_channels(net.weights[i], absent, i)
                                          : prune_node(net, i, edges, hessian, r, {result.rates[i]}).front();
    clustering share{.seed = r.seed + i, .start = r.start_centroids};
    if (weighs) share.importance = input_squares(hessian);
    const range_rule rule{r.weight_calibration, r.coverage};
    result.quantized[i] =
        by_feedback ? quantize_with_feedback(w.weights, w.bias, w.mask, n.format, rule, share, {hessian, r.damping, r.threads}, name)
                    : quantize_weights(w.weights, w.mask, n.format, rule, share, name);
    net.weights[i] = {result.quantized[i].values, w.bias};
}

}  // namespace detail

/// Prunes at `rates`, then shares, then quantises each layer in order, each for the activations of the network compressed so far, and
/// corrects its bias where the recipe says so; then calibrates the edges. `edges` are those of `net`. Channels are chosen before all
/// that, those that are tied together (channel_ties.hpp). One that is removed says 0, whatever its bias was, and the biases of the layers
/// that read it take in what it said on the mean, whether the recipe asks for it or not: so the network can be narrowed (narrow.hpp).
inline compressed_network compress_at_rates(network net, activations edges, std::vector<double> rates, const std::vector<edge_type>& types,
                                            const recipe& r) {
    compressed_network result;
    result.rates = std::move(rates);
    result.quantized.resize(net.nodes.size());
    const absent_channels absent = detail::choose_channels(net, edges, r, result.rates);
    const auto corrects = [&](const node_info& n) { return r.correct_bias || absent.any(n.inputs[0]); };
    std::vector<Eigen::VectorXd> means(net.nodes.size());
    for (std::size_t i = 0; i < net.nodes.size(); ++i)
        if (has_weights(net.nodes[i].kind) && corrects(net.nodes[i])) means[i] = output_means(net, i, edges[net.nodes[i].inputs[0]]);
    for (std::size_t i = 0; i < net.nodes.size(); ++i) {
        const node_info& n = net.nodes[i];
        const matrix& in = edges[n.inputs[0]];
        if (has_weights(n.kind)) {
            if (r.progress) r.progress("compressing " + name_of_node(n), 0.6 + 0.4 * double(i) / double(net.nodes.size()));
            detail::compress_node(net, i, edges, absent, r, result);
            if (corrects(n)) correct_bias(net, i, in, means[i]);
            detail::silence(net.weights[i].bias, absent, i);
        }
        const samples second = edges[n.inputs[n.kind == layer_kind::add]];
        edges[i + 1] = evaluate_node(net, i, in, &second, net.threads);
    }
    result.edges = calibrate(net, edges, types, {r.activation_calibration, r.coverage});
    result.net = std::move(net);
    if (r.progress) r.progress("done", 1.0);
    return result;
}

/// Equalises where the recipe says so, divides its rate among the layers, and compresses.
inline compressed_network compress_network(network net, const dataset& calibration, const std::vector<edge_type>& types, const recipe& r) {
    if (!(r.rate >= 0.0 && r.rate < 1.0))
        detail::fail("recipe.rate", "the share of weights removed lies in [0, 1)", std::to_string(r.rate), "such a number");
    require_inputs(calibration, net.nodes.front().in.size());
    if (r.progress) r.progress("running the calibration set", 0.0);
    if (r.equalize) equalize(net);
    activations edges = evaluate(net, calibration.inputs);
    std::vector<double> rates = allocate_rates(net, edges, r);
    return compress_at_rates(std::move(net), std::move(edges), std::move(rates), types, r);
}

namespace detail {

template <class Graph>
std::vector<edge_type> edge_types() {
    std::vector<edge_type> types;
    [&]<std::size_t... E>(std::index_sequence<E...>) {
        const auto add = [&]<class T>(T) {
            if constexpr (std::floating_point<T>) types.push_back({.is_float = true});
            else types.push_back({false, std::numeric_limits<T>::min(), std::numeric_limits<T>::max()});
        };
        (add(typename Graph::template edge_type<E>{}), ...);
    }(std::make_index_sequence<Graph::edge_count>{});
    return types;
}

}  // namespace detail

/// Compresses `weights` (see `load_network` for names and shapes) into the format of `Model`, with the inputs of `calibration`.
/// Throws compress::error or io::error, which name what was wrong and where.
template <class Model>
parameters<Model, owned> run(const io::safetensors& weights, const dataset& calibration, const recipe& r = {}) {
    constexpr auto nodes = describe_nodes<Model>();
    const compressed_network c =
        compress_network(load_network({nodes.begin(), nodes.end()}, weights, r.threads), calibration, detail::edge_types<Model>(), r);
    parameters<Model, owned> result;
    for (std::size_t e = 0; e < c.edges.size(); ++e) result.edges[e] = c.edges[e];
    [&]<std::size_t... I>(std::index_sequence<I...>) {
        const auto one = [&]<std::size_t Node>(std::integral_constant<std::size_t, Node>) {
            if constexpr (has_weights(nodes[Node].kind))
                encode(c.quantized[Node], c.net.weights[Node].bias, c.edges[nodes[Node].inputs[0]].scale, name_of_node(nodes[Node]),
                       result.template layer<Node>());
        };
        (one(std::integral_constant<std::size_t, I>{}), ...);
    }(std::make_index_sequence<Model::node_count>{});
    return result;
}

}  // namespace pare::inline v0::compress
