// SPDX-License-Identifier: MIT
// Every code of every encoding, and the range that each states.
#include <pare/format/encoding.hpp>

#include <bit>
#include <cstdint>
#include <limits>
#include <utility>

#include "support/catch.hpp"

namespace {

using namespace pare;

/// The integer of a code by its definition: the top bit weighs -2^(bits - 1).
constexpr int two_complement(std::uint32_t code, int bits) {
    const int whole = 1 << bits;
    return int(code) < whole / 2 ? int(code) : int(code) - whole;
}

template <int Bits>
constexpr bool integer_is_sound() {
    using e = integer<Bits>;
    if (e::bits != Bits || e::lowest != two_complement(1u << (Bits - 1), Bits) || e::highest != (1 << (Bits - 1)) - 1) return false;
    for (std::uint32_t code = 0; code < (1u << Bits); ++code)
        if (int(e::decode(code)) != two_complement(code, Bits)) return false;
    return true;
}
static_assert(integer_is_sound<2>() && integer_is_sound<3>() && integer_is_sound<4>() && integer_is_sound<5>());
static_assert(integer_is_sound<6>() && integer_is_sound<7>() && integer_is_sound<8>());

template <class E>
constexpr bool range_is_that_of_codes(std::uint32_t codes) {
    int lowest = 1000, highest = -1000;
    for (std::uint32_t code = 0; code < codes; ++code) {
        const int value = E::decode(code);
        lowest = value < lowest ? value : lowest;
        highest = value > highest ? value : highest;
    }
    return lowest == E::lowest && highest == E::highest;
}

template <int Bits>
concept has_integer = requires { typename integer<Bits>; };
static_assert(!has_integer<1> && has_integer<2> && has_integer<8> && !has_integer<9> && !has_integer<15> && has_integer<16>);

/// All that is asked of an encoding, one piece missing each.
struct floats_of_a_user {
    using axis = pare::axis::encoding;
    using value_type = float;
    static constexpr int bits = 1;
    static constexpr float decode(std::uint32_t code) { return code != 0 ? 0.5f : -0.5f; }
};
struct integers_without_range : floats_of_a_user {
    using value_type = std::int8_t;
    static constexpr std::int8_t decode(std::uint32_t) { return 1; }
};
struct wrong_value : floats_of_a_user {
    using value_type = double;
};
struct wrong_axis : floats_of_a_user {
    using axis = pare::axis::mask;
};
static_assert(encoding_policy<floats_of_a_user> && !integer_encoding<floats_of_a_user>);
static_assert(encoding_policy<integers_without_range> && !integer_encoding<integers_without_range>);
static_assert(!encoding_policy<wrong_value> && !encoding_policy<wrong_axis>);
static_assert(integer_encoding<int4> && integer_encoding<int16> && integer_encoding<uint8> && integer_encoding<binary> &&
              integer_encoding<ternary> && encoding_policy<f32> && !integer_encoding<f32>);

}  // namespace

TEST_CASE("integers of two's complement, every code") {
    CHECK((integer_is_sound<2>() && integer_is_sound<3>() && integer_is_sound<4>() && integer_is_sound<5>()));
    CHECK((integer_is_sound<6>() && integer_is_sound<7>() && integer_is_sound<8>() && integer_is_sound<16>()));
    CHECK(int(int2::decode(2)) == -2);
    CHECK(int(int4::decode(8)) == -8);
    CHECK(int(int4::decode(15)) == -1);
    CHECK(int(int8::decode(0x80)) == -128);
    CHECK(int(int8::decode(0x7f)) == 127);
    CHECK(int(int16::decode(0x8000)) == -32768);
    CHECK(int(int16::decode(0xff80)) == -128);
    STATIC_REQUIRE(sizeof(int8::value_type) == 1);
    STATIC_REQUIRE(sizeof(int16::value_type) == 2);
}

TEST_CASE("unsigned integers, every code") {
    for (std::uint32_t code = 0; code < 256; ++code) REQUIRE(std::uint32_t(uint8::decode(code)) == code);
    STATIC_REQUIRE(range_is_that_of_codes<uint8>(256));
}

TEST_CASE("one bit and two bits") {
    CHECK(int(binary::decode(0)) == 1);
    CHECK(int(binary::decode(1)) == -1);
    CHECK(int(ternary::decode(0)) == 0);
    CHECK(int(ternary::decode(1)) == 1);
    CHECK(int(ternary::decode(2)) == 0);  // never written
    CHECK(int(ternary::decode(3)) == -1);
    STATIC_REQUIRE(range_is_that_of_codes<binary>(2));
    STATIC_REQUIRE(range_is_that_of_codes<ternary>(4));
    STATIC_REQUIRE(binary::bits == 1);
    STATIC_REQUIRE(ternary::bits == 2);
}

TEST_CASE("floats are their bits") {
    CHECK(f32::decode(0x3f800000) == 1.0f);
    CHECK(f32::decode(0xc0490fdb) == -3.14159274f);
    CHECK(f32::decode(0x00000001) == std::numeric_limits<float>::denorm_min());
    CHECK(f32::decode(0xff800000) == -std::numeric_limits<float>::infinity());
    CHECK(std::bit_cast<std::uint32_t>(f32::decode(0x80000000)) == 0x80000000);  // -0 stays -0
    STATIC_REQUIRE(f32::bits == 32);
}
