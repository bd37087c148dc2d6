// SPDX-License-Identifier: MIT
// Running a packed model: each layer in order, from the caller's input through the arena to the caller's output.
#pragma once

#include <algorithm>
#include <array>
#include <cassert>
#include <concepts>
#include <cstddef>
#include <cstring>
#include <span>
#include <type_traits>
#include <utility>

#include <pare/core/config.hpp>
#include <pare/core/executor.hpp>
#include <pare/core/require.hpp>
#include <pare/core/view.hpp>
#include <pare/kernel/residual.hpp>
#include <pare/model/packed.hpp>

namespace pare::inline v0 {

/// Sees nothing. A trace is called after each layer of each input with the layer's index and a view of its output; nothing is fused then.
struct no_trace {};

namespace detail {

template <std::size_t Bytes>
std::integral_constant<std::size_t, Bytes> bytes_of(const std::array<std::byte, Bytes>&);

/// Bytes of an array or of a span of static extent; unknown of other memory. Of a class that is an array, as arenas are, std::span says
/// nothing.
template <class Memory>
inline constexpr std::size_t static_bytes = [] {
    if constexpr (requires(const Memory& m) { bytes_of(m); }) return decltype(bytes_of(std::declval<const Memory&>()))::value;
    else return decltype(std::span(std::declval<Memory&>()))::extent;
}();

}  // namespace detail

}  // namespace pare::inline v0

namespace pare::inline v0::inline PARE_ISA {

namespace kernels {

template <class Graph, class Arch, std::size_t Batch, std::size_t Threads, bool Traced>
struct runner {
    static constexpr auto& plan = plan_of<Graph, Arch, Batch, Threads, Traced>;
    const typename Graph::input_value* input;
    typename Graph::output_value* output;
    std::byte* arena;

    /// The first element of edge `E`.
    template <std::size_t E>
    PARE_INLINE auto* edge() const {
        using value = typename Graph::template edge_type<E>;
        if constexpr (plan.is_output(E)) return reinterpret_cast<value*>(output);
        else return reinterpret_cast<value*>(arena + plan.buffers[plan.root[E]].offset);
    }
    template <std::size_t E>
    PARE_INLINE const auto* read() const {
        using value = typename Graph::template edge_type<E>;
        if constexpr (plan.root[E] == 0) return reinterpret_cast<const value*>(input);
        else return static_cast<const value*>(edge<E>());
    }
    /// Image `b` of edge `E`.
    template <std::size_t E>
    PARE_INLINE auto image(std::size_t b) const {
        constexpr shape s = Graph::shapes[E];
        return contiguous_image(read<E>() + b * s.size(), s.height, s.width, s.channels);
    }
    /// The same to be written to, by what has outputs of shape `S`.
    template <std::size_t E, shape S = Graph::shapes[E]>
    PARE_INLINE auto image_out(std::size_t b) const {
        return contiguous_image(edge<E>() + b * S.size(), S.height, S.width, S.channels);
    }
    template <std::size_t I, class T>
    PARE_INLINE std::span<T> scratch() const {
        constexpr detail::buffer b = plan.buffers[Graph::edge_count + I];
        return {reinterpret_cast<T*>(arena + b.offset), b.bytes / sizeof(T)};
    }

    /// Node `I` over the whole batch.
    template <std::size_t I, class Packed, class Executor>
    PARE_INLINE void layer(const Packed& p, const Executor& exec) const {
        using node = typename Graph::template node_at<I>;
        using layer = typename node::layer;
        using value = typename Graph::template edge_type<I + 1>;
        constexpr layer_kind kind = layer::kind;
        constexpr std::size_t from = node::inputs[0], to = plan.written[I] + 1;
        constexpr shape in = Graph::shapes[from], out = Graph::shapes[I + 1];
        const auto& self = std::get<I>(p.layers);

        if constexpr (plan.doer(I) != I) {
            // It is done.
        } else if constexpr (adds<I>() && detail::adds_how<Graph, I, Arch> == detail::adding::by_lines) {
            for (std::size_t b = 0; b < Batch; ++b) add_by_lines<I>(p, b, exec);
        } else if constexpr (kind == layer_kind::depthwise_conv2d && plan.is_fused(I)) {
            for (std::size_t b = 0; b < Batch; ++b) run_by_bands<I>(p, b, exec);
        } else if constexpr (kind == layer_kind::linear) {
            with_chosen(self.data, [&](const auto& weights) PARE_INLINE_CLOSURE {
                using lhs = typename std::remove_cvref_t<decltype(weights)>::execution::dot::lhs;
                gemm<Batch, in.size(), out.size()>(contiguous_matrix(read<from>(), Batch, in.size()), weights,
                                                   contiguous_matrix(edge<I + 1>(), Batch, out.size()), store_of<I>(self, weights),
                                                   scratch<I, lhs>(), exec);
            });
        } else if constexpr (kind == layer_kind::conv2d) {
            constexpr bool pools = plan.is_fused(I) && !adds<I>();
            constexpr conv_shape s = detail::node_conv<Graph, I, pools>;
            constexpr shape written = pools ? Graph::shapes[to] : out;
            [[maybe_unused]] const auto addition = addition_of<I>(p);
            with_chosen(self.data, [&](const auto& weights) {
                using execution = typename std::remove_cvref_t<decltype(weights)>::execution;
                for (std::size_t b = 0; b < Batch; ++b)
                    conv2d_kernel<plan_conv(execution{}, s)>(
                        image<from>(b), s.window, weights, zero_point<from>(p), image_out<to, written>(b),
                        with_addition<I>(store_of<I>(self, weights), addition, b), scratch<I, typename execution::dot::lhs>(), exec);
            });
        } else if constexpr (kind == layer_kind::depthwise_conv2d) {
            for (std::size_t b = 0; b < Batch; ++b)
                depthwise_kernel<Arch>(image<from>(b), detail::window_of(layer::geometry(in)), self.data, layer::multiplier,
                                       zero_point<from>(p), image_out<I + 1>(b), store_of<I>(self, self.data), exec);
        } else if constexpr (kind == layer_kind::max_pool2d) {
            for (std::size_t b = 0; b < Batch; ++b)
                max_pool(image<from>(b), detail::window_of(layer::geometry(in)), image_out<I + 1>(b), self.range, is_clamped<layer>,
                         Arch{});
        } else if constexpr (kind == layer_kind::avg_pool2d || kind == layer_kind::global_avg_pool2d) {
            for (std::size_t b = 0; b < Batch; ++b)
                avg_pool(image<from>(b), detail::window_of(layer::geometry(in)), image_out<I + 1>(b), self.range, Arch{});
        } else if constexpr (kind == layer_kind::activation) {
            clamp_kernel<value>(read<from>(), edge<I + 1>(), Batch * out.size(), value(self.range.low), value(self.range.high));
        } else if constexpr (kind == layer_kind::add) {
            if constexpr (std::floating_point<value>)
                add_kernel(read<from>(), read<node::inputs[1]>(), edge<I + 1>(), Batch * out.size(), self.range.low, self.range.high);
            else add_kernel(read<from>(), read<node::inputs[1]>(), edge<I + 1>(), Batch * out.size(), self.data, Arch{});
        } else if constexpr (kind == layer_kind::softmax) {
            for (std::size_t i = 0; i < Batch * out.height * out.width; ++i) {
                if constexpr (std::floating_point<value>)
                    softmax_kernel(read<from>() + i * out.channels, edge<I + 1>() + i * out.channels, out.channels);
                else softmax_kernel(read<from>() + i * out.channels, edge<I + 1>() + i * out.channels, out.channels, self.data, Arch{});
            }
        } else {
            static_assert(is_alias(kind));
            if constexpr (plan.root[I + 1] == 0 && plan.is_output(I + 1)) std::memcpy(output, input, Batch * out.size() * sizeof(value));
        }
    }

    /// Whether node `I` does the work of an addition.
    template <std::size_t I>
    static constexpr bool adds() {
        return plan.is_fused(I) && Graph::template layer_at<plan.written[I]>::kind == layer_kind::add;
    }
    /// The constants of the addition that node `I` does the work of; `a` is its output.
    template <std::size_t I, class Packed>
    PARE_INLINE static auto addition_of(const Packed& p) {
        if constexpr (adds<I>()) {
            constexpr detail::addition behind = detail::add_behind<Graph, I>();
            const add_constants& c = std::get<behind.node>(p.layers).data;
            return prepared_add(behind.is_second ? exchanged(c) : c);
        } else {
            return detail::nothing{};
        }
    }
    /// `first`, and where node `I` adds the sum with image `b` of the residual.
    template <std::size_t I, class First, class Addition>
    PARE_INLINE auto with_addition(const First& first, [[maybe_unused]] const Addition& addition, std::size_t b) const {
        if constexpr (adds<I>()) {
            constexpr detail::addition behind = detail::add_behind<Graph, I>();
            const std::size_t at = b * Graph::shapes[I + 1].size();
            return residual_add<First>{first, read<behind.residual>() + at, edge<behind.node + 1>() + at, &addition};
        } else {
            return first;
        }
    }
    /// What node `I` makes of its sums.
    template <std::size_t I, class Node, class Weights>
    PARE_INLINE static auto store_of(const Node& self, const Weights& weights) {
        using value = typename Graph::template edge_type<I + 1>;
        if constexpr (std::floating_point<value>) return clamp_float{self.range.low, self.range.high};
        else return requantize_sums<value>(weights, self.range);
    }
    /// Node `I`, a convolution, and the addition behind it in image `b`, a line at a time.
    template <std::size_t I, class Packed, class Executor>
    void add_by_lines(const Packed& p, std::size_t b, const Executor& exec) const {
        using layer = typename Graph::template layer_at<I>;
        using value = typename Graph::template edge_type<I + 1>;
        using memory = detail::line_scratch<Graph, I, Arch>;
        constexpr detail::addition behind = detail::add_behind<Graph, I>();
        constexpr std::size_t from = Graph::template node_at<I>::inputs[0];
        constexpr shape out = Graph::shapes[I + 1];
        constexpr std::size_t count = out.width * out.channels;
        const auto& self = std::get<I>(p.layers);
        const prepared_add addition = addition_of<I>(p);
        const value* const residual = read<behind.residual>() + b * out.size();
        value* const sums = edge<behind.node + 1>() + b * out.size();
        const std::size_t pieces = std::min<std::size_t>(exec.concurrency(), out.height);
        exec(pieces, [&](std::size_t piece) {
            std::byte* const mine = scratch<I, std::byte>().data() + piece * memory::bytes;
            value* const line = reinterpret_cast<value*>(mine);
            for (std::size_t y = out.height * piece / pieces; y < out.height * (piece + 1) / pieces; ++y) {
                const auto part = line_of(image<from>(b), detail::window_of(layer::geometry(Graph::shapes[from])), y);
                const auto dst = contiguous_image(line, 1, out.width, out.channels);
                if constexpr (layer::kind == layer_kind::depthwise_conv2d) {
                    depthwise_kernel<Arch>(part.image, part.window, self.data, layer::multiplier, zero_point<from>(p), dst,
                                           store_of<I>(self, self.data));
                } else {
                    with_chosen(self.data, [&](const auto& weights) {
                        using execution = typename std::remove_cvref_t<decltype(weights)>::execution;
                        using lhs = typename execution::dot::lhs;
                        // The plan of the image, but for borders, of which each line has its own.
                        constexpr conv_plan plan_of_line = [] {
                            conv_plan of_image = plan_conv(execution{}, detail::node_conv<Graph, I>);
                            of_image.border = of_image.column = dynamic;
                            return of_image;
                        }();
                        const std::span<lhs> windows(reinterpret_cast<lhs*>(mine + memory::line),
                                                     (memory::bytes - memory::line) / sizeof(lhs));
                        conv2d_kernel<plan_of_line>(part.image, part.window, weights, zero_point<from>(p), dst, store_of<I>(self, weights),
                                                    windows);
                    });
                }
                add_kernel(line, residual + y * count, sums + y * count, count, addition.constants, Arch{});
            }
        });
    }
    /// Node `I`, a depthwise convolution, and the convolution by 1 x 1 behind it in image `b`, some lines at a time, with the addition
    /// behind that.
    template <std::size_t I, class Packed, class Executor>
    void run_by_bands(const Packed& p, std::size_t b, const Executor& exec) const {
        using layer = typename Graph::template layer_at<I>;
        using value = typename Graph::template edge_type<I + 1>;
        using bands = detail::pointwise_bands<Graph, I, Arch>;
        constexpr std::size_t from = Graph::template node_at<I>::inputs[0], next = bands::node, to = plan.written[next] + 1;
        using out_value = typename Graph::template edge_type<next + 1>;
        constexpr shape between = bands::between, out = Graph::shapes[next + 1];
        constexpr bool adds_lines = bands::sums > 0;
        constexpr conv_geometry window = detail::window_of(layer::geometry(Graph::shapes[from]));
        const auto& depthwise = std::get<I>(p.layers);
        const auto& pointwise = std::get<next>(p.layers);
        [[maybe_unused]] const auto addition = addition_of<next>(p);
        constexpr std::size_t count = ceil_div(out.height, bands::rows);
        const std::size_t pieces = std::min<std::size_t>(exec.concurrency(), count);
        exec(pieces, [&](std::size_t piece) {
            std::byte* const mine = scratch<I, std::byte>().data() + piece * bands::bytes;
            value* const lines = reinterpret_cast<value*>(mine);
            for (std::size_t i = count * piece / pieces; i < count * (piece + 1) / pieces; ++i) {
                const std::size_t y = i * bands::rows, height = std::min(bands::rows, out.height - y);
                const auto part = line_of(image<from>(b), window, y);
                depthwise_kernel<Arch>(part.image, part.window, depthwise.data, layer::multiplier, zero_point<from>(p),
                                       contiguous_image(lines, height, between.width, between.channels),
                                       store_of<I>(depthwise, depthwise.data));
                const std::size_t at = (b * out.height + y) * out.width * out.channels;
                out_value* const dst = adds_lines ? reinterpret_cast<out_value*>(mine + bands::lines) : edge<to>() + at;
                with_chosen(pointwise.data, [&](const auto& weights) {
                    using execution = typename std::remove_cvref_t<decltype(weights)>::execution;
                    using lhs = typename execution::dot::lhs;
                    constexpr std::size_t before = bands::lines + bands::sums;
                    const std::span<lhs> memory(reinterpret_cast<lhs*>(mine + before), (bands::bytes - before) / sizeof(lhs));
                    const auto multiply = [&](const auto& store) {
                        conv2d_kernel<plan_conv(execution{}, bands::band)>(
                            contiguous_image(static_cast<const value*>(lines), height, between.width, between.channels), bands::band.window,
                            weights, zero_point<Graph::template node_at<next>::inputs[0]>(p),
                            contiguous_image(dst, height, out.width, out.channels), store, memory);
                    };
                    if constexpr (adds_lines) multiply(store_of<next>(pointwise, weights));
                    else multiply(with_addition<next>(store_of<next>(pointwise, weights), addition, b));
                });
                if constexpr (adds_lines)
                    add_kernel(dst, read<detail::add_behind<Graph, next>().residual>() + at, edge<to>() + at,
                               height * out.width * out.channels, addition.constants, Arch{});
            }
        });
    }
    template <std::size_t E, class Packed>
    PARE_INLINE static auto zero_point(const Packed& p) {
        return typename Graph::template edge_type<E>(p.edges[E].zero_point);
    }
    template <class Layer>
    static constexpr bool is_clamped = detail::fused_activation<Layer>::type::has_low || detail::fused_activation<Layer>::type::has_high;
};

}  // namespace kernels

/// Runs `Batch` inputs at once, one after the other in `inputs`; linear layers are matrix products over all of them. `outputs` takes
/// Batch outputs, `arena` has arena_bytes<Model, Arch, Batch, concurrency>, with a trace those of a traced run. `exec` may use as many
/// threads as `Threads`.
template <std::size_t Batch, std::size_t Threads = 1, class Graph, class Arch, class Storage, class Arena, class Trace = no_trace,
          executor Executor = inline_executor>
void run_batch(const packed<Graph, Arch, Storage>& p, std::span<const typename Graph::input_value> inputs,
               std::span<typename Graph::output_value> outputs, Arena&& arena_memory, Trace&& trace = {}, const Executor& exec = {}) {
    static_assert(require<arch::compiled_for<Arch>, got_type<Arch>, needs_type<arch::native>>,
                  "run: the instruction set must be enabled where models are run; use its -m flags, or pack for arch::native");
    constexpr std::size_t bytes = detail::static_bytes<std::remove_cvref_t<Arena>>;
    constexpr bool traced = !std::same_as<std::remove_cvref_t<Trace>, no_trace>;
    constexpr std::size_t needed = arena_bytes<Graph, Arch, Batch, Threads, traced>;
    static_assert(require<(traced || bytes == std::dynamic_extent || bytes >= needed), got<bytes>, needs<needed>>,
                  "run: the arena must have arena_bytes<Model, Arch, Batch, Threads> bytes; use pare::arena<Model, Arch, Batch, Threads>");
    static_assert(require<(!traced || bytes == std::dynamic_extent || bytes >= needed), got<bytes>, needs<needed>>,
                  "run: with a trace the arena holds the output of every layer; use pare::traced_arena<Model, Arch, Batch, Threads>");
    if constexpr (arch::compiled_for<Arch>) {
        const std::span<std::byte> memory(arena_memory);
        assert(memory.size() >= needed);
        assert(inputs.size() == Batch * Graph::input_shape.size() && outputs.size() == Batch * Graph::output_shape.size());
        assert(exec.concurrency() <= Threads);
        const kernels::runner<Graph, Arch, Batch, Threads, traced> r{inputs.data(), outputs.data(), memory.data()};
        const auto step = [&]<std::size_t I>(std::integral_constant<std::size_t, I>) {
            r.template layer<I>(p, exec);
            if constexpr (traced)
                for (std::size_t b = 0; b < Batch; ++b) trace(I, r.template image<I + 1>(b));
        };
        [&]<std::size_t... I>(std::index_sequence<I...>) {
            (step(std::integral_constant<std::size_t, I>{}), ...);
        }(std::make_index_sequence<Graph::node_count>{});
    }
}

/// Runs one input: `arena` has arena_bytes<Model, Arch>.
template <class Graph, class Arch, class Storage, class Arena, class Trace = no_trace>
void run(const packed<Graph, Arch, Storage>& p, std::span<const typename Graph::input_value> input,
         std::span<typename Graph::output_value> output, Arena&& arena_memory, Trace&& trace = {}) {
    run_batch<1>(p, input, output, arena_memory, trace);
}

}  // namespace pare::inline v0::inline PARE_ISA

namespace pare::inline v0 {

/// Reals to the model's input: `reals` and `values` have one size.
template <class Packed>
constexpr void quantize_input(const Packed& p, std::span<const float> reals, std::span<typename Packed::graph::input_value> values) {
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = quantize<typename Packed::graph::input_value>(reals[i], p.edges[0]);
}

/// The model's output as reals.
template <class Packed>
constexpr void dequantize_output(const Packed& p, std::span<const typename Packed::graph::output_value> values, std::span<float> reals) {
    for (std::size_t i = 0; i < values.size(); ++i) reals[i] = dequantize(values[i], p.edges[Packed::graph::edge_count - 1]);
}

/// The index of the largest of the scores (an array, a span, a vector), the first of equals.
template <class Scores>
constexpr std::size_t argmax(const Scores& scores) {
    std::size_t best = 0;
    for (std::size_t i = 1; i < scores.size(); ++i) best = scores[i] > scores[best] ? i : best;
    return best;
}

}  // namespace pare::inline v0
