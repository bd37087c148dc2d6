// SPDX-License-Identifier: MIT
// Depthwise convolution on an arch with dot products of four bytes: the taps of a column are the four. Rows of the image are
// interleaved byte by byte, once for each column, and a column serves all windows that it is in.
#pragma once

#include <algorithm>
#include <array>
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

/// The element of 64 sums that belongs to channel `c` of a block.
constexpr std::size_t interleaved_place(std::size_t c) { return c % 16 / 4 * 16 + c / 16 * 4 + c % 4; }

/// 64 channels of a depthwise convolution, or fewer; where an image has 32, those of two neighbouring pixels.
template <class Packed, class Out, class Arch>
class depthwise_columns {
public:
    using activation = typename Packed::activation;
    using dot = typename Arch::template dot_for<activation, std::int8_t>;
    using bytes = decltype(broadcast_byte(0, Arch{}));
    static constexpr std::size_t channels = 64, most_rows = 8, most_columns = 8;

    depthwise_columns(const image_view<const activation>& image, const image_view<Out>& dst, const conv_geometry& geometry,
                      const Packed& weights, activation zero_point, std::size_t first_channel)
        : from(image),
          g(geometry),
          first(first_channel),
          groups(ceil_div(geometry.kernel_height, 4)),
          slides(g.kernel_width == 3 && groups == 1 && g.stride_x == 1 && g.dilation_x == 1),
          pairs(slides && image.channels == 32 && image.pixel_stride == 32 && dst.pixel_stride == 32),
          mask(~std::uint64_t(0) >> (channels - std::min(channels, image.channels - first_channel))),
          fill(broadcast_byte(zero_point, Arch{})),
          outside(load_masked(&zero_point, 0, fill, dot{}, Arch{})) {
        std::ranges::fill(padding, zero_point);
        const std::size_t count = std::min(channels, image.channels - first), copies = pairs ? 2 : 1;
        std::array<std::int32_t, channels> sums{};
        for (std::size_t kx = 0; kx < g.kernel_width; ++kx)
            for (std::size_t q = 0; q < groups; ++q) {
                bytes rows_of_taps[4];
                for (std::size_t i = 0; i < 4; ++i) {
                    std::array<std::int8_t, channels> row_of_taps{};
                    if (const std::size_t ky = 4 * q + i; ky < g.kernel_height) {
                        const auto* const tap = weights.taps.data() + (ky * g.kernel_width + kx) * image.channels + first;
                        for (std::size_t copy = 0; copy < copies; ++copy) std::copy_n(tap, count, row_of_taps.data() + copy * count);
                        for (std::size_t c = 0; c < count; ++c) sums[c] += tap[c];
                    }
                    rows_of_taps[i] = load_rhs(row_of_taps.data(), dot{}, Arch{});
                }
                interleave4(rows_of_taps, taps[kx * groups + q], Arch{});
            }
        const auto offset = std::uint32_t(std::int32_t(zero_point) + arch::lhs_offset_of<Arch, dot>);
        for (std::size_t c = 0; c < copies * count; ++c) {
            const std::size_t channel = first + c % count;
            bias[interleaved_place(c)] = std::int32_t(std::uint32_t(weights.bias[channel]) - offset * std::uint32_t(sums[c % count]));
            scales[interleaved_place(c)] = weights.scales[channel];
        }
    }

    /// One row of outputs.
    template <class Epilogue>
    void row(std::size_t y, const image_view<Out>& dst, const Epilogue& epilogue) {
        for (std::size_t ky = 0; ky < 4 * groups; ++ky) {
            const std::size_t iy = y * g.stride_y + std::min(ky, g.kernel_height - 1) * g.dilation_y - g.pad_top;  // wraps above the image
            const bool inside = iy < from.height;
            rows[ky] = inside ? from.pixel(iy, 0) + first : padding.data();
            steps[ky] = inside ? from.pixel_stride : 0;
        }
        if (pairs) slide_pairs(y, dst, epilogue);
        else if (slides) slide(y, dst, epilogue);
        else jump(y, dst, epilogue);
    }

private:
    /// Group `q` of the column `ix` of the image, which may lie outside.
    PARE_INLINE void column(std::size_t ix, std::size_t q, bytes (&out)[4]) const {
        if (ix < from.width) {
            bytes taken[4];
            PARE_UNROLL for (std::size_t i = 0; i < 4; ++i) taken[i] =
                load_masked(rows[4 * q + i] + ix * steps[4 * q + i], mask, fill, dot{}, Arch{});
            interleave4(taken, out, Arch{});
        } else {
            PARE_UNROLL for (std::size_t i = 0; i < 4; ++i) out[i] = outside;
        }
    }
    using sums_type = decltype(zero_sums(dot{}, Arch{}));
    PARE_INLINE void begin(sums_type (&sums)[4]) const {
        PARE_UNROLL for (std::size_t j = 0; j < 4; ++j) sums[j] = load_sums(bias.data() + 16 * j, dot{}, Arch{});
    }
    PARE_INLINE void add(sums_type (&sums)[4], const bytes (&values)[4], const bytes (&weights)[4]) const {
        PARE_UNROLL for (std::size_t j = 0; j < 4; ++j) multiply_add(sums[j], values[j], weights[j], dot{}, Arch{});
    }

    /// Three columns and their weights in registers, of which each step replaces one column. Everything is local, since a store of bytes
    /// might otherwise change it.
    template <class Epilogue>
    PARE_NOINLINE void slide(std::size_t y, const image_view<Out>& dst, const Epilogue& epilogue) const {
        bytes left[4], middle[4], right[4], weights[3][4];
        column(std::size_t(0) - g.pad_left, 0, left);
        column(std::size_t(1) - g.pad_left, 0, middle);
        PARE_UNROLL for (std::size_t k = 0; k < 3; ++k) { PARE_UNROLL for (std::size_t j = 0; j < 4; ++j) weights[k][j] = taps[k][j];
        }
        const activation* from_row[4];
        std::size_t step[4];
        PARE_UNROLL for (std::size_t i = 0; i < 4; ++i) {
            step[i] = steps[i];
            from_row[i] = rows[i] + (2 - g.pad_left) * step[i];
        }
        Out* to = dst.pixel(y, 0) + first;
        const std::size_t to_step = dst.pixel_stride, width = dst.width, last = from.width + g.pad_left;
        const std::uint64_t some = mask;
        const bytes background = fill, nothing = outside;
        const auto range = epilogue.range;
        for (std::size_t x = 0; x < width; ++x) {
            if (x + 2 >= g.pad_left && x + 2 < last) {
                bytes taken[4];
                PARE_UNROLL for (std::size_t i = 0; i < 4; ++i) taken[i] = load_masked(from_row[i], some, background, dot{}, Arch{});
                interleave4(taken, right, Arch{});
            } else {
                PARE_UNROLL for (std::size_t j = 0; j < 4; ++j) right[j] = nothing;
            }
            PARE_UNROLL for (std::size_t i = 0; i < 4; ++i) from_row[i] += step[i];
            sums_type sums[4];
            begin(sums);
            add(sums, left, weights[0]);
            add(sums, middle, weights[1]);
            add(sums, right, weights[2]);
            store_interleaved(to, some, sums, scales.data(), range, typename Packed::rounding{}, Arch{});
            to += to_step;
            PARE_UNROLL for (std::size_t j = 0; j < 4; ++j) left[j] = middle[j], middle[j] = right[j];
        }
    }

    /// The same for two pixels at a time: a column is that of two neighbours, and of three columns the one in the middle is made of halves
    /// of the others.
    template <class Epilogue>
    PARE_NOINLINE void slide_pairs(std::size_t y, const image_view<Out>& dst, const Epilogue& epilogue) const {
        bytes left[4], middle[4], right[4], weights[3][4];
        PARE_UNROLL for (std::size_t k = 0; k < 3; ++k) { PARE_UNROLL for (std::size_t j = 0; j < 4; ++j) weights[k][j] = taps[k][j];
        }
        const activation* from_row[4];
        std::size_t step[4];
        const std::size_t pad = g.pad_left, width = dst.width, in = from.width;
        PARE_UNROLL for (std::size_t i = 0; i < 4; ++i) step[i] = steps[i], from_row[i] = rows[i] - pad * step[i];
        const bytes background = fill;
        const auto range = epilogue.range;
        Out* to = dst.pixel(y, 0);
        pair_column(from_row, std::size_t(0) - pad, in, background, left);
        for (std::size_t x = 0; x < width; x += 2) {
            PARE_UNROLL for (std::size_t i = 0; i < 4; ++i) from_row[i] += 2 * step[i];
            pair_column(from_row, x + 2 - pad, in, background, right);
            PARE_UNROLL for (std::size_t j = 0; j < 4; ++j) middle[j] = join_halves(left[j], right[j], Arch{});
            sums_type sums[4];
            begin(sums);
            add(sums, left, weights[0]);
            add(sums, middle, weights[1]);
            add(sums, right, weights[2]);
            store_interleaved(to, x + 1 < width ? low | high : low, sums, scales.data(), range, typename Packed::rounding{}, Arch{});
            to += 64;
            PARE_UNROLL for (std::size_t j = 0; j < 4; ++j) left[j] = right[j];
        }
    }
    static constexpr std::uint64_t low = 0xffffffff, high = low << 32;

    /// Pixels i and i + 1 of an image `width` wide, of which those outside are not read.
    PARE_INLINE static void pair_column(const activation* const (&from_row)[4], std::size_t i, std::size_t width, bytes background,
                                        bytes (&out)[4]) {
        bytes taken[4];
        if (i < width && i + 1 < width) {
            PARE_UNROLL for (std::size_t r = 0; r < 4; ++r) taken[r] = load_masked(from_row[r], low | high, background, dot{}, Arch{});
        } else {
            const std::uint64_t some = (i < width ? low : 0) | (i + 1 < width ? high : 0);
            PARE_UNROLL for (std::size_t r = 0; r < 4; ++r) taken[r] = load_masked(from_row[r], some, background, dot{}, Arch{});
        }
        interleave4(taken, out, Arch{});
    }

    /// Any window: its columns lie in a ring, in which each step replaces those that it leaves behind.
    template <class Epilogue>
    PARE_NOINLINE void jump(std::size_t y, const image_view<Out>& dst, const Epilogue& epilogue) const {
        bytes ring[most_columns * most_rows / 4][4];
        const std::size_t width = g.kernel_width, group_count = groups, apart = g.dilation_x;
        const std::uint64_t some = mask;
        const auto range = epilogue.range;
        std::size_t done = 0, start = 0;  // columns of the padded image so far, and the ring's place of the window's first
        for (std::size_t x = 0; x < dst.width; ++x) {
            const std::size_t at = x * g.stride_x;
            sums_type sums[4];
            begin(sums);
            for (std::size_t kx = 0, place = start; kx < width; ++kx, ++place) {
                if (place == width) place = 0;
                const std::size_t wanted = at + kx * apart;
                for (std::size_t q = 0; q < group_count; ++q) {
                    if (apart > 1 || wanted >= done) column(wanted - g.pad_left, q, ring[place * group_count + q]);
                    add(sums, ring[place * group_count + q], taps[kx * group_count + q]);
                }
            }
            done = at + width;
            start = apart > 1 ? 0 : (at + g.stride_x) % width;
            store_interleaved(dst.pixel(y, x) + first, some, sums, scales.data(), range, typename Packed::rounding{}, Arch{});
        }
    }

    image_view<const activation> from;
    conv_geometry g;
    std::size_t first, groups;
    bool slides, pairs;
    std::uint64_t mask;
    bytes fill, outside;
    bytes taps[most_columns * most_rows / 4][4];
    alignas(64) std::array<std::int32_t, channels> bias{};
    alignas(64) std::array<typename Packed::scale_type, channels> scales{};
    std::array<activation, channels> padding;
    std::array<const activation*, most_rows> rows{};
    std::array<std::size_t, most_rows> steps{};
};

/// True where an arch has what depthwise_columns wants.
template <class Packed, class Epilogue, class Arch>
concept has_columns = std::same_as<typename Packed::operand, std::int8_t> && std::same_as<typename Packed::total, std::int32_t> &&
                      requires(const Epilogue& e, typename Epilogue::value_type* p, const decltype(broadcast_byte(0, Arch{})) (&sums)[4]) {
                          store_interleaved(p, std::uint64_t(0), sums, e.scales, e.range, typename Packed::rounding{}, Arch{});
                          requires sizeof(typename Packed::activation) == 1;
                      };

}  // namespace kernels

}  // namespace pare::inline v0::inline PARE_ISA
