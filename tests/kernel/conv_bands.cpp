// SPDX-License-Identifier: MIT
// Bands: rows of padded images as copies. What convolutions make of them is checked with all others in conv.cpp.
#include <pare/kernel/conv_bands.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

#include "support/catch.hpp"
#include "support/odd_archs.hpp"

namespace {

using namespace pare;

// 2 x 2 pixels of two channels, with something else behind each pixel and each row.
constexpr std::array<std::int8_t, 14> pixels{1, 2, 99, 3, 4, 99, 99, 5, 6, 99, 7, 8, 99, 99};
constexpr image_view<const std::int8_t> sparse{pixels.data(), 2, 2, 2, 7, 3};

/// 2 x 2 windows of two channels, by rows in words and by columns in bytes that are copied as they are.
using words = execution<weights<>, problem<std::int8_t, 1, 8, 4, 1, 0, 0, true>, support::odd_3x2, form::expanded>;
using bytes = execution<weights<>, problem<std::int8_t, 1, 8, 8, 1, 2, 2>, arch::scalar, form::expanded>;

constexpr auto band(std::size_t pad_left, std::size_t top) {
    std::array<std::int16_t, 3 * 8> to{};
    const conv_geometry g{.kernel_height = 3, .kernel_width = 2, .pad_top = 1, .pad_left = pad_left};
    kernels::copy_band<words>(sparse, g, top, 3, 8, std::int8_t(9), to.data());
    return to;
}

}  // namespace

TEST_CASE("rows of a band: padding, the row widened, padding") {
    STATIC_REQUIRE(band(1, 0) == std::array<std::int16_t, 24>{9, 9, 9, 9, 9, 9, 9, 9,  //
                                                              9, 9, 1, 2, 3, 4, 9, 9,  //
                                                              9, 9, 5, 6, 7, 8, 9, 9});
    // From the second row of the image on, below which there is nothing.
    STATIC_REQUIRE(band(0, 2) == std::array<std::int16_t, 24>{5, 6, 7, 8, 9, 9, 9, 9,  //
                                                              9, 9, 9, 9, 9, 9, 9, 9,  //
                                                              9, 9, 9, 9, 9, 9, 9, 9});
    // More padding than the band is wide for; the rest of a row that is cut off.
    STATIC_REQUIRE(band(5, 1)[0] == 9);
    STATIC_REQUIRE(band(3, 1) == std::array<std::int16_t, 24>{9, 9, 9, 9, 9, 9, 1, 2,  //
                                                              9, 9, 9, 9, 9, 9, 5, 6,  //
                                                              9, 9, 9, 9, 9, 9, 9, 9});
}

TEST_CASE("columns of a band: what a column of windows' rows reads lies side by side") {
    constexpr auto columns = [](std::size_t pad_left, std::size_t first) {
        std::array<std::int8_t, 3 * 4> to{};
        const conv_geometry g{.kernel_height = 2, .kernel_width = 2, .pad_top = 1, .pad_left = pad_left};
        kernels::copy_columns<bytes>(sparse, g, first, 1, 3, std::int8_t(9), to.data());
        return to;
    };
    // The first row of windows lies above and on the first row of the image.
    STATIC_REQUIRE(columns(1, 0) == std::array<std::int8_t, 12>{9, 9, 9, 9, 9, 9, 1, 2, 9, 9, 3, 4});
    STATIC_REQUIRE(columns(0, 1) == std::array<std::int8_t, 12>{1, 2, 5, 6, 3, 4, 7, 8, 9, 9, 9, 9});
    STATIC_REQUIRE(columns(2, 2) == std::array<std::int8_t, 12>{9, 9, 9, 9, 9, 9, 9, 9, 5, 6, 9, 9});
    STATIC_REQUIRE(columns(7, 1) == std::array<std::int8_t, 12>{9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9});
}
