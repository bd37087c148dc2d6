// SPDX-License-Identifier: MIT
// Taps outside the image: each output of these windows sees one tap of four. Larger images are checked with all others in conv.cpp.
#include <pare/kernel/conv_taps.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

#include <pare/kernel/pack.hpp>
#include <pare/kernel/select.hpp>

#include "support/catch.hpp"
#include "support/odd_archs.hpp"

namespace {

using namespace pare;

// 2 x 2 windows of three channels, which are one step of this arch; weights of output n at tap t: t + 1, 0, n.
using format = weights<int8>;
using by_taps = pare::select<format, problem<std::int8_t, 7, 12, 6, 1, 2>, support::odd_5x3>;
static_assert(by_taps::skips_taps && by_taps::tap_depth == 3);
constexpr std::int8_t zero_point = 5;

constexpr auto packed() {
    stored_weights<format, 7, 12, fixed> w;
    for (std::size_t n = 0; n < 7; ++n) {
        for (std::size_t t = 0; t < 4; ++t) w.codes[n * 12 + t * 3] = std::byte(t + 1), w.codes[n * 12 + t * 3 + 2] = std::byte(n);
        w.bias[n] = 100;
    }
    w.scales = {1.0f};
    return pack_weights<by_taps, rounding::fp32, fixed>(w, by_taps{}, {1, zero_point}, {1, 0});
}

// One pixel, 1 2 3 above its zero point, with a row and a column of padding before and behind it.
constexpr std::array<std::int8_t, 3> pixel{6, 7, 8};
constexpr conv_geometry around{.kernel_height = 2, .kernel_width = 2, .pad_top = 1, .pad_left = 1};

}  // namespace

TEST_CASE("what the bias takes out for a tap") {
    const auto p = packed();
    for (std::size_t t = 0; t < 4; ++t)
        for (std::size_t n = 0; n < 7; ++n) CHECK(p.tap_sums[t * by_taps{}.table_size() + n] == zero_point * std::int32_t(t + 1 + n));
    // Four taps: 1 + 2 + 3 + 4 and four times n; of the first register, the second tap is seen.
    std::array<std::int32_t, 5> bias{};
    kernels::edge_bias<by_taps, 1>(p.bias.data(), p.tap_sums.data(), by_taps{}.table_size(), 2, {0, 1, 0, 1}, {0, 1, 1, 2}, bias.data());
    for (std::size_t n = 0; n < 5; ++n) CHECK(bias[n] == 100 - zero_point * std::int32_t(2 + n));
}

TEST_CASE("outputs of which each sees another tap") {
    const auto p = packed();
    const auto image = contiguous_image<const std::int8_t>(pixel.data(), 1, 1, 3);
    constexpr conv_plan plan = plan_conv(by_taps{}, {around, 1, 1, 3, 2, 2});
    STATIC_REQUIRE((plan.way == conv_way::taps && plan.line == 0 && plan.column == 0));
    const auto check = [&]<conv_plan Plan>(std::size_t first, std::size_t last) {
        std::array<std::int32_t, 4 * 7> y{};
        kernels::conv_by_taps<Plan>(image, around, p, contiguous_image(y.data(), 2, 2, 7), raw_sum<std::int32_t>{}, first, last);
        for (std::size_t o = 0; o < 4; ++o)
            for (std::size_t n = 0; n < 7; ++n) {
                // The first output sees the last tap.
                const bool computed = first <= o / 2 && o / 2 < last;
                CHECK(y[o * 7 + n] == (computed ? 100 + std::int32_t(4 - o) + 3 * std::int32_t(n) : 0));
            }
    };
    check.operator()<conv_plan{}>(0, 2);
    check.operator()<plan>(0, 2);
    check.operator()<conv_plan{}>(1, 2);
}
