// SPDX-License-Identifier: MIT
// Shapes of depthwise convolutions, by hand.
#include <pare/layer/depthwise_conv2d.hpp>

#include <concepts>

#include "support/catch.hpp"

using namespace pare;

TEST_CASE("each channel has taps of its own, or several sets of them") {
    using plain = depthwise_conv2d<window<3, 2>, stride<2>>;
    STATIC_REQUIRE(plain::kind == layer_kind::depthwise_conv2d);
    STATIC_REQUIRE(plain::output({9, 8, 5}) == shape{4, 4, 5});
    STATIC_REQUIRE(plain::weight_shape({9, 8, 5}) == matrix_shape{5, 6});
    using three = depthwise_conv2d<window<3, 3>, same, depth_multiplier<3>, dilation<2>>;
    STATIC_REQUIRE(three::multiplier == 3);
    STATIC_REQUIRE(three::output({9, 8, 5}) == shape{9, 8, 15});
    STATIC_REQUIRE(three::weight_shape({9, 8, 5}) == matrix_shape{15, 9});
    STATIC_REQUIRE(three::geometry({9, 8, 5}).pad_top == 2);
}

TEST_CASE("the float twin of a depthwise convolution") {
    STATIC_REQUIRE(std::same_as<depthwise_conv2d<same>::float_twin, depthwise_conv2d<same, weights<f32>>>);
    STATIC_REQUIRE(std::same_as<depthwise_conv2d<weights<int4>, relu>::float_twin, depthwise_conv2d<weights<f32>, relu>>);
}
