// SPDX-License-Identifier: MIT
// Models as they are written: a list of layers and residual branches, lowered to a graph; and the float twin.
#pragma once

#include <concepts>
#include <cstddef>
#include <type_traits>

#include <pare/core/config.hpp>
#include <pare/format/weight_format.hpp>
#include <pare/layer/add.hpp>
#include <pare/layer/batch_norm.hpp>
#include <pare/layer/conv2d.hpp>
#include <pare/layer/depthwise_conv2d.hpp>
#include <pare/layer/flatten.hpp>
#include <pare/layer/linear.hpp>
#include <pare/layer/pool2d.hpp>
#include <pare/layer/softmax.hpp>
#include <pare/model/graph.hpp>

namespace pare::inline v0 {

/// The other way round a residual branch; empty, it is the branch's own input.
template <class... Layers>
struct shortcut {};

/// A branch whose output is added to its input, or to that of `shortcut<...>` where one stands among the layers. An `add<...>`
/// among them says how they are joined.
template <class... Layers>
struct residual {};

namespace detail {

/// A graph that is being built: its nodes so far, and the edge that the next layer reads.
template <std::size_t Current, class... Nodes>
struct builder {
    static constexpr std::size_t current = Current;
    template <class Layer, std::size_t... Inputs>
    using append = builder<sizeof...(Nodes) + 1, Nodes..., node<Layer, Inputs...>>;
    template <std::size_t Edge>
    using at = builder<Edge, Nodes...>;
    template <class Input, class Rounding>
    using finish = basic_graph<Input, Rounding, Nodes...>;
};

template <class Builder, class... Layers>
struct lower {
    using type = Builder;
};
template <class Builder, class Layer, class... Rest>
struct lower<Builder, Layer, Rest...> : lower<typename Builder::template append<Layer, Builder::current>, Rest...> {};
template <class Builder, rounding_policy Rounding, class... Rest>
struct lower<Builder, Rounding, Rest...> : lower<Builder, Rest...> {};

template <class... Layers>
struct split {
    template <class Builder>
    using branch = Builder;
    template <class Builder>
    using around = Builder;
    using join = add<>;
};
template <class Layer, class... Rest>
struct split<Layer, Rest...> : split<Rest...> {
    template <class Builder>
    using branch = typename split<Rest...>::template branch<typename lower<Builder, Layer>::type>;
};
template <class... Other, class... Rest>
struct split<shortcut<Other...>, Rest...> : split<Rest...> {
    template <class Builder>
    using around = typename lower<Builder, Other...>::type;
};
template <class... Options, class... Rest>
struct split<add<Options...>, Rest...> : split<Rest...> {
    using join = add<Options...>;
};

template <class Builder, class... Branch, class... Rest>
struct lower<Builder, residual<Branch...>, Rest...> {
    using parts = split<Branch...>;
    using through = typename parts::template branch<Builder>;
    using around = typename parts::template around<typename through::template at<Builder::current>>;
    using joined = typename around::template append<typename parts::join, through::current, around::current>;
    using type = typename lower<joined, Rest...>::type;
};

template <class Graph>
struct float_graph;
template <class Node>
struct float_node;
template <class Layer, std::size_t... Inputs>
struct float_node<node<Layer, Inputs...>> {
    using type = node<typename Layer::float_twin, Inputs...>;
};
template <activation_encoding Encoding, std::size_t... Extents, class Rounding, class... Nodes>
struct float_graph<basic_graph<input<Encoding, Extents...>, Rounding, Nodes...>> {
    using type = basic_graph<input<f32, Extents...>, Rounding, typename float_node<Nodes>::type...>;
};

}  // namespace detail

/// A model: an input, then layers in order, each reading the one before; a rounding policy among them is the default of all.
template <class Input, class... Layers>
using model =
    typename detail::lower<detail::builder<0>,
                           Layers...>::type::template finish<Input, typename detail::pick_rounding<rounding::fp32, Layers...>::type>;

/// The same graph in f32, dense and unique: the reference for calibration and accuracy.
template <class Model>
using as_float = typename detail::float_graph<Model>::type;

}  // namespace pare::inline v0
