// SPDX-License-Identifier: MIT
// Convolution over images in NHWC, as a matrix product whose rows are windows. Nothing is unrolled into a buffer but the windows
// of one register tile, and those only at the border or where the arch multiplies another type.
#pragma once

#include <algorithm>
#include <array>
#include <cassert>
#include <cstddef>
#include <span>

#include <pare/core/config.hpp>
#include <pare/core/executor.hpp>
#include <pare/core/view.hpp>
#include <pare/kernel/gemm.hpp>
#include <pare/kernel/packed_weights.hpp>
#include <pare/kernel/tile.hpp>

namespace pare::inline v0 {

/// Where the windows of a convolution lie: output (y, x) covers inputs y * stride - pad + tap * dilation.
struct conv_geometry {
    std::size_t kernel_height = 1, kernel_width = 1;
    std::size_t stride_y = 1, stride_x = 1;
    std::size_t dilation_y = 1, dilation_x = 1;
    std::size_t pad_top = 0, pad_left = 0;
};

namespace detail {

/// Output pixels whose windows lie wholly inside the image: [y0, y1) x [x0, x1).
struct interior {
    std::size_t y0 = 0, y1 = 0, x0 = 0, x1 = 0;

    static constexpr std::size_t first(std::size_t pad, std::size_t stride, std::size_t out) { return std::min(ceil_div(pad, stride), out); }
    static constexpr std::size_t last(std::size_t in, std::size_t pad, std::size_t extent, std::size_t stride, std::size_t out) {
        return in + pad < extent ? 0 : std::min((in + pad - extent) / stride + 1, out);
    }

    constexpr interior() = default;
    constexpr interior(const conv_geometry& g, std::size_t height, std::size_t width, std::size_t out_height, std::size_t out_width) {
        y0 = first(g.pad_top, g.stride_y, out_height);
        x0 = first(g.pad_left, g.stride_x, out_width);
        y1 = std::max(y0, last(height, g.pad_top, (g.kernel_height - 1) * g.dilation_y + 1, g.stride_y, out_height));
        x1 = std::max(x0, last(width, g.pad_left, (g.kernel_width - 1) * g.dilation_x + 1, g.stride_x, out_width));
        if (y1 == y0 || x1 == x0) y1 = y0 = x1 = x0 = 0;
    }
    constexpr std::size_t count() const { return (y1 - y0) * (x1 - x0); }
};

struct pixel {
    std::size_t y = 0, x = 0;
};

/// Inner pixel `i`, row by row.
constexpr pixel inner_pixel(const interior& in, std::size_t i) { return {in.y0 + i / (in.x1 - in.x0), in.x0 + i % (in.x1 - in.x0)}; }

/// Border pixel `i`: the rows above, the rows below, then what is left and right of the interior.
constexpr pixel border_pixel(const interior& in, std::size_t out_height, std::size_t out_width, std::size_t i) {
    const std::size_t above = in.y0 * out_width, below = (out_height - in.y1) * out_width;
    if (i < above) return {i / out_width, i % out_width};
    i -= above;
    if (i < below) return {in.y1 + i / out_width, i % out_width};
    i -= below;
    const std::size_t sides = in.x0 + out_width - in.x1;
    const std::size_t x = i % sides;
    return {in.y0 + i / sides, x < in.x0 ? x : x - in.x0 + in.x1};
}

}  // namespace detail

/// Scratch bytes of a convolution with an executor of `concurrency` workers: the windows of a tile for each.
template <class Execution>
constexpr std::size_t conv_scratch_bytes(const Execution& x, std::size_t concurrency = 1) {
    return concurrency * x.scratch_bytes();
}

}  // namespace pare::inline v0

namespace pare::inline v0::inline PARE_ISA {

namespace kernels {

/// Copies the window of output `at` in group `g` to `to`, padding as `zero_point`.
template <class Execution>
constexpr typename Execution::dot::lhs* copy_window(const Execution& x, const image_view<const typename Execution::activation>& image,
                                                    const conv_geometry& geometry, detail::pixel at, std::size_t g, typename Execution::activation zero_point,
                                                    typename Execution::dot::lhs* to) {
    using lhs = typename Execution::dot::lhs;
    const std::size_t channels = image.channels / x.groups();
    x.for_each_run([&](k_run r) {
        lhs* const end = to + round_up(r.length, Execution::unit);
        const std::size_t k_end = r.segment * x.segment() + r.offset + r.length;
        for (std::size_t k = k_end - r.length; k < k_end;) {
            const std::size_t tap = k / channels, c = k % channels;
            const std::size_t count = std::min(channels - c, k_end - k);
            // Unsigned differences wrap where the tap lies above or left of the image, and then fail the comparison.
            const std::size_t iy = at.y * geometry.stride_y + tap / geometry.kernel_width * geometry.dilation_y - geometry.pad_top;
            const std::size_t ix = at.x * geometry.stride_x + tap % geometry.kernel_width * geometry.dilation_x - geometry.pad_left;
            if (iy < image.height && ix < image.width) {
                const auto* from = image.pixel(iy, ix) + g * channels + c;
                for (std::size_t i = 0; i < count; ++i) to[i] = lhs(from[i]);
            } else {
                for (std::size_t i = 0; i < count; ++i) to[i] = lhs(zero_point);
            }
            to += count;
            k += count;
        }
        while (to < end) *to++ = lhs(-Execution::lhs_offset);
    });
    return to;
}

}  // namespace kernels

/// dst(y, x, n) = epilogue(bias[n] + sum over the window of (image - zero point) * weight(n, .)); padding counts as the zero point.
/// Weights are [outputs][kernel height][kernel width][channels / groups]. `Inner` and `Border` are the counts of pixels whose windows
/// lie inside, and not wholly inside, where shapes are static. `scratch` has conv_scratch_bytes / sizeof(dot::lhs) elements.
template <std::size_t Inner = dynamic, std::size_t Border = dynamic, class Execution, class Rounding, class Storage, class Epilogue,
          executor Executor = inline_executor>
    requires epilogue<Epilogue, typename Execution::total>
constexpr void conv2d_kernel(image_view<const typename Execution::activation> image, const conv_geometry& geometry,
                             const packed_weights<Execution, Rounding, Storage>& weights, typename Execution::activation zero_point,
                             image_view<typename Epilogue::value_type> dst, const Epilogue& epilogue,
                             std::span<typename Execution::dot::lhs> scratch, const Executor& exec = {}) {
    static_assert(arch::compiled_for<typename Execution::arch>,
                  "conv2d: the instruction set must be enabled where its kernels are compiled; use its -m flags, or arch::native");
    using lhs_type = typename Execution::dot::lhs;
    using out_type = typename Epilogue::value_type;
    const Execution& x = weights.shape;
    assert(x.depth() == geometry.kernel_height * geometry.kernel_width * (image.channels / x.groups()));
    assert(dst.channels == x.groups() * x.outputs());
    const std::size_t pieces = exec.concurrency();
    assert(scratch.size() >= pieces * x.scratch_elements(Execution::max_rows));

    // A window's row is one segment of neighbours only where taps touch and pixels hold nothing else.
    const bool direct = !Execution::widens && x.groups() == 1 && geometry.dilation_x == 1 && image.pixel_stride == image.channels &&
                        x.segment() == geometry.kernel_width * image.channels;
    const detail::interior inside = direct ? detail::interior(geometry, image.height, image.width, dst.height, dst.width) : detail::interior();
    const std::size_t border = dst.height * dst.width - inside.count();

    exec(pieces, [&](std::size_t piece) {
        if constexpr (!Execution::widens) {
            const std::size_t begin = inside.count() * piece / pieces, end = inside.count() * (piece + 1) / pieces;
            for (std::size_t p = 0; p < x.panels() && begin < end; ++p) {
                const auto panel = panel_of(weights, 0, p);
                kernels::for_each_row_tile<Execution::max_rows, Executor::concurrency() == 1 ? Inner : dynamic>(
                    begin, end, [&]<std::size_t Rows>(std::size_t m) {
                        tile_rows<lhs_type, out_type, Rows> rows;
                        rows.segment_stride = geometry.dilation_y * image.row_stride;
                        for (std::size_t i = 0; i < Rows; ++i) {
                            const detail::pixel at = detail::inner_pixel(inside, m + i);
                            rows.lhs[i] = image.pixel(at.y * geometry.stride_y - geometry.pad_top, at.x * geometry.stride_x - geometry.pad_left);
                            rows.dst[i] = dst.pixel(at.y, at.x) + p * Execution::width * Execution::lanes;
                        }
                        tile_any_width<Execution, Rows, Execution::aligned_runs>(x.panel_width(p), rows, x, panel, epilogue);
                    });
            }
        }
        const std::size_t begin = border * piece / pieces, end = border * (piece + 1) / pieces;
        lhs_type* const windows = scratch.data() + piece * x.scratch_elements(Execution::max_rows);
        for (std::size_t g = 0; g < x.groups(); ++g)
            kernels::for_each_row_tile<Execution::max_rows, Executor::concurrency() == 1 ? Border : dynamic>(
                begin, end, [&]<std::size_t Rows>(std::size_t m) {
                    tile_rows<lhs_type, out_type, Rows> rows;
                    rows.segment_stride = x.segment();
                    lhs_type* to = windows;
                    for (std::size_t i = 0; i < Rows; ++i) {
                        const detail::pixel at = detail::border_pixel(inside, dst.height, dst.width, m + i);
                        rows.lhs[i] = to;
                        rows.dst[i] = dst.pixel(at.y, at.x) + g * x.outputs();
                        to = kernels::copy_window(x, image, geometry, at, g, zero_point, to);
                    }
                    for (std::size_t p = 0; p < x.panels(); ++p) {
                        tile_any_width<Execution, Rows, true>(x.panel_width(p), rows, x, panel_of(weights, g, p), epilogue);
                        for (std::size_t i = 0; i < Rows; ++i) rows.dst[i] += x.panel_width(p) * Execution::lanes;
                    }
                });
    });
}

}  // namespace pare::inline v0::inline PARE_ISA
