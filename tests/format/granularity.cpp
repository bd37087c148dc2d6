// SPDX-License-Identifier: MIT
// Scales and groups of a tensor.
#include <pare/format/granularity.hpp>

#include <cstddef>

#include "support/catch.hpp"

namespace {

using namespace pare;

template <std::size_t G>
concept has_group = requires { typename per_group<G>; };

}  // namespace

TEST_CASE("scales of a tensor") {
    CHECK(per_tensor::scales(10) == 1);
    CHECK(per_channel::scales(10) == 10);
    CHECK(per_group<32>::scales(10) == 10);  // one for each output; groups have factors besides
    STATIC_REQUIRE((per_tensor::group == 0 && per_channel::group == 0 && per_group<32>::group == 32));
    STATIC_REQUIRE_FALSE(symmetric::has_zero_point);
    STATIC_REQUIRE(affine::has_zero_point);
    STATIC_REQUIRE_FALSE(has_group<0>);
}

TEST_CASE("the last group may be shorter") {
    STATIC_REQUIRE(groups_of<per_group<32>>(64) == 2);
    CHECK(groups_of<per_group<32>>(65) == 3);
    CHECK(groups_of<per_group<32>>(31) == 1);
    CHECK(groups_of<per_group<1>>(31) == 31);
    CHECK(groups_of<per_tensor>(64) == 0);
    CHECK(groups_of<per_channel>(64) == 0);
    CHECK(groups_of<per_group<32>>(dynamic) == dynamic);
    CHECK(groups_of<per_channel>(dynamic) == 0);
}
