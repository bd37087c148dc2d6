// SPDX-License-Identifier: MIT
// A model in its executing form, and how it gets there from rest.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <limits>
#include <tuple>
#include <type_traits>
#include <utility>

#include <pare/core/config.hpp>
#include <pare/format/flash.hpp>
#include <pare/kernel/depthwise.hpp>
#include <pare/kernel/elementwise.hpp>
#include <pare/kernel/pack.hpp>
#include <pare/kernel/packed_choice.hpp>
#include <pare/kernel/pool.hpp>
#include <pare/layer/activation.hpp>
#include <pare/model/arena.hpp>
#include <pare/model/parameters.hpp>

namespace pare::inline v0 {

namespace detail {

/// What a node without weights or constants keeps.
struct nothing {
    static constexpr std::size_t bytes() { return 0; }
};

/// Constants that every output of a node is clamped with.
template <class Value>
using range_of = std::conditional_t<std::floating_point<Value>, float_range, rounding::output_range>;

template <class Graph, std::size_t I, class Arch, class Storage>
struct node_packed {
    using layer = typename Graph::template layer_at<I>;
    using input = typename Graph::template edge_type<Graph::template node_at<I>::inputs[0]>;
    using output = typename Graph::template edge_type<I + 1>;
    static constexpr layer_kind kind = layer::kind;
    static constexpr auto pick() {
        if constexpr (kind == layer_kind::linear || kind == layer_kind::conv2d) {
            using rounding = typename Graph::template rounding_at<I>;
            using chosen = packed_weights<node_execution<Graph, I, Arch>, rounding, Storage>;
            if constexpr (chosen::execution::is_sparse)
                return std::type_identity<
                    packed_choice<chosen, packed_weights<typename node_expanded<Graph, I, Arch>::type, rounding, Storage>>>{};
            else return std::type_identity<chosen>{};
        } else if constexpr (kind == layer_kind::depthwise_conv2d) {
            constexpr matrix_shape extent = layer::weight_shape(Graph::template input_edge<I>::extent);
            return std::type_identity<packed_depthwise<typename layer::options::format, input, extent.rows, extent.cols,
                                                       typename Graph::template rounding_at<I>, Storage>>{};
        } else if constexpr (kind == layer_kind::add && !std::floating_point<output>) {
            return std::type_identity<add_constants>{};
        } else if constexpr (kind == layer_kind::softmax && !std::floating_point<output>) {
            return std::type_identity<softmax_constants>{};
        } else {
            return std::type_identity<nothing>{};
        }
    }
    using weights = typename decltype(pick())::type;

    struct type {
        weights data{};
        range_of<output> range{};
    };
};

template <class Graph, class Arch, class Storage, class Index>
struct all_packed;
template <class Graph, class Arch, class Storage, std::size_t... I>
struct all_packed<Graph, Arch, Storage, std::index_sequence<I...>> {
    using type = std::tuple<typename node_packed<Graph, I, Arch, Storage>::type...>;
};

template <class T>
constexpr std::size_t packed_bytes(const T& node) {
    if constexpr (requires { node.data.bytes(); }) return node.data.bytes() + sizeof(node.range);
    else return sizeof(node);
}

}  // namespace detail

/// The fastest form of a model on `Arch`; made by `pack`, read by `run`.
template <class Graph, arch::instruction_set Arch, class Storage = fixed>
struct packed {
    using graph = Graph;      ///< the model
    using arch = Arch;        ///< that runs it
    using storage = Storage;  ///< where arrays live

    /// One entry for each node.
    typename detail::all_packed<Graph, Arch, Storage, std::make_index_sequence<Graph::node_count>>::type layers{};
    std::array<quantization, Graph::edge_count> edges{};  ///< scale and zero point of each edge
};

/// Every byte that a packed model takes: weights, tables, constants, and the quantisation of edges.
template <class Graph, class Arch, class Storage>
constexpr std::size_t executing_bytes(const packed<Graph, Arch, Storage>& p) {
    return std::apply([](const auto&... node) { return (detail::packed_bytes(node) + ... + 0); }, p.layers) +
           p.edges.size() * sizeof(quantization);
}

}  // namespace pare::inline v0

namespace pare::inline v0::inline PARE_ISA {

namespace kernels {

/// Packs node `I`.
template <std::size_t I, class Packed, class Graph, class Source>
constexpr void pack_node(Packed& result, const parameters<Graph, Source>& p) {
    using node = typename Graph::template node_at<I>;
    using layer = typename node::layer;
    using output = typename Graph::template edge_type<I + 1>;
    constexpr layer_kind kind = layer::kind;
    auto& to = std::get<I>(result.layers);
    const quantization in = p.edges[node::inputs[0]], out = p.edges[I + 1];

    using activation = typename detail::fused_activation<layer>::type;
    if constexpr (std::floating_point<output>) {
        to.range.low = activation::has_low ? activation::low : -std::numeric_limits<float>::infinity();
        to.range.high = activation::has_high ? activation::high : std::numeric_limits<float>::infinity();
    } else {
        to.range = activation_range<activation, output>(out);
    }

    using data = std::remove_reference_t<decltype(to.data)>;
    if constexpr (kind == layer_kind::linear || kind == layer_kind::conv2d) {
        if constexpr (detail::is_choice<data>) to.data = pack_choice<data, typename Packed::storage>(p.template layer<I>(), in, out);
        else
            to.data = pack_weights<typename data::execution, typename data::rounding, typename Packed::storage>(
                p.template layer<I>(), typename data::execution{}, in, out);
    } else if constexpr (kind == layer_kind::depthwise_conv2d) {
        constexpr matrix_shape extent = layer::weight_shape(Graph::template input_edge<I>::extent);
        to.data = pack_depthwise<data>(p.template layer<I>(), extent.rows, extent.cols, in, out);
    } else if constexpr (std::same_as<data, add_constants>) {
        to.data = make_add_constants(in, p.edges[node::inputs[1]], out, to.range, sizeof(output) == 2);
    } else if constexpr (std::same_as<data, softmax_constants>) {
        to.data = make_softmax_constants(in.scale);
    }
}

}  // namespace kernels

/// Packs parameters for `Arch`, which need not be this machine's. `Storage` is where the result lives: that of the parameters, unless
/// those are views.
template <class Arch, class Storage = void, class Graph, class Source>
constexpr auto pack(const parameters<Graph, Source>& p) {
    using target = std::conditional_t<std::is_void_v<Storage>, Source, Storage>;
    static_assert(!std::same_as<target, view> && !std::same_as<target, flash>,
                  "pack: the packed form needs storage of its own; got view or flash; use pack<Arch, fixed> or pack<Arch, owned>");
    packed<Graph, Arch, target> result;
    result.edges = p.edges;
    [&]<std::size_t... I>(std::index_sequence<I...>) {
        (kernels::pack_node<I>(result, p), ...);
    }(std::make_index_sequence<Graph::node_count>{});
    return result;
}

}  // namespace pare::inline v0::inline PARE_ISA
