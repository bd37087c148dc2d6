// SPDX-License-Identifier: MIT
// Ways over an image, chosen by hand-made shapes: which way, how many pixels go together, and what scratch is wanted.
#include <pare/kernel/conv_plan.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>

#include <pare/kernel/select.hpp>

#include "support/catch.hpp"

namespace {

using namespace pare;

/// 3 x 3 windows, padded by one, of an image of `Channels`.
template <std::size_t Channels, class Arch, std::size_t Taps = 3, class Format = weights<int8>, std::size_t Groups = 1>
using around = pare::select<Format, problem<std::int8_t, 16, 9 * Channels / Groups, 3 * Channels, Groups, Taps>, Arch>;

constexpr conv_shape padded(std::size_t size, std::size_t channels, std::size_t stride = 1) {
    return {{.kernel_height = 3, .kernel_width = 3, .stride_y = stride, .stride_x = stride, .pad_top = 1, .pad_left = 1},
            size,
            size,
            channels,
            (size - 1) / stride + 1,
            (size - 1) / stride + 1};
}
constexpr conv_shape inside(std::size_t size, std::size_t channels) {
    return {{.kernel_height = 3, .kernel_width = 3}, size, size, channels, size - 2, size - 2};
}

using enum conv_way;

}  // namespace

TEST_CASE("on the scalar arch windows are read where they lie, or copied") {
    using x = around<2, arch::scalar, 0>;
    // Lines of 6 windows of 8 x 8 touch no border, 28 windows do; a copy of 18 bytes for each row of a tile.
    STATIC_REQUIRE((plan_conv(x{}, padded(8, 2)) == conv_plan{windows, 6, 0, 2, 16, 28, 1, 18 * x::max_rows}));
    STATIC_REQUIRE((plan_conv(x{}, inside(8, 2)) == conv_plan{windows, 6, 0, 2, 16, 0, 1, 0}));
    STATIC_REQUIRE(conv_scratch_bytes(x{}, padded(8, 2), 3) == 3 * 18 * x::max_rows);
    // Pixels that hold something else are copied one and all.
    conv_shape sparse = padded(8, 2);
    sparse.contiguous = false;
    CHECK((plan_conv(x{}, sparse) == conv_plan{windows, 0, 0, 2, 16, 64, 1, 18 * x::max_rows}));
}

TEST_CASE("taps are skipped where each of them is whole steps") {
    using x = around<8, arch::avx512_vnni>;
    // The image is flipped whole.
    STATIC_REQUIRE((plan_conv(x{}, padded(8, 8)) == conv_plan{taps, 6, 6, 8, 16, 0, 1, 0, 8 * 8 * 8}));
    STATIC_REQUIRE(conv_scratch_bytes(x{}, padded(8, 8), 3) == 8 * 8 * 8);
    using unsigned_bytes = pare::select<weights<int8>, problem<std::uint8_t, 16, 72, 24, 1, 3>, arch::avx512_vnni>;
    STATIC_REQUIRE((plan_conv(unsigned_bytes{}, padded(8, 8)) == conv_plan{taps, 6, 6, 8, 16, 0, 1, 0, 0}));
    conv_shape sparse = padded(8, 8);
    sparse.contiguous = false;
    // A band of the whole image: ten rows of ten pixels, and a step that may be read behind them.
    CHECK((plan_conv(x{}, sparse) == conv_plan{bands, 8, 0, 8, 16, 0, 8, 10 * 10 * 8 + 4, 0, 80, 80}));
    // Rows of 24 that are four taps of 6, and not the three of 8 that the problem tells of.
    const conv_shape other{{.kernel_height = 3, .kernel_width = 4, .pad_top = 1, .pad_left = 1}, 8, 8, 6, 8, 7};
    CHECK(plan_conv(x{}, other).way == bands);
}

TEST_CASE("bands where activations are widened, or taps are not whole steps") {
    using few = around<2, arch::avx512_vnni>;
    STATIC_REQUIRE((plan_conv(few{}, padded(8, 2)) == conv_plan{bands, 8, 0, 2, 16, 0, 8, 10 * 10 * 2 + 4, 0, 20, 20}));
    // Windows of 6 bytes a row are not whole steps, though none meets a border; those of 24 are, and stay where they
    // lie, unless they are to be flipped.
    STATIC_REQUIRE((plan_conv(few{}, inside(8, 2)) == conv_plan{bands, 6, 0, 2, 16, 0, 6, 8 * 8 * 2 + 4, 0, 16, 16}));
    using unsigned_bytes = pare::select<weights<int8>, problem<std::uint8_t, 16, 72, 24>, arch::avx512_vnni>;
    STATIC_REQUIRE((plan_conv(unsigned_bytes{}, inside(8, 8)) == conv_plan{windows, 6, 0, 8, 16, 0, 1, 0}));
    STATIC_REQUIRE(
        (plan_conv(around<8, arch::avx512_vnni, 0>{}, inside(8, 8)) == conv_plan{bands, 6, 0, 8, 16, 0, 6, 8 * 8 * 8 + 4, 0, 64, 64}));
    STATIC_REQUIRE((plan_conv(around<8, arch::avx2, 0>{}, inside(8, 8)) == conv_plan{bands, 6, 0, 8, 16, 0, 6, 8 * 8 * 8 + 2, 0, 64, 64}));
    // Rows of 58 pixels of 64 words: one row of windows reads three of them, more would not stay in half a cache.
    STATIC_REQUIRE(
        (plan_conv(around<64, arch::avx2>{}, padded(56, 64)) == conv_plan{bands, 56, 0, 64, 16, 0, 1, 3 * 58 * 64 + 2, 0, 3712, 3712}));
    // 226 x 3 bytes: 24 rows fit, which are 22 of 224 outputs; 11 bands of 21, and the last of 14.
    STATIC_REQUIRE((plan_conv(around<3, arch::avx512_vnni>{}, padded(224, 3)) ==
                    conv_plan{bands, 224, 0, 3, 16, 0, 21, 23 * 226 * 3 + 4, 0, 678, 678}));
    // With stride 2 a band of 11 outputs reads 23 rows.
    STATIC_REQUIRE((plan_conv(around<3, arch::avx512_vnni>{}, padded(224, 3, 2)) ==
                    conv_plan{bands, 112, 0, 6, 16, 0, 11, 23 * 225 * 3 + 4, 0, 675, 2 * 675}));
}

TEST_CASE("outputs that are pooled go by bands, in whole windows") {
    // Of 7 x 7 windows of a padded image 6 x 6 are computed, in three lines of three; the padded image has 9 pixels in a row.
    constexpr conv_shape pooled{{.kernel_height = 3, .kernel_width = 3, .pad_top = 1, .pad_left = 1}, 7, 7, 8, 6, 6, true, {2, 2}};
    using problem_type = conv_problem<weights<>, std::int8_t, 48, pooled, 1, arch::avx512_vnni>;
    STATIC_REQUIRE(std::same_as<problem_type, problem<std::int8_t, 48, 72, 24, 1, 0, 0, true, 4>>);
    using x = pare::select<weights<>, problem_type, arch::avx512_vnni>;
    STATIC_REQUIRE((x::width == 3 && x::max_rows == 8));
    // A line of pooled outputs is two of six pixels; rows of windows are a row of 8 pixels apart: 6 outputs see no more.
    STATIC_REQUIRE((plan_conv(x{}, pooled) == conv_plan{bands, 12, 0, 8, 48, 0, 3, 8 * 8 * 8 + 4, 0, 64, 64, {2, 2}}));
    // The same weights, outputs one by one.
    conv_shape alone = pooled;
    alone.pool = {}, alone.out_height = alone.out_width = 7;
    CHECK((plan_conv(x{}, alone) == conv_plan{bands, 7, 0, 8, 48, 0, 7, 9 * 9 * 8 + 4, 0, 72, 72}));
    // Bands of windows as tall as the pool: 5 rows of 226 x 16 bytes do not fit twice.
    conv_shape large = pooled;
    large.height = large.width = large.out_height = large.out_width = 224, large.channels = 16;
    using wide = pare::select<weights<>, problem<std::int8_t, 48, 144, 48, 1, 0, 0, true, 4>, arch::avx512_vnni>;
    CHECK((plan_conv(wide{}, large) == conv_plan{bands, 448, 0, 16, 48, 0, 1, 4 * 226 * 16 + 4, 0, 3616, 3616, {2, 2}}));
}

TEST_CASE("groups, and codes that are decoded as they are used, go by windows") {
    using grouped = around<4, arch::avx512_vnni, 0, weights<int8>, 2>;
    STATIC_REQUIRE(plan_conv(grouped{}, padded(8, 4)).way == windows);
    STATIC_REQUIRE(plan_conv(grouped{}, padded(8, 4)).border == 64);
    using coded = execution<weights<int4>, problem<std::int8_t, 16, 18, 6>, arch::avx512_vnni, form::coded>;
    STATIC_REQUIRE(plan_conv(coded{}, padded(8, 2)).way == windows);
    STATIC_REQUIRE(plan_conv(coded{}, padded(8, 2)).border == 28);
    // Groups are copied window by window; where windows lie side by side, the image is flipped for those that meet no border.
    STATIC_REQUIRE(plan_conv(grouped{}, padded(8, 4)).image_elements == 0);
    STATIC_REQUIRE(plan_conv(coded{}, padded(8, 2)).image_elements == 8 * 8 * 2);
}

TEST_CASE("problems of convolutions") {
    using plain = weights<int8>;
    using vnni = arch::avx512_vnni;
    // On the scalar arch rows of a window, and no sums of taps; elsewhere taps are told of where some lie outside.
    STATIC_REQUIRE(std::same_as<conv_problem<plain, std::int8_t, 16, padded(8, 8), 1, arch::scalar>, problem<std::int8_t, 16, 72, 24>>);
    STATIC_REQUIRE(std::same_as<conv_problem<plain, std::int8_t, 16, padded(8, 8), 1, vnni>, problem<std::int8_t, 16, 72, 24, 1, 3>>);
    STATIC_REQUIRE(
        std::same_as<conv_problem<plain, std::int8_t, 16, inside(8, 8), 1, vnni>, problem<std::int8_t, 16, 72, 24, 1, 0, 0, true>>);
    STATIC_REQUIRE(std::same_as<conv_problem<plain, std::uint8_t, 16, inside(8, 8), 1, vnni>, problem<std::uint8_t, 16, 72, 24>>);
    STATIC_REQUIRE(std::same_as<conv_problem<plain, std::int8_t, 8, padded(8, 8), 2, vnni>, problem<std::int8_t, 8, 36, 4, 2>>);
    // Three channels go by columns, padded or not, in bytes: 7 steps, and 9 by rows. In words it is 14 and 15; one channel takes 3 steps.
    STATIC_REQUIRE(std::same_as<conv_problem<plain, std::int8_t, 16, padded(8, 3), 1, vnni>, problem<std::int8_t, 16, 27, 27, 1, 3, 3>>);
    STATIC_REQUIRE(std::same_as<conv_problem<plain, std::int8_t, 16, inside(8, 3), 1, vnni>, problem<std::int8_t, 16, 27, 27, 1, 3, 3>>);
    STATIC_REQUIRE(
        std::same_as<conv_problem<plain, std::int16_t, 16, inside(8, 3), 1, vnni>, problem<std::int16_t, 16, 27, 9, 1, 0, 0, true>>);
    STATIC_REQUIRE(std::same_as<conv_problem<plain, std::int8_t, 16, padded(8, 1), 1, vnni>,
                                problem<std::int8_t, 16, 9, 3, 1, 0, 0, true>>);  // by bands
    // On helium few channels go by columns too, 1 step for 3, also of codes; others by windows, whose padded taps are multiplied.
    STATIC_REQUIRE(
        std::same_as<conv_problem<plain, std::int8_t, 16, padded(8, 1), 1, arch::helium>, problem<std::int8_t, 16, 9, 9, 1, 3, 3>>);
    STATIC_REQUIRE(std::same_as<conv_problem<weights<int4>, std::int8_t, 16, padded(8, 3), 1, arch::helium>,
                                problem<std::int8_t, 16, 27, 27, 1, 3, 3>>);
    STATIC_REQUIRE(std::same_as<conv_problem<plain, std::int8_t, 16, padded(8, 16), 1, arch::helium>, problem<std::int8_t, 16, 144, 48>>);
    // Sums of groups of weights belong to neighbours at rest.
    STATIC_REQUIRE(conv_problem<weights<int4, per_group<9>>, std::int8_t, 16, padded(8, 3), 1, vnni>::window_rows == 0);
}

TEST_CASE("columns") {
    using x = pare::select<weights<codebook<16>>, conv_problem<weights<codebook<16>>, std::int8_t, 16, padded(8, 3), 1, arch::avx512_vnni>,
                           arch::avx512_vnni>;
    STATIC_REQUIRE(x::layout == form::expanded);
    // Ten columns of nine bytes for each of eight rows.
    STATIC_REQUIRE((plan_conv(x{}, padded(8, 3)) == conv_plan{columns, 8, 0, 9, 16, 0, 8, 8 * 10 * 9 + 4, 0, 0, 90}));
    // The second weight of a column is below the first one: [ky][kx][c] at rest, [kx][ky][c] here.
    STATIC_REQUIRE((x::resting(0) == 0 && x::resting(2) == 2 && x::resting(3) == 9 && x::resting(6) == 18 && x::resting(9) == 3));
    STATIC_REQUIRE((x::resting(26) == 26 && around<3, arch::avx512_vnni>::resting(5) == 5));
}
