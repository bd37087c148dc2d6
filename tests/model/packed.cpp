// SPDX-License-Identifier: MIT
// The executing form of a model: constants of its layers and bytes by hand; packed by the compiler, and for other machines.
#include <pare/model/packed.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <tuple>
#include <type_traits>

#include <pare/model/model.hpp>

#include "support/catch.hpp"

namespace {

using namespace pare;
using net = model<input<int8, 2, 2, 1>, conv2d<2, relu6>, residual<depthwise_conv2d<weights<per_channel>>>, flatten,
                  linear<3, weights<int4>, rounding::single>, softmax<>>;

constexpr parameters<net> drawn() {
    parameters<net> p;
    p.layer<0>().codes = {std::byte(5), std::byte(0xfd)};  // 5 and -3
    p.layer<0>().scales = {0.5f};
    p.layer<0>().bias = {100, -100};
    p.layer<1>().codes = {std::byte(2), std::byte(0xff)};
    p.layer<1>().scales = {0.25f, 4.0f};
    p.layer<1>().bias = {7, 8};
    p.layer<4>().codes = {std::byte(0x21)};  // weights 1 and 2, then zeros
    p.layer<4>().scales = {1.0f};
    p.layer<4>().bias = {-1, -2, -3};
    p.edges = {quantization{0.5f, 10}, {0.125f, -4}, {0.25f, 1}, {0.5f, 2}, {0.5f, 2}, {2.0f, 0}, {1.0f / 256, -128}};
    return p;
}
constexpr auto scalar_form = pack<arch::scalar>(drawn());

template <std::size_t I>
constexpr const auto& data = std::get<I>(scalar_form.layers).data;
template <std::size_t I>
constexpr const auto& range = std::get<I>(scalar_form.layers).range;

}  // namespace

TEST_CASE("biases take in zero points, scales those of both edges") {
    // 100 - 10 * 5 and -100 - 10 * -3; 0.5 * 0.5 / 0.125.
    STATIC_REQUIRE((data<0>.bias[0] == 50 && data<0>.bias[1] == -70));
    STATIC_REQUIRE((data<0>.scales[0] == 2.0f && data<0>.scales[1] == 2.0f));
    // Depthwise ones skip padding, so that their bias stays: 0.125 * 0.25 / 0.25 and 0.125 * 4 / 0.25.
    STATIC_REQUIRE((data<1>.bias[0] == 7 && data<1>.scales[0] == 0.125f && data<1>.scales[1] == 2.0f));
    STATIC_REQUIRE((data<1>.taps[0] == 2 && data<1>.taps[1] == -1));
    // -1 - 2 * (1 + 2); the integer rounding keeps a multiplier of 0.5 * 1 / 2 = 2^30 / 2^31 / 2.
    STATIC_REQUIRE((data<4>.bias[0] == -7 && data<4>.bias[1] == -2));
    STATIC_REQUIRE(data<4>.scales[0] == multiplier{1 << 30, -1});
}

TEST_CASE("ranges of outputs") {
    // relu6 at scale 1/8 and zero point -4: -4 to -4 + 48.
    STATIC_REQUIRE((range<0>.zero_point == -4 && range<0>.low == -4 && range<0>.high == 44));
    STATIC_REQUIRE((range<1>.zero_point == 1 && range<1>.low == -128 && range<1>.high == 127));
    constexpr auto real = pack<arch::scalar>(parameters<as_float<net>>{});
    STATIC_REQUIRE((std::get<0>(real.layers).range.low == 0 && std::get<0>(real.layers).range.high == 6));
    STATIC_REQUIRE(std::get<4>(real.layers).range.high == std::numeric_limits<float>::infinity());
}

TEST_CASE("layers without weights keep constants or nothing") {
    STATIC_REQUIRE(std::same_as<std::remove_cvref_t<decltype(data<2>)>, add_constants>);
    STATIC_REQUIRE((data<2>.zero_a == 1 && data<2>.zero_b == -4 && data<2>.range.zero_point == 2));
    // 16 bits leave room for 15 fraction bits, 8 bits for 20.
    constexpr auto words = pack<arch::scalar>(parameters<model<input<int16, 3>, residual<linear<3>>>>{});
    STATIC_REQUIRE((data<2>.shift == 20 && std::get<1>(words.layers).data.shift == 15));
    STATIC_REQUIRE(std::same_as<std::remove_cvref_t<decltype(data<3>)>, detail::nothing>);
    STATIC_REQUIRE(std::same_as<std::remove_cvref_t<decltype(data<5>)>, softmax_constants>);
    STATIC_REQUIRE(data<5>.scale == quantize_multiplier(2.0 * (1 << 26)));
    STATIC_REQUIRE(scalar_form.edges == drawn().edges);
}

TEST_CASE("bytes in the executing form, by hand") {
    // On the scalar arch panels are one output each and 4-byte aligned, and four bits stay codes: 2 x 4 bytes, 2 biases, 2 scales;
    // taps, biases, scales; 3 panels of 8 codes, 3 biases, 3 multipliers. Each with its range.
    STATIC_REQUIRE(data<0>.bytes() == 8 + 8 + 8);
    STATIC_REQUIRE(data<1>.bytes() == 2 + 8 + 8);
    STATIC_REQUIRE(data<4>.bytes() == 12 + 12 + 24);
    constexpr std::size_t range_bytes = 12, plain = sizeof(std::get<2>(scalar_form.layers)) + sizeof(std::get<5>(scalar_form.layers));
    STATIC_REQUIRE(executing_bytes(scalar_form) == 24 + 18 + 48 + 4 * range_bytes + plain + 7 * sizeof(quantization));
}

TEST_CASE("packed for another machine") {
    // Whatever this is compiled for: 16 outputs of four products to a register; x + 128 takes 138 * 5 from the bias.
    constexpr auto wide = pack<arch::avx512_vnni>(drawn());
    STATIC_REQUIRE(std::get<0>(wide.layers).data.data.size() == 64);
    STATIC_REQUIRE(std::get<0>(wide.layers).data.bias[0] == 100 - 138 * 5);
    STATIC_REQUIRE(std::get<0>(wide.layers).data.bias.size() == 16);
    STATIC_REQUIRE((std::get<0>(wide.layers).data.data[0] == std::byte(5) && std::get<0>(wide.layers).data.data[4] == std::byte(0xfd)));
    CHECK(executing_bytes(wide) > executing_bytes(scalar_form));
}
