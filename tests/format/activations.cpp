// SPDX-License-Identifier: MIT
// Reals to activations and back: ties, ends of the range, what is no number.
#include <pare/format/activations.hpp>

#include <cmath>
#include <concepts>
#include <cstdint>
#include <limits>

#include "support/catch.hpp"

namespace {

using namespace pare;
using std::int16_t;
using std::int8_t;
using std::uint8_t;

/// Nearest, half away from zero, then shifted and clamped, in double precision.
template <class T>
int reference(float real, quantization q) {
    const double shifted = std::round(double(real / q.scale)) + q.zero_point;
    return int(std::fmin(std::fmax(shifted, std::numeric_limits<T>::min()), std::numeric_limits<T>::max()));
}

template <class T>
void check_every_value(quantization q) {
    for (int value = std::numeric_limits<T>::min(); value <= std::numeric_limits<T>::max(); ++value) {
        const float real = dequantize(T(value), q);
        REQUIRE(real == q.scale * float(value - q.zero_point));
        REQUIRE(int(quantize<T>(real, q)) == value);
    }
}

}  // namespace

TEST_CASE("halves go away from zero") {
    constexpr quantization one{};
    STATIC_REQUIRE(int(quantize<int8_t>(0.5f, one)) == 1);
    STATIC_REQUIRE(int(quantize<int8_t>(-0.5f, one)) == -1);
    CHECK(int(quantize<int8_t>(0.49f, one)) == 0);
    CHECK(int(quantize<int8_t>(2.5f, one)) == 3);
    CHECK(int(quantize<int8_t>(-2.5f, one)) == -3);
    CHECK(int(quantize<int8_t>(-2.5f, {1.0f, 10})) == 7);  // the real is rounded, not the shifted value
    CHECK(int(quantize<uint8_t>(-2.5f, {1.0f, 10})) == 7);
    CHECK(int(quantize<int16_t>(3.0f, {2.0f, 0})) == 2);
}

TEST_CASE("ends of the range, infinities and NaN") {
    constexpr float infinity = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
    for (const int zero : {-128, -5, 0, 127}) {
        const quantization q{0.25f, zero};
        CHECK(int(quantize<int8_t>(1e30f, q)) == 127);
        CHECK(int(quantize<int8_t>(-1e30f, q)) == -128);
        CHECK(int(quantize<int8_t>(infinity, q)) == 127);
        CHECK(int(quantize<int8_t>(-infinity, q)) == -128);
        CHECK(int(quantize<int8_t>(nan, q)) == zero);
    }
    // The zero point at the far end: the whole range on one side of it.
    CHECK(int(quantize<int8_t>(255.0f, {1.0f, -128})) == 127);
    CHECK(int(quantize<int8_t>(254.0f, {1.0f, -128})) == 126);
    CHECK(int(quantize<int8_t>(-255.0f, {1.0f, 127})) == -128);
    CHECK(int(quantize<uint8_t>(-1.0f, {1.0f, 0})) == 0);
    CHECK(int(quantize<uint8_t>(255.6f, {1.0f, 0})) == 255);
    CHECK(int(quantize<int16_t>(-32768.4f, {1.0f, 0})) == -32768);
    CHECK(int(quantize<int16_t>(40000.0f, {1.0f, 0})) == 32767);
    CHECK(int(quantize<uint8_t>(nan, {1.0f, 77})) == 77);
}

TEST_CASE("every value comes back") {
    check_every_value<int8_t>({0.1f, 0});
    check_every_value<int8_t>({3.7f, -128});
    check_every_value<uint8_t>({1.0f / 255.0f, 0});
    check_every_value<uint8_t>({0.017f, 131});
    check_every_value<int16_t>({1.0f / 32767.0f, 0});
}

TEST_CASE("a fine grid of reals against the definition") {
    for (const float scale : {0.5f, 0.07f, 1.3f})
        for (const int zero : {0, 3, 100, 127})
            for (int i = -4000; i <= 4000; ++i) {
                const float real = float(i) * 0.03125f;
                REQUIRE(int(quantize<int8_t>(real, {scale, zero})) == reference<int8_t>(real, {scale, zero}));
                REQUIRE(int(quantize<int8_t>(real, {scale, -zero})) == reference<int8_t>(real, {scale, -zero}));
                REQUIRE(int(quantize<uint8_t>(real, {scale, zero})) == reference<uint8_t>(real, {scale, zero}));
                REQUIRE(int(quantize<int16_t>(real, {scale, 0})) == reference<int16_t>(real, {scale, 0}));
            }
}

TEST_CASE("the float below one half is nearer to 0") {
    const float below = std::nextafter(0.5f, 0.0f);  // and yet below + 0.5f is 1 in float
    CHECK(int(quantize<int8_t>(below, {})) == 0);
    CHECK(int(quantize<int8_t>(-below, {})) == 0);
    CHECK(int(quantize<uint8_t>(below, {1.0f, 9})) == 9);
}

TEST_CASE("floats pass") {
    CHECK(quantize<float>(0.3f, {2.0f, 5}) == 0.3f);
    CHECK(dequantize(0.3f, {2.0f, 5}) == 0.3f);
}

TEST_CASE("encodings that activations may have") {
    STATIC_REQUIRE((activation_encoding<int8> && activation_encoding<uint8> && activation_encoding<int16> && activation_encoding<f32>));
    STATIC_REQUIRE_FALSE((activation_encoding<int4> || activation_encoding<binary> || activation_encoding<int>));
    STATIC_REQUIRE((std::same_as<activation_encoding_of<int8_t>, int8> && std::same_as<activation_encoding_of<uint8_t>, uint8>));
    STATIC_REQUIRE((std::same_as<activation_encoding_of<int16_t>, int16> && std::same_as<activation_encoding_of<float>, f32>));
    STATIC_REQUIRE((std::same_as<activation_type<uint8>, uint8_t> && std::same_as<activation_type<f32>, float>));
}
