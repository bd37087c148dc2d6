// SPDX-License-Identifier: MIT
// The instruction sets of x86: tags and the geometry of their registers.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include <pare/arch/dot.hpp>
#include <pare/core/config.hpp>

namespace pare::inline v0::arch {

namespace detail {
/// The dot product of vpmaddwd: pairs of 16-bit products, for which bytes are widened.
template <class Weight>
using pairs_for = std::conditional_t<std::floating_point<Weight>, dot<1, float, float, float>,
                                     std::conditional_t<byte_operand<Weight>, dot<2, std::int16_t, std::int8_t, std::int32_t>,
                                                        dot<2, std::int16_t, std::int16_t, std::int32_t>>>;

/// The dot products of VNNI: four 8-bit products (vpdpbusd), pairs of 16-bit ones (vpdpwssd).
template <class Activation, class Weight>
using fours_for =
    std::conditional_t<std::floating_point<Weight>, dot<1, float, float, float>,
                       std::conditional_t<byte_operand<Activation> && byte_operand<Weight>, dot<4, Activation, std::int8_t, std::int32_t>,
                                          dot<2, std::int16_t, std::int16_t, std::int32_t>>>;

/// The same where activations are copied before: signed ones are flipped then.
template <class Activation, class Weight>
using copied_fours_for = std::conditional_t<std::same_as<Activation, std::int8_t> && byte_operand<Weight>,
                                            dot<4, std::uint8_t, std::int8_t, std::int32_t>, fours_for<Activation, Weight>>;

/// The dot product of narrow weights by vpmaddubsw, whose sums of two products saturate where weights are not narrow. It wants unsigned
/// activations: signed ones are flipped to x + 128 as they are copied, since flipping them at each load would take a tenth of the time.
template <class Activation, class Weight>
using narrow_for = std::conditional_t<byte_operand<Activation> && std::same_as<Weight, std::int8_t>, narrow_dot, pairs_for<Weight>>;

/// vpdpbusd wants unsigned activations: signed ones are flipped to x + 128 at the load.
template <class Dot>
inline constexpr int unsigned_offset = Dot::unit == 4 && std::same_as<typename Dot::lhs, std::int8_t> && !summing_step<Dot> ? 128 : 0;

/// The dot product of pairs whose activations are unsigned bytes in memory: signed ones are flipped to x + 128 as they are copied.
template <class Activation, class Weight>
using gathered_pairs_for = std::conditional_t<byte_operand<Activation> && std::same_as<Weight, std::int8_t>,
                                              dot<2, std::uint8_t, std::int8_t, std::int32_t>, pairs_for<Weight>>;

/// True where activations are unsigned bytes in memory.
template <class Dot>
inline constexpr bool unsigned_bytes = std::same_as<typename Dot::lhs, std::uint8_t> && std::same_as<typename Dot::rhs, std::int8_t>;
}  // namespace detail

/// SSE4.1: exact 8-bit products as 16-bit pairs (pmaddwd).
struct sse4_1 {
    static constexpr std::string_view name = "sse4_1";  ///< as text
    static constexpr std::size_t lanes = 4;             ///< sums in a register
    static constexpr std::size_t registers = 16;        ///< vector registers
    static constexpr std::size_t alignment = 16;        ///< of packed weights, in bytes
    static constexpr bool portable = false;             ///< operations are plain C++
    static constexpr bool looks_up_nibbles = true;      ///< registers of 4-bit codes are decoded by a table
    static constexpr bool counts_bits = true;           ///< it has operations on words of binary values
    /// Registers that a step takes beside sums and weights: counting bits by bytes needs a table, a mask and ones.
    template <class Dot>
    static constexpr std::size_t step_registers = counting_step<Dot> ? 8 : 2;
    /// The dot product for a pair of types.
    template <class Activation, class Weight>
    using dot_for = detail::pairs_for<Weight>;
    /// The dot product where weights are at most 64 in magnitude.
    template <class Activation, class Weight>
    using narrow_dot_for = detail::narrow_for<Activation, Weight>;
    /// The dot product where lanes gather activations: bytes that become words as they are picked.
    template <class Activation, class Weight>
    using gathered_dot_for = detail::gathered_pairs_for<Activation, Weight>;
    template <class Dot>
    static constexpr std::size_t gather_window = detail::unsigned_bytes<Dot> ? 16 : 0;  ///< activations among which lanes pick
};

/// AVX2 and FMA: exact 8-bit products as 16-bit pairs (vpmaddwd).
struct avx2 {
    static constexpr std::string_view name = "avx2";  ///< as text
    static constexpr std::size_t lanes = 8;           ///< sums in a register
    static constexpr std::size_t registers = 16;      ///< vector registers
    static constexpr std::size_t alignment = 32;      ///< of packed weights, in bytes
    static constexpr bool portable = false;           ///< operations are plain C++
    static constexpr bool looks_up_nibbles = true;    ///< registers of 4-bit codes are decoded by a table
    static constexpr bool counts_bits = true;         ///< it has operations on words of binary values
    /// Registers that a step takes beside sums and weights: counting bits by bytes needs a table, a mask and ones, narrow products ones.
    template <class Dot>
    static constexpr std::size_t step_registers = counting_step<Dot> ? 7
                                                  : narrow_step<Dot> ? 3
                                                                     : 2;
    /// The dot product for a pair of types.
    template <class Activation, class Weight>
    using dot_for = detail::pairs_for<Weight>;
    /// The dot product where weights are at most 64 in magnitude.
    template <class Activation, class Weight>
    using narrow_dot_for = detail::narrow_for<Activation, Weight>;
    /// The dot product where lanes gather activations: bytes that become words as they are picked.
    template <class Activation, class Weight>
    using gathered_dot_for = detail::gathered_pairs_for<Activation, Weight>;
    using summed_dot = narrow_summed_dot;  ///< where sums begin with those of rows
    template <class Dot>
    static constexpr std::size_t gather_window = detail::unsigned_bytes<Dot> ? 16 : 0;  ///< activations among which lanes pick
};

/// AVX2 with VNNI: 8-bit products four at a time (vpdpbusd). It is an `avx2`: operations that it has not of its own are those.
struct avx_vnni : avx2 {
    static constexpr std::string_view name = "avx_vnni";  ///< as text
    using summed_dot = arch::summed_dot;                  ///< where sums begin with those of rows
    /// The dot product for a pair of types.
    template <class Activation, class Weight>
    using dot_for = detail::fours_for<Activation, Weight>;
    /// The dot product where activations are copied before: these are flipped then.
    template <class Activation, class Weight>
    using copied_dot_for = detail::copied_fours_for<Activation, Weight>;
    template <class Activation, class Weight>
    using narrow_dot_for = void;  ///< narrow weights are multiplied like others
    template <class Activation, class Weight>
    using gathered_dot_for = void;  ///< what is gathered is multiplied like what is copied
    template <class Dot>
    static constexpr int lhs_offset = detail::unsigned_offset<Dot>;  ///< what is added to activations at the load
};

/// AVX-512 BW, VL and DQ: exact 8-bit products as 16-bit pairs (vpmaddwd).
struct avx512 {
    static constexpr std::string_view name = "avx512";  ///< as text
    static constexpr std::size_t lanes = 16;            ///< sums in a register
    static constexpr std::size_t registers = 32;        ///< vector registers
    static constexpr std::size_t alignment = 64;        ///< of packed weights, in bytes
    static constexpr bool portable = false;             ///< operations are plain C++
    static constexpr bool looks_up_nibbles = true;      ///< registers of 4-bit codes are decoded by a table
    static constexpr bool counts_bits = true;           ///< it has operations on words of binary values
    /// The dot product for a pair of types.
    template <class Activation, class Weight>
    using dot_for = detail::pairs_for<Weight>;
    /// The dot product where weights are at most 64 in magnitude.
    template <class Activation, class Weight>
    using narrow_dot_for = detail::narrow_for<Activation, Weight>;
    using summed_dot = narrow_summed_dot;  ///< where sums begin with those of rows
    template <class Dot>
    static constexpr std::size_t gather_window = std::same_as<typename Dot::lhs, std::int16_t> ? 32 : 0;  ///< among which lanes pick
};

/// AVX-512 with VNNI: 8-bit products four at a time (vpdpbusd). It is an `avx512`: operations that it has not of its own are those.
struct avx512_vnni : avx512 {
    static constexpr std::string_view name = "avx512_vnni";  ///< as text
    using summed_dot = arch::summed_dot;                     ///< where sums begin with those of rows
    /// The dot product for a pair of types.
    template <class Activation, class Weight>
    using dot_for = detail::fours_for<Activation, Weight>;
    /// The dot product where activations are copied before: these are flipped then.
    template <class Activation, class Weight>
    using copied_dot_for = detail::copied_fours_for<Activation, Weight>;
    template <class Activation, class Weight>
    using narrow_dot_for = void;  ///< narrow weights are multiplied like others
    template <class Dot>
    static constexpr int lhs_offset = detail::unsigned_offset<Dot>;  ///< what is added to activations at the load
    template <class Dot>
    static constexpr std::size_t gather_window = detail::unsigned_bytes<Dot> ? 64 : avx512::gather_window<Dot>;  ///< among which lanes pick
    template <class Dot>
    static constexpr std::size_t wide_gather_window = detail::unsigned_bytes<Dot> ? 128 : 0;  ///< the same out of two registers
    template <class Dot>
    static constexpr bool looks_up_places = detail::unsigned_bytes<Dot>;  ///< codes of weights lie above their places
    template <class Dot>
    static constexpr bool multiplies_in_place = detail::unsigned_bytes<Dot>;  ///< codes where they lie
    static constexpr std::size_t picks_bytes = 16;                            ///< outputs that have to share activations that are picked
    template <class Dot>
    static constexpr bool picks_from_spans = detail::unsigned_bytes<Dot>;  ///< lanes pick out of 8 or 16 activations
};

/// The AVX-512 of AMD's Zen 4 and Zen 5, an `avx512_vnni` to the letter: what differs is how long its instructions take. Zen 4 multiplies
/// 64 bytes in a cycle, half of what Intel's servers do, and does as much beside it, so that forms with more to do for each product pay
/// earlier.
struct zen4 : avx512_vnni {
    static constexpr std::string_view name = "zen4";  ///< as text
    /// Quarters of a dense step that a step takes which gathers: 6 to 7 in products of 50 and 70 % absent weights.
    static constexpr std::size_t gather_quarters = 7;
    template <class Dot>
    static constexpr bool codes_places = detail::unsigned_bytes<Dot>;  ///< places of 2 of 4 are codes that need no mask
    /// For eight a row of 4096 with a codebook of 16 values takes 107 us where it takes 113 for four, with 2:4 88 and 91.
    static constexpr std::size_t nibble_width = 8;
};

}  // namespace pare::inline v0::arch
