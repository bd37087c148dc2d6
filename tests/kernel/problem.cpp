// SPDX-License-Identifier: MIT
// What weights are multiplied with, as a type.
#include <pare/kernel/problem.hpp>

#include <concepts>
#include <cstdint>

#include "support/catch.hpp"

using namespace pare;

TEST_CASE("a problem says what is known of it") {
    using plain = problem<std::int8_t, 10, 64>;
    STATIC_REQUIRE((plain::outputs == 10 && plain::depth == 64 && plain::segment == 64 && plain::groups == 1));
    STATIC_REQUIRE((plain::rows == dynamic && plain::max_depth == 64 && !plain::copied && !plain::summed));
    // Windows that are taken column by column are copied; a depth that is not known is bounded.
    STATIC_REQUIRE(problem<std::int8_t, 10, 27, 27, 1, 3, 3>::copied);
    STATIC_REQUIRE(problem<std::int8_t, 10, dynamic>::max_depth == 65536);
}

TEST_CASE("a matrix product is one segment, of which several rows can be added up") {
    using several = product_problem<std::uint8_t, 10, 64, 5>;
    STATIC_REQUIRE(std::same_as<several, problem<std::uint8_t, 10, 64, 64, 1, 0, 0, false, 1, 5, true>>);
    STATIC_REQUIRE((product_problem<std::uint8_t, 10, 64, dynamic>::summed && !product_problem<std::uint8_t, 10, 64, 1>::summed));
}
