// SPDX-License-Identifier: MIT
// Rows of outputs that are bits: where they are written, and how.
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include <pare/core/bits.hpp>
#include <pare/core/config.hpp>
#include <pare/kernel/accumulators.hpp>
#include <pare/kernel/epilogue.hpp>

namespace pare::inline v0 {

/// Elements of a row of `outputs`: words where the epilogue writes bits.
template <class Epilogue>
PARE_INLINE constexpr std::size_t row_elements(std::size_t outputs) {
    return writes_bits<Epilogue> ? binary_word::words(outputs) : outputs;
}

/// Elements from the front of a row to where an epilogue gets output `n`: one that writes bits is always given the front.
template <class Epilogue>
PARE_INLINE constexpr std::size_t row_offset(std::size_t n) {
    return writes_bits<Epilogue> ? 0 : n;
}

/// Writes the first `count` of `bits` as outputs [n, n + count) of a row of `outputs`. Outputs come in order: what lies behind them in
/// their last word may become 0, and does behind the last output of all.
PARE_INLINE constexpr void write_row_bits(binary_word* row, std::size_t n, std::size_t count, std::size_t outputs, std::uint64_t bits) {
    if (!std::is_constant_evaluated() && n % 8 == 0 && (count % 8 == 0 || n + count == outputs)) {
        auto* const at = reinterpret_cast<std::byte*>(row) + n / 8;
        if (count < 64) bits &= (std::uint64_t(1) << count) - 1;
        const std::size_t bytes = n + count == outputs ? binary_word::words(outputs) * sizeof(binary_word) - n / 8 : count / 8;
        for (std::size_t i = 0; i < bytes; ++i) at[i] = std::byte(i < 8 ? (bits >> (8 * i)) & 0xff : 0);
        return;
    }
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t bit = (n + i) % binary_word::values;
        std::uint32_t& word = row[(n + i) / binary_word::values].bits;
        word = (word & ((std::uint32_t(1) << bit) - 1)) | (std::uint32_t((bits >> i) & 1) << bit);
    }
}

}  // namespace pare::inline v0

namespace pare::inline v0::inline PARE_ISA {

namespace kernels {

/// What an epilogue of bits makes of `Width` registers of totals, 64 lanes at most.
template <class Execution, std::size_t Width, class Epilogue>
PARE_INLINE constexpr std::uint64_t bits_of(const totals_of<Execution> (&totals)[Width], const Epilogue& epilogue, std::size_t n) {
    using dot = typename Execution::dot;
    using arch = typename Execution::arch;
    constexpr std::size_t lanes = Execution::lanes;
    std::uint64_t bits = 0;
    if constexpr (requires { epilogue.bits(totals[0].sums, n, dot{}, arch{}); }) {
        PARE_UNROLL for (std::size_t j = 0; j < Width; ++j) bits |= epilogue.bits(totals[j].sums, n + j * lanes, dot{}, arch{})
                                                                         << (j * lanes);
    } else {
        for (std::size_t j = 0; j < Width; ++j) {
            const auto values = all_values<Execution>(totals[j]);
            for (std::size_t i = 0; i < lanes; ++i) bits |= std::uint64_t(epilogue(values[i], n + j * lanes + i)) << (j * lanes + i);
        }
    }
    return bits;
}

/// Writes the first `count` bits of each row from output `n` on. Not inlined, so that all sums are bits before: of branches behind them
/// g++ 12 keeps them all twice (0.75 of the speed).
template <std::size_t All, std::size_t Rows>
PARE_NOINLINE constexpr void write_bits_of_rows(const std::array<std::uint64_t, Rows>& bits, std::size_t n, std::size_t count,
                                                std::size_t outputs, const std::array<binary_word*, Rows>& rows) {
    const bool plain = All % 8 == 0 && count >= All && n % 8 == 0 && (n + All < outputs || (n + All) % binary_word::values == 0);
    if (plain && !std::is_constant_evaluated()) {
        for (std::size_t i = 0; i < Rows; ++i) std::memcpy(reinterpret_cast<std::byte*>(rows[i]) + n / 8, &bits[i], All / 8);
    } else {
        for (std::size_t i = 0; i < Rows; ++i) write_row_bits(rows[i], n, std::min(count, All), outputs, bits[i]);
    }
}

/// Applies an epilogue of bits to rows of `Width` registers of totals, of which the first `count` outputs exist, and writes those.
template <class Execution, std::size_t Rows, std::size_t Width, class Epilogue>
PARE_INLINE constexpr void store_bits(const totals_of<Execution> (&totals)[Rows][Width], const Epilogue& epilogue, std::size_t n,
                                      std::size_t count, const std::array<binary_word*, Rows>& rows) {
    constexpr std::size_t all = Width * Execution::lanes;
    static_assert(all <= 64);
    std::array<std::uint64_t, Rows> bits{};
    PARE_UNROLL for (std::size_t i = 0; i < Rows; ++i) bits[i] = bits_of<Execution>(totals[i], epilogue, n);
    write_bits_of_rows<all>(bits, n, count, epilogue.outputs, rows);
}

}  // namespace kernels

}  // namespace pare::inline v0::inline PARE_ISA
