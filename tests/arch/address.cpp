// SPDX-License-Identifier: MIT
// Addresses stay what they are.
#include <pare/arch/address.hpp>

#include "support/catch.hpp"

TEST_CASE("an address as a whole") {
    static constexpr int values[3] = {1, 2, 3};
    STATIC_REQUIRE(pare::arch::whole_address(values + 1) == values + 1);
    const int* const p = values;
    CHECK(pare::arch::whole_address(p + 2) == values + 2);
    CHECK(*(pare::arch::whole_address(p) + 2) == 3);
}

TEST_CASE("the next address that is a multiple") {
    alignas(64) static short values[128];
    CHECK(pare::arch::aligned_address<64>(values) == values);
    CHECK(pare::arch::aligned_address<64>(values + 1) == values + 32);
    CHECK(pare::arch::aligned_address<64>(values + 31) == values + 32);
    CHECK(pare::arch::aligned_address<64>(values + 32) == values + 32);
}
