// SPDX-License-Identifier: MIT
// Convolution where the image lies: windows that meet a border leave out the taps outside.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include <pare/core/config.hpp>
#include <pare/core/view.hpp>
#include <pare/kernel/conv_plan.hpp>
#include <pare/kernel/packed_weights.hpp>
#include <pare/kernel/tile.hpp>
#include <pare/kernel/window.hpp>

namespace pare::inline v0::inline PARE_ISA {

namespace kernels {

/// The bias of outputs that see only the taps v x h of a window: what it took out for the others comes back. A tap's sums are
/// `table_size` after those of the one before.
template <class Execution, std::size_t Width>
PARE_INLINE constexpr void edge_bias(const typename Execution::total* whole, const typename Execution::total* tap_sums,
                                     std::size_t table_size, std::size_t kernel_height, const detail::tap_range& v,
                                     const detail::tap_range& h, typename Execution::total* bias) {
    using dot = typename Execution::dot;
    using arch = typename Execution::arch;
    constexpr std::size_t lanes = Execution::lanes, taps = Execution::problem::taps;
    sums_of<Execution> sums[Width];
    PARE_UNROLL for (std::size_t j = 0; j < Width; ++j) sums[j] = load_sums(whole + j * lanes, dot{}, arch{});
    // Floats have no zero point to take out.
    for (std::size_t ky = 0; !Execution::format::is_float && ky < kernel_height; ++ky)
        for (std::size_t kx = 0; kx < taps; ++kx, tap_sums += table_size) {
            if (v.first <= ky && ky < v.last && h.first <= kx && kx < h.last) continue;
            PARE_UNROLL for (std::size_t j = 0; j < Width; ++j)
                add_sums(sums[j], load_sums(tap_sums + j * lanes, dot{}, arch{}), dot{}, arch{});
        }
    PARE_UNROLL for (std::size_t j = 0; j < Width; ++j) store_sums(bias + j * lanes, sums[j], dot{}, arch{});
}

/// Rows [first, last) of a convolution whose padded taps are skipped: outputs with the same taps inside the image are a rectangle.
template <conv_plan Plan, class Execution, class Rounding, class Storage, class Epilogue>
constexpr void conv_by_taps(const image_view<const typename Execution::dot::lhs>& image, const conv_geometry& g,
                            const packed_weights<Execution, Rounding, Storage>& weights,
                            const image_view<typename Epilogue::value_type>& dst, const Epilogue& epilogue, std::size_t first,
                            std::size_t last) {
    using lhs_type = typename Execution::dot::lhs;
    using out_type = typename Epilogue::value_type;
    constexpr std::size_t outputs = Execution::width * Execution::lanes;
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
                const bool none = v.taps() == 0 || h.taps() == 0;
                const auto* const from = none ? image.data
                                              : image.pixel(v.begin * g.stride_y + v.first * g.dilation_y - g.pad_top,
                                                            h.begin * g.stride_x + h.first - g.pad_left);
                row_lines<lhs_type, out_type> rows{.lhs = from,
                                                   .dst = dst.pixel(v.begin, h.begin) + row_offset<Epilogue>(p * outputs),
                                                   .segment_stride = g.dilation_y * image.row_stride,
                                                   .read_steps = none ? 0 : g.stride_x * image.pixel_stride,
                                                   .write_steps = dst.pixel_stride,
                                                   .lines = v.end - v.begin,
                                                   .read_line = none ? 0 : g.stride_y * image.row_stride,
                                                   .write_line = dst.row_stride};
                std::size_t line = h.end - h.begin;
                if (v.taps() == g.kernel_height && h.taps() == g.kernel_width) {
                    row_lines<lhs_type, out_type, Plan.read_step, Plan.write_step> inner{
                        rows.lhs,         rows.dst,   rows.segment_stride, rows.read_steps,
                        rows.write_steps, rows.lines, rows.read_line,      rows.write_line};
                    multiply_rows<Execution, behind_run::nothing, Plan.line>(line, x.panel_width(p), inner, x, panel, epilogue);
                    continue;
                }
                std::array<typename Execution::total, outputs> bias{};
                with_width<Execution>(x.panel_width(p), [&]<std::size_t Width> {
                    const auto* const tap_sums = Execution::format::is_float ? nullptr : weights.tap_sums.data() + p * outputs;
                    edge_bias<Execution, Width>(panel.bias, tap_sums, x.table_size(), g.kernel_height, v, h, bias.data());
                });
                auto edge = panel;
                edge.bias = bias.data();
                const std::size_t steps = Execution::tap_depth / Execution::unit;
                const part_of_depth part{v.first, h.taps() == 0 ? v.first : v.last, h.first * steps, h.taps() * steps};
                // Tiles go along the longer side.
                if (line < rows.lines) {
                    std::swap(line, rows.lines);
                    std::swap(rows.read_steps, rows.read_line);
                    std::swap(rows.write_steps, rows.write_line);
                }
                const auto multiply = [&]<std::size_t Count>(std::size_t count, const auto& those) {
                    multiply_rows<Execution, behind_run::nothing, Count>(count, x.panel_width(p), those, x, edge, epilogue, part);
                };
                if constexpr (Plan.line == dynamic || Plan.column == dynamic) {
                    multiply.template operator()<dynamic>(line, rows);
                } else {
                    // Edges are as long as what they surround; what is left are corners, mostly of one pixel.
                    if (line == Plan.line) multiply.template operator()<Plan.line>(line, rows);
                    else if (Plan.column != Plan.line && line == Plan.column) multiply.template operator()<Plan.column>(line, rows);
                    else
                        for (std::size_t n = 0; n < line; ++n) multiply.template operator()<1>(1, rows.from(0, n));
                }
            }
        }
    }
}

}  // namespace kernels

}  // namespace pare::inline v0::inline PARE_ISA
