// SPDX-License-Identifier: MIT
// A model as plain values: what compression, tables and files need to know, without its types.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>
#include <utility>

#include <pare/core/config.hpp>
#include <pare/core/text.hpp>
#include <pare/format/stored_weights.hpp>
#include <pare/layer/activation.hpp>
#include <pare/model/graph.hpp>

namespace pare::inline v0 {

/// A weight format as values.
struct format_info {
    bool is_float = false;          ///< values are floats
    bool is_dense = true;           ///< all weights exist
    bool affine = false;            ///< there are zero points
    bool per_channel = false;       ///< one scale for each output (per_group too)
    std::size_t group = 0;          ///< weights that share a factor; 0 = none
    std::size_t entries = 0;        ///< codebook entries; 0 = unique
    bool book_per_channel = false;  ///< each output has a book
    int encoding_bits = 8;          ///< how a value is written
    int code_bits = 8;              ///< of a stored weight
    int lowest = -128;              ///< lowest value of the encoding
    int highest = 127;              ///< highest value of the encoding
    pruning_unit unit{};            ///< what pruning may remove
    bool (*fixed_pattern)(std::size_t rows, std::size_t cols, std::size_t n, std::size_t k) = nullptr;  ///< of a fixed mask
    std::int32_t (*integer_of)(std::uint32_t code) = nullptr;  ///< the encoding's decode, for integers
};

/// One node of a graph as values.
struct node_info {
    layer_kind kind{};                    ///< of the layer
    std::string_view name;                ///< empty where the layer is not named; see `layer_name`
    std::array<std::size_t, 2> inputs{};  ///< edges; the second counts for `add` only
    shape in{};                           ///< what it reads
    shape out{};                          ///< what it writes
    window_geometry window{};             ///< where its windows lie
    std::size_t groups = 1;               ///< of a conv2d
    std::size_t depth_multiplier = 1;     ///< of a depthwise_conv2d
    matrix_shape weights{};               ///< rows = 0 where the layer has none
    format_info format{};                 ///< of the weights
    std::size_t kept = 0;                 ///< weights that the mask's type keeps; `dynamic` where only the data knows
    bool has_low = false;                 ///< whether outputs are clamped below
    bool has_high = false;                ///< whether outputs are clamped above
    float low = 0;                        ///< the lower end
    float high = 0;                       ///< the upper end
    bool output_is_float = false;         ///< the output is float
    int output_low = -128;                ///< lowest value of the output's type
    int output_high = 127;                ///< highest value of the output's type
    std::size_t ordinal = 0;              ///< how many layers of this kind stand before it
    std::size_t macs = 0;                 ///< multiply-accumulates of the dense layer for one input
};

/// The values of a weight format.
template <weight_format_type Format>
constexpr format_info describe_format() {
    using encoding = typename Format::encoding;
    using mask = typename Format::mask;
    format_info f;
    f.is_float = Format::is_float;
    f.is_dense = Format::is_dense;
    f.affine = Format::has_zero_point;
    f.per_channel = !std::same_as<typename Format::granularity, per_tensor>;
    f.group = Format::group;
    f.entries = Format::sharing::entries;
    if constexpr (Format::is_shared) f.book_per_channel = Format::sharing::per_row;
    f.encoding_bits = encoding::bits;
    f.code_bits = Format::code_bits;
    if constexpr (!Format::is_float) {
        f.lowest = encoding::lowest;
        f.highest = encoding::highest;
        f.integer_of = [](std::uint32_t code) -> std::int32_t { return encoding::decode(code); };
    }
    if constexpr (requires { mask::unit; }) f.unit = mask::unit;
    if constexpr (fixed_mask<mask>) {
        f.unit.fixed = true;
        f.fixed_pattern = mask::present;
    }
    return f;
}

namespace detail {

template <class Graph, std::size_t I>
constexpr node_info describe_node() {
    using node = typename Graph::template node_at<I>;
    using layer = typename node::layer;
    using output = activation_type<typename Graph::template edge<I + 1>::encoding>;
    node_info n;
    n.kind = layer::kind;
    for (std::size_t i = 0; i < node::inputs.size() && i < 2; ++i) n.inputs[i] = node::inputs[i];
    n.in = Graph::shapes[n.inputs[0]];
    n.out = Graph::shapes[I + 1];
    if constexpr (requires { layer::geometry(shape{}); }) n.window = layer::geometry(n.in);
    if constexpr (requires { layer::group_count; }) n.groups = layer::group_count;
    if constexpr (requires { layer::multiplier; }) n.depth_multiplier = layer::multiplier;
    if constexpr (has_weights(layer::kind)) {
        n.weights = layer::weight_shape(n.in);
        n.format = describe_format<typename layer::options::format>();
        n.kept = kept_of<typename layer::options::format::mask>(n.weights.rows, n.weights.cols);
        n.macs = n.weights.rows * n.weights.cols * n.out.height * n.out.width;
    }
    if constexpr (layer::kind == layer_kind::activation) {
        n.has_low = layer::has_low, n.has_high = layer::has_high, n.low = layer::low, n.high = layer::high;
    } else {
        using activation = typename layer::options::activation;
        n.has_low = activation::has_low, n.has_high = activation::has_high, n.low = activation::low, n.high = activation::high;
        n.name = layer::options::name::name;
    }
    if constexpr (std::floating_point<output>) {
        n.output_is_float = true;
    } else {
        n.output_low = std::numeric_limits<output>::min();
        n.output_high = std::numeric_limits<output>::max();
    }
    return n;
}

}  // namespace detail

/// What a default name is written into.
using name_buffer = text<48>;

/// The name under which loaders, tables and traces know a layer: that of named<"...">, else kind and ordinal, as in "conv2d.0".
/// The result lies in the model's type or in `buffer`, which must be empty.
constexpr std::string_view layer_name(const node_info& node, name_buffer& buffer) {
    if (!node.name.empty()) return node.name;
    buffer.append(name_of(node.kind));
    buffer.append(".");
    append_number(buffer, node.ordinal);
    return buffer.view();
}

/// The nodes of a graph in order, as values.
template <class Graph>
constexpr std::array<node_info, Graph::node_count> describe_nodes() {
    auto nodes = []<std::size_t... I>(std::index_sequence<I...>) {
        return std::array<node_info, Graph::node_count>{detail::describe_node<Graph, I>()...};
    }(std::make_index_sequence<Graph::node_count>{});
    for (std::size_t i = 0; i < nodes.size(); ++i)
        for (std::size_t j = 0; j < i; ++j) nodes[i].ordinal += nodes[j].kind == nodes[i].kind;
    return nodes;
}

}  // namespace pare::inline v0
