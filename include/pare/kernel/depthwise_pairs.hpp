// SPDX-License-Identifier: MIT
// Depthwise convolution on an arch with dot products of two words: two taps of a column are a pair. Columns of the image are interleaved
// into a buffer, byte by byte and two rows at a time, and serve all windows that they are in.
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include <pare/arch/arch.hpp>
#include <pare/core/config.hpp>
#include <pare/core/view.hpp>
#include <pare/kernel/epilogue.hpp>
#include <pare/kernel/window.hpp>

namespace pare::inline v0::inline PARE_ISA {

namespace kernels {

/// `Width` registers of channels of a depthwise convolution.
template <class Packed, class Out, class Arch, std::size_t Width>
class depthwise_pairs {
public:
    using activation = typename Packed::activation;
    using dot = arch::dot<2, std::int16_t, std::int8_t, std::int32_t>;
    using words = decltype(load_rhs(static_cast<const std::int8_t*>(nullptr), dot{}, Arch{}));
    using sums_type = decltype(zero_sums(dot{}, Arch{}));
    static constexpr std::size_t lanes = Arch::lanes, channels = Width * lanes, most_rows = 8, most_columns = 8;

    depthwise_pairs(const image_view<const activation>& image, const conv_geometry& geometry, const Packed& weights, activation zero_point,
                    std::size_t first_channel)
        : from(image), g(geometry), first(first_channel), pairs(ceil_div(geometry.kernel_height, 2)) {
        padding.fill(zero_point);
        for (std::size_t c = 0; c < channels; ++c) bias[c] = std::uint32_t(weights.bias[first + c]);
        for (std::size_t kx = 0; kx < g.kernel_width; ++kx)
            for (std::size_t p = 0; p < pairs; ++p) {
                std::array<std::int8_t, 2 * channels> of_pair{};
                for (std::size_t ky = 2 * p; ky < std::min(2 * p + 2, g.kernel_height); ++ky) {
                    const auto* const tap = weights.taps.data() + (ky * g.kernel_width + kx) * image.channels + first;
                    for (std::size_t c = 0; c < channels; ++c) {
                        of_pair[2 * c + ky % 2] = tap[c];
                        bias[c] -= std::uint32_t(std::int32_t(zero_point)) * std::uint32_t(std::int32_t(tap[c]));
                    }
                }
                for (std::size_t j = 0; j < Width; ++j) taps[kx * pairs + p][j] = load_rhs(of_pair.data() + 2 * lanes * j, dot{}, Arch{});
            }
    }

    /// Row `y` of outputs.
    template <class Epilogue>
    void row(std::size_t y, const image_view<Out>& dst, const Epilogue& epilogue) {
        for (std::size_t ky = 0; ky < 2 * pairs; ++ky) {
            const std::size_t iy = y * g.stride_y + ky * g.dilation_y - g.pad_top;  // wraps above the image
            const bool inside = ky < g.kernel_height && iy < from.height;
            rows[ky] = inside ? from.pixel(iy, 0) + first : padding.data();
            steps[ky] = inside ? from.pixel_stride : 0;
        }
        for (std::size_t x = 0; x < dst.width; x += at_once) {
            const std::size_t count = std::min(at_once, dst.width - x);
            interleave(x * g.stride_x - g.pad_left, (count - 1) * g.stride_x + (g.kernel_width - 1) * g.dilation_x + 1);
            Out* const to = dst.pixel(y, x) + first;
            if (g.kernel_width == 3 && pairs == 2 && g.dilation_x == 1) sum<3, 2>(to, dst.pixel_stride, count, epilogue);
            else if (g.kernel_width == 5 && pairs == 3 && g.dilation_x == 1) sum<5, 3>(to, dst.pixel_stride, count, epilogue);
            else sum<0, 0>(to, dst.pixel_stride, count, epilogue);
        }
    }

    /// Whether the columns of so many outputs fit the buffer.
    static constexpr bool fits(const conv_geometry& g) {
        return g.kernel_height <= most_rows && g.kernel_width <= most_columns &&
               (at_once - 1) * g.stride_x + (g.kernel_width - 1) * g.dilation_x + 1 <= columns;
    }

private:
    static constexpr std::size_t at_once = 16, columns = 48;  ///< outputs, and columns of their windows

    /// `count` columns from `begin` on, which may lie outside.
    PARE_NOINLINE void interleave(std::size_t begin, std::size_t count) {
        const activation* const background = padding.data();
        for (std::size_t p = 0; p < pairs; ++p) {
            const activation *const upper = rows[2 * p], *const lower = rows[2 * p + 1];
            const std::size_t upper_step = steps[2 * p], lower_step = steps[2 * p + 1], width = from.width, apart = pairs;
            words(*to)[Width] = buffer + p;
            for (std::size_t i = 0; i < count; ++i, to += apart) {
                const bool inside = begin + i < width;
                const activation* const a = inside ? upper + (begin + i) * upper_step : background;
                const activation* const b = inside ? lower + (begin + i) * lower_step : background;
                PARE_UNROLL for (std::size_t j = 0; j < Width; ++j)(*to)[j] = load_pairs(a + j * lanes, b + j * lanes, dot{}, Arch{});
            }
        }
    }
    /// Outputs of neighbouring windows, two at a time so that they share loads of taps. `Columns` and `Pairs` are those of the window,
    /// where they are known.
    template <std::size_t Columns, std::size_t Pairs, class Epilogue>
    PARE_NOINLINE void sum(Out* to, std::size_t step, std::size_t count, const Epilogue& store) const {
        const Epilogue epilogue = store;  // what is stored might alias the original
        const std::size_t height = Columns > 0 ? Pairs : pairs, across = g.stride_x * height;
        const words(*window)[Width] = buffer;
        std::size_t x = 0;
        for (; x + 1 < count; x += 2, window += 2 * across, to += 2 * step) {
            sums_type here[Width], there[Width];
            begin(here);
            begin(there);
            if constexpr (Columns > 0) {
                PARE_UNROLL for (std::size_t k = 0; k < Columns * Pairs; ++k) {
                    add(here, window[k], taps[k]);
                    add(there, window[across + k], taps[k]);
                }
            } else {
                add_window(here, window);
                add_window(there, window + across);
            }
            epilogue.store(to, here, first, dot{}, Arch{});
            epilogue.store(to + step, there, first, dot{}, Arch{});
        }
        if (x < count) {
            sums_type here[Width];
            begin(here);
            add_window(here, window);
            epilogue.store(to, here, first, dot{}, Arch{});
        }
    }
    PARE_INLINE void begin(sums_type (&sums)[Width]) const {
        PARE_UNROLL for (std::size_t j = 0; j < Width; ++j) sums[j] =
            load_sums(reinterpret_cast<const std::int32_t*>(bias.data()) + j * lanes, dot{}, Arch{});
    }
    PARE_INLINE static void add(sums_type (&sums)[Width], const words (&values)[Width], const words (&weights)[Width]) {
        PARE_UNROLL for (std::size_t j = 0; j < Width; ++j) multiply_add(sums[j], values[j], weights[j], dot{}, Arch{});
    }
    /// Any window.
    PARE_INLINE void add_window(sums_type (&sums)[Width], const words (*window)[Width]) const {
        for (std::size_t kx = 0; kx < g.kernel_width; ++kx)
            for (std::size_t p = 0; p < pairs; ++p) add(sums, window[kx * g.dilation_x * pairs + p], taps[kx * pairs + p]);
    }

    image_view<const activation> from;
    conv_geometry g;
    std::size_t first, pairs;
    words taps[most_columns * most_rows / 2][Width];  ///< [column][pair]
    words buffer[columns * most_rows / 2][Width];     ///< [column][pair]
    alignas(64) std::array<std::uint32_t, channels> bias{};
    std::array<activation, channels> padding;
    std::array<const activation*, most_rows> rows{};
    std::array<std::size_t, most_rows> steps{};
};

/// True where an arch has what depthwise_pairs wants, and the epilogue stores registers without a look at what lies where they go.
template <class Packed, class Epilogue, class Arch>
concept has_pairs = std::same_as<typename Packed::operand, std::int8_t> && std::same_as<typename Packed::total, std::int32_t> &&
                    !finishing_epilogue<Epilogue, Arch> && sizeof(typename Packed::activation) == 1 &&
                    requires(const Epilogue& e, typename Epilogue::value_type* p, const typename Packed::activation* x,
                             const decltype(zero_sums(arch::dot<2, std::int16_t, std::int8_t, std::int32_t>{}, Arch{})) (&sums)[1]) {
                        load_pairs(x, x, arch::dot<2, std::int16_t, std::int8_t, std::int32_t>{}, Arch{});
                        e.store(p, sums, std::size_t(0), arch::dot<2, std::int16_t, std::int8_t, std::int32_t>{}, Arch{});
                    };

/// Rows [begin, end) of all channels, in blocks of `Width` registers; the last block may do some channels once more. False where there are
/// fewer than a register, or windows are too large.
template <class Arch, std::size_t Width, class Packed, class Epilogue>
bool depthwise_rows(const image_view<const typename Packed::activation>& image, const conv_geometry& g, const Packed& weights,
                    typename Packed::activation zero_point, const image_view<typename Epilogue::value_type>& dst, const Epilogue& epilogue,
                    std::size_t begin, std::size_t end) {
    using block = depthwise_pairs<Packed, typename Epilogue::value_type, Arch, Width>;
    if (!block::fits(g)) return false;
    if (image.channels < block::channels) {
        if constexpr (Width > 1) return depthwise_rows<Arch, Width / 2>(image, g, weights, zero_point, dst, epilogue, begin, end);
        else return false;
    }
    for (std::size_t c = 0; c < image.channels; c += block::channels) {
        block of(image, g, weights, zero_point, std::min(c, image.channels - block::channels));
        for (std::size_t y = begin; y < end; ++y) of.row(y, dst, epilogue);
    }
    return true;
}

}  // namespace kernels

}  // namespace pare::inline v0::inline PARE_ISA
