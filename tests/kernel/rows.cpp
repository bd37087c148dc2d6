// SPDX-License-Identifier: MIT
// Where rows of a tile lie: along lines, with static steps and dynamic ones; and in lists.
#include <pare/kernel/rows.hpp>

#include <array>
#include <cstddef>

#include "support/catch.hpp"

namespace {

constexpr std::array<int, 64> from{};
constexpr std::array<char, 64> image{};

/// The third row on of the second line: read and written `n` rows further.
template <std::size_t ReadStep, std::size_t WriteStep>
constexpr std::array<std::ptrdiff_t, 4> places() {
    const pare::row_lines<int, const char, ReadStep, WriteStep> lines{.lhs = from.data(),
                                                                      .dst = image.data(),
                                                                      .segment_stride = 7,
                                                                      .read_steps = 3,
                                                                      .write_steps = 2,
                                                                      .lines = 2,
                                                                      .read_line = 20,
                                                                      .write_line = 30};
    std::array<const int*, 2> read{};
    std::array<const char*, 2> write{};
    const auto there = lines.from(1, 2);
    there.read(read);
    there.write(write);
    return {read[0] - from.data(), read[1] - from.data(), write[0] - image.data(), write[1] - image.data()};
}

}  // namespace

TEST_CASE("rows of a line, steps static or not") {
    using at = std::array<std::ptrdiff_t, 4>;
    STATIC_REQUIRE(places<pare::dynamic, pare::dynamic>() == at{26, 29, 34, 36});
    STATIC_REQUIRE(places<3, 2>() == at{26, 29, 34, 36});
    // What is static counts.
    STATIC_REQUIRE(places<5, pare::dynamic>() == at{30, 35, 34, 36});
    STATIC_REQUIRE(pare::row_lines<int, char>{.segment_stride = 7}.segment_step() == 7);
    STATIC_REQUIRE(pare::row_lines<int, char, 5, 4, 3>{.segment_stride = 7}.segment_step() == 3);
    STATIC_REQUIRE((pare::row_lines<int, char, 5, 4>::touching<4> && !pare::row_lines<int, char>::touching<4>));
    CHECK(places<3, 2>() == at{26, 29, 34, 36});
}

TEST_CASE("rows of windows that are pooled") {
    // Windows of 2 x 3 pixels; 5 from pixel to pixel and 100 from line to line; the second window of the second line of windows.
    static constexpr std::array<int, 1024> pixels{};
    const pare::pooled_lines<int, const char, 2, 3, 5, 100, 4, 9> lines{pixels.data(), image.data(), 2, 30};
    STATIC_REQUIRE(lines.pooled == 6);
    STATIC_REQUIRE(lines.segment_step() == 9);
    STATIC_REQUIRE((lines.touching<4> && !lines.touching<8>));
    std::array<const int*, 12> read{};
    std::array<const char*, 2> write{};
    const auto there = lines.from(1, 6);
    there.read(read);
    there.write(write);
    constexpr std::array<std::ptrdiff_t, 12> wanted{215, 220, 225, 315, 320, 325, 230, 235, 240, 330, 335, 340};
    for (std::size_t i = 0; i < 12; ++i) CHECK(read[i] - pixels.data() == wanted[i]);
    CHECK((write[0] - image.data() == 34 && write[1] - image.data() == 38));
}

TEST_CASE("rows of a list lie where they lie") {
    const pare::row_list<int, const char, 2> list{7, {from.data() + 9, from.data() + 1}, {image.data() + 5, image.data() + 60}};
    std::array<const int*, 2> read{};
    std::array<const char*, 2> write{};
    list.from(0, 0).read(read);
    list.from(0, 0).write(write);
    CHECK((read == list.lhs && write == list.dst && list.lines == 1 && list.segment_step() == 7));
    STATIC_REQUIRE_FALSE(list.touching<2>);
}
