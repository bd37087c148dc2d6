// SPDX-License-Identifier: MIT
// What a multiply-accumulate of an arch works on. Pure description: no instruction is named here.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include <pare/core/bits.hpp>
#include <pare/core/config.hpp>

namespace pare::inline v0::arch {

/// A dot product step: sum[lane] += sum over j < Unit of lhs[j] * rhs[lane * Unit + j], with activations widened to `Lhs`,
/// weights as `Rhs`, exact in `Sum` for one step. Of words of binary values the sum counts those that differ.
template <std::size_t Unit, class Lhs, class Rhs, class Sum>
struct dot {
    static constexpr std::size_t unit = Unit;  ///< products a lane and step
    using lhs = Lhs;                           ///< of an activation
    using rhs = Rhs;                           ///< of a weight
    using sum = Sum;                           ///< of a sum
};

/// The same for four bytes where each weight is sure to lie in [-64, 64]: the sum of two products with an unsigned byte, at most
/// 2 * 255 * 64, fits 16 bits.
struct narrow_dot : dot<4, std::uint8_t, std::int8_t, std::int32_t> {
    static constexpr std::int64_t rhs_bound = 64;  ///< largest magnitude of a weight
};

/// Four bytes of which the weights are the unsigned ones, multiplied as w + rhs_offset: signed activations stay as they are, and sums begin
/// with -rhs_offset times all of them.
struct summed_dot : dot<4, std::int8_t, std::uint8_t, std::int32_t> {
    static constexpr int rhs_offset = 128;          ///< what is added to weights
    static constexpr std::int64_t rhs_bound = 128;  ///< largest magnitude of a weight
};

/// The same where each weight is sure to lie in [-64, 64]: the sum of two products of a byte of at most 128 fits 16 bits.
struct narrow_summed_dot : dot<4, std::int8_t, std::uint8_t, std::int32_t> {
    static constexpr int rhs_offset = 64;          ///< what is added to weights
    static constexpr std::int64_t rhs_bound = 64;  ///< largest magnitude of a weight
};

/// A step whose weights are sure to lie in [-64, 64].
template <class D>
concept narrow_step = std::same_as<D, narrow_dot> || std::same_as<D, narrow_summed_dot>;

/// A step whose sums begin with those of rows.
template <class D>
concept summing_step = std::same_as<typename D::lhs, std::int8_t> && std::same_as<typename D::rhs, std::uint8_t>;

/// The step of arches whose only unit is one product: operands keep their types.
template <class Activation, class Weight>
using dot1 = dot<1, Activation, Weight, std::conditional_t<std::floating_point<Weight>, float, std::int32_t>>;

/// A step whose sums count values that differ: its operands are words of binary values.
template <class D>
concept counting_step = std::same_as<typename D::rhs, binary_word>;

/// A byte, signed or not.
template <class T>
concept byte_operand = std::same_as<T, std::int8_t> || std::same_as<T, std::uint8_t>;

}  // namespace pare::inline v0::arch
