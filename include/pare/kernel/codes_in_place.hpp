// SPDX-License-Identifier: MIT
// Codes that a single row multiplies where they lie in their bytes, without a look-up or a shift for each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include <pare/arch/arch.hpp>
#include <pare/core/config.hpp>
#include <pare/kernel/accumulators.hpp>
#include <pare/kernel/decode.hpp>

namespace pare::inline v0::inline PARE_ISA {

namespace kernels {

/// Whether codes that share a byte are multiplied as they lie. The last one has its sign where a byte has it. The others are made
/// `1 << (bits - 1)` more, so that they have none: sums begin with so many times less the activations that meet them. Each is larger by
/// where it lies, and so are its sums, which are kept apart and divided behind all of K. A step is a mask and a product then, in place of a
/// look-up with every other time a shift: 1 x 1024 x 1024 of int4 takes 0.7 of the time, of int2 0.7 (Zen 4). Where it is not known that
/// rows are alone (execution::packs_in_place), what is more has to be made with each mask, which gains as much as 0.82 and nothing. Short
/// rows are not worth what adding them up takes, and more rows share what a look-up gives and have no registers for more sums.
template <class Execution, std::size_t Rows>
inline constexpr bool multiplies_in_place = [] {
    if constexpr (Rows != 1 || Execution::layout != form::coded || !Execution::may_lie_in_place) return false;
    else if constexpr (!Execution::packs_in_place && Execution::format::code_bits != 4) return false;
    else return requires(const std::byte* p) { load_nibbles(p, typename Execution::dot{}, typename Execution::arch{}); };
}();

/// Weights of an output whose codes are those of one register, and how often an output has so many.
template <class Execution>
inline constexpr std::size_t in_place_turn = Execution::unit * 8 / std::size_t(Execution::format::code_bits);
template <class Execution>
inline constexpr std::size_t turns_in_place = Execution::problem::depth / in_place_turn<Execution>;

/// What the sums of the row at `lhs` begin with.
template <class Execution>
PARE_INLINE std::int32_t start_in_place(const typename Execution::dot::lhs* lhs) {
    constexpr int bits = Execution::format::code_bits;
    return -(1 << (bits - 1)) *
           sum_but_last<8 / bits>(lhs, turns_in_place<Execution>, typename Execution::dot{}, typename Execution::arch{});
}

/// Whether codes in groups are multiplied as they lie too. Sums of a group begin with what its activations make the codes more, which is
/// summed once for all outputs of a panel (1 x 1024 x 1024 of int4 by groups of 32 takes 0.84 of the time, 1 x 4096 x 4096 0.88, Zen 4).
template <class Execution, std::size_t Rows>
inline constexpr bool folds_in_place = [] {
    if constexpr (Rows != 1 || !Execution::folds || !Execution::packs_in_place) return false;
    else return requires(const std::byte* p) { load_nibbles(p, typename Execution::dot{}, typename Execution::arch{}); };
}();

/// Adds the codes at `Place` of their bytes.
template <class Execution, std::size_t Place, std::size_t Width, class Codes, class Lhs>
PARE_INLINE void multiply_place(sums_of<Execution> (&sums)[Width], const Codes (&codes)[Width], const Lhs* lhs) {
    using dot = typename Execution::dot;
    using arch = typename Execution::arch;
    constexpr int bits = Execution::format::code_bits;
    const auto few = broadcast_lhs(lhs + Place * Execution::unit, dot{}, arch{});
    PARE_UNROLL for (std::size_t j = 0; j < Width; ++j)
        multiply_add(sums[j], few, code_in_place<int(Place), bits, !Execution::packs_in_place>(codes[j], dot{}, arch{}), dot{}, arch{});
}

/// Adds the codes of so many whole turns: those at the first place of their bytes, and those at the others.
template <class Execution, std::size_t Width, class Lhs, std::size_t... Other>
PARE_INLINE void sum_places(sums_of<Execution> (&sums)[Width], operand_stream<Execution>& weights, const Lhs* lhs, std::size_t turns,
                            std::index_sequence<Other...>) {
    using dot = typename Execution::dot;
    using arch = typename Execution::arch;
    sums_of<Execution> others[sizeof...(Other)][Width];
    PARE_UNROLL for (std::size_t j = 0; j < Width; ++j)((others[Other][j] = zero_sums(dot{}, arch{})), ...);
    for (std::size_t n = 0; n < turns; ++n, lhs += in_place_turn<Execution>) {
        decltype(load_nibbles(weights.row, dot{}, arch{})) codes[Width];
        PARE_UNROLL for (std::size_t j = 0; j < Width; ++j) codes[j] =
            load_nibbles(weights.row + j * Execution::register_elements, dot{}, arch{});
        multiply_place<Execution, 0>(sums, codes, lhs);
        (multiply_place<Execution, Other + 1>(others[Other], codes, lhs), ...);
        weights.row += weights.row_bytes;
    }
    constexpr int bits = Execution::format::code_bits;
    PARE_UNROLL for (std::size_t j = 0; j < Width;
                          ++j)(add_shifted<bits* int(Other + 1)>(sums[j], others[Other][j], dot{}, arch{}), ...);
}

/// The places of a byte behind the first.
template <class Execution>
using other_places = std::make_index_sequence<8 / Execution::format::code_bits - 1>;

/// Adds the codes of whole turns of all of K.
template <class Execution, std::size_t Width, class Lhs>
PARE_INLINE void sum_in_place(sums_of<Execution> (&sums)[1][Width], operand_stream<Execution>& weights, const Lhs* lhs) {
    sum_places<Execution>(sums[0], weights, lhs, turns_in_place<Execution>, other_places<Execution>{});
}

/// The sums of a group.
template <class Execution, std::size_t Width, class Lhs>
PARE_INLINE void group_in_place(sums_of<Execution> (&sums)[Width], operand_stream<Execution>& weights, const Lhs* lhs) {
    using dot = typename Execution::dot;
    using arch = typename Execution::arch;
    constexpr int bits = Execution::format::code_bits;
    constexpr std::size_t places = 8 / bits, turns = Execution::format::group / in_place_turn<Execution>;
    sums_of<Execution> start = zero_sums(dot{}, arch{});
    const auto less = broadcast_byte(-(1 << (bits - 1)), arch{});
    PARE_UNROLL for (std::size_t step = 0; step < turns * places; ++step) if (step % places + 1 < places)
        multiply_add(start, broadcast_lhs(lhs + step * Execution::unit, dot{}, arch{}), less, dot{}, arch{});
    PARE_UNROLL for (std::size_t j = 0; j < Width; ++j) sums[j] = start;
    sum_places<Execution>(sums, weights, lhs, turns, other_places<Execution>{});
}

}  // namespace kernels

}  // namespace pare::inline v0::inline PARE_ISA
