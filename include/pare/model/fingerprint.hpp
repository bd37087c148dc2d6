// SPDX-License-Identifier: MIT
// A model's type as a canonical text and its hash, by which files and emitted headers know the model that they were made for.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

#include <pare/core/config.hpp>
#include <pare/core/text.hpp>
#include <pare/format/spell.hpp>
#include <pare/model/describe.hpp>

namespace pare::inline v0 {

namespace detail {

constexpr void append_numbers(text_sink auto& out, std::string_view what, std::size_t a, std::size_t b) {
    out.append(what);
    append_number(out, a);
    out.append("x");
    append_number(out, b);
}

/// The encoding and shape of an edge.
template <class Graph, std::size_t E>
constexpr void append_edge(text_sink auto& out) {
    out.append(" ");
    policy_text<typename Graph::template edge<E>::encoding>::append(out);
    append_numbers(out, " ", Graph::shapes[E].height, Graph::shapes[E].width);
    out.append("x");
    append_number(out, Graph::shapes[E].channels);
}

template <class Graph, std::size_t I>
constexpr void append_node(text_sink auto& out, const node_info& n) {
    using node = typename Graph::template node_at<I>;
    out.append(name_of(n.kind));
    for (const std::size_t e : node::inputs) {
        out.append(" ");
        append_number(out, e);
    }
    out.append(" ->");
    append_edge<Graph, I + 1>(out);
    if constexpr (has_weights(node::layer::kind)) {
        append_numbers(out, "; weights ", n.weights.rows, n.weights.cols);
        out.append(" ");
        spell<typename node::layer::options::format>(out);
    }
    if (n.window != window_geometry{}) {
        const window_geometry& w = n.window;
        append_numbers(out, "; window ", w.kernel_height, w.kernel_width);
        append_numbers(out, " stride ", w.stride_y, w.stride_x);
        append_numbers(out, " dilation ", w.dilation_y, w.dilation_x);
        append_numbers(out, " padding ", w.pad_top, w.pad_left);
    }
    if (n.groups != 1) {
        out.append("; groups ");
        append_number(out, n.groups);
    }
    if (n.has_low) {
        out.append("; from ");
        append_hex(out, std::bit_cast<std::uint32_t>(n.low));
    }
    if (n.has_high) {
        out.append("; to ");
        append_hex(out, std::bit_cast<std::uint32_t>(n.high));
    }
    out.append("\n");
}

template <class Graph>
struct described {
    static constexpr auto nodes = describe_nodes<Graph>();
};

}  // namespace detail

/// Appends a text that is the same for two models exactly when parameters of one mean the same in the other: a line for the input and
/// one for each layer, with what it reads, encodings, shapes, formats, windows and clamps. Names and roundings are no part of it,
/// nor are compilers or machines.
template <class Graph>
constexpr void append_fingerprint(text_sink auto& out) {
    out.append("input");
    detail::append_edge<Graph, 0>(out);
    out.append("\n");
    [&]<std::size_t... I>(std::index_sequence<I...>) {
        (detail::append_node<Graph, I>(out, detail::described<Graph>::nodes[I]), ...);
    }(std::make_index_sequence<Graph::node_count>{});
}

/// The FNV-1a hash of that text.
template <class Graph>
inline constexpr std::uint64_t model_hash = [] {
    fnv1a hash;
    append_fingerprint<Graph>(hash);
    return hash.value();
}();

/// Whether every policy in a model has a text of its own, so that the hash tells it from others.
template <class Graph>
inline constexpr bool has_fingerprint = []<std::size_t... I>(std::index_sequence<I...>) {
    return ([] {
        if constexpr (has_weights(Graph::template layer_at<I>::kind))
            return is_spelt<typename Graph::template layer_at<I>::options::format>;
        else return true;
    }() && ...);
}(std::make_index_sequence<Graph::node_count>{});

}  // namespace pare::inline v0
