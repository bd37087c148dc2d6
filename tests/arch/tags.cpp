// SPDX-License-Identifier: MIT
// Which instruction sets are compiled in, and which the machine has.
#include <pare/arch/tags.hpp>

#include <concepts>
#include <cstdint>

#include "support/catch.hpp"

namespace {

using namespace pare::arch;

static_assert(instruction_set<scalar> && !instruction_set<int>);

using s8 = std::int8_t;
using u8 = std::uint8_t;
static_assert(std::same_as<scalar::dot_for<u8, std::int16_t>, dot<1, u8, std::int16_t, std::int32_t>>);
static_assert(std::same_as<scalar::dot_for<float, float>, dot<1, float, float, float>>);
static_assert(lhs_offset_of<scalar, scalar::dot_for<s8, s8>> == 0 && scalar::lanes * 4 == scalar::alignment);
static_assert(std::same_as<detail::dot_of<scalar, s8, s8, true, 1>::type, dot<1, s8, s8, std::int32_t>>);

static_assert(gather_window_of<scalar, scalar::dot_for<s8, s8>> == 0);

// Where one is compiled in, so are those that it is better than.
static_assert(!compiled_for<avx512_vnni> || (compiled_for<avx512> && compiled_for<avx_vnni>));
static_assert(!compiled_for<avx512> || compiled_for<avx2>);
static_assert(!compiled_for<avx_vnni> || compiled_for<avx2>);
static_assert(!compiled_for<avx2> || compiled_for<sse4_1>);
static_assert(!compiled_for<neon_i8mm> || compiled_for<neon_dotprod>);
static_assert(compiled_for<zen4> == compiled_for<avx512_vnni>);
static_assert((std::same_as<native, avx512_vnni> || std::same_as<native, zen4>) == compiled_for<avx512_vnni>);
static_assert(std::same_as<native, avx2> == (compiled_for<avx2> && !compiled_for<avx512> && !compiled_for<avx_vnni>));
static_assert(std::same_as<native, sse4_1> == (compiled_for<sse4_1> && !compiled_for<avx2>));
static_assert(std::same_as<native, neon_i8mm> == compiled_for<neon_i8mm>);

}  // namespace

TEST_CASE("the scalar arch is everywhere, and the native one is compiled in") {
    STATIC_REQUIRE(compiled_for<scalar>);
    STATIC_REQUIRE(compiled_for<native>);
    CHECK(available<scalar>());
    // This program runs, so the machine has what it is compiled for.
    CHECK(available<native>());
    // Every machine with the one has the other.
    if (available<zen4>()) CHECK(available<avx512_vnni>());
    if (available<avx512_vnni>()) CHECK(available<avx512>());
    if (available<avx512>()) CHECK(available<avx2>());
    if (available<avx_vnni>()) CHECK(available<avx2>());
    if (available<avx2>()) CHECK(available<sse4_1>());
    // In the encoding of AVX-512 it needs what that needs.
    if (compiled_for<avx_vnni> && detail::encodes_vnni_as_avx512) CHECK(available<avx_vnni>() == available<avx512_vnni>());
    if (available<neon_i8mm>()) CHECK(available<neon_dotprod>());
    if (available<neon_dotprod>()) CHECK(available<neon>());
}

TEST_CASE("the name of the scalar arch") { CHECK((scalar::name == "scalar" && scalar::portable && scalar::lanes == 1)); }
