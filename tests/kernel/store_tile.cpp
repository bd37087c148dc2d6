// SPDX-License-Identifier: MIT
// The end of a tile by itself: sums that are pooled, rows that are stored together, buffers for panels that are not full.
#include <pare/kernel/store_tile.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

#include <pare/kernel/select.hpp>

#include "support/catch.hpp"
#include "support/odd_archs.hpp"

namespace {

using namespace pare;
template <class Arch, std::size_t Outputs, std::size_t Pooled = 1>
using narrow = pare::execution<weights<per_channel>, problem<std::int8_t, Outputs, 8, 8, 1, 0, 0, false, Pooled>, Arch, form::expanded>;
using requantized = requantize<rounding::fp32, std::int8_t>;
using vnni = arch::avx512_vnni;

}  // namespace

TEST_CASE("rows that fill a register of bytes together") {
    if constexpr (arch::compiled_for<vnni>) {
        CHECK((kernels::rows_at_once<narrow<vnni, 16>, requantized, 1> == 4));
        CHECK((kernels::rows_at_once<narrow<vnni, 32>, requantized, 2> == 2));
        CHECK((kernels::rows_at_once<narrow<vnni, 48>, requantized, 3> == 1));
        CHECK((kernels::rows_at_once<narrow<vnni, 16>, requantize<rounding::single, std::int8_t>, 1> == 1));
        CHECK((kernels::rows_at_once<narrow<vnni, 16>, requantize<rounding::fp32, std::int16_t>, 1> == 1));
        CHECK((kernels::row_granule<narrow<vnni, 16>, requantized> == 4));
        // Four windows of four, where so many rows fit; two windows of four.
        CHECK((kernels::row_granule<narrow<vnni, 16, 4>, requantized, 4> == 16));
        CHECK((kernels::row_granule<narrow<vnni, 32, 4>, requantized, 4> == 4));
        CHECK((kernels::row_granule<narrow<vnni, 48, 4>, requantized, 4> == 4));
    }
    STATIC_REQUIRE(kernels::rows_at_once<narrow<support::odd_3x2, 3>, requantized, 1> == 1);
}

TEST_CASE("the largest of rows, in the first ones") {
    using execution = narrow<support::odd_3x2, 6>;
    using registers = kernels::sums_of<execution>;
    registers sums[4][2]{{{1, 2, 3}, {4, 5, 6}}, {{3, 1, 3}, {-4, 50, 6}}, {{-7, -8, -9}, {0, 0, 1}}, {{-9, -8, -7}, {0, 1, 0}}};
    kernels::pool_sums<execution, 1>(sums);
    CHECK(sums[1][0] == registers{3, 1, 3});
    kernels::pool_sums<execution, 2>(sums);
    CHECK((sums[0][0] == registers{3, 2, 3} && sums[0][1] == registers{4, 50, 6}));
    CHECK((sums[1][0] == registers{-7, -8, -7} && sums[1][1] == registers{0, 1, 1}));

    kernels::wide_totals<execution> totals[4][1]{{{{1, 9, 1}}}, {{{2, 8, 1}}}, {{{3, 7, 1}}}, {{{4, 6, -1}}}};
    kernels::pool_totals<4>(totals);
    CHECK(totals[0][0].values == std::array<std::int32_t, 3>{4, 9, 1});
}

TEST_CASE("registers and totals are stored as far as there are outputs") {
    using execution = narrow<support::odd_3x2, 5>;
    const std::array<float, 6> scales{1, 1, 1, 0.5f, 1, 1};
    const requantized epilogue{scales.data(), {0, -128, 127}};
    panel_view<execution> panel{};
    panel.outputs = 5;
    std::array<std::int8_t, 12> got{};
    got.fill(77);
    const std::array<std::int8_t*, 2> dst{got.data(), got.data() + 6};
    kernels::totals_of<execution> totals[2][2]{{{{1, 2, 3}}, {{4, 5, 6}}}, {{{-1, 200, 0}}, {{9, 8, 7}}}};
    kernels::store_totals<execution>(totals, panel, epilogue, dst);
    CHECK(got == std::array<std::int8_t, 12>{1, 2, 3, 2, 5, 77, -1, 127, 0, 4, 8, 77});
}
