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

    static constexpr std::size_t first(std::size_t pad, std::size_t stride, std::size_t out) {
        return std::min(ceil_div(pad, stride), out);
    }
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

/// Walks the inner pixels of rows [first, last), row by row.
struct inner_walk {
    interior inside;
    pixel at;
    std::size_t count = 0;

    constexpr inner_walk(const interior& in, std::size_t first, std::size_t last) : inside(in), at{std::max(first, in.y0), in.x0} {
        const std::size_t end = std::min(last, in.y1);
        count = end > at.y ? (end - at.y) * (in.x1 - in.x0) : 0;
    }
    PARE_INLINE constexpr pixel next() {
        const pixel here = at;
        if (++at.x == inside.x1) at = {at.y + 1, inside.x0};
        return here;
    }
};

/// Walks the other pixels of rows [first, last) of images `width` wide, row by row.
struct border_walk {
    interior inside;
    pixel at;
    std::size_t width;
    std::size_t count;

    constexpr border_walk(const interior& in, std::size_t first, std::size_t last, std::size_t out_width)
        : inside(in), at{first, 0}, width(out_width), count((last - first) * out_width - inner_walk(in, first, last).count) {
        skip_inside();
    }
    PARE_INLINE constexpr pixel next() {
        const pixel here = at;
        if (++at.x == width) at = {at.y + 1, 0};
        skip_inside();
        return here;
    }

private:
    PARE_INLINE constexpr void skip_inside() {
        if (at.x != inside.x0) return;
        while (inside.y0 <= at.y && at.y < inside.y1 && at.x == inside.x0) {
            at.x = inside.x1;
            if (at.x == width) at = {at.y + 1, 0};
        }
    }
};

}  // namespace detail

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
                    detail::inner_walk pixels(inside, first, last);
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
