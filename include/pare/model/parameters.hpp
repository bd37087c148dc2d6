// SPDX-License-Identifier: MIT
// A model's parameters at rest.
#pragma once

#include <array>
#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>

#include <pare/core/config.hpp>
#include <pare/format/stored_weights.hpp>
#include <pare/model/graph.hpp>

namespace pare::inline v0 {

/// What a layer without weights keeps.
struct no_weights {
    constexpr std::size_t bytes() const { return 0; }  ///< none
};

namespace detail {

template <class Graph, std::size_t I, class Storage>
struct node_parameters {
    using type = no_weights;
};
template <class Graph, std::size_t I, class Storage>
    requires(has_weights(Graph::template layer_at<I>::kind))
struct node_parameters<Graph, I, Storage> {
    using layer = typename Graph::template layer_at<I>;
    static constexpr matrix_shape extent = layer::weight_shape(Graph::template input_edge<I>::extent);
    using type = stored_weights<typename layer::options::format, extent.rows, extent.cols, Storage>;
};

template <class Graph, class Storage, class Index>
struct all_parameters;
template <class Graph, class Storage, std::size_t... I>
struct all_parameters<Graph, Storage, std::index_sequence<I...>> {
    using type = std::tuple<typename node_parameters<Graph, I, Storage>::type...>;
};

}  // namespace detail

/// The smallest form of a model: a stored tensor for each layer that has weights, and the quantisation of each edge (edge 0 is
/// the input, edge i + 1 the output of node i). `Storage` is `fixed`, `view`, or `owned` on a host.
template <class Graph, class Storage = fixed>
struct parameters {
    using graph = Graph;      ///< the model
    using storage = Storage;  ///< where arrays live

    /// One entry for each node.
    typename detail::all_parameters<Graph, Storage, std::make_index_sequence<Graph::node_count>>::type layers{};
    std::array<quantization, Graph::edge_count> edges{};  ///< scale and zero point of each edge

    /// What node `I` keeps.
    template <std::size_t I>
    constexpr auto& layer() {
        return std::get<I>(layers);
    }
    /// What node `I` keeps.
    template <std::size_t I>
    constexpr const auto& layer() const {
        return std::get<I>(layers);
    }
};

/// Every byte that a model takes at rest: positions, codes, codebooks, scales, zero points, biases, and the quantisation of edges.
template <class Graph, class Storage>
constexpr std::size_t stored_bytes(const parameters<Graph, Storage>& p) {
    return std::apply([](const auto&... layer) { return (layer.bytes() + ... + 0); }, p.layers) + p.edges.size() * sizeof(quantization);
}

}  // namespace pare::inline v0
