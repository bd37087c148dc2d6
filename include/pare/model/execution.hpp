// SPDX-License-Identifier: MIT
// What each node of a graph becomes on an arch: the problem and the execution of its weights, and whether it is fused with the pool that
// reads it.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <type_traits>
#include <utility>

#include <pare/core/config.hpp>
#include <pare/kernel/conv_plan.hpp>
#include <pare/kernel/select.hpp>
#include <pare/layer/activation.hpp>
#include <pare/model/graph.hpp>

namespace pare::inline v0 {

namespace detail {

/// The edge that the values of each edge were written to: flatten makes a second name of its input.
template <class Graph>
constexpr std::array<std::size_t, Graph::edge_count> names_of_values() {
    std::array<std::size_t, Graph::edge_count> names{};
    [&]<std::size_t... I>(std::index_sequence<I...>) {
        ((names[I + 1] = is_alias(Graph::template layer_at<I>::kind) ? names[Graph::template node_at<I>::inputs[0]] : I + 1), ...);
    }(std::make_index_sequence<Graph::node_count>{});
    return names;
}

/// Calls f(edge, node, alias) for each time that a node wants the values which were written to an edge, in order; where it makes a second
/// name, `alias` is true, and it reads nothing. At the end the caller reads the output, as a node behind the last one.
template <class Graph, class F>
constexpr void for_each_reader(const F& f) {
    constexpr auto names = names_of_values<Graph>();
    [&]<std::size_t... I>(std::index_sequence<I...>) {
        const auto reads = [&](bool alias, const auto& inputs, std::size_t node) {
            for (const std::size_t e : inputs) f(names[e], node, alias);
        };
        (reads(is_alias(Graph::template layer_at<I>::kind), Graph::template node_at<I>::inputs, I), ...);
    }(std::make_index_sequence<Graph::node_count>{});
    f(names[Graph::node_count], Graph::node_count, false);
}

}  // namespace detail

/// How many read the values of each edge, under whatever name: nodes, and of the model's output the caller.
template <class Graph>
constexpr std::array<std::size_t, Graph::edge_count> readers_of_values() {
    constexpr auto names = detail::names_of_values<Graph>();
    std::array<std::size_t, Graph::edge_count> count{};
    detail::for_each_reader<Graph>([&](std::size_t edge, std::size_t, bool alias) { count[edge] += alias ? 0 : 1; });
    for (std::size_t e = 0; e < Graph::edge_count; ++e) count[e] = count[names[e]];
    return count;
}

/// The last node that reads the values of each edge, under whatever name, or gives them a name; node_count where the caller does.
template <class Graph>
constexpr std::array<std::size_t, Graph::edge_count> last_readers_of_values() {
    constexpr auto names = detail::names_of_values<Graph>();
    std::array<std::size_t, Graph::edge_count> last{};
    detail::for_each_reader<Graph>([&](std::size_t edge, std::size_t node, bool) { last[edge] = node; });
    for (std::size_t e = 0; e < Graph::edge_count; ++e) last[e] = last[names[e]];
    return last;
}

namespace detail {

/// The windows of a layer as kernels take them.
constexpr conv_geometry window_of(const window_geometry& w) {
    return {w.kernel_height, w.kernel_width, w.stride_y, w.stride_x, w.dilation_y, w.dilation_x, w.pad_top, w.pad_left};
}

/// The window of the pool that is the only reader of node `I`, where the largest of a convolution's outputs can be found before they are
/// rounded: rounding, clamping and scales above zero keep the order of sums, so that the result is the same.
template <class Graph, std::size_t I>
constexpr pool_window pool_behind() {
    if constexpr (I + 1 < Graph::node_count && Graph::template layer_at<I>::kind == layer_kind::conv2d) {
        using next = typename Graph::template layer_at<I + 1>;
        using value = typename Graph::template edge_type<I + 1>;
        if constexpr (next::kind == layer_kind::max_pool2d && std::integral<value>) {
            constexpr window_geometry w = next::geometry(Graph::shapes[I + 1]);
            using clamp = typename fused_activation<next>::type;
            if (Graph::template node_at<I + 1>::inputs[0] == I + 1 && readers_of_values<Graph>()[I + 1] == 1 && w.pad_top == 0 &&
                w.pad_left == 0 && w.stride_y == w.kernel_height && w.stride_x == w.kernel_width && !clamp::has_low && !clamp::has_high)
                return {w.kernel_height, w.kernel_width};
        }
    }
    return {};
}

/// What node `I`, a convolution, reads and computes: where it is fused, only what the pool behind it reads.
template <class Graph, std::size_t I, bool Fused = false>
inline constexpr conv_shape node_conv = [] {
    constexpr shape in = Graph::template input_edge<I>::extent;
    constexpr window_geometry w = Graph::template layer_at<I>::geometry(in);
    constexpr pool_window pool = Fused ? pool_behind<Graph, I>() : pool_window{};
    return conv_shape{.window = window_of(w),
                      .height = in.height,
                      .width = in.width,
                      .channels = in.channels,
                      .out_height = w.out_height / pool.height * pool.height,
                      .out_width = w.out_width / pool.width * pool.width,
                      .pool = pool};
}();

/// The weights of node `I`, as a kernel problem on an arch, planned for `Format`.
template <class Graph, std::size_t I, class Arch, class Format = typename Graph::template layer_at<I>::options::format, bool Fused = false>
struct node_problem {
    using layer = typename Graph::template layer_at<I>;
    using activation = typename Graph::template edge_type<Graph::template node_at<I>::inputs[0]>;
    static constexpr matrix_shape weights = layer::weight_shape(Graph::template input_edge<I>::extent);
    using type = product_problem<activation, weights.rows, weights.cols, 1>;
};
template <class Graph, std::size_t I, class Arch, class Format, bool Fused>
    requires(Graph::template layer_at<I>::kind == layer_kind::conv2d)
struct node_problem<Graph, I, Arch, Format, Fused> {
    using layer = typename Graph::template layer_at<I>;
    using activation = typename Graph::template edge_type<Graph::template node_at<I>::inputs[0]>;
    static constexpr matrix_shape weights = layer::weight_shape(Graph::template input_edge<I>::extent);
    using type = conv_problem<Format, activation, weights.rows / layer::group_count, node_conv<Graph, I, Fused>, layer::group_count, Arch>;
};

/// Steps of a window that are spent on padding in the mean, in hundredths.
constexpr std::size_t steps_on_padding(const conv_shape& s, std::size_t steps) {
    const conv_geometry& g = s.window;
    const std::size_t inside = taps_inside({s.height, g.kernel_height, g.stride_y, g.dilation_y, g.pad_top}, s.out_height) *
                               taps_inside({s.width, g.kernel_width, g.stride_x, g.dilation_x, g.pad_left}, s.out_width);
    const std::size_t all = s.out_height * g.kernel_height * s.out_width * g.kernel_width;
    return 100 * steps * (all - inside) / all;
}

/// Whether the convolution of node `I` finds the largest outputs of the pool behind it as well. That saves most of the epilogue, but taps
/// on padding are not left out then: on AVX-512 VNNI four steps of a window are about what it saves.
template <class Graph, std::size_t I, class Arch>
inline constexpr bool fuses_pool = [] {
    if constexpr (pool_behind<Graph, I>().size() == 1) {
        return false;
    } else {
        using layer = typename Graph::template layer_at<I>;
        using format = typename layer::options::format;
        using together = select<format, typename node_problem<Graph, I, Arch, format, true>::type, Arch>;
        if constexpr (std::same_as<typename together::activation, binary_word> || together::max_rows < pool_behind<Graph, I>().size()) {
            return false;
        } else {
            using alone = select<format, typename node_problem<Graph, I, Arch, format, false>::type, Arch>;
            constexpr conv_shape s = node_conv<Graph, I, true>;
            constexpr conv_way way = plan_conv(together{}, s).way;
            constexpr bool leaves_out = plan_conv(alone{}, node_conv<Graph, I, false>).way == conv_way::taps;
            return (way == conv_way::bands || way == conv_way::columns) &&
                   (!leaves_out || steps_on_padding(s, ceil_div(together::problem::depth, together::unit)) <= 400);
        }
    }
}();

template <class Graph, std::size_t I, class Arch>
using node_execution =
    select<typename Graph::template layer_at<I>::options::format,
           typename node_problem<Graph, I, Arch, typename Graph::template layer_at<I>::options::format, fuses_pool<Graph, I, Arch>>::type,
           Arch>;

/// The execution of all weights of node `I`, where whether they are gathered is for the data to say.
template <class Graph, std::size_t I, class Arch>
struct node_expanded {
    using format = typename Graph::template layer_at<I>::options::format;
    /// For the sake of the plan of a convolution.
    using without_mask =
        weight_format<typename format::encoding, typename format::granularity, typename format::symmetry, dense, typename format::sharing>;
    using problem = typename node_problem<Graph, I, Arch, without_mask, fuses_pool<Graph, I, Arch>>::type;
    using type = execution<format, problem, Arch, form::expanded>;
};

}  // namespace detail

}  // namespace pare::inline v0
