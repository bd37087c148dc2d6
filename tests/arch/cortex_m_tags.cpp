// SPDX-License-Identifier: MIT
// What the instruction sets of microcontrollers say of themselves, wherever this is compiled.
#include <pare/arch/cortex_m_tags.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>

#include <pare/arch/tags.hpp>

#include "support/catch.hpp"

namespace {

using namespace pare::arch;

template <class Activation, class Weight, class A = helium>
using dot_of = typename A::template dot_for<Activation, Weight>;
using s8 = std::int8_t;
using u8 = std::uint8_t;
using s16 = std::int16_t;
using s32 = std::int32_t;

static_assert(instruction_set<helium> && has_vectors<helium> && !has_vectors<scalar>);

// Tiles are as large as general registers allow, where a step is of several products.
template <class A, class Dot, bool Alone>
constexpr bool is_tile(std::size_t rows, std::size_t width) {
    return tile_of<A, Dot, Alone>.rows == rows && tile_of<A, Dot, Alone>.width == width;
}
static_assert(is_tile<helium, dot_of<s8, s8>, false>(2, 4) && is_tile<helium, dot_of<s16, s8>, true>(1, 4));
static_assert(is_tile<cortex_m_dsp, dot_of<s8, s8, cortex_m_dsp>, false>(2, 2));
static_assert(is_tile<cortex_m_dsp, dot_of<s8, s8, cortex_m_dsp>, true>(1, 4));
static_assert(is_tile<helium, dot_of<float, float>, false>(0, 0) && is_tile<scalar, dot_of<s8, s8, scalar>, false>(0, 0));

// Sixteen bytes become one sum; words, and bytes that meet words, are eight; what is wider is one.
static_assert(std::same_as<dot_of<s8, s8>, dot<16, s8, s8, s32>> && std::same_as<dot_of<u8, s8>, dot<16, u8, s8, s32>>);
static_assert(std::same_as<dot_of<s16, s8>, dot<8, s16, s8, s32>> && std::same_as<dot_of<u8, s16>, dot<8, u8, s16, s32>>);
static_assert(dot_of<s8, s32>::unit == 1 && std::same_as<dot_of<float, float>, dot<1, float, float, float>>);

// Unsigned bytes are multiplied less 128 where they meet bytes; loads of bytes gather.
static_assert(lhs_offset_of<helium, dot_of<u8, s8>> == -128 && lhs_offset_of<helium, dot_of<u8, s16>> == 0);
static_assert(lhs_offset_of<helium, dot_of<s8, s8>> == 0);
static_assert(gathers_loads_of<helium, dot_of<s8, s8>> && gathers_loads_of<helium, dot_of<u8, s8>>);
static_assert(!gathers_loads_of<helium, dot_of<s16, s8>> && gather_window_of<helium, dot_of<s8, s8>> == 0);

// Four bytes of either sign as they are; anything else one by one.
static_assert(instruction_set<cortex_m_dsp> && has_vectors<cortex_m_dsp>);
static_assert(std::same_as<dot_of<s8, s8, cortex_m_dsp>, dot<4, s8, s8, s32>>);
static_assert(std::same_as<dot_of<u8, s8, cortex_m_dsp>, dot<4, u8, s8, s32>>);
static_assert(dot_of<s16, s8, cortex_m_dsp>::unit == 1 && dot_of<s8, s16, cortex_m_dsp>::unit == 1);
static_assert(lhs_offset_of<cortex_m_dsp, dot_of<u8, s8, cortex_m_dsp>> == 0);
static_assert(gathers_loads_of<cortex_m_dsp, dot_of<u8, s8, cortex_m_dsp>>);

}  // namespace

TEST_CASE("names and registers of microcontrollers") {
    CHECK(helium::name == "helium");
    CHECK(cortex_m_dsp::name == "cortex_m_dsp");
    CHECK((cortex_m_dsp::lanes == 1 && cortex_m_dsp::portable && compiled_for<cortex_m_dsp>));
    CHECK((helium::lanes == 1 && helium::registers == 8 && helium::portable && compiled_for<helium>));
}
