// SPDX-License-Identifier: MIT
// Convolution over images in NHWC, as a matrix product whose rows are windows. Nothing is unrolled into a buffer but the windows
// of one register tile, and those only at the border or where the arch multiplies another type.
#pragma once

#include <algorithm>
#include <array>
#include <cassert>
#include <concepts>
#include <cstddef>
#include <span>

#include <pare/core/config.hpp>
#include <pare/core/executor.hpp>
#include <pare/core/view.hpp>
#include <pare/kernel/gemm.hpp>
#include <pare/kernel/packed_weights.hpp>
#include <pare/kernel/tile.hpp>
#include <pare/kernel/window.hpp>

namespace pare::inline v0 {

/// Scratch bytes of a convolution with an executor of `concurrency` workers: the windows of a tile for each.
template <class Execution>
constexpr std::size_t conv_scratch_bytes(const Execution& x, std::size_t concurrency = 1) {
    return concurrency * x.scratch_bytes();
}

}  // namespace pare::inline v0

namespace pare::inline v0::inline PARE_ISA {

namespace kernels {

/// Copies `count` activations, widened; one at a time where a call would cost more than the copy.
template <class From, class To>
PARE_INLINE constexpr void copy_few(const From* from, std::size_t count, To* to) {
    if (count > 16) std::copy_n(from, count, to);
    else
        for (std::size_t i = 0; i < count; ++i) to[i] = To(from[i]);
}

/// Copies the window of output `at`, whose rows are neighbours in the image, a row at a time.
template <class Execution>
constexpr typename Execution::dot::lhs* copy_window_rows(const Execution& x, const image_view<const typename Execution::activation>& image,
                                                         const conv_geometry& geometry, detail::pixel at,
                                                         typename Execution::activation zero_point, typename Execution::dot::lhs* to) {
    using lhs = typename Execution::dot::lhs;
    const std::size_t channels = image.channels, width = geometry.kernel_width;
    const std::size_t left = at.x * geometry.stride_x;  // plus pad_left: of the window in the padded image
    const std::size_t first = std::min(left < geometry.pad_left ? geometry.pad_left - left : 0, width);
    const std::size_t last =
        std::max(first, std::min(width, image.width + geometry.pad_left > left ? image.width + geometry.pad_left - left : 0));
    for (std::size_t ky = 0; ky < geometry.kernel_height; ++ky) {
        const std::size_t iy = at.y * geometry.stride_y + ky * geometry.dilation_y - geometry.pad_top;
        const bool inside = iy < image.height && first < last;  // unsigned: also false above the image
        const std::size_t begin = inside ? first * channels : 0, end = inside ? last * channels : 0;
        for (std::size_t i = 0; i < begin; ++i) to[i] = lhs(zero_point);
        if (inside) copy_few(image.pixel(iy, left + first - geometry.pad_left), end - begin, to + begin);
        for (std::size_t i = end; i < x.segment(); ++i) to[i] = lhs(zero_point);
        for (std::size_t i = x.segment(); i < round_up(x.segment(), Execution::unit); ++i) to[i] = lhs(-Execution::lhs_offset);
        to += round_up(x.segment(), Execution::unit);
    }
    return to;
}

/// Copies the window of output `at` in group `g` to `to`, padding as `zero_point`.
template <class Execution>
constexpr typename Execution::dot::lhs* copy_window(const Execution& x, const image_view<const typename Execution::activation>& image,
                                                    const conv_geometry& geometry, detail::pixel at, std::size_t g,
                                                    typename Execution::activation zero_point, typename Execution::dot::lhs* to) {
    using lhs = typename Execution::dot::lhs;
    const std::size_t channels = image.channels / x.groups();
    if constexpr (!Execution::folds)
        if (x.groups() == 1 && geometry.dilation_x == 1 && image.pixel_stride == channels &&
            x.segment() == geometry.kernel_width * channels)
            return copy_window_rows(x, image, geometry, at, zero_point, to);
    std::size_t ky = 0, kx = 0, c = 0;
    x.for_each_run([&](k_run r) {
        for (std::size_t left = r.length; left > 0;) {
            const std::size_t count = std::min(channels - c, left);
            // Unsigned differences wrap where the tap lies above or left of the image, and then fail the comparison.
            const std::size_t iy = at.y * geometry.stride_y + ky * geometry.dilation_y - geometry.pad_top;
            const std::size_t ix = at.x * geometry.stride_x + kx * geometry.dilation_x - geometry.pad_left;
            if (iy < image.height && ix < image.width) {
                const auto* from = image.pixel(iy, ix) + g * channels + c;
                std::copy_n(from, count, to);
            } else {
                std::fill_n(to, count, lhs(zero_point));
            }
            to += count;
            left -= count;
            c += count;
            if (c < channels) continue;
            c = 0;
            if (++kx == geometry.kernel_width) kx = 0, ++ky;
        }
        for (std::size_t i = r.length; i < round_up(r.length, Execution::unit); ++i) *to++ = lhs(-Execution::lhs_offset);
    });
    return to;
}

}  // namespace kernels

namespace kernels {

/// Rows [first, last) of a convolution whose padded taps are skipped: outputs with the same taps inside the image are a rectangle.
template <std::size_t Inner, class Execution, class Rounding, class Storage, class Epilogue>
constexpr void conv_by_taps(const image_view<const typename Execution::activation>& image, const conv_geometry& g,
                            const packed_weights<Execution, Rounding, Storage>& weights, typename Execution::activation zero_point,
                            const image_view<typename Epilogue::value_type>& dst, const Epilogue& epilogue, std::size_t first,
                            std::size_t last) {
    using lhs_type = typename Execution::dot::lhs;
    using out_type = typename Epilogue::value_type;
    using total = typename Execution::total;
    constexpr std::size_t outputs = Execution::width * Execution::lanes, taps = Execution::problem::taps;
    const Execution& x = weights.shape;
    const detail::conv_axis down{image.height, g.kernel_height, g.stride_y, g.dilation_y, g.pad_top};
    const detail::conv_axis across{image.width, g.kernel_width, g.stride_x, 1, g.pad_left};
    for (std::size_t p = 0; p < x.panels(); ++p) {
        const auto panel = panel_of(weights, 0, p);
        detail::tap_range v, h;
        for (v.end = first; v.end < last;) {
            v = detail::tap_range::from(v.end, last, down);
            for (h.end = 0; h.end < dst.width;) {
                h = detail::tap_range::from(h.end, dst.width, across);
                detail::rectangle_walk pixels(v.begin, v.end, h.begin, h.end);
                const auto place = [&]<std::size_t Rows>(tile_rows<lhs_type, out_type, Rows>& rows) {
                    rows.segment_stride = g.dilation_y * image.row_stride;
                    for (std::size_t i = 0; i < Rows; ++i) {
                        const detail::pixel at = pixels.next();
                        rows.lhs[i] = v.taps() == 0 || h.taps() == 0 ? image.data
                                                                     : image.pixel(at.y * g.stride_y + v.first * g.dilation_y - g.pad_top,
                                                                                   at.x * g.stride_x + h.first - g.pad_left);
                        rows.dst[i] = dst.pixel(at.y, at.x) + p * outputs;
                    }
                };
                if (v.taps() == g.kernel_height && h.taps() == g.kernel_width) {
                    for_each_row_tile<Execution::max_rows, Inner>(0, pixels.count, [&]<std::size_t Rows>(std::size_t) {
                        tile_rows<lhs_type, out_type, Rows> rows;
                        place(rows);
                        tile_any_width<Execution, Rows, false>(x.panel_width(p), rows, x, panel, epilogue);
                    });
                    continue;
                }
                // What the bias took out for taps that are not there comes back.
                std::array<total, outputs> bias{};
                const total offset = total(zero_point) + total(Execution::lhs_offset);
                for (std::size_t n = 0; n < x.panel_width(p) * Execution::lanes; ++n) bias[n] = panel.bias[n];
                for (std::size_t ky = 0; ky < g.kernel_height; ++ky)
                    for (std::size_t kx = 0; kx < taps; ++kx) {
                        if (v.first <= ky && ky < v.last && h.first <= kx && kx < h.last) continue;
                        const total* const sums = weights.tap_sums.data() + (ky * taps + kx) * x.table_size() + p * outputs;
                        for (std::size_t n = 0; n < x.panel_width(p) * Execution::lanes; ++n)
                            bias[n] = arch::wrapping_add(bias[n], arch::wrapping_multiply(offset, sums[n]));
                    }
                auto edge = panel;
                edge.bias = bias.data();
                const std::size_t steps = Execution::tap_depth / Execution::unit;
                const part_of_depth part{v.first, h.taps() == 0 ? v.first : v.last, h.first * steps, h.taps() * steps};
                for_each_row_tile<Execution::max_rows>(0, pixels.count, [&]<std::size_t Rows>(std::size_t) {
                    tile_rows<lhs_type, out_type, Rows> rows;
                    place(rows);
                    tile_any_width<Execution, Rows, false>(x.panel_width(p), rows, x, edge, epilogue, part);
                });
            }
        }
    }
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
    using arch_type = typename Execution::arch;
    static_assert(require<arch::compiled_for<arch_type>, got_type<arch_type>, needs_type<arch::native>>,
                  "conv2d: the instruction set must be enabled where its kernels are compiled; use its -m flags, or arch::native");
    if constexpr (arch::compiled_for<arch_type>) {
        using lhs_type = typename Execution::dot::lhs;
        using out_type = typename Epilogue::value_type;
        const Execution& x = weights.shape;
        assert(x.depth() == geometry.kernel_height * geometry.kernel_width * (image.channels / x.groups()));
        assert(dst.channels == x.groups() * x.outputs());
        const std::size_t pieces = exec.concurrency();
        assert(scratch.size() >= pieces * x.scratch_elements(Execution::max_rows));

        if constexpr (Execution::skips_taps) {
            if (geometry.dilation_x == 1 && image.pixel_stride == image.channels && image.channels == Execution::tap_depth) {
                constexpr std::size_t inner = std::same_as<Executor, inline_executor> ? Inner : dynamic;
                return exec(pieces, [&](std::size_t piece) {
                    kernels::conv_by_taps<inner>(image, geometry, weights, zero_point, dst, epilogue, dst.height * piece / pieces,
                                                 dst.height * (piece + 1) / pieces);
                });
            }
        }

        // A window's row is one segment of neighbours only where taps touch and pixels hold nothing else.
        const bool direct = !Execution::widens && x.groups() == 1 && geometry.dilation_x == 1 && image.pixel_stride == image.channels &&
                            x.segment() == geometry.kernel_width * image.channels;
        const detail::interior inside =
            direct ? detail::interior(geometry, image.height, image.width, dst.height, dst.width) : detail::interior();

        exec(pieces, [&](std::size_t piece) {
            const std::size_t first = dst.height * piece / pieces, last = dst.height * (piece + 1) / pieces;
            if constexpr (!Execution::widens) {
                for (std::size_t p = 0; p < x.panels() && inside.count() > 0; ++p) {
                    const auto panel = panel_of(weights, 0, p);
                    detail::rectangle_walk pixels = detail::walk_inside(inside, first, last);
                    kernels::for_each_row_tile<Execution::max_rows, std::same_as<Executor, inline_executor> ? Inner : dynamic>(
                        0, pixels.count, [&]<std::size_t Rows>(std::size_t) {
                            tile_rows<lhs_type, out_type, Rows> rows;
                            rows.segment_stride = geometry.dilation_y * image.row_stride;
                            for (std::size_t i = 0; i < Rows; ++i) {
                                const detail::pixel at = pixels.next();
                                rows.lhs[i] =
                                    image.pixel(at.y * geometry.stride_y - geometry.pad_top, at.x * geometry.stride_x - geometry.pad_left);
                                rows.dst[i] = dst.pixel(at.y, at.x) + p * Execution::width * Execution::lanes;
                            }
                            tile_any_width<Execution, Rows, false>(x.panel_width(p), rows, x, panel, epilogue);
                        });
                }
            }
            lhs_type* const windows = scratch.data() + piece * x.scratch_elements(Execution::max_rows);
            for (std::size_t g = 0; g < x.groups(); ++g) {
                detail::border_walk pixels(inside, first, last, dst.width);
                kernels::for_each_row_tile<Execution::max_rows, std::same_as<Executor, inline_executor> ? Border : dynamic>(
                    0, pixels.count, [&]<std::size_t Rows>(std::size_t) {
                        tile_rows<lhs_type, out_type, Rows> rows;
                        rows.segment_stride = x.segment();
                        lhs_type* to = windows;
                        for (std::size_t i = 0; i < Rows; ++i) {
                            const detail::pixel at = pixels.next();
                            rows.lhs[i] = to;
                            rows.dst[i] = dst.pixel(at.y, at.x) + g * x.outputs();
                            to = kernels::copy_window(x, image, geometry, at, g, zero_point, to);
                        }
                        for (std::size_t p = 0; p < x.panels(); ++p) {
                            tile_any_width<Execution, Rows, true>(x.panel_width(p), rows, x, panel_of(weights, g, p), epilogue);
                            for (std::size_t i = 0; i < Rows; ++i) rows.dst[i] += x.panel_width(p) * Execution::lanes;
                        }
                    });
            }
        });
    }
}

}  // namespace pare::inline v0::inline PARE_ISA
