// SPDX-License-Identifier: MIT
// Codes that a single row loads once, for all of the steps that share their bytes.
#pragma once

#include <cstddef>

#include <pare/arch/arch.hpp>
#include <pare/core/config.hpp>
#include <pare/kernel/accumulators.hpp>
#include <pare/kernel/decode.hpp>

namespace pare::inline v0::inline PARE_ISA {

namespace kernels {

/// Whether codes of steps that share bytes are loaded once for all of them, for a row alone. Left to itself g++ 12 loads them for each
/// step, and Zen 4 loads one register in a cycle: 1 x 4096 x 4096 with a book of 16 took 1.08 times as long. More rows have no registers
/// for it.
template <class Execution, std::size_t Rows>
inline constexpr bool loads_codes_once = [] {
    if constexpr (Rows != 1) return false;
    else return requires(const std::byte* p) { load_nibbles(p, typename Execution::dot{}, typename Execution::arch{}); };
}();

/// Of steps that share bytes, of which `codes` are loaded, the one at `Place` and those behind it; sets of sums take turns from `set` on.
template <class Execution, std::size_t Place, std::size_t Sets, std::size_t Width, class Codes, class Lhs>
PARE_INLINE void steps_from(sums_of<Execution> (&sums)[Sets][1][Width], std::size_t set, const operand_stream<Execution>& weights,
                            const Codes (&codes)[Width], const Lhs* lhs) {
    using dot = typename Execution::dot;
    using arch = typename Execution::arch;
    const auto few = broadcast_lhs(lhs + Place * Execution::unit, dot{}, arch{});
    PARE_UNROLL for (std::size_t j = 0; j < Width; ++j)
        multiply_add(sums[(set + Place) % Sets][0][j], few, weights.template operands_of<Place>(codes[j]), dot{}, arch{});
    if constexpr (Place + 1 < operand_stream<Execution>::shared_steps) steps_from<Execution, Place + 1>(sums, set, weights, codes, lhs);
}

/// Steps that share bytes.
template <class Execution, std::size_t Sets, std::size_t Width, class Lhs>
PARE_INLINE void steps_of_codes(sums_of<Execution> (&sums)[Sets][1][Width], std::size_t set, operand_stream<Execution>& weights,
                                const Lhs* lhs) {
    using dot = typename Execution::dot;
    using arch = typename Execution::arch;
    decltype(load_nibbles(weights.row, dot{}, arch{})) codes[Width];
    PARE_UNROLL for (std::size_t j = 0; j < Width; ++j) codes[j] =
        load_nibbles(weights.row + j * Execution::register_elements, dot{}, arch{});
    weights.row += weights.row_bytes;
    steps_from<Execution, 0>(sums, set, weights, codes, lhs);
}

}  // namespace kernels

}  // namespace pare::inline v0::inline PARE_ISA
