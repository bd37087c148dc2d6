// SPDX-License-Identifier: MIT
// What the instruction sets of x86 say of themselves, wherever this is compiled.
#include <pare/arch/x86_tags.hpp>

#include <concepts>
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
using s32 = std::int32_t;

static_assert(instruction_set<sse4_1> && instruction_set<avx2> && instruction_set<avx_vnni>);
static_assert(instruction_set<avx512> && instruction_set<avx512_vnni>);
// Who serves whom.
static_assert(std::derived_from<zen4, avx512_vnni> && zen4::name == "zen4");
static_assert(std::derived_from<avx_vnni, avx2> && std::derived_from<avx512_vnni, avx512> && !std::derived_from<avx512, avx2>);

// Without VNNI a step widens bytes to 16 bits and takes two.
template <class A>
constexpr bool takes_pairs =
    std::same_as<dot_of<A, s8, s8>, dot<2, s16, s8, s32>> && std::same_as<dot_of<A, u8, s8>, dot<2, s16, s8, s32>> &&
    std::same_as<dot_of<A, s8, s16>, dot<2, s16, s16, s32>> && std::same_as<dot_of<A, float, float>, dot<1, float, float, float>>;
static_assert(takes_pairs<sse4_1> && takes_pairs<avx2> && takes_pairs<avx512>);
// With it four bytes as they are.
template <class A>
constexpr bool takes_fours =
    std::same_as<dot_of<A, s8, s8>, dot<4, s8, s8, s32>> && std::same_as<dot_of<A, u8, s8>, dot<4, u8, s8, s32>> &&
    std::same_as<dot_of<A, s16, s8>, dot<2, s16, s16, s32>> && std::same_as<dot_of<A, s8, s16>, dot<2, s16, s16, s32>> &&
    std::same_as<dot_of<A, float, float>, dot<1, float, float, float>>;
static_assert(takes_fours<avx_vnni> && takes_fours<avx512_vnni>);

// vpdpbusd adds something to signed bytes, unless these are copied anyway.
template <class A>
constexpr bool flips =
    lhs_offset_of<A, dot_of<A, s8, s8>> == 128 && lhs_offset_of<A, dot_of<A, u8, s8>> == 0 && lhs_offset_of<A, dot_of<A, s16, s16>> == 0 &&
    std::same_as<typename detail::dot_of<A, s8, s8, true>::type, dot<4, u8, s8, s32>>;
static_assert(flips<avx_vnni> && flips<avx512_vnni>);
template <class A>
constexpr bool flips_nothing = lhs_offset_of<A, dot_of<A, s8, s8>> == 0 && lhs_offset_of<A, dot_of<A, s16, s16>> == 0;
static_assert(flips_nothing<sse4_1> && flips_nothing<avx2> && flips_nothing<avx512>);

// Weights of at most 64 in magnitude are multiplied as bytes without VNNI too; with it they are like others.
template <class A, std::int64_t Bound, class Activation = s8, class Weight = s8, bool Copied = false>
using narrow = typename detail::dot_of<A, Activation, Weight, Copied, Bound>::type;
template <class A>
constexpr bool narrows =
    std::same_as<narrow<A, 64>, narrow_dot> && std::same_as<narrow<A, 1, u8>, narrow_dot> &&
    std::same_as<narrow<A, 64, s8, s8, true>, narrow_dot> && std::same_as<narrow<A, 65>, dot<2, s16, s8, s32>> &&
    std::same_as<narrow<A, 64, s16>, dot<2, s16, s8, s32>> && std::same_as<narrow<A, 64, s8, s16>, dot<2, s16, s16, s32>> &&
    std::same_as<narrow<A, 0, float, float>, dot<1, float, float, float>> && lhs_offset_of<A, narrow_dot> == 0;
static_assert(narrows<sse4_1> && narrows<avx2> && narrows<avx512>);
static_assert(std::same_as<narrow<avx_vnni, 64>, dot<4, s8, s8, s32>> && std::same_as<narrow<avx512_vnni, 64>, dot<4, s8, s8, s32>>);
static_assert(std::same_as<narrow<avx512_vnni, 64, s8, s8, true>, dot<4, u8, s8, s32>>);

// What lanes gather is unsigned bytes; windows are a register of them, or 16 where one shuffles within 128 bits.
template <class A, std::int64_t Bound, class Activation>
using gathered = typename detail::dot_of<A, Activation, s8, true, Bound, true>::type;
static_assert(std::same_as<gathered<avx2, 128, s8>, dot<2, u8, s8, s32>> && std::same_as<gathered<avx2, 64, u8>, narrow_dot>);
static_assert(std::same_as<gathered<avx_vnni, 128, s8>, dot<4, u8, s8, s32>>);
static_assert(std::same_as<gathered<avx512_vnni, 128, s8>, dot<4, u8, s8, s32>>);
static_assert(std::same_as<gathered<avx2, 128, s16>, dot<2, s16, s8, s32>> && gather_window_of<avx2, dot<2, s16, s8, s32>> == 0);
static_assert(gather_window_of<avx2, dot<2, u8, s8, s32>> == 16 && gather_window_of<avx_vnni, dot<4, u8, s8, s32>> == 16);
static_assert(gather_window_of<sse4_1, dot<2, u8, s8, s32>> == 16 && gather_window_of<avx512, dot<2, s16, s8, s32>> == 32);
static_assert(gather_window_of<avx512_vnni, dot<4, u8, s8, s32>> == 64 && gather_window_of<avx512_vnni, dot<4, s8, s8, s32>> == 0);

// A register holds its lanes of 32-bit sums, and packed weights are aligned to it.
template <class A>
constexpr bool aligned = A::lanes * 4 == A::alignment;
static_assert(aligned<sse4_1> && aligned<avx2> && aligned<avx_vnni> && aligned<avx512> && aligned<avx512_vnni>);

}  // namespace

TEST_CASE("names and registers of x86") {
    CHECK((sse4_1::name == "sse4_1" && avx2::name == "avx2" && avx_vnni::name == "avx_vnni"));
    CHECK((avx512::name == "avx512" && avx512_vnni::name == "avx512_vnni"));
    CHECK((sse4_1::lanes == 4 && avx2::lanes == 8 && avx_vnni::lanes == 8 && avx512::lanes == 16 && avx512_vnni::lanes == 16));
    CHECK((sse4_1::registers == 16 && avx_vnni::registers == 16 && avx512::registers == 32));
    CHECK((!sse4_1::portable && !avx_vnni::portable && !avx512::portable));
    CHECK((sse4_1::looks_up_nibbles && avx_vnni::looks_up_nibbles && avx512_vnni::looks_up_nibbles));
}
