// SPDX-License-Identifier: MIT
// The one model: a directed graph of layers, known to the compiler.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>

#include <pare/core/config.hpp>
#include <pare/core/require.hpp>
#include <pare/format/activations.hpp>
#include <pare/layer/options.hpp>

namespace pare::inline v0 {

/// What a model reads: an image of Height x Width x Channels, or with one extent a vector.
template <activation_encoding Encoding, std::size_t... Extents>
    requires(sizeof...(Extents) == 1 || sizeof...(Extents) == 3)
struct input {
    using encoding = Encoding;
    static constexpr shape extent = [] {
        constexpr std::array<std::size_t, sizeof...(Extents)> e{Extents...};
        if constexpr (sizeof...(Extents) == 1) return shape{1, 1, e[0]};
        else return shape{e[0], e[1], e[2]};
    }();
    static_assert(extent.size() > 0, "input: every extent must be positive; got 0");
};

/// A layer that reads the edges `Inputs...`. Edge 0 is the model's input, edge i + 1 the output of node i.
template <class Layer, std::size_t... Inputs>
struct node {
    using layer = Layer;
    static constexpr std::array<std::size_t, sizeof...(Inputs)> inputs{Inputs...};
};

template <class Input, class Rounding, class... Nodes>
struct basic_graph;

namespace detail {

template <class Graph, std::size_t Edge>
struct edge;

/// The model's input.
template <class Graph>
struct edge<Graph, 0> {
    using encoding = typename Graph::input_type::encoding;
    static constexpr shape extent = Graph::input_type::extent;
};

template <class Layer, shape... In>
struct check_layer {
    static constexpr bool done = true;
};
template <class Layer, shape... In>
    requires requires { typename Layer::template check<In...>; }
struct check_layer<Layer, In...> : Layer::template check<In...> {
    static constexpr bool done = true;
};

/// What a layer says of its output encoding; fused activations that stand as layers say nothing.
template <class Layer>
struct layer_output {
    using type = same_as_input;
};
template <class Layer>
    requires requires { typename Layer::options::output; }
struct layer_output<Layer> {
    using type = typename Layer::options::output;
};

template <class Layer, class Default>
struct rounding_of {
    using type = Default;
};
template <class Layer, class Default>
    requires(Layer::options::has_rounding)
struct rounding_of<Layer, Default> {
    using type = typename Layer::options::rounding;
};

template <class Output, class Default>
struct output_encoding {
    using type = Default;
};
template <class E, class Default>
struct output_encoding<out<E>, Default> {
    using type = E;
};

/// The output of node Edge - 1.
template <class Graph, std::size_t Edge>
struct edge {
    using node_type = typename Graph::template node_at<Edge - 1>;
    using layer = typename node_type::layer;

    static constexpr bool ordered = [] {
        for (const std::size_t i : node_type::inputs)
            if (i >= Edge) return false;
        return true;
    }();
    static_assert(require<ordered, got<node_type::inputs[0]>, needs<Edge - 1>>,
                  "graph: a node reads only edges of the nodes before it; number them in order");

    using before = edge<Graph, node_type::inputs[0]>;
    static constexpr bool checked = []<std::size_t... I>(std::index_sequence<I...>) {
        return check_layer<layer, edge<Graph, node_type::inputs[I]>::extent...>::done;
    }(std::make_index_sequence<node_type::inputs.size()>{});

    using encoding = typename output_encoding<typename layer_output<layer>::type, typename before::encoding>::type;
    static constexpr shape extent = layer::output(before::extent);
};

}  // namespace detail

/// A model: `Nodes...` in an order in which each reads only earlier ones. The last node's output is the model's.
/// `Rounding` is the rounding of every layer that names none.
template <class Input, class Rounding, class... Nodes>
struct basic_graph {
    using input_type = Input;
    using rounding = Rounding;
    static constexpr std::size_t node_count = sizeof...(Nodes);
    static constexpr std::size_t edge_count = node_count + 1;
    static_assert(node_count > 0, "model: at least one layer; got none");

    template <std::size_t I>
    using node_at = std::tuple_element_t<I, std::tuple<Nodes...>>;
    template <std::size_t I>
    using layer_at = typename node_at<I>::layer;
    template <std::size_t E>
    using edge = detail::edge<basic_graph, E>;
    template <std::size_t E>
    using edge_type = activation_type<typename edge<E>::encoding>;

    static constexpr shape input_shape = Input::extent;
    static constexpr std::array<shape, edge_count> shapes = []<std::size_t... E>(std::index_sequence<E...>) {
        return std::array<shape, edge_count>{edge<E>::extent...};
    }(std::make_index_sequence<edge_count>{});
    static constexpr shape output_shape = shapes[node_count];
    using input_value = edge_type<0>;
    using output_value = edge_type<node_count>;

    /// The input edge of node `I`.
    template <std::size_t I>
    using input_edge = edge<node_at<I>::inputs[0]>;

    /// The rounding of node `I`.
    template <std::size_t I>
    using rounding_at = typename detail::rounding_of<layer_at<I>, Rounding>::type;
};

/// A graph spelled node by node, for models that are no chain.
template <class Input, class... Nodes>
using graph = basic_graph<Input, rounding::fp32, Nodes...>;

}  // namespace pare::inline v0
