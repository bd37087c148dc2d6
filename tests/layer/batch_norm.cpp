// SPDX-License-Identifier: MIT
// Batch normalisation is a name only: it is folded before anything runs.
#include <pare/layer/batch_norm.hpp>

#include <concepts>

#include "support/catch.hpp"

using namespace pare;

TEST_CASE("nothing is left of a batch norm") {
    STATIC_REQUIRE(batch_norm<>::kind == layer_kind::batch_norm);
    STATIC_REQUIRE(is_alias(batch_norm<>::kind));
    STATIC_REQUIRE(batch_norm<>::output({4, 5, 6}) == shape{4, 5, 6});
    STATIC_REQUIRE(batch_norm<named<"bn">>::options::name::name == "bn");
    STATIC_REQUIRE(std::same_as<batch_norm<named<"bn">>::float_twin, batch_norm<named<"bn">>>);
}
