// SPDX-License-Identifier: MIT
// Shapes of convolutions, by hand.
#include <pare/layer/conv2d.hpp>

#include <concepts>

#include "support/catch.hpp"

using namespace pare;

TEST_CASE("outputs and weights") {
    using plain = conv2d<8, window<3, 5>>;
    STATIC_REQUIRE(plain::kind == layer_kind::conv2d);
    STATIC_REQUIRE(plain::output({10, 12, 6}) == shape{8, 8, 8});
    STATIC_REQUIRE(plain::weight_shape({10, 12, 6}) == matrix_shape{8, 90});

    using point = conv2d<4>;
    STATIC_REQUIRE(point::output({3, 2, 5}) == shape{3, 2, 4});
    STATIC_REQUIRE(point::weight_shape({3, 2, 5}) == matrix_shape{4, 5});

    using strided = conv2d<4, window<3>, stride<2, 3>, same>;
    STATIC_REQUIRE(strided::output({9, 10, 1}) == shape{5, 4, 4});
    STATIC_REQUIRE(strided::geometry({9, 10, 1}) == window_geometry{3, 3, 2, 3, 1, 1, 1, 1, 5, 4});

    // Taps 2 rows apart cover 5 of 8.
    using dilated = conv2d<1, window<3, 1>, dilation<2, 1>>;
    STATIC_REQUIRE(dilated::output({8, 8, 1}) == shape{4, 8, 1});
    // A group of outputs sees a third of the channels.
    using grouped = conv2d<9, window<2, 2>, groups<3>, pad<1, 0, 0, 1>>;
    STATIC_REQUIRE(grouped::weight_shape({4, 4, 6}) == matrix_shape{9, 8});
    STATIC_REQUIRE(grouped::output({4, 4, 6}) == shape{4, 4, 9});
    STATIC_REQUIRE((grouped::group_count == 3 && plain::group_count == 1));
}

TEST_CASE("the float twin of a convolution") {
    STATIC_REQUIRE(std::same_as<conv2d<2, same>::float_twin, conv2d<2, same, weights<f32>>>);
    STATIC_REQUIRE(std::same_as<conv2d<2, weights<int4>, groups<2>, out<uint8>>::float_twin, conv2d<2, weights<f32>, groups<2>, out<f32>>>);
}
