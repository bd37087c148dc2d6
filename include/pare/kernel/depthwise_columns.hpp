// SPDX-License-Identifier: MIT
// Depthwise convolution on an arch with dot products of four bytes: the taps of a column are the four. Rows of the image are
// interleaved byte by byte, once for each column, and a column serves all windows that it is in; those of three taps on two rows of
// outputs.
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
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
    using sums_type = decltype(zero_sums(dot{}, Arch{}));
    static constexpr std::size_t channels = 64, most_rows = 8, most_columns = 8;

    depthwise_columns(const image_view<const activation>& image, const image_view<Out>& dst, const conv_geometry& geometry,
                      const Packed& weights, activation zero_point, std::size_t first_channel)
        : from(image),
          g(geometry),
          first(first_channel),
          groups(ceil_div(geometry.kernel_height, 4)),
          slides(g.kernel_width == 3 && groups == 1 && g.stride_x <= 2 && g.dilation_x == 1),
          twice(slides && g.stride_x == 1 && g.kernel_height == 3 && g.stride_y == 1 && g.dilation_y == 1),
          pairs(slides && g.stride_x == 1 && image.channels == 32 && image.pixel_stride == 32 && dst.pixel_stride == 32),
          mask(~std::uint64_t(0) >> (channels - std::min(channels, image.channels - first_channel))),
          fill(broadcast_byte(zero_point, Arch{})),
          outside(load_masked(&zero_point, 0, fill, dot{}, Arch{})) {
        std::ranges::fill(padding, zero_point);
        const std::size_t count = std::min(channels, image.channels - first), copies = pairs ? 2 : 1;
        const auto interleave = [&](std::size_t kx, std::size_t first_tap, std::size_t before, bytes(&to)[4]) {
            bytes rows_of_taps[4];
            for (std::size_t i = 0; i < 4; ++i) {
                std::array<std::int8_t, channels> row_of_taps{};
                if (const std::size_t ky = first_tap + i - before; ky < g.kernel_height) {  // wraps before the first one
                    const auto* const tap = weights.taps.data() + (ky * g.kernel_width + kx) * image.channels + first;
                    for (std::size_t copy = 0; copy < copies; ++copy) std::copy_n(tap, count, row_of_taps.data() + copy * count);
                }
                rows_of_taps[i] = load_rhs(row_of_taps.data(), dot{}, Arch{});
            }
            interleave4(rows_of_taps, to, Arch{});
        };
        // Sums of the taps of each channel: products with ones, an order of magnitude faster than one by one.
        sums_type of_taps[4];
        for (sums_type& s : of_taps) s = zero_sums(dot{}, Arch{});
        const bytes one = broadcast_byte(1, Arch{}), ones[4]{one, one, one, one};
        for (std::size_t kx = 0; kx < g.kernel_width; ++kx) {
            for (std::size_t q = 0; q < groups; ++q) {
                interleave(kx, 4 * q, 0, taps[kx * groups + q]);
                add(of_taps, ones, taps[kx * groups + q]);
            }
            if (twice) interleave(kx, 0, 1, lower_taps[kx]);
        }
        interleave_table(weights.bias.data() + first, count, copies, bias);
        interleave_table(weights.scales.data() + first, count, copies, scales);
        if constexpr (std::floating_point<typename Packed::scale_type>) {
            // With the rounding of floats on top, below 2^31, whatever the taps are.
            std::int64_t largest = 0;
            float scale = 0;
            for (std::size_t c = first; c < first + count; ++c) {
                largest = std::max(largest, weights.bias[c] < 0 ? -std::int64_t(weights.bias[c]) : std::int64_t(weights.bias[c]));
                scale = std::max(scale, weights.scales[c]);
            }
            products_fit = (double(largest) + 255.0 * 128 * double(g.kernel_height * g.kernel_width)) * double(scale) < double(1 << 30);
        }
        std::array<std::int32_t, channels> sums;
        for (std::size_t j = 0; j < 4; ++j) store_sums(sums.data() + 16 * j, of_taps[j], dot{}, Arch{});
        const auto offset = std::uint32_t(std::int32_t(zero_point) + arch::lhs_offset_of<Arch, dot>);
        for (std::size_t i = 0; i < channels; ++i) bias[i] = std::int32_t(std::uint32_t(bias[i]) - offset * std::uint32_t(sums[i]));
    }

    /// Rows of outputs from `y` on, of which there are `left`. Returns how many.
    template <class Epilogue>
    std::size_t rows_from(std::size_t y, std::size_t left, const image_view<Out>& dst, const Epilogue& epilogue) {
        const std::size_t count = twice && left > 1 ? 2 : 1;
        for (std::size_t ky = 0; ky < 4 * groups; ++ky) {
            const std::size_t tap = std::min(ky, g.kernel_height + count - 2);
            const std::size_t iy = y * g.stride_y + tap * g.dilation_y - g.pad_top;  // wraps above the image
            const bool inside = iy < from.height;
            rows[ky] = inside ? from.pixel(iy, 0) + first : padding.data();
            steps[ky] = inside ? from.pixel_stride : 0;
        }
        const rounding::output_range range = epilogue.range;
        // Integer roundings do not saturate.
        constexpr bool floats = std::floating_point<typename Packed::scale_type>;
        const bool fits = products_fit && range.low <= std::numeric_limits<Out>::min() && range.high >= std::numeric_limits<Out>::max();
        if (count == 2 && fits) slide_rows<2, floats>(y, dst, range);
        else if (count == 2) slide_rows<2, false>(y, dst, range);
        else if (slides && fits) slide_rows<1, floats>(y, dst, range);
        else if (slides) slide_rows<1, false>(y, dst, range);
        else if (const std::size_t width = g.stride_x == 1 && g.dilation_x == 1 && groups <= 2 ? g.kernel_width : 0; width == 5)
            groups == 1 ? spread<5, 1>(y, dst, range) : spread<5, 2>(y, dst, range);
        else jump(y, dst, range);
        return count;
    }

private:
    /// `count` values of channels, or two times as many, where the sums of those channels lie.
    template <class T>
    static void interleave_table(const T* from, std::size_t count, std::size_t copies, std::array<T, channels>& to) {
        std::array<T, channels> ordered{};
        for (std::size_t copy = 0; copy < copies; ++copy) std::copy_n(from, count, ordered.data() + copy * count);
        for (std::size_t c = 0; c < channels; c += 4) std::copy_n(ordered.data() + c, 4, to.data() + interleaved_place(c));
    }
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

    /// Columns of the image from one of the padded image on, in copies of their own, since a store of bytes might change members.
    template <std::size_t Groups>
    struct walk {
        const activation* from_row[4 * Groups];
        std::size_t step_of[4 * Groups];
        std::size_t at, width;
        std::uint64_t some;
        bytes background, nothing;

        PARE_INLINE walk(const depthwise_columns& all, std::size_t begin, std::uint64_t channels_there)
            : at(begin - all.g.pad_left), width(all.from.width), some(channels_there), background(all.fill), nothing(all.outside) {
            PARE_UNROLL for (std::size_t i = 0; i < 4 * Groups; ++i) {
                step_of[i] = all.steps[i];
                from_row[i] = all.rows[i] + begin * step_of[i] - all.g.pad_left * step_of[i];
            }
        }
        /// Group `q` of this column, which may lie outside.
        PARE_INLINE void take(std::size_t q, bytes (&out)[4]) const {
            if (at < width) {
                bytes taken[4];
                PARE_UNROLL for (std::size_t i = 0; i < 4; ++i) taken[i] =
                    load_masked(from_row[4 * q + i], some, background, dot{}, Arch{});
                interleave4(taken, out, Arch{});
            } else {
                PARE_UNROLL for (std::size_t j = 0; j < 4; ++j) out[j] = nothing;
            }
        }
        PARE_INLINE void step() {
            PARE_UNROLL for (std::size_t i = 0; i < 4 * Groups; ++i) from_row[i] += step_of[i];
            ++at;
        }
        /// The only group of this column, and on to the next.
        PARE_INLINE void take(bytes (&out)[4]) {
            take(0, out);
            step();
        }
    };
    PARE_INLINE void begin(sums_type (&sums)[4]) const {
        PARE_UNROLL for (std::size_t j = 0; j < 4; ++j) sums[j] = load_sums(bias.data() + 16 * j, dot{}, Arch{});
    }
    PARE_INLINE static void add(sums_type (&sums)[4], const bytes (&values)[4], const bytes (&weights)[4]) {
        PARE_UNROLL for (std::size_t j = 0; j < 4; ++j) multiply_add(sums[j], values[j], weights[j], dot{}, Arch{});
    }
    template <bool Saturates>
    PARE_INLINE static void store(Out* p, std::uint64_t some, const sums_type (&sums)[4], const typename Packed::scale_type* of,
                                  rounding::output_range range) {
        if constexpr (Saturates) store_interleaved_saturating(p, some, sums, of, range, Arch{});
        else store_interleaved(p, some, sums, of, range, typename Packed::rounding{}, Arch{});
    }
    /// The output of three columns in row `r` of two.
    template <bool Saturates>
    PARE_INLINE void put(std::size_t r, Out* to, std::uint64_t some, const bytes (&left)[4], const bytes (&middle)[4],
                         const bytes (&right)[4], rounding::output_range range) const {
        const auto& weights = r == 0 ? taps : lower_taps;
        sums_type sums[4];
        begin(sums);
        add(sums, left, weights[0]);
        add(sums, middle, weights[1]);
        add(sums, right, weights[2]);
        store<Saturates>(to, some, sums, scales.data(), range);
    }

    /// The same for two windows beside each other, which share each load of taps: a product that loads its own takes nearly twice as long.
    template <bool Saturates>
    PARE_INLINE void put_two(std::size_t r, Out* to, Out* beside, std::uint64_t some, const std::array<const bytes (*)[4], 3>& here,
                             const std::array<const bytes (*)[4], 3>& there, rounding::output_range range) const {
        const auto& weights = r == 0 ? taps : lower_taps;
        sums_type sums[4], others[4];
        begin(sums);
        begin(others);
        PARE_UNROLL for (std::size_t kx = 0; kx < 3; ++kx) {
            PARE_UNROLL for (std::size_t j = 0; j < 4; ++j) {
                const bytes w = weights[kx][j];
                multiply_add(sums[j], (*here[kx])[j], w, dot{}, Arch{});
                multiply_add(others[j], (*there[kx])[j], w, dot{}, Arch{});
            }
        }
        store<Saturates>(to, some, sums, scales.data(), range);
        store<Saturates>(beside, some, others, scales.data(), range);
    }

    template <std::size_t Rows, bool Saturates>
    void slide_rows(std::size_t y, const image_view<Out>& dst, rounding::output_range range) const {
        if (pairs) slide_pairs<Rows, Saturates>(y, dst, range);
        else if (Rows == 1 && g.stride_x == 2) slide<1, 2, Saturates, false>(y, dst, range);
        else if (mask == ~std::uint64_t(0)) slide<Rows, 1, Saturates, true>(y, dst, range);
        else slide<Rows, 1, Saturates, false>(y, dst, range);
    }

    /// Three columns in registers, of which each step replaces `Stride`; `Whole` says that all 64 channels exist.
    template <std::size_t Rows, std::size_t Stride, bool Saturates, bool Whole>
    PARE_NOINLINE void slide(std::size_t y, const image_view<Out>& dst, rounding::output_range range) const {
        bytes left[4], middle[4], right[4];
        column(std::size_t(0) - g.pad_left, 0, left);
        if constexpr (Stride == 1) column(std::size_t(1) - g.pad_left, 0, middle);
        walk<1> next(*this, 3 - Stride, Whole ? ~std::uint64_t(0) : mask);
        Out* to = dst.pixel(y, 0) + first;
        const std::size_t to_step = dst.pixel_stride, to_row = dst.row_stride, width = dst.width;
        std::size_t x = 0;
        if constexpr (Stride == 1) {
            for (bytes last[4]; x + 1 < width; x += 2) {
                next.take(right);
                next.take(last);
                put_two<Saturates>(0, to, to + to_step, next.some, {&left, &middle, &right}, {&middle, &right, &last}, range);
                if constexpr (Rows > 1)
                    put_two<Saturates>(1, to + to_row, to + to_row + to_step, next.some, {&left, &middle, &right}, {&middle, &right, &last},
                                       range);
                to += 2 * to_step;
                PARE_UNROLL for (std::size_t j = 0; j < 4; ++j) left[j] = right[j], middle[j] = last[j];
            }
        }
        for (; x < width; ++x) {
            if constexpr (Stride == 2) next.take(middle);
            next.take(right);
            put<Saturates>(0, to, next.some, left, middle, right, range);
            if constexpr (Rows > 1) put<Saturates>(1, to + to_row, next.some, left, middle, right, range);
            to += to_step;
            PARE_UNROLL for (std::size_t j = 0; j < 4; ++j) left[j] = Stride == 2 ? right[j] : middle[j], middle[j] = right[j];
        }
    }

    /// Windows of `Width` columns: each column goes to the sums of all outputs that see it, which wait in registers, and ends those of one.
    template <std::size_t Width, std::size_t Groups>
    PARE_NOINLINE void spread(std::size_t y, const image_view<Out>& dst, rounding::output_range range) const {
        sums_type sums[Width][4];
        PARE_UNROLL for (std::size_t k = 0; k < Width; ++k) begin(sums[k]);
        walk<Groups> next(*this, 0, mask);
        Out* to = dst.pixel(y, 0) + first;
        const std::size_t to_step = dst.pixel_stride, width = dst.width + Width - 1;
        for (std::size_t x = 0; x < width; ++x) {
            // Output sums[k] meets this column as its column Width - 1 - k.
            PARE_UNROLL for (std::size_t q = 0; q < Groups; ++q) {
                bytes here[4];
                next.take(q, here);
                PARE_UNROLL for (std::size_t k = 0; k < Width; ++k) add(sums[k], here, taps[(Width - 1 - k) * Groups + q]);
            }
            next.step();
            if (x + 1 >= Width) {
                store<false>(to, next.some, sums[0], scales.data(), range);
                to += to_step;
            }
            PARE_UNROLL for (std::size_t k = 0; k + 1 < Width; ++k) {
                PARE_UNROLL for (std::size_t j = 0; j < 4; ++j) sums[k][j] = sums[k + 1][j];
            }
            begin(sums[Width - 1]);
        }
    }

    /// The same for two pixels at a time: a column is that of two neighbours, and of three columns the one in the middle is made of halves
    /// of the others.
    template <std::size_t Rows, bool Saturates>
    PARE_NOINLINE void slide_pairs(std::size_t y, const image_view<Out>& dst, rounding::output_range range) const {
        bytes left[4], middle[4], right[4];
        const activation* from_row[4];
        std::size_t step[4];
        const std::size_t pad = g.pad_left, width = dst.width, in = from.width, to_row = dst.row_stride;
        PARE_UNROLL for (std::size_t i = 0; i < 4; ++i) step[i] = steps[i], from_row[i] = rows[i] - pad * step[i];
        const bytes background = fill;
        Out* to = dst.pixel(y, 0);
        pair_column(from_row, std::size_t(0) - pad, in, background, left);
        const auto take = [&](std::size_t x, bytes(&behind)[4], bytes(&here)[4], bytes(&ahead)[4]) PARE_INLINE_CLOSURE {
            PARE_UNROLL for (std::size_t i = 0; i < 4; ++i) from_row[i] += 2 * step[i];
            pair_column(from_row, x + 2 - pad, in, background, ahead);
            PARE_UNROLL for (std::size_t j = 0; j < 4; ++j) here[j] = join_halves(behind[j], ahead[j], Arch{});
        };
        std::size_t x = 0;
        for (bytes after[4], last[4]; x + 3 < width; x += 4) {
            take(x, left, middle, right);
            take(x + 2, right, after, last);
            put_two<Saturates>(0, to, to + 64, low | high, {&left, &middle, &right}, {&right, &after, &last}, range);
            if constexpr (Rows > 1)
                put_two<Saturates>(1, to + to_row, to + to_row + 64, low | high, {&left, &middle, &right}, {&right, &after, &last}, range);
            to += 128;
            PARE_UNROLL for (std::size_t j = 0; j < 4; ++j) left[j] = last[j];
        }
        for (; x < width; x += 2) {
            take(x, left, middle, right);
            const std::uint64_t some = x + 1 < width ? low | high : low;
            put<Saturates>(0, to, some, left, middle, right, range);
            if constexpr (Rows > 1) put<Saturates>(1, to + to_row, some, left, middle, right, range);
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
    PARE_NOINLINE void jump(std::size_t y, const image_view<Out>& dst, rounding::output_range range) const {
        bytes ring[most_columns * most_rows / 4][4];
        const std::size_t width = g.kernel_width, group_count = groups, apart = g.dilation_x;
        const std::uint64_t some = mask;
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
            store<false>(dst.pixel(y, x) + first, some, sums, scales.data(), range);
        }
    }

    image_view<const activation> from;
    conv_geometry g;
    std::size_t first, groups;
    bool slides, twice, pairs;
    bool products_fit = std::floating_point<typename Packed::scale_type>;  ///< sums times scales are below 2^31
    std::uint64_t mask;
    bytes fill, outside;
    bytes taps[most_columns * most_rows / 4][4];
    bytes lower_taps[most_columns * most_rows / 4][4];  ///< of the second of two rows, of three columns
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
