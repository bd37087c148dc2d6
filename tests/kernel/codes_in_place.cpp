// SPDX-License-Identifier: MIT
// Codes that one row multiplies where they lie.
#include <pare/kernel/codes_in_place.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "kernel/static_cases.hpp"
#include "support/catch.hpp"

namespace {

using namespace pare;
using statics::product;
using statics::row_alone;
using enum statics::store;
using four_bits = weights<int4, per_channel>;

template <class Format, class Problem, std::size_t Rows = 1, class Arch = arch::avx512_vnni>
constexpr bool in_place = kernels::multiplies_in_place<pare::select<Format, Problem, Arch>, Rows>;

// One panel and several, the last one narrower or not full; steps that are left behind whole turns, and parts of steps; every way to a row
// alone: a product of one, rows of which one is left, unsigned activations, which are not flipped.
using rows_alone = statics::list<product<four_bits, 1, 64, 256>, product<four_bits, 1, 16, 260, raw>, product<four_bits, 1, 80, 261>,
                                 product<four_bits, 1, 130, 263, raw>, product<four_bits, 1, 65, 1031>, product<four_bits, 1, 7, 300, raw>,
                                 product<four_bits, 3, 96, 258>, product<four_bits, 13, 40, 515, raw>,
                                 product<four_bits, 1, 96, 264, raw, std::uint8_t>, product<four_bits, 1, 140, 331, narrow, std::uint8_t>>;
using two_bits = weights<int2, per_channel>;
using three_values = weights<ternary>;
// The same where the problem says that rows are alone, so that codes are packed for it.
using known_alone =
    statics::list<row_alone<four_bits, 64, 256>, row_alone<four_bits, 16, 260, raw>, row_alone<four_bits, 80, 261>,
                  row_alone<four_bits, 130, 263, raw>, row_alone<four_bits, 96, 264, raw, std::uint8_t>, row_alone<two_bits, 64, 256>,
                  row_alone<two_bits, 16, 260, raw>, row_alone<two_bits, 80, 271>, row_alone<two_bits, 130, 265, raw>,
                  row_alone<two_bits, 7, 1039, raw>, row_alone<two_bits, 96, 268, raw, std::uint8_t>, row_alone<three_values, 64, 512>,
                  row_alone<three_values, 33, 301, raw>, row_alone<three_values, 140, 331, narrow, std::uint8_t>>;

// Groups: of one turn and of several, panels that are not full, sums themselves where no groups follow.
template <class Encoding, std::size_t Group>
using grouped = weights<Encoding, per_group<Group>>;
using groups_alone = statics::list<row_alone<grouped<int4, 32>, 64, 256>, row_alone<grouped<int4, 8>, 16, 264, raw>,
                                   row_alone<grouped<int4, 64>, 130, 320, raw>, row_alone<grouped<int4, 128>, 7, 1024>,
                                   row_alone<grouped<int4, 32>, 96, 288, raw, std::uint8_t>, row_alone<grouped<int2, 32>, 80, 256, raw>,
                                   row_alone<grouped<int2, 16>, 33, 272, raw, std::uint8_t>, row_alone<grouped<ternary, 48>, 64, 288, raw>,
                                   row_alone<grouped<int4, 32>, 40, 272, raw>>;

}  // namespace

TEST_CASE("which rows multiply codes in place") {
    // What an arch can do is known where it is compiled.
    constexpr bool compiled = arch::compiled_for<arch::avx512_vnni>;
    STATIC_REQUIRE(in_place<four_bits, problem<std::int8_t, 64, 256>> == compiled);
    STATIC_REQUIRE(in_place<four_bits, problem<std::uint8_t, 64, 131072>> == compiled);
    // Several rows; short and very long ones, of an unknown length, of a window; other codes, groups, books, archs.
    STATIC_REQUIRE_FALSE(in_place<four_bits, problem<std::int8_t, 64, 256>, 2>);
    STATIC_REQUIRE_FALSE(in_place<four_bits, problem<std::int8_t, 64, 255>>);
    STATIC_REQUIRE_FALSE(in_place<four_bits, problem<std::int8_t, 64, 131073>>);
    STATIC_REQUIRE_FALSE(in_place<four_bits, problem<std::int8_t, 64, dynamic>>);
    STATIC_REQUIRE_FALSE(in_place<four_bits, problem<std::int8_t, 64, 576, 192>>);
    STATIC_REQUIRE_FALSE(in_place<weights<int2, per_channel>, problem<std::int8_t, 64, 256>>);
    STATIC_REQUIRE_FALSE(in_place<weights<int4, per_group<32>>, problem<std::int8_t, 64, 256>>);
    STATIC_REQUIRE_FALSE(in_place<weights<int8, per_channel, codebook<16>>, problem<std::int8_t, 64, 256>>);
    STATIC_REQUIRE_FALSE(in_place<four_bits, problem<std::int16_t, 64, 256>>);
    STATIC_REQUIRE_FALSE(in_place<four_bits, problem<std::int8_t, 64, 256>, 1, arch::avx2>);
    STATIC_REQUIRE_FALSE(in_place<four_bits, problem<std::int8_t, 64, 256>, 1, arch::scalar>);
}

TEST_CASE("which rows have codes that are packed to be multiplied in place") {
    constexpr bool compiled = arch::compiled_for<arch::avx512_vnni>;
    using alone = product_problem<std::int8_t, 64, 256, 1>;
    STATIC_REQUIRE(in_place<weights<int2, per_channel>, alone> == compiled);
    STATIC_REQUIRE(in_place<weights<ternary, per_channel>, alone> == compiled);
    using packed = pare::select<four_bits, alone, arch::avx512_vnni>;
    STATIC_REQUIRE(packed::packs_in_place);
    STATIC_REQUIRE_FALSE(pare::select<four_bits, problem<std::int8_t, 64, 256>, arch::avx512_vnni>::packs_in_place);
    STATIC_REQUIRE_FALSE(pare::select<four_bits, product_problem<std::int8_t, 64, 256, 2>, arch::avx512_vnni>::packs_in_place);
    STATIC_REQUIRE_FALSE(pare::select<four_bits, alone, arch::avx2>::packs_in_place);
    STATIC_REQUIRE(kernels::turns_in_place<pare::select<weights<int2>, product_problem<std::int8_t, 64, 271, 1>, arch::avx512_vnni>> == 16);
}

TEST_CASE("which groups are multiplied in place") {
    constexpr bool compiled = arch::compiled_for<arch::avx512_vnni>;
    const auto lie = []<class Format, std::size_t Depth, std::size_t Rows>() {
        return kernels::folds_in_place<pare::select<Format, product_problem<std::int8_t, 64, Depth, Rows>, arch::avx512_vnni>, 1>;
    };
    STATIC_REQUIRE(lie.operator()<grouped<int4, 32>, 256, 1>() == compiled);
    STATIC_REQUIRE(lie.operator()<grouped<int2, 16>, 256, 1>() == compiled);
    // A group that is half of a turn, one that is left, rows that may not be alone.
    STATIC_REQUIRE_FALSE(lie.operator()<grouped<int4, 4>, 256, 1>());
    STATIC_REQUIRE_FALSE(lie.operator()<grouped<int2, 8>, 256, 1>());
    STATIC_REQUIRE_FALSE(lie.operator()<grouped<int4, 32>, 272, 1>());
    STATIC_REQUIRE_FALSE(lie.operator()<grouped<int4, 32>, 256, dynamic>());
}

TEST_CASE("rows alone against the reference") { rows_alone::run_on<arch::avx512_vnni>(); }
TEST_CASE("rows that are known to be alone against the reference") {
    known_alone::run_on<arch::avx512_vnni>();
    groups_alone::run_on<arch::avx512_vnni>();
    // More rows than the problem says are right too.
    statics::list<product<four_bits, 3, 48, 300, raw, std::int8_t, 300, 1>, product<two_bits, 3, 16, 277, raw, std::int8_t, 277, 1>,
                  product<grouped<int4, 32>, 3, 48, 288, raw, std::int8_t, 288, 1>>::run_on<arch::avx512_vnni>();
}

template <class Problem>
static void check_largest_sums() {
    if constexpr (arch::compiled_for<arch::avx512_vnni>) {
        if (!arch::available<arch::avx512_vnni>()) return;
        constexpr std::size_t depth = Problem::depth, outputs = 2;
        using execution = pare::select<four_bits, Problem, arch::avx512_vnni>;
        REQUIRE(kernels::multiplies_in_place<execution, 1>);
        // -8 and 7, each in both places of a byte, and 255 for all of them.
        stored_weights<four_bits, dynamic, dynamic, support::guarded> w;
        w.codes.assign(depth * outputs / 2, std::byte{0x77});
        for (std::size_t i = 0; i < depth / 2; ++i) w.codes[i] = std::byte{0x88};
        w.bias.assign(outputs, 0);
        w.scales.assign(outputs, 1.0f);
        const auto packed = pack_weights<execution, rounding::fp32, support::guarded>(w, execution{}, {1.0f, 0}, {1.0f, 0});
        const support::guarded_vector<std::uint8_t> x(depth, 255);
        std::array<std::int32_t, outputs> sums{};
        gemm<1>({x.data(), 1, depth, depth}, packed, {sums.data(), 1, outputs, outputs}, raw_sum<std::int32_t>{});
        CHECK(sums[0] == -8 * 255 * std::int32_t(depth));
        CHECK(sums[1] == 7 * 255 * std::int32_t(depth));
    } else {
        WARN("avx512_vnni is not here");
    }
}

TEST_CASE("the largest sums of codes in place") {
    check_largest_sums<problem<std::uint8_t, 2, 131072>>();
    check_largest_sums<product_problem<std::uint8_t, 2, 131072, 1>>();
}

TEST_CASE("a code that ternary has no value for is zero where it lies") {
    constexpr std::size_t depth = 256;
    using format = weights<ternary>;
    using execution = pare::select<format, product_problem<std::uint8_t, 1, depth, 1>, arch::avx512_vnni>;
    if constexpr (arch::compiled_for<arch::avx512_vnni>) {
        if (!arch::available<arch::avx512_vnni>()) return;
        REQUIRE(kernels::multiplies_in_place<execution, 1>);
        stored_weights<format, dynamic, dynamic, support::guarded> w;
        // 2, 1, 3 and 0, over and over.
        w.codes.assign(depth / 4, std::byte{0b00110110});
        w.bias.assign(1, 5);
        w.scales.assign(1, 1.0f);
        const auto packed = pack_weights<execution, rounding::fp32, support::guarded>(w, execution{}, {1.0f, 0}, {1.0f, 0});
        support::guarded_vector<std::uint8_t> x(depth);
        for (std::size_t k = 0; k < depth; ++k) x[k] = std::uint8_t(k % 4 == 0 ? 255 : k % 4 == 1 ? 7 : 2);
        std::array<std::int32_t, 1> sums{};
        gemm<1>({x.data(), 1, depth, depth}, packed, {sums.data(), 1, 1, 1}, raw_sum<std::int32_t>{});
        CHECK(sums[0] == 5 + std::int32_t(depth / 4) * (7 - 2));
    } else {
        WARN("avx512_vnni is not here");
    }
}
