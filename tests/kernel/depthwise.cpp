// SPDX-License-Identifier: MIT
// Depthwise convolutions: by hand, and static shapes against the reference.
#include <pare/kernel/depthwise.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "support/catch.hpp"
#include "support/guarded.hpp"
#include "support/lots.hpp"
#include "support/reference.hpp"

namespace {

using namespace pare;

template <class Format, class Activation, std::size_t Rows, std::size_t Taps>
using packed_as = packed_depthwise<Format, Activation, Rows, Taps, rounding::fp32, fixed>;

static_assert(std::same_as<packed_as<weights<>, std::int8_t, 4, 9>::operand, std::int8_t>);
static_assert(std::same_as<packed_as<weights<affine>, std::int8_t, 4, 9>::operand, std::int16_t>);
static_assert(std::same_as<packed_as<weights<per_group<3>>, std::int8_t, 4, 9>::operand, std::int32_t>);
static_assert(packed_as<weights<>, std::int8_t, 4, 9>::static_bytes == 4 * (9 + 4 + 4));
static_assert(packed_as<weights<f32>, float, 4, 9>::static_bytes == 4 * (36 + 4));
static_assert(packed_as<weights<>, std::int8_t, 4, 9>{}.bytes() == 68);

// Two channels of 1 x 3 pixels, zero point 1, window 1 x 2 with a column of padding in front; taps (1, 2) and (-1, 3), biases 10 and 20.
//   channel 0 less 1: 1 2 3 -> 10 + 2 * 1, 10 + 1 + 4, 10 + 2 + 6;  channel 1: 0 -1 5 -> 20, 20 - 3, 20 + 1 + 15
constexpr std::array<std::int8_t, 6> image{2, 1, 3, 0, 4, 6};
constexpr std::array<std::int32_t, 6> result() {
    stored_weights<weights<>, 2, 2, fixed> w;
    w.codes = {std::byte(1), std::byte(2), std::byte(0xff), std::byte(3)};
    w.scales = {1.0f};
    w.bias = {10, 20};
    const auto p = pack_depthwise<packed_as<weights<>, std::int8_t, 2, 2>>(w, 2, 2, {1, 1}, {});
    std::array<std::int32_t, 6> y{};
    depthwise_kernel(contiguous_image(image.data(), 1, 3, 2), {.kernel_width = 2, .pad_left = 1}, p, 1, std::int8_t(1),
                     contiguous_image(y.data(), 1, 3, 2), raw_sum<std::int32_t>{});
    return y;
}
constexpr std::array<std::int32_t, 6> wanted{12, 20, 15, 17, 18, 36};
static_assert(result() == wanted);

/// A square window of `Size` over channels that divide no block.
template <class Format, std::size_t Channels, std::size_t Multiplier, std::size_t Size, class Activation = std::int8_t>
void check(std::size_t stride, std::size_t dilation) {
    constexpr std::size_t height = 6, width = 5, rows = Channels * Multiplier, taps = Size * Size;
    support::lots r(41, Channels, Size);
    stored_weights<Format, rows, taps, support::guarded> w;
    support::draw_tensor(r, w, rows, taps, 1000);
    const auto plain = reference::tensor_of(w, rows, taps);
    const auto in = std::int32_t(support::draw_activation<Activation>(r, support::spread::even));
    const auto p = pack_depthwise<packed_as<Format, Activation, rows, taps>>(w, rows, taps, {1, in}, {});
    using total = typename packed_as<Format, Activation, rows, taps>::total;
    std::vector<Activation> x(height * width * Channels);
    for (auto& v : x) v = support::draw_activation<Activation>(r, support::spread::ends);
    const auto v = reference::same(height, Size, stride, dilation), h = reference::same(width, Size, stride, dilation);
    std::vector<total> y(v.out * h.out * rows);
    depthwise_kernel(contiguous_image<const Activation>(x.data(), height, width, Channels),
                     {Size, Size, stride, stride, dilation, dilation, std::size_t(v.before), std::size_t(h.before)}, p, Multiplier,
                     Activation(in), contiguous_image(y.data(), v.out, h.out, rows), raw_sum<total>{});
    const auto sums = reference::depthwise(reference::image<Activation>{x.data(), height, width, Channels, width * Channels, Channels}, v,
                                           h, Multiplier, in, plain, reference::decode(plain));
    REQUIRE(sums.size() == y.size());
    for (std::size_t i = 0; i < y.size(); ++i) REQUIRE(std::int64_t(y[i]) == sums[i].integer);
}

template <class Format>
void check_format() {
    check<Format, 1, 1, 3>(1, 1);
    check<Format, 3, 2, 2>(2, 1);
    check<Format, 63, 1, 3>(1, 2);
    check<Format, 65, 1, 3>(2, 1);
    check<Format, 23, 3, 3>(3, 1);
    check<Format, 2, 1, 5, std::uint8_t>(1, 1);
    check<Format, 5, 1, 3, std::int16_t>(1, 1);
}

}  // namespace

TEST_CASE("two channels by hand: padding is skipped") { CHECK(result() == wanted); }

TEST_CASE("taps lie channels innermost, times the factor of their group") {
    stored_weights<weights<per_group<2>>, 2, 3, fixed> w;
    for (std::size_t i = 0; i < 6; ++i) w.codes[i] = std::byte(i + 1);
    w.factors = {10, 20, 1, 255};
    w.scales = {0.5f, 2.0f};
    w.bias = {-7, 8};
    const auto p = pack_depthwise<packed_as<weights<per_group<2>>, std::int8_t, 2, 3>>(w, 2, 3, {0.5f, 9}, {0.25f, 0});
    CHECK(p.taps == std::array<std::int32_t, 6>{10, 4, 20, 5, 60, 6 * 255});
    CHECK(p.bias == std::array<std::int32_t, 2>{-7, 8});
    CHECK(p.scales == std::array<float, 2>{1.0f, 4.0f});
}

TEST_CASE("static shapes against the reference") {
    check_format<weights<>>();
    check_format<weights<int4, per_channel>>();
    check_format<weights<affine, per_channel>>();
    check_format<weights<codebook<16>>>();
    check_format<weights<n_of_m<1, 2>>>();
    check_format<weights<per_group<4>>>();
}
