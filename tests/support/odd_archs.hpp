// SPDX-License-Identifier: MIT
// Instruction sets that no machine has, in plain C++: lanes, units and registers that divide nothing, so that every tail is met.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include <pare/arch/tags.hpp>

namespace support {

/// 3 lanes, pairs of products, activations widened to 16 bits, one register of outputs and five rows in a tile.
struct odd_3x2 {
    static constexpr std::string_view name = "odd_3x2";
    static constexpr std::size_t lanes = 3, registers = 8, alignment = 2;
    static constexpr bool portable = true;
    template <class Activation, class Weight>
    using dot_for =
        std::conditional_t<std::floating_point<Weight>, pare::arch::dot<1, float, float, float>,
                           std::conditional_t<pare::arch::byte_operand<Weight>, pare::arch::dot<2, std::int16_t, std::int8_t, std::int32_t>,
                                              pare::arch::dot<2, std::int16_t, std::int16_t, std::int32_t>>>;
};

/// 5 lanes, three products at a time of activations as they are, two registers of outputs and six rows in a tile.
struct odd_5x3 {
    static constexpr std::string_view name = "odd_5x3";
    static constexpr std::size_t lanes = 5, registers = 17, alignment = 16;
    static constexpr bool portable = true;
    template <class Activation, class Weight>
    using dot_for = std::conditional_t<std::floating_point<Weight>, pare::arch::dot<1, float, float, float>,
                                       pare::arch::dot<3, Activation, Weight, std::int32_t>>;
};

}  // namespace support
