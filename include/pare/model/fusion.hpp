// SPDX-License-Identifier: MIT
// Which layers do the work of the one behind them on an arch, so that their own outputs are never written: convolutions that of a max
// pool, and layers with weights that of an addition.
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <utility>

#include <pare/core/config.hpp>
#include <pare/model/execution.hpp>
#include <pare/model/graph.hpp>

namespace pare::inline v0 {

namespace detail {

/// An addition behind a layer.
struct addition {
    std::size_t node = 0;      ///< which; 0 is none, since something stands before it
    std::size_t residual = 0;  ///< the edge that is added to the layer's output
    bool is_second = false;    ///< whether the layer's output is the second input
};

/// The addition that is the only reader of node `I`, a layer with weights and bytes as outputs: the next node that computes something, so
/// that its other input is there when node `I` runs. Of two convolutions that are added it is the later one that has such an addition.
template <class Graph, std::size_t I, std::size_t Next = I + 1>
constexpr addition add_behind() {
    if constexpr (Next < Graph::node_count && has_weights(Graph::template layer_at<I>::kind)) {
        using value = typename Graph::template edge_type<I + 1>;
        constexpr layer_kind kind = Graph::template layer_at<Next>::kind;
        constexpr auto inputs = Graph::template node_at<Next>::inputs;
        if constexpr (is_alias(kind)) {
            return add_behind<Graph, I, Next + 1>();
        } else if constexpr (kind == layer_kind::add && std::integral<value> && sizeof(value) == 1) {
            constexpr auto names = names_of_values<Graph>();
            if (readers_of_values<Graph>()[I + 1] == 1 && names[inputs[0]] == I + 1) return {Next, inputs[1], false};
            if (readers_of_values<Graph>()[I + 1] == 1 && names[inputs[1]] == I + 1) return {Next, inputs[0], true};
        }
    }
    return {};
}

/// Whether node `I` adds what the addition behind it adds. Depthwise convolutions do where they have no registers of sums that other
/// epilogues could not store.
template <class Graph, std::size_t I, class Arch>
inline constexpr bool fuses_add =
    add_behind<Graph, I>().node != 0 && (Graph::template layer_at<I>::kind != layer_kind::depthwise_conv2d || Arch::lanes == 1);

/// For each node the one whose output it writes: itself, or the pool or the addition that it does the work of.
template <class Graph, class Arch>
inline constexpr std::array<std::size_t, Graph::node_count> written_nodes = []<std::size_t... I>(std::index_sequence<I...>) {
    return std::array<std::size_t, Graph::node_count>{
        (fuses_pool<Graph, I, Arch> ? I + 1 : fuses_add<Graph, I, Arch> ? add_behind<Graph, I>().node : I)...};
}(std::make_index_sequence<Graph::node_count>{});

/// The node that does the work of node `i`: itself, or the one that is fused with it.
template <std::size_t Count>
constexpr std::size_t doer_of(const std::array<std::size_t, Count>& written, std::size_t i) {
    return std::min(std::size_t(std::find(written.begin(), written.end(), i) - written.begin()), i);
}

}  // namespace detail

}  // namespace pare::inline v0
