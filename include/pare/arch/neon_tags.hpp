// SPDX-License-Identifier: MIT
// The instruction sets of AArch64: tags and the geometry of their registers.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include <pare/arch/dot.hpp>
#include <pare/core/config.hpp>

namespace pare::inline v0::arch {

/// NEON as every AArch64 processor has it: 16-bit products, added to sums of 32 bits as they are made (smlal). Bytes are widened.
struct neon {
    static constexpr std::string_view name = "neon";  ///< as text
    static constexpr std::size_t lanes = 4;           ///< sums in a register
    static constexpr std::size_t registers = 32;      ///< vector registers
    static constexpr std::size_t alignment = 16;      ///< of packed weights, in bytes
    static constexpr bool portable = false;           ///< operations are plain C++
    static constexpr bool counts_bits = true;         ///< it has operations on words of binary values
    /// The dot product for a pair of types.
    template <class Activation, class Weight>
    using dot_for = std::conditional_t<std::floating_point<Weight>, dot<1, float, float, float>,
                                       std::conditional_t<byte_operand<Weight>, dot<1, std::int16_t, std::int8_t, std::int32_t>,
                                                          dot<1, std::int16_t, std::int16_t, std::int32_t>>>;
};

/// NEON with dot products: 8-bit products four at a time (sdot). It is a `neon`: operations that it has not of its own are those.
struct neon_dotprod : neon {
    static constexpr std::string_view name = "neon_dotprod";  ///< as text
    static constexpr bool looks_up_nibbles = true;            ///< registers of 4-bit codes are decoded by a table
    static constexpr std::size_t picks_bytes = 16;            ///< outputs that have to share activations that are picked
    /// The dot product for a pair of types.
    template <class Activation, class Weight>
    using dot_for = std::conditional_t<byte_operand<Activation> && byte_operand<Weight>, dot<4, Activation, std::int8_t, std::int32_t>,
                                       neon::dot_for<Activation, Weight>>;

    /// sdot wants signed activations: unsigned ones are flipped to x - 128 at the load.
    template <class Dot>
    static constexpr int lhs_offset = std::same_as<typename Dot::lhs, std::uint8_t> ? -128 : 0;
    /// The dot product where activations are copied before: these are flipped then.
    template <class Activation, class Weight>
    using copied_dot_for = std::conditional_t<std::same_as<Activation, std::uint8_t> && byte_operand<Weight>,
                                              dot<4, std::int8_t, std::int8_t, std::int32_t>, dot_for<Activation, Weight>>;
    /// Activations among which lanes pick: two registers. By the scheduling models of GCC and LLVM for Neoverse N1 `tbl` takes as long out
    /// of two as out of one (latency 2, two in a cycle), and out of four latency 4 and three times the work. Where 90 % of the weights are
    /// absent, windows of 16 take 1.55 times as many steps, windows of 64 0.8 times.
    template <class Dot>
    static constexpr std::size_t gather_window = std::same_as<Dot, dot<4, std::int8_t, std::int8_t, std::int32_t>> ? 32 : 0;
    template <class Dot>
    static constexpr bool picks_from_spans = gather_window<Dot> > 0;  ///< lanes pick out of 8 or 16 activations
};

/// The same with products of unsigned activations and signed weights (sudot): nothing is flipped.
struct neon_i8mm : neon_dotprod {
    static constexpr std::string_view name = "neon_i8mm";  ///< as text
    template <class Dot>
    static constexpr int lhs_offset = 0;  ///< nothing is added to activations
    /// The dot product where activations are copied before: the same.
    template <class Activation, class Weight>
    using copied_dot_for = dot_for<Activation, Weight>;
    template <class Dot>
    static constexpr std::size_t gather_window = Dot::unit == 4 ? 32 : 0;  ///< activations among which lanes pick, signed or not
    template <class Dot>
    static constexpr bool picks_from_spans = gather_window<Dot> > 0;  ///< lanes pick out of 8 or 16 activations
};

}  // namespace pare::inline v0::arch
