// SPDX-License-Identifier: MIT
// The specification of the operations, by hand numbers: two lanes that take three products a step.
#include <pare/arch/portable.hpp>

#include <array>
#include <cstdint>
#include <limits>
#include <string_view>

#include "support/catch.hpp"

namespace {

using namespace pare::arch;

struct two_by_three {
    static constexpr std::string_view name = "two_by_three";
    static constexpr std::size_t lanes = 2, registers = 8, alignment = 4;
    static constexpr bool portable = true;
    template <class, class>
    using dot_for = dot<3, std::int8_t, std::int8_t, std::int32_t>;
};
using step = two_by_three::dot_for<std::int8_t, std::int8_t>;
static_assert(portable_set<two_by_three> && portable_set<scalar> && !portable_set<avx2>);

constexpr step d;
constexpr two_by_three a;
constexpr std::int32_t most = std::numeric_limits<std::int32_t>::max(), least = std::numeric_limits<std::int32_t>::min();
using sums = std::array<std::int32_t, 2>;

constexpr std::array<std::int8_t, 3> x{2, -128, 127};
constexpr std::array<std::int8_t, 6> w{1, 1, 1, -128, -128, 127};

constexpr sums multiplied(bool whole, std::size_t count, sums s) {
    multiply_add(s, whole ? broadcast_lhs(x.data(), d, a) : broadcast_lhs_tail(x.data(), count, d, a), load_rhs(w.data(), d, a), d, a);
    return s;
}
constexpr sums added(sums s, sums t) {
    add_sums(s, t, d, a);
    return s;
}
constexpr sums scaled(sums s, sums t, std::array<std::uint8_t, 2> factors) {
    add_scaled(s, t, factors.data(), d, a);
    return s;
}

}  // namespace

TEST_CASE("lanes gather activations of their own") {
    constexpr auto gathered = gather_lhs(x.data(), std::array<std::uint8_t, 6>{0, 0, 2, 1, 2, 0}, d, a);
    STATIC_REQUIRE(gathered == std::array<std::int8_t, 6>{2, 2, 127, -128, 127, 2});
    constexpr auto multiplied_each = [](sums s) {
        multiply_add_each(s, gather_lhs(x.data(), std::array<std::uint8_t, 6>{0, 0, 2, 1, 2, 0}, d, a), w, d, a);
        return s;
    };
    // 2 + 2 + 127; 16384 - 16256 + 254.
    STATIC_REQUIRE(multiplied_each({10, -7}) == sums{141, 375});
    CHECK(multiplied_each({10, -7}) == sums{141, 375});
}

TEST_CASE("sums side by side in another order") {
    constexpr auto arranged = [] {
        sums s[2] = {{1, 2}, {3, 4}};
        constexpr std::array order{std::byte(3), std::byte(0), std::byte(1), std::byte(2)};
        arrange_sums(s, order.data(), d, a);
        return std::array{s[0], s[1]};
    };
    STATIC_REQUIRE(arranged() == std::array<sums, 2>{sums{4, 1}, sums{2, 3}});
    CHECK(arranged() == std::array<sums, 2>{sums{4, 1}, sums{2, 3}});
}

TEST_CASE("dot products of three, whole and in part") {
    STATIC_REQUIRE(zero_sums(d, a) == sums{0, 0});
    // 2 - 128 + 127 = 1; -256 + 16384 + 16129 = 32257.
    STATIC_REQUIRE(multiplied(true, 3, {10, -7}) == sums{11, 32250});
    STATIC_REQUIRE(multiplied(false, 1, {0, 0}) == sums{2, -256});
    STATIC_REQUIRE(multiplied(false, 2, {0, 0}) == sums{-126, 16128});
    CHECK(multiplied(true, 3, {10, -7}) == sums{11, 32250});
    // What lies behind a tail is not read: the third activation is not there.
    constexpr std::array<std::int8_t, 2> few{5, 6};
    STATIC_REQUIRE(broadcast_lhs_tail(few.data(), 2, d, a) == std::array<std::int8_t, 3>{5, 6, 0});
}

TEST_CASE("sums wrap") {
    STATIC_REQUIRE(wrapping_add(most, 1) == least);
    STATIC_REQUIRE(wrapping_add(std::numeric_limits<std::int64_t>::max(), std::int64_t(1)) == std::numeric_limits<std::int64_t>::min());
    STATIC_REQUIRE(wrapping_multiply(1 << 30, 4) == 0);
    STATIC_REQUIRE(wrapping_multiply(least, -1) == least);
    STATIC_REQUIRE(wrapping_add(0.5f, 0.25f) == 0.75f);
    STATIC_REQUIRE(wrapping_multiply(0.5f, 3.0f) == 1.5f);
    STATIC_REQUIRE(added({most, least}, {1, -1}) == sums{least, most});
    STATIC_REQUIRE(multiplied(true, 3, {most, 0}) == sums{least, 32257});
}

TEST_CASE("sums times a factor of their lane") {
    STATIC_REQUIRE(scaled({1, 2}, {10, -10}, {255, 3}) == sums{2551, -28});
    STATIC_REQUIRE(scaled({1, 2}, {most, 7}, {2, 0}) == sums{-1, 2});  // 2^32 - 2 + 1, modulo 2^32
}

TEST_CASE("words of binary values: those that differ are counted, twice as many come off") {
    using words = dot1<pare::binary_word, pare::binary_word>;
    constexpr auto counted = [] {
        const std::array<pare::binary_word, 2> rhs{{{0xffffffff}, {0x0f0f0f0f}}};
        const pare::binary_word ones{0xff};
        sums s{1, 2};
        multiply_add(s, broadcast_lhs(&ones, words{}, a), load_rhs(rhs.data(), words{}, a), words{}, a);
        return s;
    };
    // 24 of 32 differ; 4 of the low byte and 4 of each of the others.
    STATIC_REQUIRE(counted() == sums{25, 18});
    constexpr std::array<std::int32_t, 2> bias{100, 20};
    STATIC_REQUIRE(sums_of_counts(bias.data(), sums{25, 18}, words{}, a) == sums{50, -16});
    STATIC_REQUIRE(negative_lanes(sums{50, -16}, words{}, a) == 2);
    STATIC_REQUIRE(negative_lanes(sums{least, 0}, d, a) == 1);
}

TEST_CASE("loads and stores of the scalar arch") {
    using real = scalar::dot_for<float, float>;
    using wide = scalar::dot_for<std::int16_t, std::int16_t>;
    const float value = 1.5f;
    auto s = load_sums(&value, real{}, scalar{});
    multiply_add(s, broadcast_lhs(&value, real{}, scalar{}), load_rhs(&value, real{}, scalar{}), real{}, scalar{});
    float stored = 0;
    store_sums(&stored, s, real{}, scalar{});
    CHECK(stored == 3.75f);

    const std::int16_t lowest = -32768;
    auto t = zero_sums(wide{}, scalar{});
    multiply_add(t, broadcast_lhs(&lowest, wide{}, scalar{}), load_rhs(&lowest, wide{}, scalar{}), wide{}, scalar{});
    std::int32_t product = 0;
    store_sums(&product, t, wide{}, scalar{});
    CHECK(product == 1 << 30);
}
