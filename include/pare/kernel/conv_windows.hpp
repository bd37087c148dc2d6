// SPDX-License-Identifier: MIT
// Convolution by windows: of any kind, those that cannot be read where they lie as copies.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>

#include <pare/core/config.hpp>
#include <pare/core/view.hpp>
#include <pare/kernel/conv_plan.hpp>
#include <pare/kernel/packed_weights.hpp>
#include <pare/kernel/tile.hpp>
#include <pare/kernel/window.hpp>

namespace pare::inline v0::inline PARE_ISA {

namespace kernels {

/// Copies the window of output `at`, whose rows are neighbours in the image, a row at a time.
template <class Execution, class From>
constexpr typename Execution::dot::lhs* copy_window_rows(const Execution& x, const image_view<From>& image, const conv_geometry& geometry,
                                                         detail::pixel at, typename Execution::dot::lhs padding,
                                                         typename Execution::dot::lhs* to) {
    const std::size_t channels = image.channels, width = geometry.kernel_width;
    const std::size_t left = at.x * geometry.stride_x;  // plus pad_left: of the window in the padded image
    const std::size_t first = std::min(left < geometry.pad_left ? geometry.pad_left - left : 0, width);
    const std::size_t last =
        std::max(first, std::min(width, image.width + geometry.pad_left > left ? image.width + geometry.pad_left - left : 0));
    for (std::size_t ky = 0; ky < geometry.kernel_height; ++ky) {
        const std::size_t iy = at.y * geometry.stride_y + ky * geometry.dilation_y - geometry.pad_top;
        const bool inside = iy < image.height && first < last;  // unsigned: also false above the image
        const std::size_t begin = inside ? first * channels : 0, end = inside ? last * channels : 0;
        const auto* const from = inside ? image.pixel(iy, left + first - geometry.pad_left) : image.data;
        copy_padded<Execution>(from, end - begin, begin, x.segment(), padding, to);
        for (std::size_t i = x.segment(); i < round_up(x.segment(), Execution::run_unit); ++i) to[i] = Execution::copied_zero;
        to += round_up(x.segment(), Execution::run_unit);
    }
    return to;
}

/// Copies the window of output `at` in group `g` to `to`.
template <class Execution, class From>
constexpr typename Execution::dot::lhs* copy_window(const Execution& x, const image_view<From>& image, const conv_geometry& geometry,
                                                    detail::pixel at, std::size_t g, typename Execution::dot::lhs padding,
                                                    typename Execution::dot::lhs* to) {
    const std::size_t channels = image.channels / x.groups();
    if constexpr (!Execution::folds)
        if (x.groups() == 1 && geometry.dilation_x == 1 && image.pixel_stride == channels &&
            x.segment() == geometry.kernel_width * channels)
            return copy_window_rows(x, image, geometry, at, padding, to);
    std::size_t ky = 0, kx = 0, c = 0;
    x.for_each_run([&](k_run r) {
        for (std::size_t left = r.length; left > 0;) {
            const std::size_t count = std::min(channels - c, left);
            // Unsigned differences wrap where the tap lies above or left of the image, and then fail the comparison.
            const std::size_t iy = at.y * geometry.stride_y + ky * geometry.dilation_y - geometry.pad_top;
            const std::size_t ix = at.x * geometry.stride_x + kx * geometry.dilation_x - geometry.pad_left;
            if (iy < image.height && ix < image.width) {
                const auto* from = image.pixel(iy, ix) + g * channels + c;
                copy_activations<Execution>(from, count, to);
            } else {
                std::fill_n(to, count, padding);
            }
            to += count;
            left -= count;
            c += count;
            if (c < channels) continue;
            c = 0;
            if (++kx == geometry.kernel_width) kx = 0, ++ky;
        }
        for (std::size_t i = r.length; i < round_up(r.length, Execution::run_unit); ++i) *to++ = Execution::copied_zero;
    });
    return to;
}

/// Rows [first, last) of a convolution by way of windows: those of `inside` where they lie, copies of the others. `Plan` tells what is
/// static; `windows` takes the copies of a tile. The image may be flipped already; `padding` is.
template <conv_plan Plan, class From, class Execution, class Rounding, class Storage, class Epilogue>
constexpr void conv_by_windows(const image_view<From>& image, const conv_geometry& g,
                               const packed_weights<Execution, Rounding, Storage>& weights, typename Execution::dot::lhs padding,
                               const image_view<typename Epilogue::value_type>& dst, const Epilogue& epilogue,
                               const detail::interior& inside, std::size_t first, std::size_t last, typename Execution::dot::lhs* windows) {
    using lhs_type = typename Execution::dot::lhs;
    using out_type = typename Epilogue::value_type;
    constexpr std::size_t outputs = Execution::width * Execution::lanes;  // of a panel
    const Execution& x = weights.shape;
    if constexpr (std::same_as<From, const lhs_type> && (!Execution::copies || Execution::flips)) {
        const detail::interior here = inside.rows(first, last);
        for (std::size_t p = 0; p < x.panels() && here.count() > 0; ++p) {
            const auto* const from = image.pixel(here.y0 * g.stride_y - g.pad_top, here.x0 * g.stride_x - g.pad_left);
            const row_lines<lhs_type, out_type, Plan.read_step, Plan.write_step> rows{
                .lhs = from,
                .dst = dst.pixel(here.y0, here.x0) + row_offset<Epilogue>(p * outputs),
                .segment_stride = g.dilation_y * image.row_stride,
                .read_steps = g.stride_x * image.pixel_stride,
                .write_steps = dst.pixel_stride,
                .lines = here.y1 - here.y0,
                .read_line = g.stride_y * image.row_stride,
                .write_line = dst.row_stride};
            multiply_rows<Execution, behind_run::nothing, Plan.line>(here.x1 - here.x0, x.panel_width(p), rows, x, panel_of(weights, 0, p),
                                                                     epilogue);
        }
    }
    for (std::size_t group = 0; group < x.groups(); ++group) {
        detail::border_walk pixels(inside, first, last, dst.width);
        for_each_row_tile<Execution::max_rows, Plan.border>(0, pixels.count, [&]<std::size_t Rows>(std::size_t, std::size_t tiles) {
            for (; tiles > 0; --tiles) {
                row_list<lhs_type, out_type, Rows> rows{x.segment()};
                for (std::size_t i = 0; i < Rows; ++i) {
                    const detail::pixel at = pixels.next();
                    lhs_type* const to = windows + i * x.scratch_elements(1);
                    rows.lhs[i] = to;
                    rows.dst[i] = dst.pixel(at.y, at.x) + row_offset<Epilogue>(group * x.outputs());
                    copy_window(x, image, g, at, group, padding, to);
                    if constexpr (Execution::shifts > 1) copy_shifted(x, to, to);
                }
                for (std::size_t p = 0; p < x.panels(); ++p) {
                    multiply_rows<Execution, behind_run::padding, Rows>(Rows, x.panel_width(p), rows, x, panel_of(weights, group, p),
                                                                        epilogue);
                    for (std::size_t i = 0; i < Rows; ++i) rows.dst[i] += row_offset<Epilogue>(x.panel_width(p) * Execution::lanes);
                }
            }
        });
    }
}

}  // namespace kernels

}  // namespace pare::inline v0::inline PARE_ISA
