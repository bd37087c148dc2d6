// SPDX-License-Identifier: MIT
// Which layers do the work of the one behind them on an arch, so that their own outputs are never written, or only some lines of them:
// convolutions that of a max pool or of an addition, depthwise ones that of a convolution by 1 x 1.
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <type_traits>
#include <utility>

#include <pare/arch/add.hpp>
#include <pare/core/config.hpp>
#include <pare/core/extents.hpp>
#include <pare/kernel/conv_plan.hpp>
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
            constexpr bool is_only_reader = readers_of_values<Graph>()[I + 1] == 1;
            if (is_only_reader && names[inputs[0]] == I + 1) return {Next, inputs[1], false};
            if (is_only_reader && names[inputs[1]] == I + 1) return {Next, inputs[0], true};
        }
    }
    return {};
}

/// Whether the sum behind node `I` may take the place of what is added to its output: that lies in the arena, the addition is the last to
/// read it, and node `I` reads something else.
template <class Graph, std::size_t I>
constexpr bool replaces_residual() {
    constexpr addition behind = add_behind<Graph, I>();
    constexpr auto names = names_of_values<Graph>();
    constexpr std::size_t residual = names[behind.residual];
    return residual != 0 && last_readers_of_values<Graph>()[residual] == behind.node &&
           names[Graph::template node_at<I>::inputs[0]] != residual;
}

/// How an addition is done.
enum class adding {
    apart,     ///< as a layer of its own
    in_tiles,  ///< by the epilogue of a convolution, as each tile ends
    by_lines   ///< a line of the image at a time, of which only one is kept before the addition
};

/// How node `I` adds what the addition behind it adds. At the end of each tile an addition begins anew, which convolutions of less than
/// 2048 weights feel (14 x 14 x 16 by 1 x 1 took 1.09 times as long on AVX2, 8 x 8 x 8 -> 16 by 3 x 3 1.06 times on AVX-512 VNNI), single
/// rows of linear layers (1 x 64 x 64 1.3 times on AVX2), and all where bytes are not added in registers (1.03 to 1.1 times on SSE4.1 and
/// AVX-512, 1.1 to 1.3 times on the scalar arch). There lines take as long as layers; they are for memory, which is saved where the sum
/// replaces the residual. Depthwise convolutions on archs of vectors store registers that other epilogues cannot.
template <class Graph, std::size_t I, class Arch>
inline constexpr adding adds_how = [] {
    constexpr layer_kind kind = Graph::template layer_at<I>::kind;
    if constexpr (add_behind<Graph, I>().node == 0 || kind == layer_kind::linear) return adding::apart;
    else if constexpr (Arch::lanes == 1) return replaces_residual<Graph, I>() ? adding::by_lines : adding::apart;
    else if constexpr (kind == layer_kind::depthwise_conv2d) return adding::apart;
    else {
        using execution = node_execution<Graph, I, Arch>;
        constexpr std::size_t weights = execution::problem::depth * execution::problem::outputs;
        return arch::adds_bytes<typename execution::arch> && weights >= 2048 ? adding::in_tiles : adding::apart;
    }
}();
/// Whether it does so at all.
template <class Graph, std::size_t I, class Arch>
inline constexpr bool fuses_add = adds_how<Graph, I, Arch> != adding::apart;

/// The convolution by 1 x 1 that is the only reader of node `I`, a depthwise convolution; 0 is none, since something stands before it.
template <class Graph, std::size_t I, std::size_t Next = I + 1>
constexpr std::size_t pointwise_behind() {
    if constexpr (Next < Graph::node_count && Graph::template layer_at<I>::kind == layer_kind::depthwise_conv2d) {
        using layer = typename Graph::template layer_at<Next>;
        constexpr shape in = Graph::shapes[I + 1];
        if constexpr (is_alias(layer::kind)) {
            return pointwise_behind<Graph, I, Next + 1>();
        } else if constexpr (layer::kind == layer_kind::conv2d && Graph::template input_edge<Next>::extent == in) {
            constexpr window_geometry w = layer::geometry(in);
            constexpr bool is_pointwise = layer::group_count == 1 && w.kernel_height == 1 && w.kernel_width == 1 &&
                                          w.out_height == in.height && w.out_width == in.width;
            constexpr bool is_only_reader = readers_of_values<Graph>()[I + 1] == 1;
            if (is_pointwise && is_only_reader && names_of_values<Graph>()[Graph::template node_at<Next>::inputs[0]] == I + 1) return Next;
        }
    }
    return 0;
}

/// A depthwise convolution, node `I`, and the convolution by 1 x 1 behind it, some lines of the image at a time.
template <class Graph, std::size_t I, class Arch>
struct pointwise_bands {
    static constexpr std::size_t node = pointwise_behind<Graph, I>();  ///< the second one
    static constexpr shape between = Graph::shapes[I + 1];             ///< what it reads
    /// Bytes of a line between both.
    static constexpr std::size_t line = between.width * between.channels * sizeof(typename Graph::template edge_type<I + 1>);
    /// Lines of a band: one where memory matters most. Registers of depthwise convolutions meet each line above and below a band once more:
    /// with bands of 1, 4, 8, 16 lines 56 x 56 x 24 by way of 144 channels takes 1.3, 1.07, 1.03, 1.02 times as long (AVX-512 VNNI).
    static constexpr std::size_t rows = Arch::lanes == 1 ? 1 : std::min<std::size_t>(16, between.height);
    /// What the second convolution reads and computes of a band.
    static constexpr conv_shape band{
        .height = rows, .width = between.width, .channels = between.channels, .out_height = rows, .out_width = between.width};
    /// Bytes of lines, each part for itself as kernels like it: those between both, and where lines are added those before that.
    static constexpr std::size_t alignment = std::max<std::size_t>(Arch::alignment, 8), lines = round_up(rows * line, alignment);
    static constexpr std::size_t sums = [] {
        const std::size_t bytes = rows * between.width * Graph::shapes[node + 1].channels;
        return adds_how<Graph, node, Arch> == adding::by_lines ? round_up(bytes, alignment) : 0;
    }();
    /// Bytes of scratch for each thread: lines, and what the second convolution wants.
    static constexpr std::size_t bytes = [] {
        using chosen = node_execution<Graph, node, Arch>;
        std::size_t most = conv_scratch_bytes(chosen{}, band);
        if constexpr (chosen::is_sparse) most = std::max(most, conv_scratch_bytes(typename node_expanded<Graph, node, Arch>::type{}, band));
        return lines + sums + round_up(most, alignment);
    }();
};

/// Whether node `I`, a depthwise convolution, does the work of the convolution by 1 x 1 behind it, and of an addition behind that: where
/// the arena has to hold less then.
template <class Graph, std::size_t I, class Arch>
inline constexpr bool fuses_pointwise = [] {
    constexpr std::size_t node = pointwise_behind<Graph, I>();
    if constexpr (node == 0) {
        return false;
    } else if constexpr (fuses_add<Graph, I, Arch> || fuses_pool<Graph, node, Arch>) {
        return false;
    } else {
        constexpr bool adds = fuses_add<Graph, node, Arch>;
        constexpr std::size_t last = adds ? add_behind<Graph, node>().node : node;
        constexpr std::size_t read = names_of_values<Graph>()[Graph::template node_at<I>::inputs[0]];
        // What belongs to the caller takes no room.
        const auto bytes = []<std::size_t E>(std::integral_constant<std::size_t, E>) {
            return E == 0 || E == Graph::node_count ? 0 : Graph::shapes[E].size() * sizeof(typename Graph::template edge_type<E>);
        };
        const std::size_t between = Graph::shapes[I + 1].size() * sizeof(typename Graph::template edge_type<I + 1>);
        const std::size_t in = bytes(std::integral_constant<std::size_t, read>{});
        const std::size_t out = adds && replaces_residual<Graph, node>() ? 0 : bytes(std::integral_constant<std::size_t, last + 1>{});
        const bool is_read_later = last_readers_of_values<Graph>()[read] > node;
        return in + out + pointwise_bands<Graph, I, Arch>::bytes < between + (is_read_later ? in + out : std::max(in, out));
    }
}();

/// For each node the one whose output it writes: itself, or the one behind it that it does the work of, which may be fused with another.
template <class Graph, class Arch>
inline constexpr std::array<std::size_t, Graph::node_count> written_nodes = []<std::size_t... I>(std::index_sequence<I...>) {
    return std::array<std::size_t, Graph::node_count>{(fuses_pool<Graph, I, Arch>        ? I + 1
                                                       : fuses_add<Graph, I, Arch>       ? add_behind<Graph, I>().node
                                                       : fuses_pointwise<Graph, I, Arch> ? pointwise_behind<Graph, I>()
                                                                                         : I)...};
}(std::make_index_sequence<Graph::node_count>{});

/// The node that does the work of node `i`: itself, or the first of those that are fused with it.
template <std::size_t Count>
constexpr std::size_t doer_of(const std::array<std::size_t, Count>& written, std::size_t i) {
    for (std::size_t j = 0; j < i; ++j)
        if (written[j] == i) return doer_of(written, j);
    return i;
}

}  // namespace detail

}  // namespace pare::inline v0
