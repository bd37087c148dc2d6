// SPDX-License-Identifier: MIT
// One format is one type, however it is spelt; what its slots say together.
#include <pare/format/weight_format.hpp>

#include <concepts>
#include <cstdint>

#include "support/catch.hpp"

namespace {

using namespace pare;

template <class A, class B>
concept same_format = std::same_as<A, B>;

/// An encoding of a user, of few values far apart.
struct far {
    using axis = pare::axis::encoding;
    using value_type = std::int16_t;
    static constexpr int bits = 1, lowest = -300, highest = 300;
    static constexpr value_type decode(std::uint32_t code) { return value_type(code != 0 ? 300 : -300); }
};

}  // namespace

TEST_CASE("policies in any order are one type") {
    STATIC_REQUIRE((same_format<weights<int4, per_channel>, weights<per_channel, int4>>));
    STATIC_REQUIRE((same_format<weights<n_of_m<2, 4>, codebook<16>, affine, per_channel, uint8>,
                                weights<uint8, affine, per_channel, codebook<16>, n_of_m<2, 4>>>));
    STATIC_REQUIRE((same_format<weights<per_group<32>, int4, unstructured<9>>, weights<unstructured<9>, per_group<32>, int4>>));
    STATIC_REQUIRE((same_format<weights<far, channels>, weights<channels, far>>));
}

TEST_CASE("what is not said has a default, and saying it changes nothing") {
    STATIC_REQUIRE((same_format<weights<>, weight_format<int8, per_tensor, symmetric, dense, unique>>));
    STATIC_REQUIRE((same_format<weights<>, weights<int8>>));
    STATIC_REQUIRE((same_format<weights<>, weights<unique, dense, symmetric, per_tensor, int8>>));
    STATIC_REQUIRE((same_format<weights<codebook<16>>, weights<codebook<16, per_tensor>, int8>>));
    STATIC_REQUIRE((same_format<weights<unstructured<>>, weights<unstructured<dynamic>>>));
    STATIC_REQUIRE((same_format<weights<int8>, weights<integer<8>>>));
}

TEST_CASE("what differs in one slot is another type") {
    STATIC_REQUIRE_FALSE(same_format<weights<>, weights<uint8>>);
    STATIC_REQUIRE_FALSE(same_format<weights<>, weights<per_channel>>);
    STATIC_REQUIRE_FALSE(same_format<weights<>, weights<affine>>);
    STATIC_REQUIRE_FALSE(same_format<weights<>, weights<unstructured<>>>);
    STATIC_REQUIRE_FALSE(same_format<weights<>, weights<codebook<256>>>);
    STATIC_REQUIRE_FALSE((same_format<weights<n_of_m<2, 4>>, weights<n_of_m<1, 4>>>));
    STATIC_REQUIRE_FALSE((same_format<weights<codebook<16>>, weights<codebook<16, per_channel>>>));
    STATIC_REQUIRE_FALSE(same_format<weights<unstructured<8>>, weights<unstructured<9>>>);
}

TEST_CASE("each slot holds what was named") {
    using format = weights<per_group<8>, codebook<5>, int6, blocks<2, 4>>;
    STATIC_REQUIRE((std::same_as<format::encoding, int6> && std::same_as<format::granularity, per_group<8>>));
    STATIC_REQUIRE((std::same_as<format::symmetry, symmetric> && std::same_as<format::mask, blocks<2, 4>>));
    STATIC_REQUIRE(std::same_as<format::sharing, codebook<5>>);
    STATIC_REQUIRE((format::is_shared && !format::is_dense && !format::is_float && !format::has_zero_point && format::group == 8));
    STATIC_REQUIRE((!weights<f32>::is_shared && weights<f32>::is_dense && weights<f32>::is_float && weights<f32>::group == 0));
    STATIC_REQUIRE(weights<affine>::has_zero_point);
    STATIC_REQUIRE((weight_format_type<format> && weight_format_type<weights<>>));
    STATIC_REQUIRE_FALSE((weight_format_type<int8> || weight_format_type<int>));
}

TEST_CASE("a code is an index where values are shared") {
    STATIC_REQUIRE(weights<>::code_bits == 8);
    STATIC_REQUIRE(weights<int3>::code_bits == 3);
    STATIC_REQUIRE(weights<f32>::code_bits == 32);
    STATIC_REQUIRE(weights<binary, unstructured<>>::code_bits == 1);
    STATIC_REQUIRE((weights<int16, codebook<5>>::code_bits == 3));
    STATIC_REQUIRE((weights<f32, codebook<256, per_channel>>::code_bits == 8));
}

TEST_CASE("what a weight multiplies by, at most") {
    using plain = operand_range<weights<int8>>;
    STATIC_REQUIRE((plain::lowest == -128 && plain::highest == 127 && plain::fits_s8 && plain::fits_s16));
    using shifted = operand_range<weights<int8, affine>>;  // -128 - 127 to 127 + 128
    STATIC_REQUIRE((shifted::lowest == -255 && shifted::highest == 255 && !shifted::fits_s8 && shifted::fits_s16));
    using small = operand_range<weights<int7, affine>>;
    STATIC_REQUIRE((small::lowest == -127 && small::highest == 127 && small::fits_s8));
    using natural = operand_range<weights<uint8>>;
    STATIC_REQUIRE((natural::lowest == 0 && natural::highest == 255 && !natural::fits_s8));
    STATIC_REQUIRE((operand_range<weights<uint8, affine>>::lowest == -255 && operand_range<weights<uint8, affine>>::highest == 255));
    STATIC_REQUIRE((operand_range<weights<int16>>::fits_s16 && !operand_range<weights<int16, affine>>::fits_s16));
    STATIC_REQUIRE((operand_range<weights<binary, affine>>::lowest == -2 && operand_range<weights<ternary>>::highest == 1));
    STATIC_REQUIRE((operand_range<weights<far>>::lowest == -300 && !operand_range<weights<far>>::fits_s8));
}
