// SPDX-License-Identifier: MIT
// Float weights by name, checked, as a network; batch norms folded.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include <pare/compress/error.hpp>
#include <pare/compress/fold.hpp>
#include <pare/compress/network.hpp>
#include <pare/compress/readers.hpp>
#include <pare/compress/taylor_pruning.hpp>
#include <pare/core/config.hpp>
#include <pare/io/safetensors.hpp>

namespace pare::inline v0::compress {

namespace detail {

inline vector load_vector(const io::safetensors& file, const std::string& name, std::size_t count) {
    const io::tensor& t = io::get(file, name, {count});
    io::require_finite(t);
    const std::vector<float> values = io::to_f32(t);
    return Eigen::Map<const vector>(values.data(), index(count));
}

/// "<name>.weight" of a node.
inline matrix load_matrix(const io::safetensors& file, const node_info& n) {
    const std::string name = name_of_node(n) + ".weight";
    std::vector<std::size_t> extent{n.weights.rows, n.weights.cols};
    if (n.kind != layer_kind::linear)
        extent = {n.weights.rows, n.window.kernel_height, n.window.kernel_width,
                  n.weights.cols / (n.window.kernel_height * n.window.kernel_width)};
    const io::tensor& t = io::get(file, name, std::span<const std::size_t>(extent));
    io::require_finite(t);
    const std::vector<float> values = io::to_f32(t);
    return Eigen::Map<const matrix>(values.data(), index(n.weights.rows), index(n.weights.cols));
}

/// Folds batch norm `i` into the layer that it reads.
inline void fold_node(const io::safetensors& file, network& net, std::size_t i) {
    const node_info& n = net.nodes[i];
    const std::string name = name_of_node(n);
    const std::size_t edge = n.inputs[0];
    const bool foldable = edge > 0 && has_weights(net.nodes[edge - 1].kind) && !net.nodes[edge - 1].has_low &&
                          !net.nodes[edge - 1].has_high && readers_of(net.nodes, edge - 1).size() == 1;
    if (!foldable)
        fail(name, "a batch norm follows a linear or convolution layer that has no activation and no other reader",
             edge == 0 ? "the model's input" : name_of_node(net.nodes[edge - 1]), "such a layer");
    normalization norm{load_vector(file, name + ".gamma", n.out.channels), load_vector(file, name + ".beta", n.out.channels),
                       load_vector(file, name + ".mean", n.out.channels), load_vector(file, name + ".variance", n.out.channels)};
    if (file.tensors.contains(name + ".epsilon")) norm.epsilon = load_vector(file, name + ".epsilon", 1)[0];
    fold(net.weights[edge - 1], norm, name);
}

}  // namespace detail

/// The float network of a model's nodes. Tensors are "<name>.weight" ([outputs, height, width, inputs], or [outputs, inputs]) and
/// "<name>.bias", and "<name>.gamma", ".beta", ".mean", ".variance" (and ".epsilon") of a batch norm; others are ignored.
inline network load_network(std::vector<node_info> nodes, const io::safetensors& file, unsigned threads) {
    network net{std::move(nodes), {}, threads};
    net.weights.resize(net.nodes.size());
    for (std::size_t i = 0; i < net.nodes.size(); ++i)
        if (has_weights(net.nodes[i].kind))
            net.weights[i] = {detail::load_matrix(file, net.nodes[i]),
                              detail::load_vector(file, name_of_node(net.nodes[i]) + ".bias", net.nodes[i].weights.rows)};
    for (std::size_t i = 0; i < net.nodes.size(); ++i)
        if (net.nodes[i].kind == layer_kind::batch_norm) detail::fold_node(file, net, i);
    return net;
}

/// Gradients of a loss for criterion::taylor, tensors named and shaped like the weights of `nodes`; every layer with weights has one.
/// Those of a batch norm's layer are with respect to the weights after folding.
inline gradient_set load_gradients(const std::vector<node_info>& nodes, const io::safetensors& file) {
    gradient_set set(nodes.size());
    for (std::size_t i = 0; i < nodes.size(); ++i)
        if (has_weights(nodes[i].kind)) set[i] = detail::load_matrix(file, nodes[i]);
    return set;
}

}  // namespace pare::inline v0::compress
