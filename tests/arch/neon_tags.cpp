// SPDX-License-Identifier: MIT
// What the instruction sets of AArch64 say of themselves, wherever this is compiled.
#include <pare/arch/neon_tags.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>

#include <pare/arch/tags.hpp>

#include "support/catch.hpp"

namespace {

using namespace pare::arch;

template <class A, class Activation, class Weight>
using dot_of = typename A::template dot_for<Activation, Weight>;
using s8 = std::int8_t;
using u8 = std::uint8_t;
using s16 = std::int16_t;

static_assert(instruction_set<neon> && instruction_set<neon_dotprod> && instruction_set<neon_i8mm>);

// A step on neon widens bytes and takes one; with dot products it takes four, unless they meet words.
static_assert(std::same_as<dot_of<neon, u8, s8>, dot<1, s16, s8, std::int32_t>>);
static_assert(std::same_as<dot_of<neon, s16, s16>, dot<1, s16, s16, std::int32_t>>);
static_assert(std::same_as<dot_of<neon_dotprod, s8, s8>, dot<4, s8, s8, std::int32_t>>);
static_assert(std::same_as<dot_of<neon_dotprod, u8, s8>, dot<4, u8, s8, std::int32_t>>);
static_assert(std::same_as<dot_of<neon_dotprod, s16, s8>, dot<1, s16, s8, std::int32_t>>);
static_assert(std::same_as<dot_of<neon_i8mm, u8, s8>, dot<4, u8, s8, std::int32_t>>);
static_assert(std::same_as<dot_of<neon_i8mm, float, float>, dot<1, float, float, float>>);

// sdot takes unsigned activations less 128, flipped where they are copied anyway; sudot takes them as they are.
static_assert(lhs_offset_of<neon_dotprod, dot_of<neon_dotprod, u8, s8>> == -128);
static_assert(lhs_offset_of<neon_dotprod, dot_of<neon_dotprod, s8, s8>> == 0 && lhs_offset_of<neon, dot_of<neon, u8, s8>> == 0);
static_assert(lhs_offset_of<neon_i8mm, dot_of<neon_i8mm, u8, s8>> == 0);
static_assert(std::same_as<detail::dot_of<neon_dotprod, u8, s8, true>::type, dot<4, s8, s8, std::int32_t>>);
static_assert(std::same_as<detail::dot_of<neon_i8mm, u8, s8, true>::type, dot<4, u8, s8, std::int32_t>>);

// Lanes pick bytes that are multiplied as they are out of two registers.
template <class A, class Activation>
constexpr std::size_t window = gather_window_of<A, typename detail::dot_of<A, Activation, s8, true, 128, true>::type>;
static_assert(window<neon_dotprod, s8> == 32 && window<neon_dotprod, u8> == 32 && window<neon_dotprod, s16> == 0);
static_assert(window<neon_i8mm, s8> == 32 && window<neon_i8mm, u8> == 32 && window<neon_i8mm, s16> == 0);
static_assert(window<neon, s8> == 0 && gather_window_of<neon_dotprod, dot_of<neon_dotprod, u8, s8>> == 0);

// A register holds its lanes of 32-bit sums, and packed weights are aligned to it.
template <class A>
constexpr bool aligned = A::lanes * 4 == A::alignment;
static_assert(aligned<neon> && aligned<neon_dotprod> && aligned<neon_i8mm>);

}  // namespace

TEST_CASE("names and registers of AArch64") {
    CHECK((neon::name == "neon" && neon_dotprod::name == "neon_dotprod" && neon_i8mm::name == "neon_i8mm"));
    CHECK((neon_i8mm::registers == 32 && neon_i8mm::lanes == 4 && !neon_i8mm::portable));
    CHECK((neon_dotprod::looks_up_nibbles && neon_i8mm::looks_up_nibbles));
}
