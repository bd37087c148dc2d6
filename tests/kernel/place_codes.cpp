// SPDX-License-Identifier: MIT
// Codes of places of 2 of 4: each choice of places has one, and windows of six bits say what it is.
#include <pare/kernel/place_codes.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

#include "support/catch.hpp"

namespace {

using codes = pare::detail::place_codes;

constexpr std::array<std::array<std::uint32_t, 2>, 6> pairs{{{0, 1}, {0, 2}, {0, 3}, {1, 2}, {1, 3}, {2, 3}}};

/// The places of choice `i` of 6^4, of the first and of the second weight.
std::array<std::uint32_t, 2> places(std::size_t i) {
    std::array<std::uint32_t, 2> both{};
    for (int bit = 0; bit < 8; bit += 2, i /= 6)
        for (std::size_t w = 0; w < 2; ++w) both[w] |= pairs[i % 6][w] << bit;
    return both;
}

std::uint32_t word_of(std::size_t i) {
    const auto [first, second] = places(i);
    return pare::detail::place_words<codes>[codes::choice_of(first, second)];
}

}  // namespace

TEST_CASE("each choice of places has a number of its own, whichever weight is the first") {
    std::array<int, 4096> seen{};
    for (std::size_t i = 0; i < 1296; ++i) {
        const auto [first, second] = places(i);
        const std::size_t choice = codes::choice_of(first, second);
        REQUIRE(choice < 4096);
        CHECK(++seen[choice] == 1);
        CHECK(codes::choice_of(second, first) == choice);
        // One step the other way round.
        const std::uint32_t swapped = (first ^ second) & 0b1100;
        CHECK(codes::choice_of(first ^ swapped, second ^ swapped) == choice);
    }
    CHECK(codes::choice_of(0b00011011, 0b01011110) == 4096);
}

TEST_CASE("each choice has a word, which says the places of both weights") {
    for (std::size_t i = 0; i < 1296; ++i) {
        const std::uint32_t word = word_of(i);
        REQUIRE((word & 0x2020) == 0);
        const std::uint32_t first = codes::places_of(word), second = codes::places_of(word >> 8);
        const auto [lower, upper] = places(i);
        REQUIRE(codes::choice_of(first, second) == codes::choice_of(lower, upper));
    }
}

TEST_CASE("six bits say which activation is meant, whatever lies above them") {
    for (std::size_t step = 0; step < 4; ++step) {
        const auto order = codes::order_of(step);
        for (std::size_t i = 0; i < 1296; ++i)
            for (std::uint32_t group = 0; group < 2; ++group) {
                const std::uint32_t word = word_of(i) | group << 5 | group << 13;
                const std::array<std::uint32_t, 2> of_byte{codes::places_of(word & 0xffdf), codes::places_of(word >> 8 & 0xdf)};
                for (std::size_t b = 0; b < 2; ++b) {
                    // As words are shifted: bytes of the first one are followed by the second, that by zeros.
                    const std::uint32_t seen = step < 2 ? word : word >> 4;
                    const std::uint32_t place = of_byte[b] >> 2 * step & 3;
                    REQUIRE(order[seen >> 8 * b & 63] == 4 * group + place);
                }
            }
    }
}
