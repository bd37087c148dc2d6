// SPDX-License-Identifier: MIT
// The rules of weights and encodings: what is allowed compiles (what is not is asked in compile_fail), and the bounds of sums.
#include <pare/layer/check.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>

#include <pare/layer/add.hpp>
#include <pare/layer/conv2d.hpp>
#include <pare/layer/linear.hpp>
#include <pare/layer/softmax.hpp>

#include "support/catch.hpp"

namespace {

using namespace pare;
using detail::check_plain;
using detail::check_types;
using detail::check_weights;

/// Of `Cols` weights of one output.
template <class Format, std::size_t Cols, class In = int8>
constexpr std::int64_t bound = check_weights<linear<1, Format>, In, matrix_shape{1, Cols}, In>::sum_bound;
constexpr std::int64_t largest = std::numeric_limits<std::int32_t>::max();

// Complete types: each rule has been asked.
template <class T>
concept passes = sizeof(T) > 0;
static_assert(passes<check_plain<add<>, int8, uint8, uint8>> && passes<check_plain<softmax<>, f32, f32>>);
static_assert(passes<check_plain<softmax<>, int8, uint8>>);
static_assert(passes<check_types<linear<2, weights<f32>>, f32, shape{1, 1, 3}, f32>>);
static_assert(passes<check_types<conv2d<2, window<2, 2>, weights<int4, per_group<12>>>, int16, shape{3, 3, 3}, uint8>>);
static_assert(passes<check_types<linear<2, weights<unstructured<6>>>, int8, shape{1, 1, 3}, int8>>);

}  // namespace

TEST_CASE("the largest sum of a layer") {
    STATIC_REQUIRE(bound<weights<>, 10> == 10 * 128 * 255);
    STATIC_REQUIRE(bound<weights<int4>, 10> == 10 * 8 * 255);
    STATIC_REQUIRE(bound<weights<affine>, 10> == 10 * 255 * 255);
    STATIC_REQUIRE(bound<weights<uint8>, 10> == 10 * 255 * 255);
    STATIC_REQUIRE(bound<weights<ternary>, 10, int16> == 10 * 65535);
    STATIC_REQUIRE(bound<weights<int4, per_group<5>>, 10> == 10 * 8 * 255 * 255);
    STATIC_REQUIRE(bound<weights<f32>, 10, f32> == 0);
}

TEST_CASE("sums may be pinned to 32 bits exactly as long as all fit") {
    // 65793 * 128 * 255 is the last below 2^31.
    STATIC_REQUIRE(bound<weights<>, 65793> <= largest);
    STATIC_REQUIRE(bound<weights<>, 65794> > largest);
    using pinned = check_weights<linear<1, accumulate<std::int32_t>>, int8, matrix_shape{1, 65793}, int8>;
    STATIC_REQUIRE(pinned::pinned);
    STATIC_REQUIRE_FALSE(check_weights<linear<1>, int8, matrix_shape{1, 65794}, int8>::pinned);
}
