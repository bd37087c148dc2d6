// SPDX-License-Identifier: MIT
// Depthwise convolution on an arch with dot products of two words: of each column of the image two rows that lie one above the other are a
// pair. Lines of pairs are interleaved once, wait in a ring, and serve all rows of outputs that see them.
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>

#include <pare/arch/address.hpp>
#include <pare/arch/arch.hpp>
#include <pare/core/config.hpp>
#include <pare/core/extents.hpp>
#include <pare/core/view.hpp>
#include <pare/kernel/epilogue.hpp>
#include <pare/kernel/store_tile.hpp>
#include <pare/kernel/window.hpp>

namespace pare::inline v0::inline PARE_ISA {

namespace kernels {

/// Some registers of channels of a depthwise convolution. The last register of an image ends with the last channel, and may do some of the
/// one before it once more; only where an image has fewer channels than a register they are copied one by one.
template <class Packed, class Out, class Arch>
class depthwise_pairs {
public:
    using arch = Arch;
    using activation = typename Packed::activation;
    using byte_dot = v0::arch::dot<2, std::int16_t, std::int8_t, std::int32_t>;
    /// Of pairs as they are multiplied: they are words then, for which VNNI has an instruction.
    using dot = v0::arch::dot<2, std::int16_t, std::int16_t, std::int32_t>;
    using pairs_type =
        decltype(load_pairs(static_cast<const std::int8_t*>(nullptr), static_cast<const std::int8_t*>(nullptr), byte_dot{}, Arch{}));
    using sums_type = decltype(zero_sums(dot{}, Arch{}));
    /// Channels of a register; registers of a block, of 32 channels: half a line of a cache.
    static constexpr std::size_t lanes = Arch::lanes, registers = lanes < 32 ? 32 / lanes : 1;
    static constexpr std::size_t most_taps = 48, most_together = 8;  ///< pairs of taps of a window; windows whose sums are in registers
    static constexpr std::size_t line_size = 16384 / (registers * sizeof(pairs_type));  ///< for all lines half of a first-level cache

    /// True where windows are small enough, and so near that columns of some of them fit.
    static constexpr bool fits(const conv_geometry& g) {
        return g.kernel_height <= 2 * most_taps && (g.kernel_height / 2 + 1) * g.kernel_width <= most_taps &&
               room(g) >= apart(g) + most_together;
    }
    /// Registers of channels of an image.
    static constexpr std::size_t registers_of(std::size_t channels) { return ceil_div(channels, lanes); }

    depthwise_pairs(const image_view<const activation>& image, const conv_geometry& geometry, const Packed& weights, activation zero_point,
                    std::size_t first_register)
        : from(image),
          g(geometry),
          count(std::min(registers, registers_of(image.channels) - first_register)),
          few(image.channels < lanes ? image.channels : 0),
          shared(geometry.dilation_y == 1),
          ring(geometry.kernel_height / 2 + 1) {
        padding.fill(zero_point);
        const std::array<std::int16_t, 2> less{std::int16_t(-zero_point), std::int16_t(-zero_point)};
        const auto zero_points = broadcast_lhs(less.data(), dot{}, Arch{});
        constexpr std::array<std::int8_t, lanes> none{};
        for (std::size_t j = 0; j < count; ++j) {
            at[j] = few > 0 ? 0 : std::min((first_register + j) * lanes, image.channels - lanes);
            // Outside the image activations are the zero point, which all taps take off again.
            sums_type sums = load_sums(whole(weights.bias.data() + at[j], own_bias), dot{}, Arch{});
            for (std::size_t phase = 0; phase < (shared && g.stride_y % 2 != 0 ? 2 : 1); ++phase)
                for (std::size_t q = 0, t = 0; q < pairs_of(phase); ++q) {
                    const std::size_t above = 2 * q - phase;  // wraps before the first row of taps
                    for (std::size_t kx = 0; kx < g.kernel_width; ++kx, ++t) {
                        std::array<std::int8_t, lanes> copies[2];
                        const auto row = [&](std::size_t i) PARE_INLINE_CLOSURE {
                            const std::size_t tap = (above + i) * g.kernel_width + kx;
                            return above + i < g.kernel_height ? whole(weights.taps.data() + tap * image.channels + at[j], copies[i])
                                                               : none.data();
                        };
                        const pairs_type pairs = load_pairs(row(0), row(1), byte_dot{}, Arch{});
                        taps[j][phase][t] = pairs;
                        if (phase == 0) multiply_add(sums, zero_points, pairs, dot{}, Arch{});
                    }
                }
            store_sums(bias[j].data(), sums, dot{}, Arch{});
        }
    }

    /// Outputs of rows [begin, end).
    template <class Epilogue>
    void rows(std::size_t begin, std::size_t end, const Packed& weights, const image_view<Out>& dst, const Epilogue& epilogue) {
        Epilogue own = epilogue;
        own.scales = whole(epilogue.scales, own_scales);
        if constexpr (requires { own.saturates(); }) {
            // With the rounding of floats on top, below 2^31, whatever the taps are.
            double largest = 0, scale = 0;
            for (std::size_t j = 0; j < count; ++j)
                for (std::size_t c = at[j]; c < at[j] + (few > 0 ? few : lanes); ++c) {
                    largest = std::max({largest, double(weights.bias[c]), -double(weights.bias[c])});
                    scale = std::max(scale, double(epilogue.scales[c]));
                }
            own.products_fit = (largest + 255.0 * 128 * double(g.kernel_height * g.kernel_width)) * scale < double(1 << 30);
            if (own.saturates()) return walk(begin, end, dst, saturating<Epilogue>{own});
        }
        walk(begin, end, dst, own);
    }

private:
    /// How far the columns of a window lie apart, counted in windows.
    static constexpr std::size_t apart(const conv_geometry& g) { return (g.kernel_width - 1) * g.dilation_x / g.stride_x; }
    /// Columns lie sorted by their distance to a window, so that those of neighbouring windows lie side by side, whatever the stride.
    static constexpr std::size_t classes(const conv_geometry& g) { return std::min(g.stride_x, (g.kernel_width - 1) * g.dilation_x + 1); }
    /// Columns of each class that there is room for.
    static constexpr std::size_t room(const conv_geometry& g) { return line_size / ((g.kernel_height / 2 + 1) * classes(g)); }

    /// Pairs that windows see whose first row is the upper one of a pair, or the lower one.
    std::size_t pairs_of(std::size_t phase) const { return (g.kernel_height + phase + 1) / 2; }

    /// A register of values, which are copied if there are fewer.
    template <class T>
    PARE_INLINE const T* whole(const T* p, std::array<T, lanes>& copy) const {
        if (few == 0) return p;
        for (std::size_t c = 0; c < lanes; ++c) copy[c] = c < few ? p[c] : T();
        return copy.data();
    }

    /// Windows whose sums are in registers: as many as leave fewer over. Widths of images are multiples of 8 or of 7 more often than not.
    template <class Epilogue>
    void walk(std::size_t begin, std::size_t end, const image_view<Out>& dst, const Epilogue& epilogue) {
        constexpr std::size_t fewer = most_together - 1;
        const auto taken = [&](std::size_t n) { return ceil_div(dst.width, n) * n; };
        if (taken(fewer) < taken(most_together)) chunks<fewer>(begin, end, dst, epilogue);
        else chunks<most_together>(begin, end, dst, epilogue);
    }

    template <std::size_t Together, class Epilogue>
    void chunks(std::size_t begin, std::size_t end, const image_view<Out>& dst, const Epilogue& epilogue) {
        const std::size_t most = (room(g) - apart(g)) / Together * Together, parts = ceil_div(dst.width, most);
        const std::size_t width = ceil_div(ceil_div(dst.width, parts), Together) * Together;
        columns = width + apart(g);
        const std::size_t slot_size = classes(g) * columns;
        std::size_t places[most_taps], lie[most_taps];  // of a window's columns in a line, and of its pairs of taps in all
        for (std::size_t kx = 0; kx < g.kernel_width; ++kx)
            places[kx] = kx * g.dilation_x % g.stride_x * columns + kx * g.dilation_x / g.stride_x;
        for (std::size_t x = 0; x < dst.width; x += width) {
            std::size_t done = 0;  // lines of pairs so far
            for (std::size_t y = begin; y < end; ++y) {
                const std::size_t top = y * g.stride_y, phase = shared ? top % 2 : 0, first = shared ? top / 2 : 0;
                std::size_t slot = first % ring, t = 0;
                for (std::size_t p = first; p < first + pairs_of(phase); ++p) {
                    const std::size_t row = shared ? 2 * p : top + 2 * p * g.dilation_y;
                    if (!shared || p >= done) interleave(x * g.stride_x, slot * slot_size, row, row + g.dilation_y);
                    for (std::size_t kx = 0; kx < g.kernel_width; ++kx) lie[t++] = slot * slot_size + places[kx];
                    if (++slot == ring) slot = 0;
                }
                done = first + pairs_of(phase);
                for (std::size_t j = 0; j < count; ++j) {
                    const task these{
                        lines[j],         taps[j][phase],         bias[j].data(), lie, lie + t, at[j], std::min(width, dst.width - x),
                        dst.pixel_stride, dst.pixel(y, x) + at[j]};
                    const std::size_t whole_ones = few > 0 ? 0 : whole_outputs<Together>(these, epilogue);
                    if (whole_ones < these.width) other_outputs<Together>(these, whole_ones, epilogue);
                }
            }
        }
    }

    /// Interleaves two rows of the padded image, from its column `left` on.
    PARE_NOINLINE void interleave(std::size_t left, std::size_t place, std::size_t upper, std::size_t lower) {
        const std::size_t rows[2] = {upper - g.pad_top, lower - g.pad_top};  // wrap above the image
        const pairs_type outside = load_pairs(padding.data(), padding.data(), byte_dot{}, Arch{});
        // Most strides are 1, and a division takes as long as some columns.
        const auto columns_before = [&](std::size_t x, std::size_t from_x) PARE_INLINE_CLOSURE {
            const std::size_t n = x > from_x ? x - from_x : 0;
            return std::min(columns, g.stride_x == 1 ? n : ceil_div(n, g.stride_x));
        };
        for (std::size_t c = 0; c < classes(g); ++c, place += columns) {
            const std::size_t begin = columns_before(g.pad_left, left + c), end = columns_before(from.width + g.pad_left, left + c);
            for (std::size_t j = 0; j < count; ++j) {
                const activation* row[2];
                std::size_t step[2];
                PARE_UNROLL for (std::size_t i = 0; i < 2; ++i) {
                    const bool inside = rows[i] < from.height && begin < end;
                    row[i] = inside ? from.pixel(rows[i], left + c + begin * g.stride_x - g.pad_left) + at[j] : padding.data();
                    step[i] = inside ? from.pixel_stride * g.stride_x : 0;
                }
                pairs_type* const to = lines[j] + place;
                std::size_t i = 0;
                for (; i < begin; ++i) to[i] = outside;
                if (few == 0) {
                    for (; i < end; ++i, row[0] += step[0], row[1] += step[1]) to[i] = load_pairs(row[0], row[1], byte_dot{}, Arch{});
                } else {
                    for (; i < end; ++i, row[0] += step[0], row[1] += step[1]) {
                        std::array<activation, lanes> copies[2];
                        to[i] = load_pairs(whole(row[0], copies[0]), whole(row[1], copies[1]), byte_dot{}, Arch{});
                    }
                }
                for (; i < columns; ++i) to[i] = outside;
            }
        }
    }

    /// A line of outputs of a register: where its pairs begin, its taps, where the pairs of each tap lie, and where outputs go.
    struct task {
        const pairs_type *from, *taps;
        const std::int32_t* bias;
        const std::size_t *lie, *lie_end;
        std::size_t first_channel, width, step;
        Out* to;
    };

    /// Windows whose outputs are whole registers; returns how many. A function of its own: beside others g++ 12 keeps sums in memory, and
    /// 56 x 56 x 128 takes 1.35 times as long.
    template <std::size_t Together, class Epilogue>
    PARE_NOINLINE static std::size_t whole_outputs(const task& all, const Epilogue& epilogue) {
        const Epilogue own = epilogue;  // a store of bytes might change the others
        const task t = all;
        const pairs_type* pairs = t.from;
        Out* to = t.to;
        std::size_t x = 0;
        for (; x + Together <= t.width; x += Together, pairs += Together, to += Together * t.step) {
            sums_type sums[Together][1];
            sum(sums, t, pairs);
            std::array<Out*, Together> rows{};
            PARE_UNROLL for (std::size_t i = 0; i < Together; ++i) rows[i] = to + i * t.step;
            store_registers<depthwise_pairs, false>(rows, rows, sums, own, t.first_channel);
        }
        return x;
    }

    /// The windows from `x` on.
    template <std::size_t Together, class Epilogue>
    PARE_NOINLINE void other_outputs(const task& t, std::size_t x, const Epilogue& epilogue) const {
        for (; x < t.width; x += Together) {
            sums_type sums[Together][1];
            sum(sums, t, t.from + x);
            std::array<std::int32_t, lanes> values[Together];
            PARE_UNROLL for (std::size_t i = 0; i < Together; ++i) store_sums(values[i].data(), sums[i][0], dot{}, Arch{});
            std::array<Out, lanes> row;
            Out* to = t.to + x * t.step;
            for (std::size_t i = 0; i < std::min(Together, t.width - x); ++i, to += t.step) {
                const sums_type again[1] = {load_sums(values[i].data(), dot{}, Arch{})};
                epilogue.store(few > 0 ? row.data() : to, again, t.first_channel, dot{}, Arch{});
                for (std::size_t c = 0; c < few; ++c) to[c] = row[c];
            }
        }
    }

    /// Sums of neighbouring windows, which share each load of taps.
    template <std::size_t Windows>
    PARE_INLINE static void sum(sums_type (&sums)[Windows][1], const task& of, const pairs_type* from) {
        PARE_UNROLL for (std::size_t i = 0; i < Windows; ++i) sums[i][0] = load_sums(of.bias, dot{}, Arch{});
        const pairs_type* tap = of.taps;
        for (const std::size_t* lie = of.lie; lie != of.lie_end; ++lie, ++tap) {
            const pairs_type w = *tap;
            // One address, not one of each window and the place besides, with which a product is two instructions inside.
            const pairs_type* const column = v0::arch::whole_address(from + *lie);
            PARE_UNROLL for (std::size_t i = 0; i < Windows; ++i) multiply_add(sums[i][0], column[i], w, dot{}, Arch{});
        }
    }

    image_view<const activation> from;
    conv_geometry g;
    std::size_t count, few;  ///< registers here; channels of the image where they fill none
    bool shared;             ///< lines of pairs serve several rows of outputs
    std::size_t ring, columns = 0;
    std::array<std::size_t, registers> at{};
    std::array<activation, lanes> padding;
    std::array<std::int32_t, lanes> own_bias;
    std::array<typename Packed::scale_type, lanes> own_scales;
    alignas(64) std::array<std::int32_t, lanes> bias[registers];
    pairs_type taps[registers][2][most_taps];  ///< [register][phase][pair, column]
    pairs_type lines[registers][line_size];
};

/// True where an arch has what depthwise_pairs wants, and the epilogue stores registers without a look at what lies where they go.
template <class Packed, class Epilogue, class Arch>
concept has_pairs = std::same_as<typename Packed::operand, std::int8_t> && std::same_as<typename Packed::total, std::int32_t> &&
                    !finishing_epilogue<Epilogue, Arch> && sizeof(typename Packed::activation) == 1 &&
                    requires(const Epilogue& e, typename Epilogue::value_type* p, const typename Packed::activation* x,
                             const decltype(zero_sums(arch::dot<2, std::int16_t, std::int16_t, std::int32_t>{}, Arch{})) (&sums)[1]) {
                        load_pairs(x, x, arch::dot<2, std::int16_t, std::int8_t, std::int32_t>{}, Arch{});
                        e.store(p, sums, std::size_t(0), arch::dot<2, std::int16_t, std::int16_t, std::int32_t>{}, Arch{});
                        { e.scales } -> std::convertible_to<const typename Packed::scale_type*>;
                    };

/// Rows [begin, end) of all channels, in blocks. False where windows are too large.
template <class Arch, class Packed, class Epilogue>
bool depthwise_rows(const image_view<const typename Packed::activation>& image, const conv_geometry& g, const Packed& weights,
                    typename Packed::activation zero_point, const image_view<typename Epilogue::value_type>& dst, const Epilogue& epilogue,
                    std::size_t begin, std::size_t end) {
    using block = depthwise_pairs<Packed, typename Epilogue::value_type, Arch>;
    if (!block::fits(g)) return false;
    for (std::size_t j = 0; j < block::registers_of(image.channels); j += block::registers)
        block(image, g, weights, zero_point, j).rows(begin, end, weights, dst, epilogue);
    return true;
}

}  // namespace kernels

}  // namespace pare::inline v0::inline PARE_ISA
