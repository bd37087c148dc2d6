// SPDX-License-Identifier: MIT
// Recommended formats: none is beaten by another, all fit the budget, and bytes at rest are those of weights that are written.
#include <pare/model/recommend.hpp>

#include <algorithm>
#include <cstddef>
#include <random>
#include <string_view>
#include <vector>

#include <pare/format/mask.hpp>

#include "support/catch.hpp"

namespace {

using namespace pare;
using vnni = arch::avx512_vnni;
constexpr matrix_product wide{.rows = 1, .outputs = 4096, .depth = 4096};
constexpr matrix_product many{.rows = 128, .outputs = 1024, .depth = 1024};
constexpr std::size_t everything = std::size_t(1) << 30;

// No format within the budget beats one that is recommended, and each that is not recommended is beaten or too large.
template <matrix_product P, class Arch>
constexpr bool is_front(std::size_t budget) {
    const format_choices known = known_formats<P, Arch>(), front = recommend<P, Arch>(budget);
    std::size_t fit = 0;
    for (const format_choice& f : known) {
        if (f.stored_bytes > budget) continue;
        ++fit;
        const bool beaten = std::any_of(known.begin(), known.end(), [&](const format_choice& other) {
            return other.stored_bytes <= budget && detail::dominates(other, f);
        });
        const bool listed = std::any_of(front.begin(), front.end(), [&](const format_choice& other) {
            return other.format.view() == f.format.view() && other.density == f.density;
        });
        if (beaten == listed) return false;
    }
    for (std::size_t i = 0; i < front.size(); ++i) {
        if (front[i].stored_bytes > budget) return false;
        if (i > 0 && front[i - 1].nanoseconds > front[i].nanoseconds) return false;
        for (const format_choice& other : front)
            if (detail::dominates(other, front[i])) return false;
    }
    return front.empty() == (fit == 0);
}

// Bits that a mask takes whose units are drawn by lot.
template <class Mask>
double position_bits(std::size_t rows, std::size_t cols, double density) {
    constexpr pruning_unit unit = Mask::unit;
    std::mt19937 random(5);
    std::vector<bool> kept(rows / unit.rows * (cols / unit.cols));
    for (std::size_t i = 0; i < kept.size(); ++i) kept[i] = double(random() % 1000) < 1000 * density;
    bit_writer out;
    Mask::write(out, rows, cols, [&](std::size_t n, std::size_t k) { return kept[n / unit.rows * (cols / unit.cols) + k / unit.cols]; });
    return double(out.position());
}

}  // namespace

TEST_CASE("recommended formats are a front") {
    STATIC_REQUIRE(is_front<wide, vnni>(everything));
    STATIC_REQUIRE(is_front<many, vnni>(everything));
    STATIC_REQUIRE(is_front<many, vnni>(300000));
    STATIC_REQUIRE(is_front<many, arch::avx2>(everything));
    STATIC_REQUIRE(is_front<many, arch::avx2>(100000));
    STATIC_REQUIRE(is_front<many, arch::scalar>(everything));
    STATIC_REQUIRE(is_front<many, arch::neon>(500000));
    STATIC_REQUIRE(is_front<matrix_product{3, 20, 30}, arch::sse4_1>(everything));
}

TEST_CASE("a budget of nothing holds nothing, and one of everything also what is dense") {
    STATIC_REQUIRE(recommend<many, vnni>(0).empty());
    STATIC_REQUIRE(recommend<many, vnni>(0).size() == 0);
    constexpr format_choices all = recommend<many, vnni>(everything);
    constexpr format_choice last = all[all.size() - 1];
    STATIC_REQUIRE(last.format.view() == "int8, per_channel");
    STATIC_REQUIRE(last.speedup == 1);
    STATIC_REQUIRE(last.layout == form::expanded);
    STATIC_REQUIRE(last.stored_bytes == 1024 * (1024 + 8));
    STATIC_REQUIRE(last.executing_bytes == 1024 * (1024 + 8));
    STATIC_REQUIRE(all[0].speedup > 4);
    // A smaller budget begins with the same formats and has others behind: there are none that a larger one beats.
    STATIC_REQUIRE(recommend<many, vnni>(600000).size() >= 2);
}

TEST_CASE("every known format is described") {
    constexpr format_choices known = known_formats<wide, vnni>();
    STATIC_REQUIRE(known.size() == 20);
    STATIC_REQUIRE(known_formats<wide, arch::scalar>().size() == 14);
    for (const format_choice& f : known) {
        INFO(f.format.view());
        CHECK_FALSE(f.format.cut());
        CHECK(f.stored_bytes > 0);
        CHECK(f.nanoseconds > 0);
        CHECK(f.speedup >= 1);
        CHECK(f.density > 0);
    }
    CHECK(std::count_if(known.begin(), known.end(), [](const format_choice& f) { return f.layout == form::skipped; }) == 3);
    CHECK(known[1].layout == form::coded);
    CHECK(known[1].stored_bytes == 4096 * (2048 + 8));
}

TEST_CASE("a cost table of one's own") {
    // Where nothing is faster than operands, what takes as long as they do stays only if it is smaller as it runs.
    constexpr cost_table dear{.expanded = {1, 1, 1},
                              .coded4 = {9, 9, 9},
                              .shared4 = {9, 9, 9},
                              .coded2 = {9, 9, 9},
                              .gathered = {99, 99, 99},
                              .gathered_codes = {99, 99, 99},
                              .skipped = {99, 99, 99},
                              .structured = {99, 99, 99},
                              .picked = {99, 99, 99},
                              .near_bytes = 1e9};
    constexpr format_choices front = recommend<many, vnni>(everything, dear);
    STATIC_REQUIRE(front.size() == 1);
    STATIC_REQUIRE(front[0].format.view() == "int8, per_channel");
}

TEST_CASE("expected bits of positions") {
    for (const double density : {0.05, 0.1, 0.2, 0.3, 0.5}) {
        const double one_by_one = detail::predicted_position_bits(256 * 256, density);
        CHECK(position_bits<unstructured<>>(256, 256, density) / one_by_one > 0.97);
        CHECK(position_bits<unstructured<>>(256, 256, density) / one_by_one < 1.03);
        const double of_blocks = detail::predicted_position_bits(256 / 16 * 1024 / 4, density);
        CHECK(position_bits<blocks<16, 4>>(256, 1024, density) / of_blocks > 0.9);
        CHECK(position_bits<blocks<16, 4>>(256, 1024, density) / of_blocks < 1.1);
    }
    STATIC_REQUIRE(detail::predicted_position_bits(1000, 1) == 1004);
    STATIC_REQUIRE(detail::predicted_position_bits(1000, 0) == 4);
}
