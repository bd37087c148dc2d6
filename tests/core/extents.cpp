// SPDX-License-Identifier: MIT
// Extents: every mix of known and dynamic ones.
#include <pare/core/extents.hpp>

#include <array>
#include <cstddef>
#include <utility>

#include "support/catch.hpp"

namespace {

using pare::dynamic;

constexpr std::array<std::size_t, 3> all{4, 5, 6};

/// The mix whose bit i says that extent i is dynamic.
template <std::size_t Mix>
using mixed = pare::extents<(Mix & 1 ? dynamic : all[0]), (Mix & 2 ? dynamic : all[1]), (Mix & 4 ? dynamic : all[2])>;

template <std::size_t Mix>
constexpr bool holds() {
    using e = mixed<Mix>;
    constexpr std::size_t count = (Mix & 1) + (Mix >> 1 & 1) + (Mix >> 2 & 1);
    static_assert(e::rank == 3 && e::dynamic_rank == count);
    const e x = e::of(all);
    bool ok = x.template get<0>() == 4 && x.template get<1>() == 5 && x.template get<2>() == 6 && e::matches(all);
    // Where an extent is known, another value does not match; where it is not, any does.
    for (std::size_t i = 0; i < 3; ++i) {
        auto other = all;
        ++other[i];
        ok = ok && e::matches(other) == ((Mix >> i & 1) != 0);
    }
    return ok;
}

}  // namespace

TEST_CASE("extents give back what they were made of") {
    const auto all_hold = []<std::size_t... Mix>(std::index_sequence<Mix...>) { return (holds<Mix>() && ...); };
    STATIC_REQUIRE(all_hold(std::make_index_sequence<8>{}));
    CHECK(all_hold(std::make_index_sequence<8>{}));
}

TEST_CASE("what is static is not stored") {
    STATIC_REQUIRE(sizeof(pare::extents<4, 5>) == 1);
    STATIC_REQUIRE(sizeof(pare::extents<dynamic, 5, dynamic>) == 2 * sizeof(std::size_t));
    STATIC_REQUIRE(pare::extents<>::rank == 0);
    // A static extent is a constant even of an object that is none.
    pare::extents<4, dynamic> e;
    e.values[0] = 9;
    CHECK(e.get<0>() == 4);
    CHECK(e.get<1>() == 9);
}

TEST_CASE("divisions and products") {
    for (std::size_t a = 0; a <= 100; ++a)
        for (std::size_t b = 1; b <= 20; ++b) {
            std::size_t times = 0;
            while (times * b < a) ++times;
            REQUIRE(pare::ceil_div(a, b) == times);
            REQUIRE(pare::round_up(a, b) == times * b);
        }
    STATIC_REQUIRE(pare::static_product(6, 7) == 42);
    STATIC_REQUIRE(pare::static_product(dynamic, 7) == dynamic);
    STATIC_REQUIRE(pare::static_product(6, dynamic) == dynamic);
    STATIC_REQUIRE(pare::map_static(6, [](std::size_t n) { return n + 1; }) == 7);
    STATIC_REQUIRE(pare::map_static(dynamic, [](std::size_t n) { return n + 1; }) == dynamic);
}
