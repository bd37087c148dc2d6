// SPDX-License-Identifier: MIT
// How a convolution goes over its image, decided by types and extents: once, in the compiler where those are static.
#pragma once

#include <algorithm>
#include <cstddef>
#include <type_traits>

#include <pare/core/config.hpp>
#include <pare/core/extents.hpp>
#include <pare/kernel/execution.hpp>
#include <pare/kernel/select.hpp>
#include <pare/kernel/window.hpp>

namespace pare::inline v0 {

/// Neighbouring outputs of a convolution of which only the largest is wanted: they do not overlap, and there is no padding.
struct pool_window {
    std::size_t height = 1;  ///< outputs down
    std::size_t width = 1;   ///< outputs across

    constexpr std::size_t size() const { return height * width; }                        ///< outputs that become one
    friend constexpr bool operator==(const pool_window&, const pool_window&) = default;  ///< equal in every member
};

/// What a convolution reads and writes.
struct conv_shape {
    conv_geometry window{};      ///< where windows lie
    std::size_t height = 0;      ///< of the image
    std::size_t width = 0;       ///< of the image
    std::size_t channels = 0;    ///< of the image
    std::size_t out_height = 0;  ///< of what is computed, in whole windows where that is pooled
    std::size_t out_width = 0;   ///< of what is computed
    bool contiguous = true;      ///< pixels of the image hold nothing but these channels
    pool_window pool{};          ///< what becomes one pixel of what is written
};

/// Ways over an image.
enum class conv_way {
    any,      ///< chosen when the convolution runs
    taps,     ///< where it lies; taps outside the image are left out
    bands,    ///< rows of the padded image are copied, widened where the arch wants that, and no window meets a border
    columns,  ///< the same, side by side what lies in a column under a row of windows, so that a window is one segment
    windows   ///< where it lies, or a copy of the window where that cannot be
};

/// A way, and what follows from it.
struct conv_plan {
    conv_way way = conv_way::any;        ///< over the image
    std::size_t line = dynamic;          ///< pixels of a line (of pooled ones, where they are) that are computed alike: of a band, or those
                                         ///< whose windows lie inside
    std::size_t column = dynamic;        ///< lines of these, where taps outside are left out
    std::size_t read_step = dynamic;     ///< elements from one of these to the next, where they are read
    std::size_t write_step = dynamic;    ///< and where they are written
    std::size_t border = dynamic;        ///< pixels whose windows are copied
    std::size_t band_rows = 1;           ///< rows of a band that are written
    std::size_t scratch_elements = 0;    ///< of one worker
    std::size_t image_elements = 0;      ///< of all workers together: the image, flipped
    std::size_t segment_step = dynamic;  ///< elements of a band from one segment of a window to the next
    std::size_t read_row = dynamic;      ///< and from one row of windows to the next
    pool_window pool{};                  ///< what is computed for one pixel

    friend constexpr bool operator==(const conv_plan&, const conv_plan&) = default;  ///< equal in every member
};

namespace detail {

/// Pixels of a row of the padded image under a row of windows.
constexpr std::size_t columns_of(const conv_geometry& g, std::size_t out_width) { return (out_width - 1) * g.stride_x + g.kernel_width; }
/// Rows of the image under `rows` rows of windows.
constexpr std::size_t rows_of(const conv_geometry& g, std::size_t rows) {
    return (rows - 1) * g.stride_y + (g.kernel_height - 1) * g.dilation_y + 1;
}

/// Output rows of a band, all bands of one size as nearly as can be, where `fit` at most stay in half of a cache.
constexpr std::size_t even_bands(std::size_t out_height, std::size_t fit) {
    return ceil_div(out_height, ceil_div(out_height, std::clamp<std::size_t>(fit, 1, out_height)));
}

}  // namespace detail

/// The plan of `Execution` for a shape whose outputs lie side by side.
template <class Execution>
constexpr conv_plan plan_conv(const Execution& x, const conv_shape& s) {
    const conv_geometry& g = s.window;
    const std::size_t write_step = x.groups() * x.outputs(), pixels = s.out_height * s.out_width;
    const std::size_t written_rows = s.out_height / s.pool.height, line_pixels = s.out_width * s.pool.height;
    // Of a first-level cache of 32 KB, in elements; with one sum in a register memory is dearer than what a band costs to begin.
    const std::size_t half_cache = (Execution::lanes > 1 ? 16384 : 1024) / sizeof(typename Execution::dot::lhs);
    const std::size_t row = pixels > 0 ? detail::columns_of(g, s.out_width) * s.channels : 0;
    if constexpr (Execution::problem::window_rows > 0) {
        const std::size_t columns = row * g.kernel_height * s.pool.height, band = detail::even_bands(written_rows, half_cache / columns);
        return {.way = conv_way::columns,
                .line = line_pixels,
                .column = 0,
                .read_step = g.stride_x * g.kernel_height * s.channels,
                .write_step = write_step,
                .border = 0,
                .band_rows = band,
                .scratch_elements = band * columns + Execution::unit,
                .segment_step = 0,
                .read_row = row * g.kernel_height,
                .pool = s.pool};
    }
    const detail::interior inside(g, s.height, s.width, s.out_height, s.out_width);
    const std::size_t line = inside.x1 - inside.x0, read_step = g.stride_x * s.channels;
    // A row of a window is one segment only where taps touch.
    const bool rows = x.groups() == 1 && g.dilation_x == 1 && x.segment() == g.kernel_width * s.channels;
    const std::size_t flipped = Execution::flips ? s.height * s.width * s.channels : 0;
    if (Execution::skips_taps && rows && s.contiguous && s.channels == Execution::tap_depth)
        return {conv_way::taps, line, inside.y1 - inside.y0, read_step, write_step, 0, 1, 0, flipped};

    const bool may_be_bands = Execution::lanes > 1 && Execution::layout != form::coded && Execution::shifts == 1 && rows && pixels > 0;
    const bool lies = rows && s.contiguous && (!Execution::copies || (Execution::flips && !may_be_bands));
    const bool whole = inside.count() == pixels && x.segment() % Execution::run_unit == 0;
    if (may_be_bands && (Execution::problem::pooled > 1 || !(lies && whole))) {
        const std::size_t fit = half_cache / row, extent = detail::rows_of(g, 1);
        const std::size_t band = detail::even_bands(written_rows, fit < extent ? 1 : ((fit - extent) / g.stride_y + 1) / s.pool.height);
        return {.way = conv_way::bands,
                .line = line_pixels,
                .column = 0,
                .read_step = read_step,
                .write_step = write_step,
                .border = 0,
                .band_rows = band,
                .scratch_elements =
                    detail::rows_of(g, band * s.pool.height) * row + std::max(Execution::unit, x.slack()) + Execution::scratch_lead,
                .segment_step = g.dilation_y * row,
                .read_row = g.stride_y * row,
                .pool = s.pool};
    }
    const std::size_t border = lies ? pixels - inside.count() : pixels;
    return {conv_way::windows, lies ? line : 0, 0, read_step,
            write_step,        border,          1, border == 0 ? 0 : x.scratch_elements(Execution::max_rows),
            lies ? flipped : 0};
}

/// Scratch bytes of a convolution with an executor of `concurrency` workers.
template <class Execution>
constexpr std::size_t conv_scratch_bytes(const Execution& x, const conv_shape& s, std::size_t concurrency = 1) {
    const conv_plan plan = plan_conv(x, s);
    return (plan.image_elements + concurrency * plan.scratch_elements) * sizeof(typename Execution::dot::lhs);
}

namespace detail {

/// The problem of a convolution on an arch.
template <class Format, class Activation, std::size_t Outputs, conv_shape Shape, std::size_t Groups, class Arch>
struct conv_problem_on {
    static constexpr conv_geometry g = Shape.window;
    static constexpr bool touching = Groups == 1 && g.dilation_x == 1;
    static constexpr std::size_t channels = Shape.channels / Groups, depth = g.kernel_height * g.kernel_width * channels;
    static constexpr std::size_t segment = touching ? g.kernel_width * channels : channels;
    static constexpr bool padded =
        interior(g, Shape.height, Shape.width, Shape.out_height, Shape.out_width).count() < Shape.out_height * Shape.out_width;

    /// Taps are skipped on an arch of vectors; where memory matters most, sums that this needs are not kept, but for binary values, which
    /// have no zero that padding could be.
    static constexpr std::size_t pooled = Shape.pool.size();
    static constexpr std::size_t taps =
        touching && padded && pooled == 1 && (Arch::lanes > 1 || std::same_as<Activation, binary_word>) ? g.kernel_width : 0;
    /// Windows of one segment are rows of a matrix.
    static constexpr std::size_t rows = segment == depth && Shape.out_height * Shape.out_width >= many_rows ? many_rows : dynamic;
    using by_rows = problem<Activation, Outputs, depth, segment, Groups, taps, 0, false, pooled, rows>;
    using row_execution = select<Format, by_rows, Arch>;
    /// Few channels leave steps half empty at the end of each row of a window. Columns cost a copy of a few bytes for each tap of a row
    /// of windows: 3 x 3 x 3 bytes take 7 steps of 4, and 9 by rows; 3 x 3 x 1 take 3 either way.
    static constexpr std::size_t row_steps = ceil_div(segment, row_execution::unit) * g.kernel_height;
    /// Where a step is of one output, codes would be padded to a step for each row of a window, which takes more than operands of columns.
    static constexpr bool expands =
        row_execution::layout == form::expanded || (row_execution::layout == form::coded && row_execution::lanes == 1);
    static constexpr bool by_columns = touching && channels <= 4 && expands && !row_execution::folds && !row_execution::skips_taps &&
                                       row_execution::register_elements > 1 && 10 * ceil_div(depth, row_execution::unit) <= 9 * row_steps;
    static constexpr bool by_bands = plan_conv(row_execution{}, Shape).way == conv_way::bands;
    using type =
        std::conditional_t<by_columns, problem<Activation, Outputs, depth, depth, 1, g.kernel_width, g.kernel_height, true, pooled>,
                           problem<Activation, Outputs, depth, segment, Groups, by_bands ? 0 : taps, 0, by_bands, pooled, rows>>;
};

}  // namespace detail

/// What a convolution of a static shape multiplies: `Outputs` of each of `Groups` groups.
template <weight_format_type Format, class Activation, std::size_t Outputs, conv_shape Shape, std::size_t Groups,
          arch::instruction_set Arch>
using conv_problem = typename detail::conv_problem_on<Format, Activation, Outputs, Shape, Groups, Arch>::type;

}  // namespace pare::inline v0
