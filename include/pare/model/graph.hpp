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
#include <pare/layer/check.hpp>
#include <pare/layer/options.hpp>

namespace pare::inline v0 {

/// What a model reads: an image of Height x Width x Channels, or with one extent a vector.
template <activation_encoding Encoding, std::size_t... Extents>
    requires(sizeof...(Extents) == 1 || sizeof...(Extents) == 3)
struct input {
    using encoding = Encoding;  ///< of the values
    /// The shape.
    static constexpr shape extent = [] {
        constexpr std::array<std::size_t, sizeof...(Extents)> e{Extents...};
        if constexpr (sizeof...(Extents) == 1) return shape{1, 1, e[0]};
        else return shape{e[0], e[1], e[2]};
    }();
    static_assert(require<(extent.size() > 0), got<Extents...>, needs<1>>, "input: every extent must be positive");
};

/// A layer that reads the edges `Inputs...`. Edge 0 is the model's input, edge i + 1 the output of node i.
template <class Layer, std::size_t... Inputs>
struct node {
    using layer = Layer;                                                            ///< what it does
    static constexpr std::array<std::size_t, sizeof...(Inputs)> inputs{Inputs...};  ///< the edges that it reads
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
struct check_layer {};
template <class Layer, shape... In>
    requires requires { typename Layer::template check<In...>; }
struct check_layer<Layer, In...> : Layer::template check<In...> {};

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

/// The order of nodes: each reads only what stands before it.
template <class Node, std::size_t Edge>
struct node_order {
    static constexpr bool ordered = [] {
        for (const std::size_t i : Node::inputs)
            if (i >= Edge) return false;
        return true;
    }();
};
template <class Node, std::size_t Edge>
struct check_order {
    static_assert(require<node_order<Node, Edge>::ordered, got<Node::inputs[0], Node::inputs[Node::inputs.size() - 1]>, needs<Edge - 1>>,
                  "graph: a node reads only edges of the nodes before it; got a later one; number them in order");
};

/// The output of node Edge - 1, before its rules are asked.
template <class Graph, std::size_t Edge>
struct node_output {
    using node_type = typename Graph::template node_at<Edge - 1>;
    using layer = typename node_type::layer;
    static constexpr bool ordered = node_order<node_type, Edge>::ordered;

    /// The edge that input `I` reads; the model's input where the order is wrong, so that nothing else is said.
    template <std::size_t I>
    using from = edge<Graph, (ordered ? node_type::inputs[I] : 0)>;
    using before = from<0>;
    using encoding = typename output_encoding<typename layer_output<layer>::type, typename before::encoding>::type;
    static constexpr shape extent = layer::output(before::extent);
};

/// The rules of a node: bases, which are asked without a value of theirs being used, so that one that fails is the only error.
template <class Output, class Index>
struct node_rules;
template <class Output, std::size_t... I>
struct node_rules<Output, std::index_sequence<I...>> : check_layer<typename Output::layer, Output::template from<I>::extent...>,
                                                       check_types<typename Output::layer, typename Output::encoding,
                                                                   Output::before::extent, typename Output::template from<I>::encoding...> {
};

/// The output of node Edge - 1.
template <class Graph, std::size_t Edge>
struct edge : node_output<Graph, Edge>,
              private check_order<typename Graph::template node_at<Edge - 1>, Edge>,
              private node_rules<node_output<Graph, Edge>, std::make_index_sequence<Graph::template node_at<Edge - 1>::inputs.size()>> {};

}  // namespace detail

/// A model: `Nodes...` in an order in which each reads only earlier ones. The last node's output is the model's.
/// `Rounding` is the rounding of every layer that names none.
template <class Input, class Rounding, class... Nodes>
struct basic_graph {
    using input_type = Input;                                    ///< what the model reads
    using rounding = Rounding;                                   ///< of every layer that names none
    static constexpr std::size_t node_count = sizeof...(Nodes);  ///< layers
    static constexpr std::size_t edge_count = node_count + 1;    ///< edges: the input, and what each node writes
    static_assert(require<(node_count > 0), got<node_count>, needs<1>>, "model: it must have a layer");

    /// Node `I`.
    template <std::size_t I>
    using node_at = std::tuple_element_t<I, std::tuple<Nodes...>>;
    /// The layer of node `I`.
    template <std::size_t I>
    using layer_at = typename node_at<I>::layer;
    /// Edge `E`: its encoding and extent.
    template <std::size_t E>
    using edge = detail::edge<basic_graph, E>;
    /// The values of edge `E`.
    template <std::size_t E>
    using edge_type = activation_type<typename edge<E>::encoding>;

    static constexpr shape input_shape = Input::extent;  ///< of the input
    /// The shape of every edge.
    static constexpr std::array<shape, edge_count> shapes = []<std::size_t... E>(std::index_sequence<E...>) {
        return std::array<shape, edge_count>{edge<E>::extent...};
    }(std::make_index_sequence<edge_count>{});
    static constexpr shape output_shape = shapes[node_count];  ///< of the output
    using input_value = edge_type<0>;                          ///< a value of the input
    using output_value = edge_type<node_count>;                ///< a value of the output

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
