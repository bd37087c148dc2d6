// SPDX-License-Identifier: MIT
// Convolutions: one by hand, in the compiler too; the walks over pixels; and static shapes against the reference.
#include <pare/kernel/conv.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "kernel/static_cases.hpp"
#include "support/catch.hpp"

namespace {

using namespace pare;
using statics::convolution;
using enum statics::store;

using whole = weights<int8, per_channel>;
using nibbles = weights<int4>;
using book = weights<codebook<16>, per_channel>;
using pairs = weights<n_of_m<2, 4>>;
using sparse = weights<unstructured<>>;

// Images of one pixel, one row, one column; windows larger than the image; every way to pad; strides and dilations that leave rows out;
// groups; outputs beside 8 and 16 lanes; windows whose rows are shorter than a step of K, a step, and one more.
using convolutions = statics::list<
    // bytes: the ways to lie in an image
    convolution<1, 1, 1, conv2d<1, whole>, raw>, convolution<1, 1, 5, conv2d<17, whole>>,
    convolution<1, 1, 3, conv2d<4, window<3, 3>, same, whole>, raw>, convolution<5, 5, 1, conv2d<8, window<3, 3>, valid, whole>>,
    convolution<5, 4, 3, conv2d<16, window<3, 3>, same, whole>, raw>, convolution<7, 5, 2, conv2d<9, window<3, 3>, stride<2>, same, whole>>,
    convolution<6, 7, 4, conv2d<3, window<2, 3>, stride<1, 2>, same, whole>>,
    convolution<7, 7, 1, conv2d<7, window<3, 3>, dilation<2>, same, whole>>,
    convolution<9, 4, 2, conv2d<5, window<3, 2>, dilation<3, 1>, valid, whole>, raw>,
    convolution<4, 4, 3, conv2d<15, window<3, 3>, pad<2, 0, 1, 3>, whole>>, convolution<3, 3, 2, conv2d<2, window<5, 5>, same, whole>>,
    convolution<1, 9, 2, conv2d<8, window<1, 5>, same, whole>>,
    convolution<9, 1, 3, conv2d<4, window<4, 1>, stride<3>, pad<1, 0, 2, 0>, whole>, raw>,
    convolution<6, 6, 6, conv2d<4, window<3, 3>, groups<2>, same, whole>>,
    convolution<5, 5, 9, conv2d<51, window<2, 2>, groups<3>, stride<2>, same, whole>, raw>,
    convolution<4, 4, 4, conv2d<4, window<3, 3>, groups<4>, dilation<1, 2>, pad<1, 2, 1, 2>, whole>>,
    convolution<4, 5, 2, conv2d<8, window<3, 3>, same, whole>, raw, std::uint8_t>,
    convolution<4, 5, 2, conv2d<8, window<3, 3>, same, whole>, narrow, std::int16_t>,
    // other weights
    convolution<5, 5, 2, conv2d<16, window<3, 3>, same, nibbles>>,
    convolution<6, 5, 3, conv2d<17, window<3, 2>, stride<2>, valid, nibbles>>,
    convolution<4, 4, 4, conv2d<34, window<3, 3>, groups<2>, same, nibbles>, raw>,
    convolution<5, 5, 1, conv2d<9, window<3, 3>, same, book>>, convolution<5, 4, 4, conv2d<33, window<2, 2>, dilation<2>, same, book>, raw>,
    convolution<5, 5, 3, conv2d<8, window<3, 3>, same, pairs>>,
    convolution<7, 4, 4, conv2d<15, window<2, 2>, stride<2>, valid, pairs>, raw>,
    convolution<5, 5, 2, conv2d<16, window<3, 3>, same, sparse>>,
    convolution<5, 6, 4, conv2d<10, window<3, 3>, groups<2>, stride<2, 3>, same, sparse>, raw>,
    convolution<3, 4, 3, conv2d<7, window<3, 3>, same, weights<int4, per_group<4>>>>,
    convolution<3, 4, 3, conv2d<7, window<3, 3>, same, weights<affine>>>,
    convolution<4, 4, 3, conv2d<5, window<3, 3>, same, weights<f32>>, raw, float>,
    convolution<5, 3, 2, conv2d<17, window<2, 3>, stride<2>, pad<0, 1, 1, 0>, weights<f32>>, narrow, float>>;

// A 3 x 3 image of one channel less its zero point 1, padded by a row and a column of nothing all around:
//   0 1 2      window 2 x 2, weights  1 -1   stride 2, bias 100; outputs at (-1, -1), (-1, 1), (1, -1), (1, 1)
//   3 4 5                             2  3
//   6 7 8
constexpr std::array<std::int8_t, 9> image{1, 2, 3, 4, 5, 6, 7, 8, 9};
constexpr conv_geometry around{.kernel_height = 2, .kernel_width = 2, .stride_y = 2, .stride_x = 2, .pad_top = 1, .pad_left = 1};
constexpr std::array<std::int32_t, 4> wanted{100 + 0, 100 + 2 * 1 + 3 * 2, 100 - 3 + 3 * 6, 100 + 4 - 5 + 2 * 7 + 3 * 8};

template <class Arch>
using by_hand = pare::select<weights<int8>, problem<std::int8_t, 1, 4, 2>, Arch>;

template <class Arch, std::size_t Inner = dynamic, std::size_t Border = dynamic>
constexpr std::array<std::int32_t, 4> result() {
    stored_weights<weights<int8>, 1, 4, fixed> w;
    w.codes = {std::byte(1), std::byte(0xff), std::byte(2), std::byte(3)};
    w.scales = {1.0f};
    w.bias = {100};
    using execution = by_hand<Arch>;
    const auto packed = pack_weights<execution, rounding::fp32, fixed>(w, execution{}, {1, 1}, {1, 0});
    std::array<std::int32_t, 4> y{};
    std::array<typename execution::dot::lhs, execution{}.scratch_elements(execution::max_rows)> scratch{};
    conv2d_kernel<Inner, Border>(contiguous_image(image.data(), 3, 3, 1), around, packed, std::int8_t(1),
                                 contiguous_image(y.data(), 2, 2, 1), raw_sum<std::int32_t>{}, std::span(scratch));
    return y;
}
static_assert(result<arch::scalar>() == wanted);

}  // namespace

TEST_CASE("four windows by hand") {
    CHECK(result<arch::scalar>() == wanted);
    CHECK(result<arch::native>() == wanted);
    CHECK(result<arch::native, by_hand<arch::native>::widens ? 0 : 1, by_hand<arch::native>::widens ? 4 : 3>() == wanted);
    STATIC_REQUIRE(conv_scratch_bytes(by_hand<arch::scalar>{}, 3) == 3 * conv_scratch_bytes(by_hand<arch::scalar>{}));
    // One row of a window is two bytes; two of them for each row of a tile.
    STATIC_REQUIRE(conv_scratch_bytes(by_hand<arch::scalar>{}) == 4 * by_hand<arch::scalar>::max_rows);
}

TEST_CASE("pixels whose windows lie inside") {
    using detail::interior;
    // Only the last of the four windows above touches no padding.
    constexpr interior one(around, 3, 3, 2, 2);
    STATIC_REQUIRE((one.y0 == 1 && one.y1 == 2 && one.x0 == 1 && one.x1 == 2 && one.count() == 1));
    constexpr interior all({.kernel_height = 3, .kernel_width = 3}, 5, 6, 3, 4);
    STATIC_REQUIRE((all.y0 == 0 && all.y1 == 3 && all.x0 == 0 && all.x1 == 4 && all.count() == 12));
    // 3 x 3 with padding 1 over 5 x 5: all but a frame; over 2 x 2 none, since the window is larger than the image.
    constexpr conv_geometry centred{.kernel_height = 3, .kernel_width = 3, .pad_top = 1, .pad_left = 1};
    STATIC_REQUIRE(interior(centred, 5, 5, 5, 5).count() == 9);
    STATIC_REQUIRE(interior(centred, 2, 2, 2, 2).count() == 0);
    STATIC_REQUIRE(interior(centred, 2, 5, 2, 5).count() == 0);
    // Taps 4 apart cover 9 of 10 rows: outputs 0 and 1.
    STATIC_REQUIRE(interior({.kernel_height = 3, .dilation_y = 4}, 10, 1, 2, 1).count() == 2);
}

TEST_CASE("the two walks meet each pixel once, inner and border ones apart") {
    std::size_t walks = 0;
    for (const std::size_t height : {1u, 2u, 4u, 7u})
        for (const std::size_t width : {1u, 3u, 5u})
            for (const std::size_t pad : {0u, 1u, 2u}) {
                const conv_geometry g{.kernel_height = 3, .kernel_width = 3, .pad_top = pad, .pad_left = pad};
                if (height + 2 * pad < 3 || width + 2 * pad < 3) continue;
                const std::size_t rows = height + 2 * pad - 2, cols = width + 2 * pad - 2;
                const detail::interior inside(g, height, width, rows, cols);
                for (std::size_t first = 0; first < rows; ++first)
                    for (std::size_t last = first + 1; last <= rows; ++last) {
                        std::vector<int> seen(rows * cols, 0);
                        detail::inner_walk inner(inside, first, last);
                        for (std::size_t i = 0; i < inner.count; ++i) {
                            const detail::pixel p = inner.next();
                            seen.at(p.y * cols + p.x) += 1;
                        }
                        detail::border_walk border(inside, first, last, cols);
                        for (std::size_t i = 0; i < border.count; ++i) {
                            const detail::pixel p = border.next();
                            seen.at(p.y * cols + p.x) += 10;
                        }
                        for (std::size_t y = 0; y < rows; ++y)
                            for (std::size_t x = 0; x < cols; ++x) {
                                const bool whole_window = y >= pad && x >= pad && y - pad + 3 <= height && x - pad + 3 <= width;
                                REQUIRE(seen[y * cols + x] == (y < first || y >= last ? 0 : whole_window ? 1 : 10));
                            }
                        ++walks;
                    }
            }
    REQUIRE(walks > 100);
}

TEST_CASE("convolutions of static shapes against the reference") { convolutions::run<90>("convolutions"); }
