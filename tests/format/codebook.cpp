// SPDX-License-Identifier: MIT
// Shared values: bits of an index, and how many books there are.
#include <pare/format/codebook.hpp>

#include <cstddef>

#include "support/catch.hpp"

namespace {

using namespace pare;

template <std::size_t K, class Scope = per_tensor>
concept has_book = requires { typename codebook<K, Scope>; };

}  // namespace

TEST_CASE("an index has the bits that tell its entries apart") {
    STATIC_REQUIRE(unique::entries == 0);
    STATIC_REQUIRE((codebook<2>::entries == 2 && codebook<2>::index_bits == 1));
    STATIC_REQUIRE((codebook<3>::entries == 3 && codebook<3>::index_bits == 2));
    STATIC_REQUIRE((codebook<4>::index_bits == 2 && codebook<5>::index_bits == 3));
    STATIC_REQUIRE((codebook<16>::index_bits == 4 && codebook<17>::index_bits == 5));
    STATIC_REQUIRE((codebook<128>::index_bits == 7 && codebook<129>::index_bits == 8 && codebook<256>::index_bits == 8));
}

TEST_CASE("one book for a tensor, or one for each output") {
    STATIC_REQUIRE_FALSE(codebook<16>::per_row);
    STATIC_REQUIRE(codebook<16, per_channel>::per_row);
    CHECK(codebook<16>::books(7) == 1);
    CHECK(codebook<16, per_channel>::books(7) == 7);
}

TEST_CASE("books that cannot be") {
    STATIC_REQUIRE_FALSE((has_book<0> || has_book<1> || has_book<257>));
    STATIC_REQUIRE((has_book<2> && has_book<256> && has_book<256, per_channel>));
    STATIC_REQUIRE_FALSE((has_book<16, per_group<4>> || has_book<16, symmetric>));
}
