// SPDX-License-Identifier: MIT
// Bytes in a general register: as many as are asked for, zeros behind them, and none read behind the end.
#include <pare/arch/load_few.hpp>

#include <array>
#include <cstdint>

#include "support/catch.hpp"

TEST_CASE("few bytes in a register") {
    const std::array<std::uint8_t, 4> bytes{0x81, 0x02, 0xff, 0x7f};
    CHECK(pare::arch::load_four(bytes.data()) == 0x7fff0281);
    // From the end of the array, so that a byte more would not be its own.
    CHECK(pare::arch::load_few(bytes.data() + 3, 1) == 0x7f);
    CHECK(pare::arch::load_few(bytes.data() + 2, 2) == 0x7fff);
    CHECK(pare::arch::load_few(bytes.data() + 1, 3) == 0x7fff02);
    CHECK(pare::arch::load_few_flipped(bytes.data(), 1) == 0x01);
    CHECK(pare::arch::load_few_flipped(bytes.data(), 2) == 0x8201);
    CHECK(pare::arch::load_few_flipped(bytes.data() + 1, 3) == 0xff7f82);
}
