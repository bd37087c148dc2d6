// SPDX-License-Identifier: MIT
// A sum keeps the shape of its inputs.
#include <pare/layer/add.hpp>

#include <concepts>

#include "support/catch.hpp"

using namespace pare;

TEST_CASE("a sum of two") {
    STATIC_REQUIRE(add<>::kind == layer_kind::add);
    STATIC_REQUIRE(add<relu>::output({4, 5, 6}) == shape{4, 5, 6});
    STATIC_REQUIRE(std::same_as<add<relu>::options::activation, relu>);
    STATIC_REQUIRE(std::same_as<add<named<"a">, relu>::float_twin, add<named<"a">, relu>>);
    STATIC_REQUIRE(requires { typename add<>::check<shape{1, 2, 3}, shape{1, 2, 3}>; });
}
