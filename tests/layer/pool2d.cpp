// SPDX-License-Identifier: MIT
// Shapes of pooling, and which windows see the image.
#include <pare/layer/pool2d.hpp>

#include <concepts>

#include "support/catch.hpp"

using namespace pare;

TEST_CASE("windows do not overlap where no stride is named") {
    STATIC_REQUIRE(max_pool2d<2>::output({7, 4, 3}) == shape{3, 2, 3});
    STATIC_REQUIRE(max_pool2d<3>::geometry({7, 4, 3}) == window_geometry{3, 3, 3, 3, 1, 1, 0, 0, 2, 1});
    STATIC_REQUIRE(avg_pool2d<3, stride<1, 2>>::output({7, 5, 3}) == shape{5, 2, 3});
    STATIC_REQUIRE(avg_pool2d<2, same>::output({7, 4, 3}) == shape{4, 2, 3});
    STATIC_REQUIRE(max_pool2d<3, stride<2>, same>::geometry({6, 5, 1}) == window_geometry{3, 3, 2, 2, 1, 1, 0, 1, 3, 3});
    STATIC_REQUIRE((max_pool2d<2>::kind == layer_kind::max_pool2d && avg_pool2d<2>::kind == layer_kind::avg_pool2d));
}

TEST_CASE("the whole image is one window") {
    STATIC_REQUIRE(global_avg_pool2d<>::kind == layer_kind::global_avg_pool2d);
    STATIC_REQUIRE(global_avg_pool2d<>::output({7, 4, 3}) == shape{1, 1, 3});
    STATIC_REQUIRE(global_avg_pool2d<>::geometry({7, 4, 3}) == window_geometry{7, 4, 1, 1, 1, 1, 0, 0, 1, 1});
    STATIC_REQUIRE(std::same_as<global_avg_pool2d<relu>::options::activation, relu>);
}

TEST_CASE("windows that see nothing") {
    STATIC_REQUIRE(max_pool2d<2, same>::sees_image({3, 3, 1}));
    STATIC_REQUIRE(max_pool2d<2, pad<1, 1, 1, 1>>::sees_image({3, 3, 1}));
    // Two rows above a window of two rows; a last window that begins below the image: 3 rows and 2 behind, in steps of 3.
    STATIC_REQUIRE_FALSE(max_pool2d<2, pad<2, 0, 0, 0>>::sees_image({3, 3, 1}));
    STATIC_REQUIRE_FALSE(max_pool2d<2, stride<3>, pad<0, 0, 2, 0>>::sees_image({3, 3, 1}));
    STATIC_REQUIRE_FALSE(max_pool2d<2, stride<3>, pad<0, 0, 0, 2>>::sees_image({3, 3, 1}));
    STATIC_REQUIRE(max_pool2d<2, stride<2>, pad<0, 0, 1, 0>>::sees_image({3, 3, 1}));
}

TEST_CASE("pooling has no weights, so that it is its own float twin") {
    STATIC_REQUIRE(std::same_as<max_pool2d<2, relu>::float_twin, max_pool2d<2, relu>>);
    STATIC_REQUIRE(std::same_as<avg_pool2d<2>::float_twin, avg_pool2d<2>>);
    STATIC_REQUIRE(std::same_as<global_avg_pool2d<>::float_twin, global_avg_pool2d<>>);
}
