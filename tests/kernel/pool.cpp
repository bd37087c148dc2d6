// SPDX-License-Identifier: MIT
// Pooling by hand, and against the reference where windows have many taps and images many channels.
#include <pare/kernel/pool.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "support/catch.hpp"
#include "support/lots.hpp"
#include "support/reference_layers.hpp"

namespace {

using namespace pare;
constexpr rounding::output_range all{0, -128, 127};

// Two channels: 1 2 3 and their tens' negatives, of a 2 x 3 image.
constexpr std::array<std::int8_t, 12> image{1, -10, 2, -20, 3, -30, 4, -40, 5, -50, 6, -60};
constexpr auto seen = contiguous_image(image.data(), 2, 3, 2);
constexpr conv_geometry two{.kernel_height = 2, .kernel_width = 2};

constexpr auto largest(rounding::output_range r, bool clamp) {
    std::array<std::int8_t, 4> y{};
    max_pool(seen, two, contiguous_image(y.data(), 1, 2, 2), r, clamp, arch::scalar{});
    return y;
}
constexpr auto mean(conv_geometry g, rounding::output_range r) {
    std::array<std::int8_t, 4> y{};
    avg_pool(seen, g, contiguous_image(y.data(), 1, 2, 2), r);
    return y;
}
using four = std::array<std::int8_t, 4>;

template <class T>
void check_sizes(std::size_t size, std::size_t channels, std::size_t stride) {
    support::lots r(21, size, channels);
    constexpr std::size_t height = 7, width = 6;
    std::vector<T> x(height * width * channels);
    for (T& v : x) v = support::draw_activation<T>(r, r.one_in(2) ? support::spread::even : support::spread::ends);
    const reference::image<T> plain{x.data(), height, width, channels, width * channels, channels};
    const auto v = reference::same(height, size, stride, 1), h = reference::same(width, size, stride, 1);
    const conv_geometry g{size, size, stride, stride, 1, 1, std::size_t(v.before), std::size_t(h.before)};
    std::vector<T> y(v.out * h.out * channels), z(y.size());
    const image_view<const T> from = contiguous_image<const T>(x.data(), height, width, channels);
    INFO("window " << size << ", channels " << channels << ", stride " << stride);
    if constexpr (std::is_floating_point_v<T>) {
        max_pool(from, g, contiguous_image(y.data(), v.out, h.out, channels), float_range{}, false, arch::native{});
        REQUIRE(y == reference::max_pool(plain, v, h));
    } else {
        const rounding::output_range range{0, std::numeric_limits<T>::min(), std::numeric_limits<T>::max()};
        max_pool(from, g, contiguous_image(y.data(), v.out, h.out, channels), range, false, arch::native{});
        REQUIRE(y == reference::max_pool(plain, v, h));
        const auto mean = reference::avg_pool(plain, v, h);
        avg_pool(from, g, contiguous_image(z.data(), v.out, h.out, channels), range);
        REQUIRE(z == mean);
        z.assign(z.size(), T(0));
        avg_pool(from, g, contiguous_image(z.data(), v.out, h.out, channels), range, arch::native{});
        REQUIRE(z == mean);
    }
}

}  // namespace

TEST_CASE("the largest of each window, clamped where asked") {
    STATIC_REQUIRE(largest(all, false) == four{5, -10, 6, -20});
    STATIC_REQUIRE(largest({0, -15, 5}, true) == four{5, -10, 5, -15});
    STATIC_REQUIRE(largest({0, -15, 5}, false) == four{5, -10, 6, -20});
}

TEST_CASE("the mean of each window: halves away from zero, padding left out") {
    // 12 / 4, -120 / 4, 16 / 4, -160 / 4.
    STATIC_REQUIRE(mean(two, all) == four{3, -30, 4, -40});
    // Windows of one row and two pixels: 1.5 and 2.5, -15 and -25.
    STATIC_REQUIRE(mean({.kernel_height = 1, .kernel_width = 2}, all) == four{2, -15, 3, -25});
    // Above and left of the image is nothing: 1 alone, then (2 + 3) / 2.
    STATIC_REQUIRE(mean({.kernel_height = 2, .kernel_width = 2, .stride_x = 2, .pad_top = 1, .pad_left = 1}, {0, -20, 2}) ==
                   four{1, -10, 2, -20});
    // -5 / 2 and 5 / 2.
    constexpr std::array<std::int8_t, 4> halves{-3, 3, -2, 2};
    std::array<std::int8_t, 2> y{};
    avg_pool(contiguous_image(halves.data(), 1, 2, 2), {.kernel_width = 2}, contiguous_image(y.data(), 1, 1, 2), all);
    CHECK(y == std::array<std::int8_t, 2>{-3, 3});
}

TEST_CASE("floats") {
    constexpr std::array<float, 4> x{1, 2, -4, 0.5f};
    std::array<float, 1> y{};
    const auto from = contiguous_image(x.data(), 2, 2, 1);
    avg_pool(from, two, contiguous_image(y.data(), 1, 1, 1), float_range{-1, 1});
    CHECK(y[0] == -0.125f);
    avg_pool(from, two, contiguous_image(y.data(), 1, 1, 1), float_range{0, 1});
    CHECK(y[0] == 0);
    max_pool(from, two, contiguous_image(y.data(), 1, 1, 1), float_range{0, 1.5f}, true, arch::native{});
    CHECK(y[0] == 1.5f);
}

TEST_CASE("many taps, more channels than a block") {
    for (const std::size_t size : {1u, 2u, 4u, 5u, 7u})
        for (const std::size_t channels : {1u, 3u, 16u, 63u, 64u, 65u, 130u})
            for (const std::size_t stride : {1u, 3u}) {
                check_sizes<std::int8_t>(size, channels, stride);
                check_sizes<std::uint8_t>(size, channels, stride);
                check_sizes<std::int16_t>(size, channels, stride);
                check_sizes<float>(size, channels, stride);
            }
}
