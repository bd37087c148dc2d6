// SPDX-License-Identifier: MIT
// What the instruction sets say of themselves, wherever this is compiled.
#include <pare/arch/tags.hpp>

#include <concepts>
#include <cstdint>

#include "support/catch.hpp"

namespace {

using namespace pare::arch;

static_assert(instruction_set<scalar> && instruction_set<avx2> && instruction_set<avx512_vnni> && !instruction_set<int>);
static_assert(instruction_set<neon> && instruction_set<neon_dotprod> && instruction_set<neon_i8mm>);

template <class A, class Activation, class Weight>
using dot_of = typename A::template dot_for<Activation, Weight>;
using s8 = std::int8_t;
using u8 = std::uint8_t;
using s16 = std::int16_t;

// A step on avx2 widens bytes to 16 bits and takes two; on avx512_vnni it takes four bytes as they are.
static_assert(std::same_as<dot_of<avx2, s8, s8>, dot<2, s16, s8, std::int32_t>>);
static_assert(std::same_as<dot_of<avx2, u8, s8>, dot<2, s16, s8, std::int32_t>>);
static_assert(std::same_as<dot_of<avx2, s8, s16>, dot<2, s16, s16, std::int32_t>>);
static_assert(std::same_as<dot_of<avx512_vnni, s8, s8>, dot<4, s8, s8, std::int32_t>>);
static_assert(std::same_as<dot_of<avx512_vnni, u8, s8>, dot<4, u8, s8, std::int32_t>>);
static_assert(std::same_as<dot_of<avx512_vnni, s16, s8>, dot<2, s16, s16, std::int32_t>>);
static_assert(std::same_as<dot_of<avx512_vnni, s8, s16>, dot<2, s16, s16, std::int32_t>>);
static_assert(std::same_as<dot_of<scalar, u8, s16>, dot<1, u8, s16, std::int32_t>>);
static_assert(std::same_as<dot_of<scalar, float, float>, dot<1, float, float, float>>);
static_assert(std::same_as<dot_of<avx2, float, float>, dot<1, float, float, float>>);

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

// Of x86 only vpdpbusd adds something to signed activations.
static_assert(lhs_offset_of<avx512_vnni, dot_of<avx512_vnni, s8, s8>> == 128);
static_assert(lhs_offset_of<avx512_vnni, dot_of<avx512_vnni, u8, s8>> == 0);
static_assert(lhs_offset_of<avx512_vnni, dot_of<avx512_vnni, s16, s16>> == 0);
static_assert(lhs_offset_of<avx2, dot_of<avx2, s8, s8>> == 0 && lhs_offset_of<scalar, dot_of<scalar, s8, s8>> == 0);

// A register holds its lanes of 32-bit sums, and packed weights are aligned to it.
template <class A>
constexpr bool aligned = A::lanes * 4 == A::alignment;
static_assert(aligned<scalar> && aligned<avx2> && aligned<avx512_vnni>);
static_assert(aligned<neon> && aligned<neon_dotprod> && aligned<neon_i8mm>);

}  // namespace

TEST_CASE("the scalar arch is everywhere, and the native one is compiled in") {
    STATIC_REQUIRE(compiled_for<scalar>);
    STATIC_REQUIRE(compiled_for<native>);
    CHECK(available<scalar>());
    // This program runs, so the machine has what it is compiled for.
    CHECK(available<native>());
    // Every machine with the one has the other.
    if (available<avx512_vnni>()) CHECK(available<avx2>());
    if (available<neon_i8mm>()) CHECK(available<neon_dotprod>());
    if (available<neon_dotprod>()) CHECK(available<neon>());
}

TEST_CASE("names and registers") {
    CHECK(scalar::name == "scalar");
    CHECK(avx2::name == "avx2");
    CHECK(avx512_vnni::name == "avx512_vnni");
    CHECK((neon::name == "neon" && neon_dotprod::name == "neon_dotprod" && neon_i8mm::name == "neon_i8mm"));
    CHECK((neon_i8mm::registers == 32 && neon_i8mm::lanes == 4 && !neon_i8mm::portable));
    CHECK((avx2::registers == 16 && avx512_vnni::registers == 32));
    CHECK((!avx2::portable && !avx512_vnni::portable && scalar::portable));
}
