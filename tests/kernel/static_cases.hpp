// SPDX-License-Identifier: MIT
// Layers whose every extent is a constant, run on an arch and compared with the reference: products and convolutions.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <pare/format/spell.hpp>
#include <pare/kernel/conv.hpp>
#include <pare/kernel/gemm.hpp>
#include <pare/kernel/pack.hpp>
#include <pare/kernel/select.hpp>
#include <pare/layer/conv2d.hpp>

#include "fuzz/cases.hpp"
#include "support/catch.hpp"
#include "support/model_check.hpp"

namespace statics {

using pare::dynamic;
using support::guarded;
using support::guarded_vector;
using support::lots;

/// What becomes of sums: they are stored as they are, or as s8 (floats: clamped to [-1, 1]).
enum class store { raw, narrow };

/// Weights and what a kernel is told of them.
template <class Format, class Activation>
struct drawn_layer {
    pare::stored_weights<Format, dynamic, dynamic, guarded> stored;
    reference::tensor plain;
    reference::matrix matrix;
    pare::quantization in{1, 0}, out{1, 0};
    fuzz::expected expected;

    drawn_layer(lots& r, std::size_t rows, std::size_t cols, store s) {
        const reference::format f = reference::format_of<Format>();
        expected.products = cols;
        expected.raw = s == store::raw && !Format::is_float;
        std::int64_t most = 0;
        if constexpr (!Format::is_float) {
            const bool wide_activations = std::same_as<Activation, std::int16_t>;
            expected.wide = reference::is_wide(f, cols, wide_activations);
            const std::int64_t weight = f.affine ? f.high - f.low : std::max(std::abs(f.low), std::abs(f.high));
            most = std::int64_t(cols) * weight * (wide_activations ? 65535 : 255) * (f.group != 0 ? 255 : 1);
            in = {0.05f, std::int32_t(support::draw_activation<Activation>(r, support::spread::even))};
            // Outputs take about the range of a byte.
            const double typical = double(most) / std::sqrt(double(cols)) / 6;
            out = {float(0.05 * 0.0015 * typical / 127), std::int32_t(r.integer(-20, 20))};
        }
        // A 32-bit total holds the bias too.
        const std::int64_t room = std::numeric_limits<std::int32_t>::max() - most;
        const std::vector<char> present =
            support::draw_tensor(r, stored, rows, cols, expected.wide ? most / 8 % 1000000000 : std::min(most / 8, room));
        plain = reference::tensor_of(stored, rows, cols, present);
        matrix = reference::decode(plain);
        expected.scale_in = double(in.scale), expected.scale_out = double(out.scale);
        expected.range.zero_point = out.zero_point;
        if (s == store::narrow && Format::is_float) expected.low = -1, expected.high = 1;
    }

    /// The weights, packed into std::array wherever their sizes are known and a stack holds their codes.
    template <class Execution, std::size_t Rows, std::size_t Cols>
    [[gnu::cold]] auto pack() const {
        constexpr bool is_static =
            pare::packed_weights<Execution, pare::rounding::fp32, pare::view>::static_bytes != dynamic && Rows * Cols < 1 << 20;
        pare::stored_weights<Format, Rows, Cols, guarded> w;
        w.positions = stored.positions, w.codes = stored.codes, w.book = stored.book, w.scales = stored.scales, w.factors = stored.factors;
        w.zero_points = stored.zero_points, w.bias = stored.bias;
        return pare::pack_weights<Execution, pare::rounding::fp32, std::conditional_t<is_static, pare::fixed, guarded>>(w, Execution{}, in,
                                                                                                                        out);
    }

    template <store Store, class Packed>
    auto epilogue_of(const Packed& packed) const {
        if constexpr (Store == store::raw) return pare::raw_sum<typename Packed::total>{};
        else if constexpr (Format::is_float) return pare::clamp_float{expected.low, expected.high};
        else return pare::requantize_sums<std::int8_t>(packed, {expected.range.zero_point, expected.range.low, expected.range.high});
    }
};

/// Cases by name, and what went wrong with them.
struct log {
    std::set<std::string> names;
    fuzz::report report;

    /// Runs `Case` on `Arch` a few times, with buffers at either end of their memory.
    template <class Case, class Arch>
    void run() {
        pare::text<72> format;
        pare::spell<typename Case::format>(format);
        std::string name(Arch::name);
        name.append(": ").append(format.view());
        for (const std::size_t n : Case::extents) name.append(" ").append(std::to_string(n));
        CHECK(names.insert(name).second);
        for (std::size_t i = 0; i < 6; ++i) {
            lots draw(11, names.size(), i);
            support::guarded_memory::get().put_at_end(i % 2 == 0);
            const std::string what = Case::template run<Arch>(report, draw);
            INFO(name << ", draw " << i);
            REQUIRE(what == "");
        }
    }

    /// All of `Cases`; says so where `Arch` is not there.
    template <class Arch, class... Cases>
    void run_all() {
        if constexpr (pare::arch::compiled_for<Arch>)
            if (pare::arch::available<Arch>()) {
                (run<Cases, Arch>(), ...);
                return;
            }
        WARN(Arch::name << " is not here: " << sizeof...(Cases) << " cases less");
    }
};

/// All of a list of cases on the archs of this machine; at least `Least` where three are here. Says how many there were.
template <class... Cases>
struct list {
    template <std::size_t Least>
    static void run(std::string_view what) {
        static_assert(3 * sizeof...(Cases) >= Least);
        log l;
#if defined(__aarch64__)
        // Each arch of AArch64 has a program of its own; the scalar one is tested on the machine that builds them.
        l.run_all<pare::arch::native, Cases...>();
#else
        l.run_all<pare::arch::scalar, Cases...>();
        l.run_all<pare::arch::avx2, Cases...>();
        l.run_all<pare::arch::avx512_vnni, Cases...>();
#endif
        REQUIRE(l.names.size() >= sizeof...(Cases));
        REQUIRE(l.names.size() % sizeof...(Cases) == 0);
        REQUIRE(l.report.values > 6 * l.names.size());
        std::printf("%.*s of static shapes: %zu distinct cases, %zu values\n", int(what.size()), what.data(), l.names.size(),
                    l.report.values);
    }

    /// All of them on the archs that are named.
    template <class... Archs>
    static void run_on() {
        log l;
        (l.run_all<Archs, Cases...>(), ...);
        REQUIRE(l.names.size() % sizeof...(Cases) == 0);
        REQUIRE(l.report.values >= 6 * l.names.size());
    }
};

/// M rows of K activations with N outputs; `Rows` is what the problem says of them.
template <class Format, std::size_t M, std::size_t N, std::size_t K, store Store = store::narrow, class Activation = std::int8_t,
          std::size_t Segment = K, std::size_t Rows = dynamic>
struct product {
    using format = Format;
    static constexpr std::array<std::size_t, 7> extents{M, N, K, Segment, sizeof(Activation), Store == store::raw, Rows};

    template <class Arch>
    [[gnu::cold]] static std::string run(fuzz::report& report, lots& r) {
        using problem = pare::problem<Activation, N, K, Segment, 1, 0, 0, false, 1, Rows, Segment == K && Rows != 1>;
        using execution = pare::select<Format, problem, Arch>;
        using lhs_type = typename execution::dot::lhs;
        const drawn_layer<Format, Activation> w(r, N, K, Store);
        const auto packed = w.template pack<execution, N, K>();
        const auto epilogue = w.template epilogue_of<Store>(packed);

        const std::size_t stride = K + (r.one_in(2) ? 0 : r.below(9));
        const auto x = fuzz::draw_activations<Activation>(r, (M - 1) * stride + K);
        fuzz::destination<typename decltype(epilogue)::value_type> dst(r, M, N);
        guarded_vector<lhs_type> scratch(pare::gemm_scratch_bytes(execution{}) / sizeof(lhs_type));
        pare::gemm<M>({x.data(), M, K, stride}, packed, {dst.values.data(), M, N, dst.stride}, epilogue, std::span(scratch));
        return dst.compare(report, reference::linear(x.data(), M, stride, w.in.zero_point, w.plain, w.matrix), w.plain, w.expected);
    }
};

/// The same of one row, of which that is known.
template <class Format, std::size_t N, std::size_t K, store Store = store::narrow, class Activation = std::int8_t>
using row_alone = product<Format, 1, N, K, Store, Activation, K, 1>;

/// The plan where outputs have gaps between them.
constexpr pare::conv_plan with_gaps(pare::conv_plan p) {
    p.write_step = pare::dynamic;
    return p;
}

/// A layer over images of Height x Width x Channels.
template <std::size_t Height, std::size_t Width, std::size_t Channels, class Layer, store Store = store::narrow,
          class Activation = std::int8_t>
struct convolution {
    using options = typename Layer::options;
    using format = typename options::format;
    static constexpr pare::shape in{Height, Width, Channels}, out = Layer::output(in);
    static constexpr pare::matrix_shape weights = Layer::weight_shape(in);
    static constexpr std::size_t groups = Layer::group_count;

    static constexpr pare::window_geometry g = Layer::geometry(in);
    static constexpr std::array<std::size_t, 17> extents{
        Height,     Width,        Channels,     out.height, out.width,  out.channels, g.kernel_height,    g.kernel_width,     g.stride_y,
        g.stride_x, g.dilation_y, g.dilation_x, g.pad_top,  g.pad_left, groups,       sizeof(Activation), Store == store::raw};

    template <class Arch>
    [[gnu::cold]] static std::string run(fuzz::report& report, lots& r) {
        constexpr pare::conv_geometry geometry{g.kernel_height, g.kernel_width, g.stride_y, g.stride_x,
                                               g.dilation_y,    g.dilation_x,   g.pad_top,  g.pad_left};
        constexpr pare::conv_shape shape{geometry, Height, Width, Channels, out.height, out.width};
        using execution = pare::select<format, pare::conv_problem<format, Activation, out.channels / groups, shape, groups, Arch>, Arch>;
        using lhs_type = typename execution::dot::lhs;
        using padding = support::axis_by<typename options::padding>;
        const drawn_layer<format, Activation> w(r, weights.rows, weights.cols, Store);
        const auto packed = w.template pack<execution, weights.rows, weights.cols>();
        const auto epilogue = w.template epilogue_of<Store>(packed);

        const auto x = fuzz::draw_activations<Activation>(r, in.size());
        fuzz::destination<typename decltype(epilogue)::value_type> dst(r, out.height * out.width, out.channels);
        guarded_vector<lhs_type> scratch(pare::conv_scratch_bytes(execution{}, shape) / sizeof(lhs_type));
        // As a model does it: the compiler plans, but for where outputs go, which have gaps here.
        pare::conv2d_kernel<with_gaps(pare::plan_conv(execution{}, shape))>(pare::contiguous_image(x.data(), Height, Width, Channels),
                                                                            geometry, packed, Activation(w.in.zero_point),
                                                                            fuzz::view_of(dst, out.width), epilogue, std::span(scratch));

        const auto v = padding::make(Height, g.kernel_height, g.stride_y, g.dilation_y, true);
        const auto h = padding::make(Width, g.kernel_width, g.stride_x, g.dilation_x, false);
        const reference::image<Activation> image{x.data(), Height, Width, Channels, Width * Channels, Channels};
        return dst.compare(report, reference::conv2d(image, v, h, groups, w.in.zero_point, w.plain, w.matrix), w.plain, w.expected);
    }
};

}  // namespace statics
