// SPDX-License-Identifier: MIT
// What a step works on.
#include <pare/arch/dot.hpp>

#include <concepts>
#include <cstdint>

#include "support/catch.hpp"

using namespace pare::arch;

TEST_CASE("a step of one product keeps its types; floats are summed as floats") {
    using mixed = dot1<std::uint8_t, std::int16_t>;
    STATIC_REQUIRE(mixed::unit == 1);
    STATIC_REQUIRE((std::same_as<mixed::lhs, std::uint8_t> && std::same_as<mixed::rhs, std::int16_t>));
    STATIC_REQUIRE(std::same_as<mixed::sum, std::int32_t>);
    STATIC_REQUIRE(std::same_as<dot1<float, float>::sum, float>);
    STATIC_REQUIRE((counting_step<dot1<pare::binary_word, pare::binary_word>> && !counting_step<mixed>));
    STATIC_REQUIRE((byte_operand<std::int8_t> && byte_operand<std::uint8_t> && !byte_operand<std::int16_t> && !byte_operand<float>));
}

TEST_CASE("a step of narrow weights takes four bytes, and two products of them fit 16 bits") {
    using narrow = narrow_dot;
    STATIC_REQUIRE((narrow::unit == 4 && std::same_as<narrow::lhs, std::uint8_t> && std::same_as<narrow::rhs, std::int8_t> &&
                    std::same_as<narrow::sum, std::int32_t>));
    STATIC_REQUIRE((2 * 255 * narrow::rhs_bound <= 32767 && 2 * 255 * (narrow::rhs_bound + 1) > 32767));
}
