// SPDX-License-Identifier: MIT
// Probabilities have the shape of their scores.
#include <pare/layer/softmax.hpp>

#include <concepts>

#include "support/catch.hpp"

using namespace pare;

TEST_CASE("one probability for each score") {
    STATIC_REQUIRE(softmax<>::kind == layer_kind::softmax);
    STATIC_REQUIRE(softmax<>::output({4, 5, 6}) == shape{4, 5, 6});
    STATIC_REQUIRE(softmax<named<"p">>::options::name::name == "p");
    STATIC_REQUIRE(std::same_as<softmax<>::float_twin, softmax<>>);
    // Its scale is its own: 1 / 256.
    STATIC_REQUIRE_FALSE(keeps_quantization(softmax<>::kind));
}
