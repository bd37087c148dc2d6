// SPDX-License-Identifier: MIT
// Rows that are added up before they are multiplied, by weights that are unsigned.
#include <pare/kernel/summed_rows.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "kernel/static_cases.hpp"
#include "support/catch.hpp"

namespace {

using namespace pare;
using statics::product;
using enum statics::store;
using whole = weights<int8, per_channel>;
using seven_bits = weights<int7, per_channel>;
using pruned = weights<int8, per_channel, unstructured<>>;

template <class Format, class Problem, class Arch = arch::avx512_vnni>
constexpr bool sums = pare::select<Format, Problem, Arch>::sums_rows;

// Two panels and more on each arch, the last one narrower or not full; one tile and several; whole steps or not.
using several_panels = statics::list<product<whole, 1, 80, 768>, product<whole, 2, 65, 769, raw>, product<whole, 5, 128, 770>,
                                     product<whole, 6, 96, 771, raw>, product<whole, 13, 130, 1000>, product<whole, 40, 70, 896, raw>,
                                     product<whole, 7, 256, 1025>, product<weights<int4, per_channel>, 9, 80, 900, raw>,
                                     product<weights<int8, per_channel, dense, codebook<16>>, 8, 80, 800>>;

using of_narrow_weights = statics::list<product<seven_bits, 1, 80, 768>, product<seven_bits, 6, 66, 769, raw>,
                                        product<seven_bits, 13, 130, 1003>, product<seven_bits, 9, 96, 770, raw>>;

}  // namespace

TEST_CASE("which products add rows up") {
    STATIC_REQUIRE(sums<whole, product_problem<std::int8_t, 65, 768, 2>>);
    STATIC_REQUIRE(sums<whole, product_problem<std::int8_t, dynamic, 768, dynamic>>);
    // One row, one panel, short rows, rows of an unknown length; what does not say that it can; unsigned activations.
    STATIC_REQUIRE_FALSE(sums<whole, product_problem<std::int8_t, 65, 768, 1>>);
    STATIC_REQUIRE_FALSE(sums<whole, product_problem<std::int8_t, 64, 768, 2>>);
    STATIC_REQUIRE_FALSE(sums<whole, product_problem<std::int8_t, 65, 767, 2>>);
    STATIC_REQUIRE_FALSE(sums<whole, product_problem<std::int8_t, 65, dynamic, 2>>);
    STATIC_REQUIRE_FALSE(sums<whole, problem<std::int8_t, 65, 768>>);
    STATIC_REQUIRE_FALSE(sums<whole, product_problem<std::uint8_t, 65, 768, 2>>);
    // Groups have factors; sums of so many weights need 64 bits; other archs multiply what is signed.
    STATIC_REQUIRE_FALSE(sums<weights<int8, per_group<32>>, product_problem<std::int8_t, 65, 768, 2>>);
    STATIC_REQUIRE_FALSE(sums<whole, product_problem<std::int8_t, 65, 70000, 2>>);
    STATIC_REQUIRE_FALSE(sums<whole, product_problem<std::int8_t, 65, 768, 2>, arch::avx512>);
    STATIC_REQUIRE(sums<seven_bits, product_problem<std::int8_t, 65, 768, 2>, arch::avx512>);
    STATIC_REQUIRE_FALSE(sums<whole, product_problem<std::int8_t, 65, 768, 2>, arch::scalar>);
    // They need no scratch.
    STATIC_REQUIRE(gemm_scratch_bytes(pare::select<whole, product_problem<std::int8_t, 65, 768, 40>, arch::avx512_vnni>{}, 2) == 0);
}

TEST_CASE("weights that do not exist are multiplied as zero") {
    using execution = pare::execution<pruned, product_problem<std::int8_t, 80, 800, 7>, arch::avx512_vnni, form::expanded>;
    STATIC_REQUIRE((execution::sums_rows && execution::rhs_offset == 128));
    if constexpr (arch::compiled_for<arch::avx512_vnni>) {
        if (!arch::available<arch::avx512_vnni>()) return;
        support::lots draw(3, 1, 4);
        const statics::drawn_layer<pruned, std::int8_t> w(draw, 80, 800, raw);
        const auto packed = w.pack<execution, 80, 800>();
        const auto x = fuzz::draw_activations<std::int8_t>(draw, 7 * 800);
        fuzz::destination<std::int32_t> dst(draw, 7, 80);
        gemm<7>({x.data(), 7, 800, 800}, packed, {dst.values.data(), 7, 80, dst.stride}, raw_sum<std::int32_t>{});
        fuzz::report report;
        CHECK(dst.compare(report, reference::linear(x.data(), 7, 800, w.in.zero_point, w.plain, w.matrix), w.plain, w.expected) == "");
        CHECK(report.values == 7 * 80);
    } else {
        WARN("avx512_vnni is not here");
    }
}

TEST_CASE("products with several panels against the reference") { several_panels::run_on<arch::avx_vnni, arch::avx512_vnni>(); }
TEST_CASE("products of narrow weights against the reference") { of_narrow_weights::run_on<arch::avx2, arch::avx512>(); }
