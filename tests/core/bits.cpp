// SPDX-License-Identifier: MIT
// Bit streams against a bit at a time.
#include <pare/core/bits.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "support/catch.hpp"

namespace {

static_assert(pare::binary_word::words(0) == 0 && pare::binary_word::words(32) == 1 && pare::binary_word::words(33) == 2);

/// The same question asked one bit at a time.
bool bit(const std::vector<std::byte>& data, std::size_t at) { return (std::to_integer<unsigned>(data[at / 8]) >> (at % 8) & 1u) != 0; }

constexpr std::uint32_t low_bits(int width) { return width == 32 ? ~0u : (1u << width) - 1u; }

constexpr bool round_trip() {
    for (int width = 0; width <= 32; ++width) {
        std::array<std::byte, 24> data{};
        pare::bit_writer out(data);
        for (std::uint32_t i = 0; i < 5; ++i) out.write(width, i * 2654435761u);
        if (out.position() != std::size_t(5 * width)) return false;
        pare::bit_reader in(data);
        for (std::uint32_t i = 0; i < 5; ++i)
            if (in.read(width) != (i * 2654435761u & low_bits(width))) return false;
        if (in.overrun()) return false;
    }
    return true;
}
static_assert(round_trip());

}  // namespace

TEST_CASE("bit counts") {
    CHECK(pare::bytes_of_bits(0) == 0);
    CHECK(pare::bytes_of_bits(1) == 1);
    CHECK(pare::bytes_of_bits(8) == 1);
    CHECK(pare::bytes_of_bits(9) == 2);
    CHECK(pare::bits_for(0) == 0);
    for (std::size_t count = 1; count <= 1025; ++count) {
        int bits = 0;
        while ((std::size_t(1) << bits) < count) ++bits;
        REQUIRE(pare::bits_for(count) == bits);
    }
}

TEST_CASE("a code of every width at every place") {
    CHECK(round_trip());
    std::uint32_t state = 1;
    for (int width = 0; width <= 32; ++width)
        for (std::size_t at = 0; at < 24; ++at) {
            // Exactly as long as it must be: a sanitizer sees a byte too far.
            std::vector<std::byte> data(pare::bytes_of_bits(at + std::size_t(width)));
            state = state * 1664525u + 1013904223u;
            const std::uint32_t code = state;
            pare::write_bits(data.data(), at, width, code);
            for (std::size_t i = 0; i < data.size() * 8; ++i) {
                const bool inside = i >= at && i < at + std::size_t(width);
                REQUIRE(bit(data, i) == (inside && (code >> (i - at) & 1u) != 0));
            }
            REQUIRE(pare::read_bits(data.data(), at, width) == (code & low_bits(width)));
            // Neighbours do not leak in.
            for (auto& byte : data) byte = ~byte;
            REQUIRE(pare::read_bits(data.data(), at, width) == (~code & low_bits(width)));
        }
}

TEST_CASE("a reader past its end") {
    const std::array<std::byte, 2> data{std::byte{0xff}, std::byte{0xff}};
    pare::bit_reader in(data);
    CHECK(in.read(7) == 0x7f);
    CHECK(in.read(9) == 0x1ff);
    CHECK_FALSE(in.overrun());
    CHECK(in.read(1) == 0);
    CHECK(in.overrun());
    CHECK(in.position() == 16);

    pare::bit_reader wide(data);
    CHECK(wide.read(17) == 0);
    CHECK(wide.overrun());
}

TEST_CASE("a writer without bytes counts") {
    pare::bit_writer counter;
    for (int i = 0; i < 100; ++i) counter.write(7, 0xffffffffu);
    CHECK(counter.position() == 700);
}
