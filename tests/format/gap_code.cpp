// SPDX-License-Identifier: MIT
// Rice codes of gaps: streams by hand, exact counts of bits, sets of every density.
#include <pare/format/gap_code.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "support/catch.hpp"
#include "support/lots.hpp"

namespace {

using namespace pare;
using members = std::vector<std::size_t>;

struct stream {
    std::vector<std::byte> bytes;
    std::size_t bits = 0;
};

stream encoded(std::size_t count, const members& set) {
    const auto present = [&](std::size_t i) { return std::ranges::binary_search(set, i); };
    bit_writer counter;
    gap_code::write(counter, count, present);
    stream s{std::vector<std::byte>(bytes_of_bits(counter.position())), counter.position()};
    bit_writer out(s.bytes);
    gap_code::write(out, count, present);
    REQUIRE(out.position() == s.bits);
    return s;
}

members decoded(const std::vector<std::byte>& bytes, std::size_t count) {
    members set;
    bit_reader in(bytes);
    CHECK(gap_code::visit(in, count, [&](std::size_t i) { set.push_back(i); }));
    return set;
}

std::vector<std::byte> made(std::initializer_list<unsigned> values) {
    std::vector<std::byte> b;
    for (const unsigned v : values) b.push_back(std::byte(v));
    return b;
}

/// Bits of a set with parameter r, from the definition of the code.
std::size_t bits_with(const members& set, std::size_t r) {
    std::size_t bits = 4, next = 0;
    for (const std::size_t m : set) bits += (m - next) / (std::size_t(1) << r) + 1 + r, next = m + 1;
    return bits;
}

constexpr bool in_the_compiler() {
    std::byte data[4]{};
    bit_writer out(data);
    gap_code::write(out, 20, [](std::size_t i) { return i % 7 == 3; });  // 3, 10, 17
    bit_reader in(data);
    std::size_t sum = 0;
    gap_code::visit(in, 20, [&](std::size_t i) { sum = sum * 100 + i; });
    return sum == 31017;
}
static_assert(in_the_compiler());

}  // namespace

TEST_CASE("a set by hand") {
    // Gaps 0, 4, 0, 5. Parameter 0 takes 1 + 5 + 1 + 6 = 13 bits, 1 takes 2 + 4 + 2 + 4 = 12, 2 takes 3 + 4 + 3 + 4 = 14.
    // So 1 0 0 0 | 1 0 | 0 0 1 0 | 1 0 | 0 0 1 1, low bits first.
    const members set{0, 5, 6, 12};
    const stream s = encoded(20, set);
    CHECK(s.bits == 16);
    CHECK(s.bytes == made({0x11, 0xc5}));
    CHECK(decoded(s.bytes, 20) == set);
}

TEST_CASE("sets at the ends of density") {
    SECTION("all: a bitmap") {
        members all(12);
        for (std::size_t i = 0; i < 12; ++i) all[i] = i;
        const stream s = encoded(12, all);
        CHECK(s.bits == 16);
        CHECK(s.bytes == made({0xf0, 0xff}));
        CHECK(decoded(s.bytes, 12) == all);
    }
    SECTION("none: the parameter alone") {
        const stream s = encoded(1000, {});
        CHECK(s.bits == 4);
        CHECK(s.bytes == made({0x00}));
        CHECK(decoded(s.bytes, 1000).empty());
        CHECK(encoded(0, {}).bits == 4);
    }
    SECTION("one far away: the highest parameter") {
        const stream s = encoded(200000, {100000});  // 100,000 = 3 * 2^15 + 1,696
        CHECK(s.bits == 4 + 3 + 1 + 15);
        CHECK(read_bits(s.bytes.data(), 0, 4) == 15);
        CHECK(read_bits(s.bytes.data(), 4, 4) == 0x8);
        CHECK(read_bits(s.bytes.data(), 8, 15) == 1696);
        CHECK(decoded(s.bytes, 200000) == members{100000});
    }
    SECTION("of equal parameters the lowest") {
        const stream s = encoded(2, {1});  // 0 1 or 1 1 behind the parameter
        CHECK(s.bits == 6);
        CHECK(s.bytes == made({0x20}));
    }
}

TEST_CASE("sets by lot: what was written comes back, in the least bits of any parameter") {
    support::lots r(1);
    for (const std::size_t one_in : {1u, 2u, 3u, 5u, 10u, 20u, 50u, 200u, 2000u})
        for (const std::size_t count : {1u, 7u, 64u, 1000u, 20000u}) {
            members set;
            for (std::size_t i = 0; i < count; ++i)
                if (r.one_in(one_in)) set.push_back(i);
            const stream s = encoded(count, set);
            std::size_t least = std::size_t(-1);
            for (std::size_t p = 0; p < 16; ++p) least = std::min(least, bits_with(set, p));
            REQUIRE(s.bits == least);
            REQUIRE(s.bits <= gap_code::most_bits(count, set.size()));
            REQUIRE(decoded(s.bytes, count) == set);
        }
}

TEST_CASE("bits of a member at known densities") {
    // Gaps of density p at parameter r: 1 + r + q / (1 - q) bits on average, q = (1 - p)^(2^r).
    support::lots lot(2);
    struct expected {
        std::size_t one_in, r;
    };
    for (const expected e : {expected{2, 0}, {10, 3}, {50, 5}}) {
        members set;
        for (std::size_t i = 0; i < 200000; ++i)
            if (lot.one_in(e.one_in)) set.push_back(i);
        const stream s = encoded(200000, set);
        const double q = std::pow(1.0 - 1.0 / double(e.one_in), double(std::size_t(1) << e.r));
        CHECK(read_bits(s.bytes.data(), 0, 4) == e.r);
        CHECK(double(s.bits) / double(set.size()) == Approx(1.0 + double(e.r) + q / (1.0 - q)).epsilon(0.01));
    }
}

TEST_CASE("the most that positions take") {
    STATIC_REQUIRE(gap_code::most_bits(12, 12) == 4 + 12);
    STATIC_REQUIRE(gap_code::most_bits(12, 0) == 4);
    STATIC_REQUIRE(gap_code::most_bits(100, 10) == 4 + 51);  // parameter 3: 10 * 4 + 90 / 8; parameter 2 takes 52
    STATIC_REQUIRE(gap_code::most_bits(100, 50) == 4 + 100);
    // It is reached: nine gaps of 0 and one of 90.
    CHECK(encoded(100, {0, 1, 2, 3, 4, 5, 6, 7, 8, 99}).bits == 55);
}

TEST_CASE("past the last member there is none") {
    const std::vector<std::byte> bytes = made({0x10, 0x00});  // parameter 0, a member, zeros
    bit_reader in(bytes);
    gap_code::cursor c(in);
    CHECK(c.next());
    for (int i = 0; i < 100; ++i) REQUIRE_FALSE(c.next());
    CHECK(decoded(bytes, 1000000) == members{0});
    CHECK(decoded({}, 10).empty());
}
