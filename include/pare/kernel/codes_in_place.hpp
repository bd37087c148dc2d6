// SPDX-License-Identifier: MIT
// Codes of four bits that a single row meets where they lie in their bytes, without a look-up or a shift for each.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>

#include <pare/arch/arch.hpp>
#include <pare/core/config.hpp>
#include <pare/core/extents.hpp>
#include <pare/format/encoding.hpp>
#include <pare/kernel/accumulators.hpp>
#include <pare/kernel/decode.hpp>

namespace pare::inline v0::inline PARE_ISA {

namespace kernels {

/// Whether the two codes of a byte are multiplied as they lie. The upper one has its sign where a byte has it and is 16 times as large, and
/// so are its sums, which are kept apart and divided behind all of K. Of the lower one the sign bit is flipped, which makes it 8 more: sums
/// begin with -8 times the activations that lower codes meet. A step is a mask and a product then, in place of a look-up with every other
/// time a shift: 1 x 1024 x 1024 takes 0.82 of the time, 1 x 4096 x 4096 0.85 (Zen 4). Short rows are not worth what adding them up takes,
/// more rows share what a look-up gives and have no registers for more sums, and two bits gain nothing (0.98).
template <class Execution, std::size_t Rows>
inline constexpr bool multiplies_in_place = [] {
    // Sums of upper codes stay below 2^31: they are of at most 65536 products of -128 and 255.
    if constexpr (Rows != 1 || Execution::layout != form::coded || Execution::folds || Execution::format::is_shared ||
                  !std::same_as<typename Execution::format::encoding, int4> || Execution::problem::depth == dynamic ||
                  Execution::problem::segment != Execution::problem::depth || Execution::problem::depth < 256 ||
                  Execution::problem::depth > 131072)
        return false;
    else return requires(const std::byte* p) { load_two_codes(p, typename Execution::dot{}, typename Execution::arch{}); };
}();

/// Turns of two steps of which the codes are multiplied in place.
template <class Execution>
inline constexpr std::size_t turns_in_place = Execution::problem::depth / (2 * Execution::unit);

/// What the sums of the row at `lhs` begin with.
template <class Execution>
PARE_INLINE std::int32_t start_in_place(const typename Execution::dot::lhs* lhs) {
    return -8 * sum_of_lower_steps(lhs, turns_in_place<Execution>, typename Execution::dot{}, typename Execution::arch{});
}

/// Adds the codes of whole turns.
template <class Execution, std::size_t Width, class Lhs>
PARE_INLINE void sum_in_place(sums_of<Execution> (&sums)[1][Width], operand_stream<Execution>& weights, const Lhs* lhs) {
    using dot = typename Execution::dot;
    using arch = typename Execution::arch;
    constexpr std::size_t unit = Execution::unit;
    sums_of<Execution> upper[Width];
    PARE_UNROLL for (std::size_t j = 0; j < Width; ++j) upper[j] = zero_sums(dot{}, arch{});
    for (std::size_t n = 0; n < turns_in_place<Execution>; ++n, lhs += 2 * unit) {
        decltype(load_two_codes(weights.row, dot{}, arch{})) codes[Width];
        PARE_UNROLL for (std::size_t j = 0; j < Width; ++j) codes[j] =
            load_two_codes(weights.row + j * Execution::register_elements, dot{}, arch{});
        const auto first = broadcast_lhs(lhs, dot{}, arch{}), second = broadcast_lhs(lhs + unit, dot{}, arch{});
        PARE_UNROLL for (std::size_t j = 0; j < Width; ++j)
            multiply_add(sums[0][j], first, lower_codes(codes[j], dot{}, arch{}), dot{}, arch{});
        PARE_UNROLL for (std::size_t j = 0; j < Width; ++j)
            multiply_add(upper[j], second, upper_codes(codes[j], dot{}, arch{}), dot{}, arch{});
        weights.row += weights.row_bytes;
    }
    PARE_UNROLL for (std::size_t j = 0; j < Width; ++j) add_upper_sums(sums[0][j], upper[j], dot{}, arch{});
}

}  // namespace kernels

}  // namespace pare::inline v0::inline PARE_ISA
