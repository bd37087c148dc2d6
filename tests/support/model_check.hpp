// SPDX-License-Identifier: MIT
// A whole model against the reference: every layer's output is what the reference makes of what the layer read.
#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <pare/model/model.hpp>
#include <pare/model/packed.hpp>
#include <pare/model/parameters.hpp>
#include <pare/model/run.hpp>

#include "support/guarded.hpp"
#include "support/lots.hpp"
#include "support/reference.hpp"

namespace support {

/// Values of every edge.
template <class Graph, class Index = std::make_index_sequence<Graph::edge_count>>
struct edge_values;
template <class Graph, std::size_t... E>
struct edge_values<Graph, std::index_sequence<E...>> {
    std::tuple<std::vector<typename Graph::template edge_type<E>>...> of;
};

/// A trace that keeps what it sees.
template <class Graph>
struct keeper {
    edge_values<Graph>& to;
    std::size_t& calls;

    template <class View>
    void operator()(std::size_t layer, const View& v) const {
        ++calls;
        [&]<std::size_t... I>(std::index_sequence<I...>) {
            const auto keep = [&](auto& values) {
                if constexpr (std::same_as<decltype(values.data()), std::remove_const_t<std::remove_pointer_t<decltype(v.data)>>*>)
                    values.assign(v.data, v.data + v.height * v.width * v.channels);
            };
            ((I == layer ? keep(std::get<I + 1>(to.of)) : void()), ...);
        }(std::make_index_sequence<Graph::node_count>{});
    }
};

/// How a padding policy pads one axis, by the reference.
template <class Padding>
struct axis_by;
template <>
struct axis_by<pare::same> {
    static reference::axis make(std::size_t in, std::size_t kernel, std::size_t stride, std::size_t dilation, bool) {
        return reference::same(in, kernel, stride, dilation);
    }
};
template <>
struct axis_by<pare::valid> {
    static reference::axis make(std::size_t in, std::size_t kernel, std::size_t stride, std::size_t dilation, bool) {
        return reference::valid(in, kernel, stride, dilation);
    }
};
template <std::size_t T, std::size_t L, std::size_t B, std::size_t R>
struct axis_by<pare::pad<T, L, B, R>> {
    static reference::axis make(std::size_t in, std::size_t kernel, std::size_t stride, std::size_t dilation, bool vertical) {
        return reference::padded(in, kernel, stride, dilation, vertical ? T : L, vertical ? B : R);
    }
};

template <class Rounding>
inline constexpr auto rounding_kind_of = std::same_as<Rounding, pare::rounding::fp32>     ? reference::rounding_kind::fp32
                                         : std::same_as<Rounding, pare::rounding::single> ? reference::rounding_kind::single
                                                                                          : reference::rounding_kind::gemmlowp;

/// One layer of a model, by the reference; `check` says what is wrong, or nothing.
template <class Graph, std::size_t I>
struct layer_check {
    using node = typename Graph::template node_at<I>;
    using layer = typename node::layer;
    using in_type = typename Graph::template edge_type<node::inputs[0]>;
    using out_type = typename Graph::template edge_type<I + 1>;
    static constexpr pare::layer_kind kind = layer::kind;
    static constexpr pare::shape in = Graph::shapes[node::inputs[0]], out = Graph::shapes[I + 1];

    static std::string differs(std::size_t i, double got, double want) {
        return "layer " + std::to_string(I) + " (" + std::string(pare::name_of(kind)) + "), value " + std::to_string(i) + ": got " +
               std::to_string(got) + ", needs " + std::to_string(want);
    }
    static std::string compare(const std::vector<out_type>& got, const auto& want, double tolerance) {
        if (got.size() != want.size()) return differs(0, double(got.size()), double(want.size())) + " values";
        for (std::size_t i = 0; i < got.size(); ++i)
            if (!(std::fabs(double(got[i]) - double(want[i])) <= tolerance * (1 + std::fabs(double(want[i])))))
                return differs(i, double(got[i]), double(want[i]));
        return {};
    }

    /// The range of the output under the layer's activation.
    static reference::range range_of(pare::quantization q) {
        using activation = typename pare::detail::fused_activation<layer>::type;
        const float low = activation::low, high = activation::high;
        return reference::activation_range(q.scale, q.zero_point, int(std::numeric_limits<out_type>::min()),
                                           int(std::numeric_limits<out_type>::max()), activation::has_low ? &low : nullptr,
                                           activation::has_high ? &high : nullptr);
    }
    static double clamp_real(double x) {
        using activation = typename pare::detail::fused_activation<layer>::type;
        if (activation::has_low) x = std::max(x, double(activation::low));
        if (activation::has_high) x = std::min(x, double(activation::high));
        return x;
    }

    /// Windows of the layer, by the reference.
    static std::pair<reference::axis, reference::axis> axes() {
        using options = typename layer::options;
        using padding = typename options::padding;
        std::size_t kh = 0, kw = 0, sy = options::stride::y, sx = options::stride::x;
        if constexpr (kind == pare::layer_kind::global_avg_pool2d) {
            kh = in.height, kw = in.width;
        } else if constexpr (kind == pare::layer_kind::conv2d || kind == pare::layer_kind::depthwise_conv2d) {
            kh = options::window::height, kw = options::window::width;
        } else {
            kh = kw = []<std::size_t Size, class... Options, template <std::size_t, class...> class Pool>(const Pool<Size, Options...>*) {
                return Size;
            }(static_cast<const layer*>(nullptr));
            if constexpr (!options::has_stride) sy = sx = kh;
        }
        return {axis_by<padding>::make(in.height, kh, sy, options::dilation::y, true),
                axis_by<padding>::make(in.width, kw, sx, options::dilation::x, false)};
    }
    static reference::image<in_type> image_of(const std::vector<in_type>& values) {
        return {values.data(), in.height, in.width, in.channels, in.width * in.channels, in.channels};
    }

    template <class Parameters>
    static std::string check_weights(const Parameters& p, const std::vector<in_type>& x, const std::vector<out_type>& got) {
        const auto& stored = p.template layer<I>();
        constexpr pare::matrix_shape extent = layer::weight_shape(in);
        const reference::tensor t = reference::tensor_of(stored, extent.rows, extent.cols);
        const reference::matrix w = reference::decode(t);
        const pare::quantization qin = p.edges[node::inputs[0]], qout = p.edges[I + 1];
        std::vector<reference::total> sums;
        if constexpr (kind == pare::layer_kind::linear) {
            sums = reference::linear(x.data(), 1, in.size(), qin.zero_point, t, w);
        } else {
            const auto [v, h] = axes();
            if constexpr (kind == pare::layer_kind::conv2d)
                sums = reference::conv2d(image_of(x), v, h, layer::group_count, qin.zero_point, t, w);
            else sums = reference::depthwise(image_of(x), v, h, layer::multiplier, qin.zero_point, t, w);
        }
        if (sums.size() != got.size()) return differs(0, double(got.size()), double(sums.size())) + " values";
        for (std::size_t i = 0; i < got.size(); ++i) {
            if constexpr (std::floating_point<out_type>) {
                const double want = clamp_real(sums[i].real);
                if (!(std::fabs(double(got[i]) - want) <= reference::float_bound(sums[i], extent.cols)))
                    return differs(i, double(got[i]), want);
            } else {
                using rounding = typename Graph::template rounding_at<I>;
                const std::size_t n = i % extent.rows;
                const double scale = double(qin.scale) * double(t.scales[t.scales.size() == 1 ? 0 : n]) / double(qout.scale);
                const bool wide = reference::is_wide(t.f, extent.cols, std::same_as<in_type, std::int16_t>);
                const auto want = reference::requantize(rounding_kind_of<rounding>, sums[i].integer, wide, scale, range_of(qout));
                if (std::int32_t(got[i]) != want) return differs(i, double(got[i]), want);
            }
        }
        return {};
    }

    template <class Parameters>
    static std::string check(const Parameters& p, const edge_values<Graph>& edges) {
        const auto& x = std::get<node::inputs[0]>(edges.of);
        const auto& got = std::get<I + 1>(edges.of);
        const pare::quantization qout = p.edges[I + 1];
        constexpr bool real = std::floating_point<out_type>;
        if constexpr (pare::has_weights(kind)) {
            return check_weights(p, x, got);
        } else if constexpr (kind == pare::layer_kind::max_pool2d || kind == pare::layer_kind::avg_pool2d ||
                             kind == pare::layer_kind::global_avg_pool2d) {
            const auto [v, h] = axes();
            auto want =
                kind == pare::layer_kind::max_pool2d ? reference::max_pool(image_of(x), v, h) : reference::avg_pool(image_of(x), v, h);
            for (auto& value : want) {
                if constexpr (real) value = float(clamp_real(value));
                else value = out_type(std::clamp<int>(value, range_of(qout).low, range_of(qout).high));
            }
            return compare(got, want, real ? 1e-5 : 0);
        } else if constexpr (kind == pare::layer_kind::activation) {
            std::vector<out_type> want = x;
            for (auto& value : want) {
                if constexpr (real) value = float(clamp_real(value));
                else value = out_type(std::clamp<int>(value, range_of(qout).low, range_of(qout).high));
            }
            return compare(got, want, 0);
        } else if constexpr (kind == pare::layer_kind::add) {
            const auto& y = std::get<node::inputs[1]>(edges.of);
            const pare::quantization a = p.edges[node::inputs[0]], b = p.edges[node::inputs[1]];
            std::vector<out_type> want;
            for (std::size_t i = 0; i < x.size(); ++i) {
                if constexpr (real) want.push_back(float(clamp_real(double(x[i]) + double(y[i]))));
                else
                    want.push_back(out_type(reference::add(x[i], a.scale, a.zero_point, y[i], b.scale, b.zero_point, qout.scale,
                                                           sizeof(out_type) == 2 ? 15 : 20, range_of(qout))));
            }
            return compare(got, want, real ? 1e-6 : 0);
        } else if constexpr (kind == pare::layer_kind::softmax) {
            std::vector<double> want;
            for (std::size_t at = 0; at < x.size(); at += in.channels) {
                const std::span<const in_type> row(x.data() + at, in.channels);
                if constexpr (real) {
                    double sum = 0;
                    const double largest = *std::max_element(row.begin(), row.end());
                    for (const float value : row) sum += std::exp(double(value) - largest);
                    for (const float value : row) want.push_back(std::exp(double(value) - largest) / sum);
                } else {
                    for (const in_type value :
                         reference::softmax(row, p.edges[node::inputs[0]].scale, std::numeric_limits<out_type>::min() < 0 ? -128 : 0))
                        want.push_back(value);
                }
            }
            return compare(got, want, real ? 1e-5 : 0);
        } else {
            return compare(got, x, 0);
        }
    }
};

/// Draws parameters of a model: weights of any values, quantisations under which outputs fill their range.
template <class Graph>
pare::parameters<Graph, guarded> draw_parameters(lots& r) {
    pare::parameters<Graph, guarded> p;
    const auto draw_edge = [&]<std::size_t E>(std::integral_constant<std::size_t, E>) {
        using value = typename Graph::template edge_type<E>;
        if constexpr (!std::floating_point<value>) {
            const bool centred = std::same_as<value, std::int16_t>;
            p.edges[E] = {float(r.real(0.01, 0.1)), centred ? 0 : std::int32_t(draw_activation<value>(r, draw_spread(r)))};
        }
    };
    const auto draw_node = [&]<std::size_t I>(std::integral_constant<std::size_t, I>) {
        using node = typename Graph::template node_at<I>;
        using layer = typename node::layer;
        draw_edge(std::integral_constant<std::size_t, I + 1>{});
        if constexpr (pare::keeps_quantization(layer::kind)) p.edges[I + 1] = p.edges[node::inputs[0]];
        if constexpr (layer::kind == pare::layer_kind::softmax && !std::floating_point<typename Graph::template edge_type<I + 1>>)
            p.edges[I + 1] = {1.0f / 256, std::numeric_limits<typename Graph::template edge_type<I + 1>>::min() < 0 ? -128 : 0};
        if constexpr (pare::has_weights(layer::kind)) {
            constexpr pare::matrix_shape extent = layer::weight_shape(Graph::shapes[node::inputs[0]]);
            using format = typename layer::options::format;
            draw_tensor(r, p.template layer<I>(), extent.rows, extent.cols, 100000);
            if constexpr (!format::is_float) {
                const reference::format f = reference::format_of<format>();
                const double activations = sizeof(typename Graph::template edge_type<node::inputs[0]>) == 2 ? 32768 : 128;
                const double typical = std::sqrt(double(extent.cols)) * (f.high - f.low) * activations * (f.group != 0 ? 128 : 1) / 4;
                const double reach = sizeof(typename Graph::template edge_type<I + 1>) == 2 ? 32768 : 128;
                p.edges[I + 1].scale = float(double(p.edges[node::inputs[0]].scale) * 0.0015 * typical / reach * r.real(0.3, 2));
            }
        }
    };
    draw_edge(std::integral_constant<std::size_t, 0>{});
    [&]<std::size_t... I>(std::index_sequence<I...>) {
        (draw_node(std::integral_constant<std::size_t, I>{}), ...);
    }(std::make_index_sequence<Graph::node_count>{});
    return p;
}

/// Packs a drawn model for `Arch`, runs it, and compares every layer. What is wrong, or nothing.
template <class Graph, class Arch>
std::string check_model(lots& r) {
    const auto p = draw_parameters<Graph>(r);
    const auto q = pare::pack<Arch, guarded>(p);
    guarded_vector<typename Graph::input_value> input(Graph::input_shape.size());
    const spread s = draw_spread(r);
    for (auto& x : input) x = draw_activation<typename Graph::input_value>(r, s);
    guarded_vector<typename Graph::output_value> output(Graph::output_shape.size());
    const auto memory = std::make_unique<pare::traced_arena<Graph, Arch>>();

    edge_values<Graph> edges;
    std::get<0>(edges.of).assign(input.begin(), input.end());
    std::size_t calls = 0;
    pare::run(q, input, output, *memory, keeper<Graph>{edges, calls});
    if (calls != Graph::node_count) return "the trace was called " + std::to_string(calls) + " times";
    if (!std::equal(output.begin(), output.end(), std::get<Graph::node_count>(edges.of).begin()))
        return "the output is not that of the last layer";
    if (!std::equal(input.begin(), input.end(), std::get<0>(edges.of).begin())) return "the input was changed";
    // Without a trace layers are fused.
    const auto less = std::make_unique<pare::arena<Graph, Arch>>();
    guarded_vector<typename Graph::output_value> again(output.size());
    pare::run(q, input, again, *less);
    if (!std::equal(output.begin(), output.end(), again.begin())) return "the output is another without a trace";
    std::string what;
    [&]<std::size_t... I>(std::index_sequence<I...>) {
        ((what.empty() ? void(what = layer_check<Graph, I>::check(p, edges)) : void()), ...);
    }(std::make_index_sequence<Graph::node_count>{});
    return what;
}

/// The same of `draws` models, whose memory ends with a page or begins with one; nothing is run where the machine has no `Arch`.
template <class Graph, class Arch>
std::string check_models(std::uint64_t draws, std::uint64_t seed, std::uint64_t stream = 0) {
    if constexpr (pare::arch::compiled_for<Arch>)
        if (pare::arch::available<Arch>())
            for (std::uint64_t i = 0; i < draws; ++i) {
                lots r(seed, stream, i);
                guarded_memory::get().put_at_end(i % 2 == 0);
                if (const std::string what = check_model<Graph, Arch>(r); !what.empty()) {
                    // By +=: g++ 12 warns of the moves in sums of std::string (array-bounds, GCC bug 105651).
                    std::string text(Arch::name);
                    text += ", draw ";
                    text += std::to_string(i);
                    text += ": ";
                    text += what;
                    return text;
                }
            }
    return {};
}

/// Threads that take turns, the last first.
struct turns {
    std::size_t count;
    std::size_t concurrency() const { return count; }
    template <class F>
    void operator()(std::size_t n, const F& f) const {
        while (n-- > 0) f(n);
    }
};

/// A batch gives what its inputs give one at a time, with any number of threads; floats up to the order of their sums. What is wrong, or
/// nothing.
template <class Graph, class Arch, std::size_t Threads>
std::string check_batch() {
    constexpr std::size_t batch = 5, in = Graph::input_shape.size(), out = Graph::output_shape.size();
    lots r(13);
    const auto q = pare::pack<Arch, guarded>(draw_parameters<Graph>(r));
    std::vector<typename Graph::input_value> x(batch * in);
    for (auto& v : x) v = draw_activation<typename Graph::input_value>(r, spread::even);
    std::vector<typename Graph::output_value> one(batch * out), all(batch * out);
    const auto memory = std::make_unique<pare::arena<Graph, Arch>>();
    for (std::size_t b = 0; b < batch; ++b)
        pare::run(q, std::span(std::as_const(x)).subspan(b * in, in), std::span(one).subspan(b * out, out), *memory);
    const auto wide = std::make_unique<pare::arena<Graph, Arch, batch, Threads>>();
    pare::run_batch<batch, Threads>(q, std::span(std::as_const(x)), std::span(all), *wide, pare::no_trace{}, turns{Threads});
    for (std::size_t i = 0; i < one.size(); ++i)
        if (std::fabs(double(all[i]) - double(one[i])) > (std::floating_point<typename Graph::output_value> ? 1e-4 : 0))
            return "value " + std::to_string(i) + " of a batch: got " + std::to_string(all[i]) + ", needs " + std::to_string(one[i]);
    return {};
}

}  // namespace support
