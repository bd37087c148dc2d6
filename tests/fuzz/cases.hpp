// SPDX-License-Identifier: MIT
// One generated layer: drawn, packed, run from guarded memory, and compared with the reference.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include <pare/kernel/conv.hpp>
#include <pare/kernel/depthwise.hpp>
#include <pare/kernel/gemm.hpp>
#include <pare/kernel/pack.hpp>
#include <pare/kernel/select.hpp>

#include "fuzz/report.hpp"
#include "fuzz/rows.hpp"
#include "support/guarded.hpp"
#include "support/lots.hpp"
#include "support/reference.hpp"

namespace fuzz {

using support::guarded;
using support::guarded_vector;
using support::lots;

/// An executor that cuts work into pieces and does them backwards.
struct pieces {
    std::size_t count = 1;
    std::size_t concurrency() const { return count; }
    template <class F>
    void operator()(std::size_t n, const F& f) const {
        for (std::size_t i = n; i-- > 0;) f(i);
    }
};
inline pieces draw_pieces(lots& r) { return {r.pick<std::size_t>({1, 1, 1, 2, 3, 7})}; }

/// An extent: often tiny, seldom long, and rarely a multiple of anything.
inline std::size_t draw_extent(lots& r, std::size_t most) {
    const std::size_t limit = r.one_in(3) ? 6 : r.one_in(2) ? 24 : most;
    return r.between(1, std::min(limit, most));
}

/// A quantisation of activations of type T.
template <class T>
quantization draw_quantization(lots& r) {
    if constexpr (std::floating_point<T>) {
        return {};
    } else {
        const support::spread s = support::draw_spread(r);
        const std::int32_t zero = std::same_as<T, std::int16_t> && !r.one_in(4) ? 0 : std::int32_t(support::draw_activation<T>(r, s));
        return {float(r.real(0.01, 0.1)), zero};
    }
}

/// The epilogue of a row for sums of type Total.
template <epilogue_choice Choice, class Total>
struct epilogue_at {
    static constexpr auto index = std::size_t(Choice);
    static constexpr bool is_raw = Choice == epilogue_choice::raw, is_float = Choice == epilogue_choice::clamp_float;
    static constexpr std::size_t rounding_index = is_raw || is_float ? 0 : (index - 1) / 3,
                                 out_index = is_raw || is_float ? 0 : (index - 1) % 3;
    using rounding = std::tuple_element_t<rounding_index, std::tuple<rounding::fp32, rounding::single, rounding::gemmlowp>>;
    static constexpr auto kind = reference::rounding_kind(rounding_index);
    using out = std::conditional_t<
        is_raw, Total,
        std::conditional_t<is_float, float, std::tuple_element_t<out_index, std::tuple<std::int8_t, std::uint8_t, std::int16_t>>>>;
};

/// What an output must be, and what comes out.
struct expected {
    reference::rounding_kind kind{};
    bool raw = false, wide = false;
    double scale_in = 1, scale_out = 1;
    reference::range range{};
    float low = -std::numeric_limits<float>::infinity(), high = std::numeric_limits<float>::infinity();
    std::size_t products = 0;  ///< of a sum

    /// Empty, or what is wrong with output `n` of channel `channel`.
    template <class Out>
    std::string compare(report& log, Out got, const reference::total& sum, const reference::tensor& t, std::size_t channel) const {
        if constexpr (std::floating_point<Out>) {
            const double want = std::clamp(sum.real, double(low), double(high)), bound = reference::float_bound(sum, products);
            const double error = std::fabs(double(got) - want);
            log.largest_float_error = std::max(log.largest_float_error, error / bound);
            if (!(error <= bound)) return "got " + std::to_string(got) + ", needs " + std::to_string(want) + " +- " + std::to_string(bound);
        } else {
            const std::int64_t want =
                raw ? sum.integer
                    : reference::requantize(kind, sum.integer, wide,
                                            scale_in * double(t.scales[t.scales.size() == 1 ? 0 : channel]) / scale_out, range);
            if (std::int64_t(got) != want)
                return "got " + std::to_string(got) + ", needs " + std::to_string(want) + " of the sum " + std::to_string(sum.integer);
        }
        return {};
    }
};

/// A weight tensor of a format with all that a kernel is told of it.
template <class Format, class Activation, class Rounding, epilogue_choice Choice>
struct drawn_weights {
    static constexpr auto choice = Choice;
    using format = Format;
    using rounding = Rounding;
    stored_weights<Format, dynamic, dynamic, guarded> stored;
    std::vector<char> present;
    reference::tensor plain;
    reference::matrix matrix;
    quantization in, out;
    float low = -std::numeric_limits<float>::infinity(), high = std::numeric_limits<float>::infinity();

    /// `max_depth` is the depth that the problem's type allows.
    template <class Out>
    expected draw(lots& r, std::size_t rows, std::size_t cols, std::size_t max_depth) {
        const reference::format f = reference::format_of<Format>();
        expected e;
        e.products = cols;
        e.raw = Choice == epilogue_choice::raw;
        std::int64_t limit = std::numeric_limits<std::int32_t>::max();
        double typical = 1;
        if constexpr (!Format::is_float) {
            e.wide = reference::is_wide(f, max_depth, std::same_as<Activation, std::int16_t>);
            const double weight = f.affine ? f.high - f.low : std::max(std::abs(f.low), std::abs(f.high));
            const double activation = std::same_as<Activation, std::int16_t> ? 65535 : 255;
            const double most = double(cols) * weight * activation * (f.group != 0 ? 255 : 1);
            // A 32-bit total holds the bias too.
            if (!e.wide) limit = std::max<std::int64_t>(0, limit - std::int64_t(most));
            if (!r.one_in(8)) limit = std::min<std::int64_t>(limit, std::int64_t(most / 4) + 100);
            typical = std::sqrt(double(cols)) * weight * activation * (f.group != 0 ? 128 : 1) / 8 + 1;
        }
        present = support::draw_tensor(r, stored, rows, cols, limit);
        plain = reference::tensor_of(stored, rows, cols, present);
        matrix = reference::decode(plain);
        in = draw_quantization<Activation>(r);
        if constexpr (Choice != epilogue_choice::raw && Choice != epilogue_choice::clamp_float) {
            using limits = std::numeric_limits<Out>;
            out = draw_quantization<Out>(r);
            // Sums reach a fair share of the output range; now and then everything is far too small or large.
            const double reach = double(limits::max()) * (r.one_in(10) ? r.real(0.0001, 100) : r.real(0.3, 3));
            out.scale = float(double(in.scale) * 0.0015 * typical / reach);
            e.kind = epilogue_at<Choice, std::int32_t>::kind;
            e.range = {out.zero_point, limits::min(), limits::max()};
            if (r.one_in(3)) e.range.low = std::max(e.range.low, e.range.zero_point);
            if (r.one_in(5)) e.range.high = std::min(e.range.high, e.range.low + int(r.below(100)));
        }
        e.scale_in = double(in.scale);
        e.scale_out = double(out.scale);
        if (Choice == epilogue_choice::clamp_float && r.one_in(2)) e.low = low = 0, e.high = high = 6;
        return e;
    }

    template <class Out, class Packed>
    auto epilogue(const expected& e, const Packed& packed) const {
        if constexpr (Choice == epilogue_choice::raw) return raw_sum<Out>{};
        else if constexpr (Choice == epilogue_choice::clamp_float) return clamp_float{low, high};
        else return requantize_sums<Out>(packed, {e.range.zero_point, e.range.low, e.range.high});
    }
};

/// A destination with gaps that must stay as they were.
template <class Out>
struct destination {
    std::size_t rows, cols, stride;
    guarded_vector<Out> values;
    static constexpr Out untouched = Out(77);

    destination(lots& r, std::size_t m, std::size_t n)
        : rows(m), cols(n), stride(n + (r.one_in(2) ? 0 : r.below(20))), values((m - 1) * stride + n, untouched) {}
    bool gaps_stay() const {
        for (std::size_t m = 0; m + 1 < rows; ++m)
            for (std::size_t n = cols; n < stride; ++n)
                if (values[m * stride + n] != untouched) return false;
        return true;
    }
    /// Compares every value; returns the first that is wrong.
    std::string compare(report& log, const std::vector<reference::total>& sums, const reference::tensor& t, const expected& e) const {
        for (std::size_t m = 0; m < rows; ++m)
            for (std::size_t n = 0; n < cols; ++n) {
                const std::string what = e.compare(log, values[m * stride + n], sums[m * cols + n], t, n);
                if (!what.empty()) return "output " + std::to_string(m) + ", " + std::to_string(n) + ": " + what;
            }
        log.values += rows * cols;
        return gaps_stay() ? "" : "wrote between its rows";
    }
};

template <class T>
guarded_vector<T> draw_activations(lots& r, std::size_t count) {
    guarded_vector<T> values(count);
    const support::spread s = support::draw_spread(r);
    for (T& x : values) x = support::draw_activation<T>(r, s);
    return values;
}

/// The execution that a row asks for.
template <class Row, class Problem>
using execution_of = std::conditional_t<Row::form == form_choice::selected, pare::select<typename Row::format, Problem, typename Row::arch>,
                                        execution<typename Row::format, Problem, typename Row::arch,
                                                  Row::form == form_choice::coded        ? form::coded
                                                  : Row::form == form_choice::gathered   ? form::gathered
                                                  : Row::form == form_choice::structured ? form::structured
                                                                                         : form::expanded>>;

inline std::size_t given(std::size_t extent, std::size_t otherwise) { return extent == dynamic ? otherwise : extent; }

/// lhs x weights.
template <class Row>
std::string gemm_case(report& log, lots& r) {
    using act = typename Row::activation;
    using choice = typename Row::extents;
    using shape = problem<act, choice::outputs, choice::depth, choice::segment, choice::groups>;
    using x_type = execution_of<Row, shape>;
    using total = typename x_type::total;
    using at = epilogue_at<Row::epilogue, total>;
    using out = typename at::out;
    using lhs_type = typename x_type::dot::lhs;

    // Mostly small; now and then a depth that needs several runs of a 64-bit sum.
    const bool deep = choice::depth == dynamic && r.one_in(60), deepest = deep && r.one_in(20);
    std::size_t segment = deepest ? r.between(30000, 65536) : deep ? r.between(200, 3000) : draw_extent(r, 90);
    std::size_t depth = deep || !r.one_in(4) ? segment : segment * r.between(1, 4);
    depth = given(choice::depth, depth);
    segment = given(choice::segment, choice::depth == dynamic ? segment : choice::depth / r.pick<std::size_t>({1, 1, 2, 3}));
    const std::size_t outputs = given(choice::outputs, deepest ? 1 : deep ? r.between(1, 5) : draw_extent(r, r.one_in(10) ? 150 : 50));
    const std::size_t rows = std::min(draw_extent(r, deep ? 3 : 30), 1 + 60000 / (depth * outputs));
    const x_type x{shape::extents::of({outputs, depth, segment, 1})};

    drawn_weights<typename Row::format, act, typename at::rounding, Row::epilogue> w;
    const expected e = w.template draw<out>(r, outputs, depth, shape::max_depth);
    if (!std::floating_point<total> && e.wide != (sizeof(total) == 8)) return "sums are not as wide as the rule says";
    const auto packed = pack_weights<x_type, typename at::rounding, guarded>(w.stored, x, w.in, w.out);

    const std::size_t stride = depth + (r.one_in(2) ? 0 : r.below(9));
    const auto lhs = draw_activations<act>(r, (rows - 1) * stride + depth);
    destination<out> dst(r, rows, outputs);
    const pieces exec = draw_pieces(r);
    guarded_vector<lhs_type> scratch(gemm_scratch_bytes(x, exec.count) / sizeof(lhs_type));
    gemm({lhs.data(), rows, depth, stride}, packed, {dst.values.data(), rows, outputs, dst.stride}, w.template epilogue<out>(e, packed),
         std::span(scratch), exec);

    const auto sums = reference::linear(lhs.data(), rows, stride, w.in.zero_point, w.plain, w.matrix);
    const std::string what = dst.compare(log, sums, w.plain, e);
    return what.empty() ? what
                        : "M " + std::to_string(rows) + " N " + std::to_string(outputs) + " K " + std::to_string(depth) + " segment " +
                              std::to_string(segment) + " pieces " + std::to_string(exec.count) + ", " + what;
}

/// An image, a window and its padding.
template <class Act>
struct drawn_image {
    std::size_t height = 0, width = 0, channels = 0, row_stride = 0, pixel_stride = 0;
    reference::axis v, h;
    guarded_vector<Act> values;

    drawn_image(lots& r, std::size_t channel_count, std::size_t kernel_height, std::size_t kernel_width) : channels(channel_count) {
        const auto draw_axis = [&](std::size_t& in, std::size_t kernel) {
            const std::size_t dilation = r.one_in(4) ? r.between(2, 3) : 1, stride = r.one_in(2) ? 1 : r.between(1, 4);
            const std::size_t extent = (kernel - 1) * dilation + 1;
            in = r.one_in(3) ? r.between(1, 3) : r.between(1, 10);
            switch (r.below(3)) {
                case 0:
                    return reference::same(in, kernel, stride, dilation);
                case 1:
                    in = std::max(in, extent);
                    return reference::valid(in, kernel, stride, dilation);
                default: {
                    const std::size_t before = r.below(extent + 1), after = r.below(extent + 1);
                    in = std::max(in, extent > before + after ? extent - before - after : 1);
                    return reference::padded(in, kernel, stride, dilation, before, after);
                }
            }
        };
        v = draw_axis(height, kernel_height);
        h = draw_axis(width, kernel_width);
        pixel_stride = channels + (r.one_in(4) ? r.below(5) : 0);
        row_stride = width * pixel_stride + (r.one_in(4) ? r.below(9) : 0);
        values = draw_activations<Act>(r, (height - 1) * row_stride + (width - 1) * pixel_stride + channels);
    }
    reference::image<Act> plain() const { return {values.data(), height, width, channels, row_stride, pixel_stride}; }
    conv_shape shape() const { return {geometry(), height, width, channels, v.out, h.out, pixel_stride == channels}; }
    image_view<const Act> view() const { return {values.data(), height, width, channels, row_stride, pixel_stride}; }
    conv_geometry geometry() const {
        return {v.kernel, h.kernel, v.stride, h.stride, v.dilation, h.dilation, std::size_t(v.before), std::size_t(h.before)};
    }
    std::string text() const {
        std::string all = "image ";
        for (const std::size_t n : {height, width, channels, v.kernel, h.kernel, v.stride, h.stride, v.dilation, h.dilation,
                                    std::size_t(v.before), std::size_t(h.before), v.out, h.out})
            all += std::to_string(n) + " ";
        return all;
    }
};

/// A destination image, its pixels apart by a stride.
template <class Out>
image_view<Out> view_of(destination<Out>& d, std::size_t width) {
    return {d.values.data(), d.rows / width, width, d.cols, width * d.stride, d.stride};
}

/// Sizes of a window and its channels with a given product, or any.
struct window_size {
    std::size_t height = 1, width = 1, channels = 1;
};
inline window_size draw_window(lots& r, std::size_t depth) {
    if (depth == dynamic) {
        const window_size w{r.between(1, r.one_in(4) ? 5 : 3), r.between(1, r.one_in(4) ? 5 : 3), 1};
        return {w.height, w.width, draw_extent(r, 40)};
    }
    if (depth % 9 == 0 && r.one_in(2)) return {3, 3, depth / 9};
    for (;;) {
        const std::size_t height = r.between(1, 6), width = r.between(1, 6);
        if (depth % (height * width) == 0) return {height, width, depth / (height * width)};
    }
}

/// A convolution.
template <class Row>
std::string conv_case(report& log, lots& r) {
    using act = typename Row::activation;
    using choice = typename Row::extents;
    constexpr std::size_t taps = choice::segment == dynamic ? 0 : 3;
    using shape = problem<act, choice::outputs, choice::depth, choice::segment, choice::groups, taps>;
    using x_type = execution_of<Row, shape>;
    using total = typename x_type::total;
    using at = epilogue_at<Row::epilogue, total>;
    using out = typename at::out;
    using lhs_type = typename x_type::dot::lhs;

    const window_size window = draw_window(r, choice::depth);
    const std::size_t groups = given(choice::groups, r.one_in(3) ? r.between(2, 4) : 1);
    const std::size_t depth = window.height * window.width * window.channels;
    const std::size_t row = window.width * window.channels;
    const std::size_t segment = given(choice::segment, r.pick({row, row, row, window.channels, depth}));
    const std::size_t outputs = given(choice::outputs, draw_extent(r, groups == 1 ? 70 : 20));
    const x_type x{shape::extents::of({outputs, depth, segment, groups})};
    const drawn_image<act> image(r, window.channels * groups, window.height, window.width);

    drawn_weights<typename Row::format, act, typename at::rounding, Row::epilogue> w;
    const expected e = w.template draw<out>(r, outputs * groups, depth, shape::max_depth);
    if (!std::floating_point<total> && e.wide != (sizeof(total) == 8)) return "sums are not as wide as the rule says";
    const auto packed = pack_weights<x_type, typename at::rounding, guarded>(w.stored, x, w.in, w.out);

    destination<out> dst(r, image.v.out * image.h.out, outputs * groups);
    const pieces exec = draw_pieces(r);
    guarded_vector<lhs_type> scratch(conv_scratch_bytes(x, image.shape(), exec.count) / sizeof(lhs_type));
    conv2d_kernel(image.view(), image.geometry(), packed, act(w.in.zero_point), view_of(dst, image.h.out),
                  w.template epilogue<out>(e, packed), std::span(scratch), exec);

    const auto sums = reference::conv2d(image.plain(), image.v, image.h, groups, w.in.zero_point, w.plain, w.matrix);
    const std::string what = dst.compare(log, sums, w.plain, e);
    return what.empty() ? what
                        : image.text() + "groups " + std::to_string(groups) + " outputs " + std::to_string(outputs) + " segment " +
                              std::to_string(segment) + " pieces " + std::to_string(exec.count) + ", " + what;
}

/// A depthwise convolution.
template <class Row>
std::string depthwise_case(report& log, lots& r) {
    using act = typename Row::activation;
    // A window's taps are few; a format's sums are proved for them only where they are known.
    constexpr std::size_t taps = Row::extents::depth == dynamic || Row::format::group > 9 ? dynamic : 9;
    using any = std::conditional_t<Row::epilogue == epilogue_choice::raw, rounding::fp32,
                                   typename epilogue_at<Row::epilogue, std::int32_t>::rounding>;
    using packed_type = packed_depthwise<typename Row::format, act, dynamic, taps, any, guarded>;
    using total = typename packed_type::total;
    using at = epilogue_at<Row::epilogue, total>;
    using out = typename at::out;

    const window_size window = taps == dynamic ? draw_window(r, dynamic) : window_size{3, 3, 1};
    const std::size_t channels = draw_extent(r, r.one_in(6) ? 150 : 40), multiplier = r.one_in(2) ? 1 : r.between(1, 4);
    const std::size_t rows = channels * multiplier, cols = window.height * window.width;
    const drawn_image<act> image(r, channels, window.height, window.width);
    drawn_weights<typename Row::format, act, typename at::rounding, Row::epilogue> w;
    const expected e = w.template draw<out>(r, rows, cols, taps == dynamic ? 65536 : taps);
    if (!std::floating_point<total> && e.wide != (sizeof(total) == 8)) return "sums are not as wide as the rule says";
    const auto packed = pack_depthwise<packed_type>(w.stored, rows, cols, w.in, w.out);

    destination<out> dst(r, image.v.out * image.h.out, rows);
    const pieces exec = draw_pieces(r);
    depthwise_kernel(image.view(), image.geometry(), packed, multiplier, act(w.in.zero_point), view_of(dst, image.h.out),
                     w.template epilogue<out>(e, packed), exec);

    const auto sums = reference::depthwise(image.plain(), image.v, image.h, multiplier, w.in.zero_point, w.plain, w.matrix);
    const std::string what = dst.compare(log, sums, w.plain, e);
    return what.empty() ? what
                        : image.text() + "multiplier " + std::to_string(multiplier) + " pieces " + std::to_string(exec.count) + ", " + what;
}

/// All cases of one row: a gemm or a convolution of `count`, and half as many depthwise convolutions, which know no arch.
template <std::size_t Index>
void run_row(report& log) {
    using r = row<Index>;
    if (!log.wants(Index)) return;
    const auto run = [&](const char* layer, std::string_view arch, std::size_t first, std::size_t count, const auto& one) {
        for (std::size_t i = first; i < first + count; ++i) {
            if (log.only_case != std::size_t(-1) && log.only_case != i) continue;
            at_work = {Index, i, layer};
            lots draw(log.seed, Index, i);
            support::guarded_memory::get().put_at_end(i % 2 == 0);
            const std::string what = one(draw);
            log.ran(arch, layer);
            if (!what.empty()) log.fail(Index, i, layer, std::string(arch) + " " + what);
        }
    };
    if constexpr (arch::compiled_for<typename r::arch>)
        if (arch::available<typename r::arch>()) {
            if constexpr (r::layer == layer_choice::gemm)
                run("gemm", r::arch::name, 0, log.count, [&](lots& d) { return gemm_case<r>(log, d); });
            else run("conv2d", r::arch::name, 0, log.count, [&](lots& d) { return conv_case<r>(log, d); });
        }
    run("depthwise", "any", 1000000, log.count / 2, [&](lots& d) { return depthwise_case<r>(log, d); });
}

}  // namespace fuzz
