// SPDX-License-Identifier: MIT
// Convolutions: one by hand, in the compiler too, and static shapes against the reference.
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

// Few of them, for archs that share most operations with another, and weights that are sure to be narrow.
using few_convolutions = statics::list<convolution<5, 4, 3, conv2d<16, window<3, 3>, same, whole>, raw>,
                                       convolution<7, 5, 2, conv2d<9, window<3, 3>, stride<2>, same, whole>>,
                                       convolution<5, 5, 8, conv2d<33, window<3, 3>, same, weights<int7, per_channel>>>,
                                       convolution<6, 5, 2, conv2d<17, window<3, 3>, same, weights<int7>>, raw>,
                                       convolution<4, 5, 3, conv2d<8, window<2, 3>, valid, nibbles>, narrow, std::uint8_t>>;

// A 3 x 3 image of one channel less its zero point 1, padded by a row and a column of nothing all around:
//   0 1 2      window 2 x 2, weights  1 -1   stride 2, bias 100; outputs at (-1, -1), (-1, 1), (1, -1), (1, 1)
//   3 4 5                             2  3
//   6 7 8
constexpr std::array<std::int8_t, 9> image{1, 2, 3, 4, 5, 6, 7, 8, 9};
constexpr conv_geometry around{.kernel_height = 2, .kernel_width = 2, .stride_y = 2, .stride_x = 2, .pad_top = 1, .pad_left = 1};
constexpr std::array<std::int32_t, 4> wanted{100 + 0, 100 + 2 * 1 + 3 * 2, 100 - 3 + 3 * 6, 100 + 4 - 5 + 2 * 7 + 3 * 8};

template <class Arch>
using by_hand = pare::select<weights<int8>, problem<std::int8_t, 1, 4, 2>, Arch>;

constexpr conv_shape around_all{around, 3, 3, 1, 2, 2};

template <class Arch, bool Planned = false>
constexpr std::array<std::int32_t, 4> result() {
    stored_weights<weights<int8>, 1, 4, fixed> w;
    w.codes = {std::byte(1), std::byte(0xff), std::byte(2), std::byte(3)};
    w.scales = {1.0f};
    w.bias = {100};
    using execution = by_hand<Arch>;
    const auto packed = pack_weights<execution, rounding::fp32, fixed>(w, execution{}, {1, 1}, {1, 0});
    std::array<std::int32_t, 4> y{};
    constexpr conv_plan plan = plan_conv(execution{}, around_all);
    std::array<typename execution::dot::lhs, plan.scratch_elements> scratch{};
    conv2d_kernel<Planned ? plan : conv_plan{}>(contiguous_image(image.data(), 3, 3, 1), around, packed, std::int8_t(1),
                                                contiguous_image(y.data(), 2, 2, 1), raw_sum<std::int32_t>{}, std::span(scratch));
    return y;
}
static_assert(result<arch::scalar>() == wanted);

}  // namespace

TEST_CASE("four windows by hand") {
    CHECK(result<arch::scalar>() == wanted);
    CHECK(result<arch::native>() == wanted);
    CHECK(result<arch::scalar, true>() == wanted);
    CHECK(result<arch::native, true>() == wanted);
}

TEST_CASE("convolutions of static shapes against the reference") { convolutions::run<90>("convolutions"); }

#if !defined(__aarch64__) && !defined(PARE_FEW_ARCHS)
TEST_CASE("some convolutions on each arch of x86") { few_convolutions::run_on<arch::sse4_1, arch::avx2, arch::avx_vnni, arch::avx512>(); }
#endif
