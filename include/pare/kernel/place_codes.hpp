// SPDX-License-Identifier: MIT
// Codes of places for 2 of 4: windows of six bits say which activations are meant, so that an index that picks them needs no mask.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <pare/core/config.hpp>

namespace pare::inline v0::detail {

/// Two neighbouring bytes for the two weights of a group of four, in each of the four steps of a turn. What picks looks at six bits of an
/// index: bits 0 to 5 of a byte tell the places of its weights in the first two steps, bits 4 to 9 of the word from it on, as a shift of
/// words leaves them, those in the other two. Bit 5, which both see, is the number of the group among the two of a step. Seven bits are
/// left for four places of two bits; but which of the two weights is the first is free in each step, and the tables below, found by search,
/// have a code for each of the 6^4 choices of places.
struct place_codes {
    /// Places in steps 0 and 1 by bits 0 to 4 of a byte, that in step 0 in the lower two bits.
    static constexpr std::array<std::uint8_t, 32> early{11, 10, 4, 14, 7,  15, 9, 8,  4,  2, 13, 12, 6,  3,  1, 14,
                                                        4,  2,  6, 2,  15, 13, 1, 12, 14, 0, 12, 7,  10, 11, 9, 8};
    /// Places in steps 2 and 3 by bit 4 of a word, and above it its bits 6 to 9.
    static constexpr std::array<std::uint8_t, 32> late{1, 14, 4, 10, 15, 9, 11, 7, 13, 14, 0,  5,  4,  2,  12, 6,
                                                       6, 9,  0, 12, 1,  2, 13, 5, 11, 7,  15, 15, 11, 10, 7,  1};

    /// The places of the first byte of a word in all four steps, two bits each.
    static constexpr std::uint8_t places_of(std::uint32_t word) {
        return std::uint8_t(early[word & 31] | late[(word >> 4 & 1) | (word >> 6 & 15) << 1] << 4);
    }

    /// A number below 4096 for the places of two weights in four steps, whichever is the first in each; 4096 where two places are the same.
    static constexpr std::size_t choice_of(std::uint32_t first, std::uint32_t second) {
        std::size_t choice = 0;
        for (int bit = 0; bit < 8; bit += 2) {
            const std::uint32_t a = first >> bit & 3, b = second >> bit & 3;
            if (a == b) return 4096;
            choice = choice << 3 | (a + b - 1 + (a > 0 && b > 0));
        }
        return choice;
    }

    /// By six bits of an index which of the eight activations of step `step` is meant.
    static constexpr std::array<std::uint8_t, 64> order_of(std::size_t step) {
        std::array<std::uint8_t, 64> all{};
        for (std::size_t i = 0; i < 64; ++i) {
            const std::size_t group = step < 2 ? i >> 5 : i >> 1 & 1;
            const std::uint8_t both = step < 2 ? early[i & 31] : late[(i & 1) | i >> 2 << 1];
            all[i] = std::uint8_t(4 * group + (both >> step % 2 * 2 & 3));
        }
        return all;
    }
};

/// Words of two bytes by choice_of. A template, so that only what packs such codes makes it.
template <class Codes>
inline constexpr std::array<std::uint16_t, 4097> place_words = [] {
    std::array<std::uint16_t, 4097> all{};
    for (std::uint32_t second = 0; second < 256; ++second) {
        if ((second & 32) != 0) continue;
        const std::uint32_t of_second = Codes::places_of(second);
        for (std::uint32_t first = 0; first < 256; ++first) {
            if ((first & 32) != 0) continue;
            const std::uint32_t word = first | second << 8;
            all[Codes::choice_of(Codes::places_of(word), of_second)] = std::uint16_t(word);
        }
    }
    return all;
}();

}  // namespace pare::inline v0::detail
