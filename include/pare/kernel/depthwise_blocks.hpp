// SPDX-License-Identifier: MIT
// Depthwise convolution on an arch that sums all taps of a few channels in registers: output by output, block of channels by block.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>

#include <pare/arch/arch.hpp>
#include <pare/core/config.hpp>
#include <pare/core/view.hpp>
#include <pare/kernel/epilogue.hpp>
#include <pare/kernel/window.hpp>

namespace pare::inline v0::inline PARE_ISA {

namespace kernels {

/// Channels of a block.
inline constexpr std::size_t block_channels = 8;

/// Whether `Arch` sums taps of blocks of channels, and `Epilogue` stores what comes of them.
template <class Packed, class Epilogue, class Arch>
concept has_blocks = std::same_as<typename Packed::operand, std::int8_t> && std::same_as<typename Packed::total, std::int32_t> &&
                     !finishing_epilogue<Epilogue, Arch> && sizeof(typename Packed::activation) == 1 &&
                     requires(const Epilogue& e, typename Epilogue::value_type* p, const std::int32_t* bias,
                              const arch::window_taps<typename Packed::activation>& taps) {
                         e.store(p, sum_taps(bias, taps, 0, Arch{}).val, std::size_t(0), arch::dot1<std::int8_t, std::int8_t>{}, Arch{});
                     };

/// Rows [begin, end) of all channels, at least a block of them: the last block ends with the last channel, and does some of the one before
/// once more.
template <class Arch, class Packed, class Epilogue>
void depthwise_by_blocks(const image_view<const typename Packed::activation>& from, const conv_geometry& geometry, const Packed& weights,
                         typename Packed::activation zero_point, const image_view<typename Epilogue::value_type>& to, const Epilogue& store,
                         std::size_t begin, std::size_t end) {
    // Copies, since what is stored might alias the originals.
    const auto image = from;
    const auto g = geometry;
    const auto dst = to;
    const Epilogue epilogue = store;
    const std::int32_t* const bias = weights.bias.data();
    const std::int8_t* const all_taps = weights.taps.data();
    const detail::conv_axis down{image.height, g.kernel_height, g.stride_y, g.dilation_y, g.pad_top};
    const detail::conv_axis across{image.width, g.kernel_width, g.stride_x, g.dilation_x, g.pad_left};
    for (std::size_t y = begin; y < end; ++y) {
        const auto v = detail::tap_range::from(y, y + 1, down);
        detail::tap_range h;
        for (std::size_t x = 0; x < dst.width; ++x) {
            if (x >= h.end) h = detail::tap_range::from(x, dst.width, across);
            const bool none = v.taps() == 0 || h.taps() == 0;
            const std::size_t top = y * g.stride_y + v.first * g.dilation_y - g.pad_top;
            const std::size_t left = x * g.stride_x + h.first * g.dilation_x - g.pad_left;
            const auto* const pixel = none ? image.data : image.pixel(top, left);
            const auto* const tap = none ? all_taps : all_taps + (v.first * g.kernel_width + h.first) * image.channels;
            const std::size_t rows = none ? 0 : v.taps(), last = image.channels - block_channels;
            auto* const outputs = dst.pixel(y, x);
            for (std::size_t block = 0; block < image.channels; block += block_channels) {
                const std::size_t c = std::min(block, last);
                const arch::window_taps<typename Packed::activation> taps{pixel + c,
                                                                          tap + c,
                                                                          rows,
                                                                          h.taps(),
                                                                          g.dilation_y * image.row_stride,
                                                                          g.dilation_x * image.pixel_stride,
                                                                          g.kernel_width * image.channels,
                                                                          image.channels};
                epilogue.store(outputs + c, sum_taps(bias + c, taps, zero_point, Arch{}).val, c, arch::dot1<std::int8_t, std::int8_t>{},
                               Arch{});
            }
        }
    }
}

}  // namespace kernels

}  // namespace pare::inline v0::inline PARE_ISA
