// SPDX-License-Identifier: MIT
// The narrow model of parameters with masks of channels, as the type that a user writes.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <pare/compress/narrow.hpp>
#include <pare/compress/narrow_channels.hpp>
#include <pare/core/config.hpp>
#include <pare/format/spell.hpp>
#include <pare/layer/options.hpp>
#include <pare/model/describe.hpp>
#include <pare/model/graph.hpp>

namespace pare::inline v0::compress {

namespace detail {

inline std::string call(std::string_view name, std::initializer_list<std::size_t> numbers) {
    std::string text(name);
    std::string_view before = "<";
    for (const std::size_t n : numbers) text.append(before).append(std::to_string(n)), before = ", ";
    return text + ">";
}

/// A policy in C++: `unstructured` by itself is no type.
template <class Policy>
std::string spell_policy() {
    if constexpr (std::same_as<Policy, unstructured<>>) return "unstructured<>";
    else return text_of<Policy>();
}

/// `weights<...>`, dense where `is_dense`.
template <weight_format_type F>
std::string spell_weights(bool is_dense) {
    std::string text = "weights<" + spell_policy<typename F::encoding>();
    if (!std::same_as<typename F::granularity, per_tensor>) text += ", " + spell_policy<typename F::granularity>();
    if (!std::same_as<typename F::symmetry, symmetric>) text += ", " + spell_policy<typename F::symmetry>();
    if (!is_dense) text += ", " + spell_policy<typename F::mask>();
    if constexpr (F::is_shared) text += ", " + spell_policy<typename F::sharing>();
    return text + ">";
}

/// Padding as it is written.
template <class Padding>
struct padding_text {
    static std::string text() { return "custom"; }
};
template <>
struct padding_text<same> {
    static std::string text() { return "same"; }
};
template <>
struct padding_text<valid> {
    static std::string text() { return ""; }  // the default
};
template <std::size_t... Sides>
struct padding_text<pad<Sides...>> {
    static std::string text() { return call("pad", {Sides...}); }
};

template <class Activation>
std::string spell_activation() {
    if constexpr (std::same_as<Activation, relu>) return "relu";
    else if constexpr (std::same_as<Activation, relu6>) return "relu6";
    else if constexpr (std::same_as<Activation, linear_activation>) return "";
    else return "custom";
}

template <class Rounding>
std::string spell_rounding() {
    if constexpr (std::same_as<Rounding, rounding::fp32>) return "rounding::fp32";
    else if constexpr (std::same_as<Rounding, rounding::single>) return "rounding::single";
    else if constexpr (std::same_as<Rounding, rounding::gemmlowp>) return "rounding::gemmlowp";
    else return "custom";
}

/// A layer as C++. `outputs` are those that are left, of which a mask keeps all where `is_dense`.
template <class Layer>
std::string spell_layer(const node_info& n, std::size_t outputs, bool is_dense) {
    if constexpr (Layer::kind == layer_kind::activation) {
        return spell_activation<Layer>();
    } else {
        using options = typename Layer::options;
        std::vector<std::string> parts;
        const auto add = [&](std::string part) {
            if (!part.empty()) parts.push_back(std::move(part));
        };
        const window_geometry& w = n.window;
        const bool pools = n.kind == layer_kind::max_pool2d || n.kind == layer_kind::avg_pool2d;
        if (n.kind == layer_kind::linear || n.kind == layer_kind::conv2d) add(std::to_string(outputs));
        if (pools) add(std::to_string(w.kernel_height));
        if (n.kind == layer_kind::conv2d || n.kind == layer_kind::depthwise_conv2d) {
            add(call("window", {w.kernel_height, w.kernel_width}));
            if (w.dilation_y != 1 || w.dilation_x != 1) add(call("dilation", {w.dilation_y, w.dilation_x}));
        }
        if (n.kind != layer_kind::global_avg_pool2d && options::has_stride) add(call("stride", {w.stride_y, w.stride_x}));
        if (n.groups != 1) add(call("groups", {n.groups}));
        if (n.depth_multiplier != 1) add(call("depth_multiplier", {n.depth_multiplier}));
        add(padding_text<typename options::padding>::text());
        if constexpr (has_weights(Layer::kind)) add(spell_weights<typename options::format>(is_dense));
        add(spell_activation<typename options::activation>());
        if constexpr (options::has_rounding) add(spell_rounding<typename options::rounding>());
        if constexpr (!std::same_as<typename options::output, same_as_input>)
            add("out<" + text_of<typename options::output::encoding>() + ">");
        if constexpr (!std::same_as<typename options::accumulator, void>) add("accumulate<std::int32_t>");
        if (!n.name.empty()) add("named<\"" + std::string(n.name) + "\">");
        std::string text(name_of(n.kind));
        if (n.kind == layer_kind::flatten) return text;
        text += "<";
        for (const std::string& part : parts) text += (&part == &parts.front() ? "" : ", ") + part;
        return text + ">";
    }
}

}  // namespace detail

/// The type that `narrow` wants for these parameters, spelt with names of namespace pare, a layer a line, and behind each that loses
/// something how many of its outputs and weights are left. Groups keep their size: where they shrink, write another per_group<G>.
/// A policy of one's own that has no `name`, and a padding, activation or rounding of one's own, is spelt "custom". Throws
/// compress::error where a layer would keep no channel; io::error where the parameters are damaged.
template <class Masked, class Storage>
std::string spell_narrow(const parameters<Masked, Storage>& p) {
    io::check_parameters(p);
    constexpr auto nodes = describe_nodes<Masked>();
    const std::vector<quantized_weights> weights = detail::read_weights(p);
    const absent_channels absent = detail::vanishing_channels(nodes, weights);
    const std::vector<kept_places> kept = detail::kept_channels(nodes, absent);

    const bool plain = std::same_as<typename Masked::rounding, rounding::fp32>;
    const shape in = Masked::input_shape;
    std::string text = plain ? "graph<" : "basic_graph<";
    text += "input<" + detail::text_of<typename Masked::input_type::encoding>();
    if (in.height != 1 || in.width != 1) text += ", " + std::to_string(in.height) + ", " + std::to_string(in.width);
    text += ", " + std::to_string(in.channels) + ">";
    if (!plain) text += ", " + detail::spell_rounding<typename Masked::rounding>();
    std::string note;
    const auto add = [&]<std::size_t I>(std::integral_constant<std::size_t, I>) {
        using node = typename Masked::template node_at<I>;
        text += "," + note + "\n    node<";
        note.clear();
        const node_info& n = nodes[I];
        bool is_dense = n.format.is_dense;
        if (has_weights(n.kind)) {
            const kept_places columns = detail::kept_columns(n, absent);
            const presence left = detail::pick(weights[I].mask, kept[I + 1], columns);
            is_dense = is_dense || (detail::removes_channels(n.format) && (left != 0).all());
            if (left.size() != weights[I].mask.size())
                note = "  // " + name_of_node(n) + ": " + std::to_string(left.rows()) + " of " + std::to_string(n.weights.rows) +
                       " outputs, " + std::to_string(left.size()) + " of " + std::to_string(weights[I].mask.size()) + " weights";
        }
        text += detail::spell_layer<typename node::layer>(n, kept[I + 1].size(), is_dense);
        for (const std::size_t e : node::inputs) text += ", " + std::to_string(e);
        text += ">";
    };
    [&]<std::size_t... I>(std::index_sequence<I...>) {
        (add(std::integral_constant<std::size_t, I>{}), ...);
    }(std::make_index_sequence<Masked::node_count>{});
    return text + ">" + note + "\n";
}

}  // namespace pare::inline v0::compress
