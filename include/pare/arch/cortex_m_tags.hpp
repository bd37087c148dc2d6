// SPDX-License-Identifier: MIT
// The instruction sets of Arm's microcontrollers: tags and the geometry of their registers.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include <pare/arch/dot.hpp>
#include <pare/core/config.hpp>

namespace pare::inline v0::arch {

/// Helium (MVE), as Cortex-M55 and Cortex-M85 have it: sixteen bytes of activations meet sixteen weights of one output, and what they come
/// to is added to a sum in a general register (vmladava). What has no instruction is plain C++, so that all of it runs anywhere.
struct helium {
    static constexpr std::string_view name = "helium";  ///< as text
    static constexpr std::size_t lanes = 1;             ///< sums in a register
    static constexpr std::size_t registers = 8;         ///< vector registers
    static constexpr std::size_t alignment = 8;         ///< of packed weights, in bytes: what a load takes in a cycle
    static constexpr bool portable = true;              ///< operations are plain C++ where there are no instructions
    static constexpr bool looks_up_nibbles = true;      ///< registers of 4-bit codes are decoded by a table
    static constexpr std::size_t tile_rows = 2;   ///< rows that share weights: vmladava adds to even registers, of which there are eight
    static constexpr std::size_t tile_width = 4;  ///< outputs that share activations
    static constexpr std::size_t row_width = 4;   ///< the same of a row that is alone
    /// The dot product for a pair of types. Words, and bytes that meet words, are widened as they are loaded, eight at a time.
    template <class Activation, class Weight>
    using dot_for =
        std::conditional_t<byte_operand<Activation> && std::same_as<Weight, std::int8_t>, dot<16, Activation, std::int8_t, std::int32_t>,
                           std::conditional_t<(byte_operand<Activation> || std::same_as<Activation, std::int16_t>) &&
                                                  (std::same_as<Weight, std::int8_t> || std::same_as<Weight, std::int16_t>),
                                              dot<8, Activation, Weight, std::int32_t>, dot1<Activation, Weight>>>;

    /// vmladava wants both sides signed or both unsigned: unsigned bytes are flipped to x - 128 at the load.
    template <class Dot>
    static constexpr int lhs_offset = std::same_as<typename Dot::lhs, std::uint8_t> && Dot::unit == 16 ? -128 : 0;
    template <class Dot>
    static constexpr bool gathers_loads = Dot::unit == 16;  ///< a load takes each activation from a place of its own
};

/// The instructions for signal processing of Cortex-M4 and Cortex-M7: four bytes of activations and of weights of one output are widened to
/// words, and their products are added to a sum two at a time (smlad). What has no instruction is plain C++, so that all of it runs
/// anywhere.
struct cortex_m_dsp {
    static constexpr std::string_view name = "cortex_m_dsp";  ///< as text
    static constexpr std::size_t lanes = 1;                   ///< sums in a register
    static constexpr std::size_t registers = 4;               ///< vector registers, of which there are none: as scalar counts
    static constexpr std::size_t alignment = 4;               ///< of packed weights, in bytes
    static constexpr bool portable = true;                    ///< operations are plain C++ where there are no instructions
    static constexpr std::size_t tile_rows = 2;               ///< rows that share weights: as many words as there are registers for
    static constexpr std::size_t tile_width = 2;              ///< outputs that share activations
    static constexpr std::size_t row_width = 4;               ///< the same of a row that is alone
    /// The dot product for a pair of types.
    template <class Activation, class Weight>
    using dot_for = std::conditional_t<byte_operand<Activation> && std::same_as<Weight, std::int8_t>,
                                       dot<4, Activation, std::int8_t, std::int32_t>, dot1<Activation, Weight>>;
    /// Weights of a byte with places are picked one by one, which is less than four dense products.
    template <class Dot>
    static constexpr bool gathers_loads = Dot::unit == 4;
};

}  // namespace pare::inline v0::arch
