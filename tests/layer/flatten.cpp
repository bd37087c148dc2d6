// SPDX-License-Identifier: MIT
// An image as a vector.
#include <pare/layer/flatten.hpp>

#include <concepts>

#include "support/catch.hpp"

using namespace pare;

TEST_CASE("all elements in one row") {
    STATIC_REQUIRE(flatten::kind == layer_kind::flatten);
    STATIC_REQUIRE(flatten::output({4, 5, 6}) == shape{1, 1, 120});
    STATIC_REQUIRE(flatten::output({1, 1, 9}) == shape{1, 1, 9});
    STATIC_REQUIRE(std::same_as<flatten::float_twin, flatten>);
}
