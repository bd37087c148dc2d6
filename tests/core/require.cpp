// SPDX-License-Identifier: MIT
// A rule is its condition, whatever it shows beside; the sentences are tested in compile_fail.
#include <pare/core/require.hpp>

#include <concepts>
#include <cstddef>

#include "support/catch.hpp"

namespace {

using namespace pare;

/// A rule as the library writes them.
template <std::size_t Group, std::size_t K>
struct grouped {
    static_assert(require<(Group <= K), got<Group>, needs<K>>, "a group must not exceed K");
    static constexpr std::size_t groups = K / Group;
};

template <std::size_t Group, std::size_t K>
inline constexpr bool holds = require<(Group <= K) && require<(K % 2 == 0), got<K>, needs<2>>, got<Group>, needs<K>>;

enum class colour { red };
struct point {
    int x, y;
};

}  // namespace

TEST_CASE("a rule is its condition") {
    STATIC_REQUIRE(require<true, got<>, needs<>>);
    STATIC_REQUIRE_FALSE(require<false, got<>, needs<>>);
    STATIC_REQUIRE(require<true, got_type<int, void>, needs_type<float>>);
    STATIC_REQUIRE_FALSE(require<false, got_type<int>, needs_type<>>);
    STATIC_REQUIRE((holds<4, 8> && !holds<9, 8> && !holds<4, 7>));
    STATIC_REQUIRE(grouped<4, 8>::groups == 2);
}

TEST_CASE("what is shown is kept apart") {
    STATIC_REQUIRE(require<true, got<1, colour::red, point{1, 2}>, needs<true>>);
    STATIC_REQUIRE_FALSE((std::same_as<got<1>, got<2>> || std::same_as<got<1>, needs<1>> || std::same_as<got_type<int>, needs_type<int>>));
}
