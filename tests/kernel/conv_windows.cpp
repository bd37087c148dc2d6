// SPDX-License-Identifier: MIT
// Copies of windows by hand: rows that are neighbours, and taps apart in groups. What convolutions make of them is checked in conv.cpp.
#include <pare/kernel/conv_windows.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

#include <pare/kernel/select.hpp>

#include "support/catch.hpp"
#include "support/odd_archs.hpp"

namespace {

using namespace pare;

// 2 x 3 pixels of two channels.
constexpr std::array<std::int8_t, 12> pixels{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
constexpr auto image = contiguous_image(pixels.data(), 2, 3, 2);

template <class Execution, std::size_t Size>
auto window(const conv_geometry& g, detail::pixel at, std::size_t group) {
    std::array<typename Execution::dot::lhs, Size> to{};
    const auto* const end = kernels::copy_window(Execution{}, image, g, at, group, std::int8_t(-1), to.data());
    REQUIRE(end == to.data() + Size);
    return to;
}

}  // namespace

TEST_CASE("rows of a window as words: padding, pixels, and zeros up to whole steps") {
    // A row of the window is three pixels of two words: whole steps of two.
    using words = execution<weights<>, problem<std::int8_t, 1, 12, 6>, support::odd_3x2, form::expanded>;
    using row = std::array<std::int16_t, 12>;
    constexpr conv_geometry g{.kernel_height = 2, .kernel_width = 3, .pad_top = 1, .pad_left = 1};
    CHECK(window<words, 12>(g, {0, 0}, 0) == row{-1, -1, -1, -1, -1, -1, -1, -1, 1, 2, 3, 4});
    CHECK(window<words, 12>(g, {1, 1}, 0) == row{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
    CHECK(window<words, 12>(g, {2, 2}, 0) == row{9, 10, 11, 12, -1, -1, -1, -1, -1, -1, -1, -1});
    CHECK(window<words, 12>(g, {1, 9}, 0) == row{-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1});
    // Steps of three bytes: two pixels are four, and two of what the arch sees as zero.
    using bytes = execution<weights<>, problem<std::int8_t, 1, 4, 4>, support::odd_5x3, form::expanded>;
    CHECK(window<bytes, 6>({.kernel_width = 2}, {1, 1}, 0) == std::array<std::int8_t, 6>{9, 10, 11, 12, 0, 0});
}

TEST_CASE("taps apart: groups, dilation") {
    using taps = execution<weights<>, problem<std::int8_t, 1, 4, 1, 2>, arch::scalar, form::expanded>;
    using four = std::array<std::int8_t, 4>;
    constexpr conv_geometry g{.kernel_height = 2, .kernel_width = 2, .dilation_x = 2, .pad_top = 1};
    CHECK(window<taps, 4>(g, {0, 0}, 0) == four{-1, -1, 1, 5});
    CHECK(window<taps, 4>(g, {1, 0}, 1) == four{2, 6, 8, 12});
    CHECK(window<taps, 4>(g, {1, 1}, 1) == four{4, -1, 10, -1});
}
