// SPDX-License-Identifier: MIT
// Convolution over bands: rows of the padded image in the type that the arch multiplies, so that all windows are alike.
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

/// Copies rows [top, top + rows) of the padded image, each `pitch` elements from its padding on the left, to `to`.
template <class Execution>
constexpr void copy_band(const image_view<const typename Execution::activation>& image, const conv_geometry& g, std::size_t top,
                         std::size_t rows, std::size_t pitch, typename Execution::activation zero_point, typename Execution::dot::lhs* to) {
    const auto padding = Execution::copied(zero_point);
    const std::size_t before = std::min(g.pad_left * image.channels, pitch);
    const std::size_t values = std::min(image.width * image.channels, pitch - before);
    for (std::size_t r = 0; r < rows; ++r, to += pitch) {
        const std::size_t y = top + r - g.pad_top;  // unsigned: also beyond the height where it lies above the image
        if (y >= image.height) {
            std::fill_n(to, pitch, padding);
        } else if (image.pixel_stride == image.channels) {
            copy_padded<Execution>(image.pixel(y, 0), values, before, pitch, padding, to);
        } else {
            std::fill_n(to, before, padding);
            for (std::size_t i = 0; i < values; i += image.channels)
                copy_activations<Execution>(image.pixel(y, i / image.channels), image.channels, to + before + i);
            std::fill_n(to + before + values, pitch - before - values, padding);
        }
    }
}

/// Copies what `rows` rows of windows read, from window row `first` on, column by column of the padded image: `to`
/// has [window row][column][row of the window][channel].
template <class Execution>
constexpr void copy_columns(const image_view<const typename Execution::activation>& image, const conv_geometry& g, std::size_t first,
                            std::size_t rows, std::size_t columns, typename Execution::activation zero_point,
                            typename Execution::dot::lhs* to) {
    using problem = typename Execution::problem;
    using value = typename Execution::activation;
    constexpr std::size_t window_rows = problem::window_rows, channels = problem::depth / (window_rows * problem::taps);
    constexpr std::size_t column = window_rows * channels;
    std::array<value, channels> nothing{};
    nothing.fill(zero_point);
    const std::size_t left = std::min(g.pad_left, columns), inside = std::min(image.width, columns - left);
    for (std::size_t r = 0; r < rows; ++r, to += columns * column) {
        std::array<const value*, window_rows> from{};
        std::array<std::size_t, window_rows> step{};  // none where a row lies outside
        for (std::size_t k = 0; k < window_rows; ++k) {
            const std::size_t y = (first + r) * g.stride_y + k * g.dilation_y - g.pad_top;  // unsigned: also beyond the height
            from[k] = y < image.height ? image.pixel(y, 0) : nothing.data();
            step[k] = y < image.height ? image.pixel_stride : 0;
        }
        std::fill_n(to, left * column, Execution::copied(zero_point));
        for (std::size_t x = 0; x < inside; ++x) {
            PARE_UNROLL for (std::size_t k = 0; k < window_rows; ++k) {
                auto* const at = to + (left + x) * column + k * channels;
                PARE_UNROLL for (std::size_t c = 0; c < channels; ++c) at[c] = Execution::copied(from[k][x * step[k] + c]);
            }
        }
        std::fill_n(to + (left + inside) * column, (columns - left - inside) * column, Execution::copied(zero_point));
    }
}

/// Rows [first, last) of a convolution by way of bands, of pooled ones where they are; `Plan` tells what is static.
template <conv_plan Plan, class Execution, class Rounding, class Storage, class Epilogue>
constexpr void conv_by_bands(const image_view<const typename Execution::activation>& image, const conv_geometry& g,
                             const packed_weights<Execution, Rounding, Storage>& weights, typename Execution::activation zero_point,
                             const image_view<typename Epilogue::value_type>& dst, const Epilogue& epilogue, std::size_t band_rows,
                             std::size_t first, std::size_t last, typename Execution::dot::lhs* scratch) {
    using lhs_type = typename Execution::dot::lhs;
    lhs_type* const band = window_front<Execution>(scratch);
    using out_type = typename Epilogue::value_type;
    constexpr bool by_columns = Execution::problem::window_rows > 0;
    constexpr pool_window pool{Plan.pool.height, Plan.pool.width};  // not the template parameter's object
    const Execution& x = weights.shape;
    const std::size_t columns = detail::columns_of(g, dst.width * pool.width);
    const std::size_t pixel = image.channels * (by_columns ? g.kernel_height : 1);
    const std::size_t segment_stride = g.dilation_y * columns * pixel, line_stride = (by_columns ? 1 : g.stride_y) * columns * pixel;
    for (std::size_t y = first; y < last; y += band_rows) {
        const std::size_t lines = std::min(band_rows, last - y), top = y * pool.height, rows = lines * pool.height;
        if constexpr (by_columns) copy_columns<Execution>(image, g, top, rows, columns, zero_point, band);
        else copy_band<Execution>(image, g, top * g.stride_y, detail::rows_of(g, rows), columns * pixel, zero_point, band);
        for (std::size_t p = 0; p < x.panels(); ++p) {
            out_type* const to = dst.pixel(y, 0) + row_offset<Epilogue>(p * Execution::width * Execution::lanes);
            const auto multiply = [&](const auto& source) {
                multiply_rows<Execution, behind_run::anything, Plan.line>(dst.width * pool.size(), x.panel_width(p), source, x,
                                                                          panel_of(weights, 0, p), epilogue);
            };
            if constexpr (pool.size() > 1) {
                multiply(pooled_lines<lhs_type, out_type, pool.height, pool.width, Plan.read_step, Plan.read_row, Plan.write_step,
                                      Plan.segment_step>{band, to, lines, dst.row_stride});
            } else {
                multiply(row_lines<lhs_type, out_type, Plan.read_step, Plan.write_step, Plan.segment_step>{.lhs = band,
                                                                                                           .dst = to,
                                                                                                           .segment_stride = segment_stride,
                                                                                                           .read_steps = g.stride_x * pixel,
                                                                                                           .write_steps = dst.pixel_stride,
                                                                                                           .lines = lines,
                                                                                                           .read_line = line_stride,
                                                                                                           .write_line = dst.row_stride});
            }
        }
    }
}

}  // namespace kernels

}  // namespace pare::inline v0::inline PARE_ISA
