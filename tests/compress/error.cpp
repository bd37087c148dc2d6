// SPDX-License-Identifier: MIT
// The sentence of bad input.
#include <pare/compress/error.hpp>

#include <concepts>
#include <stdexcept>

#include "support/catch.hpp"

using namespace pare::compress;

TEST_CASE("an error of compression is one sentence") {
    STATIC_REQUIRE(std::derived_from<error, std::runtime_error>);
    CHECK_THROWS_WITH(detail::fail("recipe.rate", "the rate is a share", "2", "at most 1"),
                      "recipe.rate: the rate is a share; got 2; needs at most 1");
    CHECK_THROWS_AS(detail::fail("a", "b", "c", "d"), error);
}
