// SPDX-License-Identifier: MIT
// Structured sparsity as steps: where exactly N of every M weights of an output exist, each step has a register of those that do, and a few
// bits for each of them that say which of the M activations it meets.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include <pare/core/bits.hpp>
#include <pare/core/config.hpp>
#include <pare/core/extents.hpp>
#include <pare/format/mask.hpp>
#include <pare/kernel/element.hpp>
#include <pare/kernel/execution.hpp>
#include <pare/kernel/place_codes.hpp>

namespace pare::inline v0 {

namespace detail {

/// How many bits a place among `m` activations takes, as fields that fill bytes: 1, 2 or 4.
constexpr std::size_t place_bits_of(std::size_t m) { return m <= 2 ? 1 : m <= 4 ? 2 : 4; }

/// Neighbouring activations that the weights of whole steps meet, of groups of `of` units `keep` of which exist, in steps of `unit`
/// weights; 0: groups do not come out even. They are a power of two, and at most 16, for which places have four bits.
constexpr std::size_t structured_span(pruning_unit u, std::size_t unit) {
    if (u.rows != 1 || u.cols != 1 || u.of == 0 || u.keep == 0 || 2 * u.keep > u.of || unit == 0) return 0;
    if (unit % u.keep != 0 && u.keep % unit != 0) return 0;
    const std::size_t span = u.of * std::max<std::size_t>(1, unit / u.keep);
    return span <= 16 && (span & (span - 1)) == 0 && span % unit == 0 ? span : 0;
}

/// Where the parts of a panel lie. Steps come in turns: first registers of places, of which each byte has those of the steps of a turn,
/// that of the first in the lowest bits, or a code of them (place_codes.hpp); then the registers of weights of each step. For a row alone
/// they may follow one another for each register of outputs (by_outputs). Weights are operands, or nibbles that index one table, of which
/// two steps share bytes. What is left of K behind the last whole span are registers of operands, of all weights.
template <class Execution>
struct structured_layout {
    using format = typename Execution::format;
    static constexpr pruning_unit group = format::mask::unit;
    static_assert(Execution::problem::depth != dynamic && Execution::problem::segment == Execution::problem::depth);
    static constexpr std::size_t unit = Execution::unit;
    static constexpr std::size_t span = structured_span(group, unit);  ///< activations of whole steps
    static_assert(span > 0);
    static_assert(sizeof(typename Execution::dot::rhs) == 1 && !Execution::folds);
    static constexpr std::size_t span_steps = group.keep * (span / group.of) / unit;  ///< steps of a span
    static constexpr std::size_t place_bits = place_bits_of(group.of);
    static constexpr std::size_t turn = 8 / place_bits;  ///< steps whose places share bytes
    static_assert(turn % span_steps == 0);
    static constexpr std::size_t turn_span = turn / span_steps * span;  ///< activations of a turn
    static constexpr bool nibbles = Execution::looks_up_structured;     ///< weights are
    static constexpr std::size_t sharing = nibbles ? 2 : 1;             ///< steps whose weights share bytes
    static constexpr std::size_t register_bytes = Execution::register_elements;

    /// Of each place its bits; and what they count from, byte by byte of a step.
    static constexpr std::array<std::uint8_t, unit> bases = [] {
        std::array<std::uint8_t, unit> all{};
        for (std::size_t i = 0; i < unit; ++i) all[i] = std::uint8_t(i / group.keep * group.of % span);
        return all;
    }();
    static constexpr std::uint8_t place_mask = (1 << place_bits) - 1;

    static constexpr std::size_t nibble_steps = 4 / place_bits;  ///< steps whose places are a nibble
    /// Of each weight of a step the number of its group among those of the span.
    static constexpr std::array<std::uint8_t, unit> numbers = [] {
        std::array<std::uint8_t, unit> all{};
        for (std::size_t i = 0; i < unit; ++i) all[i] = std::uint8_t(bases[i] / group.of);
        return all;
    }();
    /// Whether a byte of places is a code of them and of the group's number.
    static constexpr bool coded_places =
        arch::codes_places<typename Execution::arch, typename Execution::dot> && group.keep == 2 && group.of == 4 && unit == 4;
    /// The first step of a turn of which order_of says the same as of step `step`.
    static constexpr std::size_t order_step(std::size_t step) { return coded_places ? step : step % nibble_steps; }
    /// By six bits which activation of a span is meant in step `step`: the lower four are places of steps, of which one counts, the others
    /// the group's number; or they are bits of a code.
    static constexpr std::array<std::uint8_t, 64> order_of(std::size_t step) {
        std::array<std::uint8_t, 64> all{};
        for (std::size_t i = 0; i < 64; ++i)
            all[i] = std::uint8_t(((i >> 4) * group.of + ((i >> (step * place_bits)) & place_mask)) % span);
        return coded_places ? place_codes::order_of(step) : all;
    }

    static constexpr std::size_t steps(const Execution& x) { return x.depth() / span * span_steps; }  ///< of whole spans
    static constexpr std::size_t rest(const Execution& x) { return x.depth() % span; }                ///< weights behind them
    static constexpr std::size_t rest_steps(const Execution& x) { return ceil_div(rest(x), unit); }
    /// Registers of a turn of `steps` steps for each register of outputs.
    static constexpr std::size_t turn_registers(std::size_t steps) { return steps == 0 ? 0 : 1 + ceil_div(steps, sharing); }
    /// Bytes of a turn of `steps` steps.
    static constexpr std::size_t turn_bytes(std::size_t width, std::size_t steps) { return width * register_bytes * turn_registers(steps); }
    /// Whether what a register of outputs has of a turn lies side by side, as a row alone goes through it by tables, so that reading never
    /// leaps; else steps do, as several rows want them (16 rows with 4096 x 4096 take 1.05 times as long otherwise).
    static constexpr bool by_outputs = coded_places && Execution::problem::rows == 1;
    /// Byte in a turn of `steps` steps of what register `column` of outputs has: its places, and its weights in step `step`.
    static constexpr std::size_t places_at(std::size_t steps, std::size_t column) {
        return register_bytes * column * (by_outputs ? turn_registers(steps) : 1);
    }
    static constexpr std::size_t weights_at(std::size_t width, std::size_t steps, std::size_t column, std::size_t step) {
        const std::size_t behind = 1 + step / sharing;
        return places_at(steps, column) + register_bytes * behind * (by_outputs ? 1 : width);
    }
    /// Byte of the weights behind whole spans.
    static constexpr std::size_t rest_at(const Execution& x, std::size_t width) {
        return steps(x) / turn * turn_bytes(width, turn) + turn_bytes(width, steps(x) % turn);
    }
    static constexpr std::size_t panel_bytes(const Execution& x, std::size_t width) {
        return rest_at(x, width) + rest_steps(x) * width * register_bytes;
    }
};

}  // namespace detail

}  // namespace pare::inline v0

namespace pare::inline v0::inline PARE_ISA {

namespace kernels {

/// Writes what group `g` of each step of the turn from step `first` on has for output n: codes of places at bytes `byte` and `byte` + 1 of
/// `turn`, and by put_weight(code, step, byte) the weights in the order that the codes want.
template <class Execution, class Code, class Put>
constexpr void pack_coded_places(const Execution& x, std::size_t n, std::size_t first, std::size_t g, const Code& code,
                                 const Put& put_weight, std::byte* turn, std::size_t byte) {
    using layout = detail::structured_layout<Execution>;
    using codes = detail::place_codes;
    const std::size_t steps = std::min(layout::turn, layout::steps(x) - first);
    std::uint32_t lower = 0, upper = 0b01010101;  // places of the two weights of each step
    for (std::size_t s = 0; s < steps; ++s) {
        std::array<std::uint32_t, 2> at{0, 1};
        std::size_t count = 0;
        for (std::uint32_t i = 0; i < 4 && count < 2; ++i)
            if (code(n, (first + s) * layout::span + g * 4 + i) >= 0) at[count++] = i;
        if (count == 1) at[1] = at[0] == 0 ? 1 : 0;  // damaged: any other place
        lower |= at[0] << 2 * s;
        upper = (upper & ~(3u << 2 * s)) | at[1] << 2 * s;
    }
    const std::uint32_t word = detail::place_words<codes>[codes::choice_of(lower, upper)];
    const std::uint32_t of_first = codes::places_of(word), of_second = lower ^ upper ^ of_first;
    turn[byte] = std::byte((word & 255) | g << 5);
    turn[byte + 1] = std::byte(word >> 8 | g << 5);
    for (std::size_t s = 0; s < steps; ++s)
        for (std::size_t i = 0; i < 2; ++i) {
            const auto c = code(n, (first + s) * layout::span + g * 4 + ((i == 0 ? of_first : of_second) >> 2 * s & 3));
            if (c >= 0) put_weight(c, first + s, byte + i);
        }
}

/// Writes panel `p` at `out`, which is zero: code(n, k) is that of a weight of output n of the group, negative where there is none,
/// operand(n, code) what it stands for.
template <class Execution, class Code, class Operand>
constexpr void pack_structured(const Execution& x, std::size_t p, const Code& code, const Operand& operand, std::byte* out) {
    using layout = detail::structured_layout<Execution>;
    using rhs = typename Execution::dot::rhs;
    constexpr std::size_t unit = Execution::unit, bytes = layout::register_bytes, m = layout::group.of, keep = layout::group.keep;
    const std::size_t width = x.panel_width(p), first = p * Execution::width * Execution::lanes;
    const std::size_t spans = x.depth() / layout::span, outputs = std::min(x.outputs() - first, width * Execution::lanes);
    for (std::size_t lane = 0; lane < outputs; ++lane) {
        const std::size_t n = first + lane, column = lane / Execution::lanes, front = lane % Execution::lanes * unit;
        const auto steps_of_turn = [&](std::size_t turn) { return std::min(layout::turn, layout::steps(x) - turn * layout::turn); };
        const auto places_of = [&](std::size_t turn) {
            return out + turn * layout::turn_bytes(width, layout::turn) + layout::places_at(steps_of_turn(turn), column);
        };
        const auto put_weight = [&](auto c, std::size_t step, std::size_t byte) {
            const std::size_t turn = step / layout::turn, place = step % layout::turn;
            std::byte* const weights =
                out + turn * layout::turn_bytes(width, layout::turn) + layout::weights_at(width, steps_of_turn(turn), column, place);
            if constexpr (layout::nibbles) write_bits(weights, byte * 8 + place % 2 * 4, 4, std::uint32_t(c));
            else set_element(weights, byte, rhs(operand(n, c)));
        };
        if constexpr (layout::coded_places) {
            for (std::size_t step = 0; step < layout::steps(x); step += layout::turn)
                for (std::size_t g = 0; g < 2; ++g)
                    pack_coded_places<Execution>(x, n, step, g, code, put_weight, places_of(step / layout::turn), front + 2 * g);
        } else {
            for (std::size_t k = 0; k < spans * layout::span; k += m)
                for (std::size_t i = 0, kept = 0; i < m && kept < keep; ++i) {
                    const auto c = code(n, k + i);
                    if (c < 0) continue;
                    // Weight q of all that exist in whole spans.
                    const std::size_t q = k / m * keep + kept++, step = q / unit, byte = front + q % unit;
                    write_bits(places_of(step / layout::turn), byte * 8 + step % layout::turn * layout::place_bits, int(layout::place_bits),
                               std::uint32_t(i));
                    put_weight(c, step, byte);
                }
        }
        std::byte* const rest = out + layout::rest_at(x, width);
        for (std::size_t i = 0; i < layout::rest(x); ++i) {
            const auto c = code(n, spans * layout::span + i);
            if (c >= 0) set_element(rest + i / unit * width * bytes, lane * unit + i % unit, rhs(operand(n, c)));
        }
    }
}

}  // namespace kernels

}  // namespace pare::inline v0::inline PARE_ISA
