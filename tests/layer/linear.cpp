// SPDX-License-Identifier: MIT
// A fully connected layer over any shape.
#include <pare/layer/linear.hpp>

#include <concepts>

#include "support/catch.hpp"

using namespace pare;

TEST_CASE("all elements of the input meet every output") {
    STATIC_REQUIRE(linear<7>::kind == layer_kind::linear);
    STATIC_REQUIRE(linear<7>::output({4, 5, 6}) == shape{1, 1, 7});
    STATIC_REQUIRE(linear<7>::weight_shape({4, 5, 6}) == matrix_shape{7, 120});
    STATIC_REQUIRE(std::same_as<linear<7, relu>::options::activation, relu>);
}

TEST_CASE("the float twin has float weights, also where none were named") {
    STATIC_REQUIRE(std::same_as<linear<7>::float_twin, linear<7, weights<f32>>>);
    STATIC_REQUIRE(std::same_as<linear<7, weights<int4>, relu, out<int8>>::float_twin, linear<7, weights<f32>, relu, out<f32>>>);
}
