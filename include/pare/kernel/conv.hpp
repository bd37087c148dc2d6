// SPDX-License-Identifier: MIT
// Convolution over images in NHWC, as a matrix product whose rows are windows; no image is ever unrolled into a matrix.
#pragma once

#include <algorithm>
#include <cassert>
#include <concepts>
#include <cstddef>
#include <span>

#include <pare/core/config.hpp>
#include <pare/core/executor.hpp>
#include <pare/core/require.hpp>
#include <pare/core/view.hpp>
#include <pare/kernel/conv_bands.hpp>
#include <pare/kernel/conv_plan.hpp>
#include <pare/kernel/conv_taps.hpp>
#include <pare/kernel/conv_windows.hpp>
#include <pare/kernel/epilogue.hpp>
#include <pare/kernel/packed_weights.hpp>

namespace pare::inline v0::inline PARE_ISA {

namespace kernels {

/// The image as the arch multiplies it, at `to`; `pieces` workers have rows each.
template <class Execution, class Executor>
constexpr image_view<const typename Execution::dot::lhs> flip_image(const image_view<const typename Execution::activation>& image,
                                                                    typename Execution::dot::lhs* to, std::size_t pieces,
                                                                    const Executor& exec) {
    const std::size_t line = image.width * image.channels;
    exec(pieces, [&](std::size_t piece) {
        const std::size_t first = image.height * piece / pieces, last = image.height * (piece + 1) / pieces;
        flip_rows<Execution>(matrix_view<const typename Execution::activation>{image.data, image.height, line, image.row_stride}, line,
                             first, last, to + first * line);
    });
    return contiguous_image<const typename Execution::dot::lhs>(to, image.height, image.width, image.channels);
}

}  // namespace kernels

/// dst(y, x, n) = epilogue(bias[n] + sum over the window of (image - zero point) * weight(n, .)); padding counts as the zero point.
/// Weights are [outputs][kernel height][kernel width][channels / groups]. `Plan` is plan_conv of the shape where that is static.
/// `scratch` has conv_scratch_bytes / sizeof(dot::lhs) elements.
template <conv_plan Plan = conv_plan{}, class Execution, class Rounding, class Storage, class Epilogue, executor Executor = inline_executor>
    requires epilogue<Epilogue, typename Execution::total>
constexpr void conv2d_kernel(image_view<const typename Execution::activation> image, const conv_geometry& geometry,
                             const packed_weights<Execution, Rounding, Storage>& weights, typename Execution::activation zero_point,
                             image_view<typename Epilogue::value_type> dst, const Epilogue& epilogue,
                             std::span<typename Execution::dot::lhs> scratch, const Executor& exec = {}) {
    using arch_type = typename Execution::arch;
    static_assert(require<arch::compiled_for<arch_type>, got_type<arch_type>, needs_type<arch::native>>,
                  "conv2d: the instruction set must be enabled where its kernels are compiled; use its -m flags, or arch::native");
    if constexpr (arch::compiled_for<arch_type>) {
        const Execution& x = weights.shape;
        assert(x.depth() == geometry.kernel_height * geometry.kernel_width * (image.channels / x.groups()));
        assert(dst.channels == row_elements<Epilogue>(x.groups() * x.outputs()));
        const std::size_t pieces = std::min<std::size_t>(exec.concurrency(), dst.height);
        constexpr pool_window pool{Plan.pool.height, Plan.pool.width};  // not the template parameter's object
        const conv_shape shape{.window = geometry,
                               .height = image.height,
                               .width = image.width,
                               .channels = image.channels,
                               .out_height = dst.height * pool.height,
                               .out_width = dst.width * pool.width,
                               .contiguous = image.pixel_stride == image.channels,
                               .pool = pool};
        // A constant of this function: the template parameter's object would be one of the whole program.
        constexpr conv_plan given = Plan;
        const conv_plan plan = Plan.way == conv_way::any ? plan_conv(x, shape) : given;
        assert(plan.way == plan_conv(x, shape).way);
        assert(scratch.size() >= plan.image_elements + pieces * plan.scratch_elements);
        // Pieces of the image have borders of other lengths.
        constexpr conv_plan known = [] {
            conv_plan p = Plan;
            if (Plan.write_step != dynamic) p.write_step = row_elements<Epilogue>(Plan.write_step);
            if (!std::same_as<Executor, inline_executor>) p.border = p.column = dynamic;
            return p;
        }();
        assert(known.write_step == dynamic || known.write_step == dst.pixel_stride);
        // Binary values have no zero that padding could be: its taps are left out, or there is none.
        assert(!Execution::is_binary || plan.way == conv_way::taps ||
               detail::interior(geometry, image.height, image.width, dst.height, dst.width).count() == dst.height * dst.width);
        constexpr auto may_be = [](conv_way way) { return Plan.way == conv_way::any || Plan.way == way; };

        const auto padding = Execution::copied(zero_point);
        const auto convolve = [&](const auto& from) {
            exec(pieces, [&](std::size_t piece) {
                const std::size_t first = dst.height * piece / pieces, last = dst.height * (piece + 1) / pieces;
                auto* const memory = scratch.data() + plan.image_elements + piece * plan.scratch_elements;
                constexpr bool ready = std::same_as<std::remove_cvref_t<decltype(*from.data)>, typename Execution::dot::lhs>;
                if constexpr (ready && Execution::skips_taps && may_be(conv_way::taps)) {
                    if (plan.way == conv_way::taps) kernels::conv_by_taps<known>(from, geometry, weights, dst, epilogue, first, last);
                }
                if constexpr (std::same_as<std::remove_cvref_t<decltype(from)>, std::remove_cvref_t<decltype(image)>> &&
                              (Execution::lanes > 1 || Execution::problem::window_rows > 0) && Execution::layout != form::coded &&
                              (may_be(conv_way::bands) || may_be(conv_way::columns))) {
                    if (plan.way == conv_way::bands || plan.way == conv_way::columns)
                        kernels::conv_by_bands<known>(from, geometry, weights, zero_point, dst, epilogue, plan.band_rows, first, last,
                                                      memory);
                }
                if constexpr (may_be(conv_way::windows) && Execution::problem::window_rows == 0) {
                    const bool lies = plan.line > 0;
                    if (plan.way == conv_way::windows)
                        kernels::conv_by_windows<known>(
                            from, geometry, weights, padding, dst, epilogue,
                            lies ? detail::interior(geometry, image.height, image.width, dst.height, dst.width) : detail::interior(), first,
                            last, memory);
                }
            });
        };
        constexpr bool unknown = Plan.way == conv_way::any;
        if constexpr (Execution::flips && (unknown || Plan.image_elements > 0)) {
            if (plan.image_elements > 0) return convolve(kernels::flip_image<Execution>(image, scratch.data(), pieces, exec));
        }
        if constexpr (!Execution::flips || unknown || Plan.image_elements == 0) convolve(image);
    }
}

}  // namespace pare::inline v0::inline PARE_ISA
