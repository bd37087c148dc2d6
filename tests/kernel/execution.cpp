// SPDX-License-Identifier: MIT
// What follows from a format, a problem and an arch: types, widths, runs of K, by hand.
#include <pare/kernel/execution.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include <pare/kernel/packed_weights.hpp>

#include "support/catch.hpp"
#include "support/odd_archs.hpp"

namespace {

using namespace pare;
using s8 = std::int8_t;
using s16 = std::int16_t;

template <class Format, class Problem, class Arch = arch::scalar, form Form = form::expanded>
using x = execution<Format, Problem, Arch, Form>;
template <class Arch, std::size_t Outputs = 1, std::size_t Depth = 8>
using bytes = x<weights<>, problem<s8, Outputs, Depth>, Arch>;

template <class Format, class Activation = s8, std::size_t Depth = 10>
using total_of = typename x<Format, problem<Activation, 1, Depth>>::total;

// The narrowest operand that holds value - zero point.
static_assert(std::same_as<x<weights<>, problem<s8, 1, 1>>::operand, std::int8_t>);
static_assert(std::same_as<x<weights<affine>, problem<s8, 1, 1>>::operand, std::int16_t>);
static_assert(std::same_as<x<weights<uint8>, problem<s8, 1, 1>>::operand, std::int16_t>);
static_assert(std::same_as<x<weights<int4, affine>, problem<s8, 1, 1>>::operand, std::int8_t>);
static_assert(std::same_as<x<weights<int16>, problem<s8, 1, 1>>::operand, std::int16_t>);
static_assert(std::same_as<x<weights<int16, affine>, problem<s8, 1, 1>>::operand, std::int32_t>);
static_assert(std::same_as<x<weights<f32>, problem<float, 1, 1>>::operand, float>);

// 65793 * 128 * 255 is the last product below 2^31; a dynamic depth counts as 65,536, which fits too.
static_assert(std::same_as<total_of<weights<>, s8, 65793>, std::int32_t> && std::same_as<total_of<weights<>, s8, 65794>, std::int64_t>);
static_assert(std::same_as<total_of<weights<>, s8, dynamic>, std::int32_t> &&
              std::same_as<total_of<weights<affine>, s8, dynamic>, std::int64_t>);
static_assert(std::same_as<total_of<weights<>, s16, 256>, std::int32_t> && std::same_as<total_of<weights<>, s16, 257>, std::int64_t>);
static_assert(std::same_as<total_of<weights<per_group<4>>, s8, 258>, std::int32_t> &&
              std::same_as<total_of<weights<per_group<4>>, s8, 259>, std::int64_t>);
static_assert(std::same_as<total_of<weights<f32>, float, dynamic>, float>);

// Pairs of 16-bit products that may pass 32 bits are the scalar arch's, and so are operands of 32 bits.
static_assert(std::same_as<x<weights<int16>, problem<s16, 1, 8>, arch::avx2>::arch, arch::scalar>);
static_assert(std::same_as<x<weights<int16>, problem<s16, 1, 8>, arch::avx512_vnni>::arch, arch::scalar>);
static_assert(std::same_as<x<weights<int16>, problem<s8, 1, 8>, arch::avx2>::arch, arch::avx2>);
static_assert(std::same_as<x<weights<>, problem<s16, 1, 8>, arch::avx2>::arch, arch::avx2>);
static_assert(std::same_as<x<weights<int16, affine>, problem<s8, 1, 8>, arch::avx2>::arch, arch::scalar>);

static_assert(!bytes<arch::scalar>::widens && bytes<arch::avx2>::widens && bytes<arch::avx512_vnni>::widens);
static_assert(bytes<arch::avx512_vnni>::lhs_offset == 128 && bytes<arch::avx2>::lhs_offset == 0);
// Bytes that become other bytes lie as they did, which words do not; what is copied in pieces is not flipped as a whole.
static_assert(bytes<arch::avx512_vnni>::flips && bytes<arch::avx_vnni>::flips && !bytes<arch::avx2>::flips && !bytes<arch::scalar>::flips);
static_assert(!x<weights<>, problem<std::uint8_t, 1, 8>, arch::avx512_vnni>::flips);
static_assert(!x<weights<>, problem<s8, 1, 8, 8, 1, 0, 0, true>, arch::avx512_vnni>::flips);
static_assert(x<weights<>, problem<s8, 1, 24, 12, 1, 3>, arch::avx512_vnni>::skips_taps);

// Weights that the type proves to be at most 64 are bytes without VNNI too: those of int7 and below, not int8, zero points or books of it.
template <class Format, class Activation = s8, bool Copied = false>
using on_avx2 = x<Format, problem<Activation, 16, 8, 8, 1, 0, 0, Copied>, arch::avx2>;
static_assert(std::same_as<on_avx2<weights<int7>>::dot, arch::narrow_dot> && on_avx2<weights<int7>>::lhs_offset == 128);
static_assert(std::same_as<on_avx2<weights<ternary>, std::uint8_t>::dot, arch::narrow_dot>);
static_assert(std::same_as<on_avx2<weights<int7>, s8, true>::dot, arch::narrow_dot>);
// They meet unsigned activations, to which signed ones are copied.
static_assert(on_avx2<weights<int7>>::widens && on_avx2<weights<int7>>::copied(-128) == 0 && on_avx2<weights<int7>>::copied(127) == 255);
static_assert(!on_avx2<weights<int7>, std::uint8_t>::widens && on_avx2<weights<int7>, std::uint8_t>::lhs_offset == 0);
static_assert(on_avx2<weights<int7>>::unit == 4 && on_avx2<weights<int7>>::register_elements == 32);
static_assert(on_avx2<weights<>>::unit == 2 && on_avx2<weights<int7, affine>>::unit == 2 && on_avx2<weights<int7>, s16>::unit == 2);
static_assert(on_avx2<weights<codebook<16>>>::unit == 2 && on_avx2<weights<int4, codebook<4>>>::unit == 4);

// NEON takes 16-bit products one by one, which fit; dot products take unsigned bytes less 128, also where they are copied before.
static_assert(std::same_as<x<weights<int16>, problem<s16, 1, 8>, arch::neon_i8mm>::arch, arch::neon_i8mm>);
static_assert(bytes<arch::neon>::widens && !bytes<arch::neon_dotprod>::widens && bytes<arch::neon_dotprod>::lhs_offset == 0);
using flipped_bytes = x<weights<>, problem<std::uint8_t, 1, 8>, arch::neon_dotprod>;
static_assert(flipped_bytes::flips && flipped_bytes::lhs_offset == -128 && flipped_bytes::copied(5) == -123);
static_assert(flipped_bytes::copied_zero == 0);
using copied_bytes = x<weights<>, problem<std::uint8_t, 1, 8, 8, 1, 0, 0, true>, arch::neon_dotprod>;
static_assert(copied_bytes::widens && !copied_bytes::flips && copied_bytes::lhs_offset == -128 && copied_bytes::copied(5) == -123);
static_assert(copied_bytes::copied_zero == 0);

}  // namespace

TEST_CASE("registers side by side, even over a static extent") {
    // 5 registers of 16: two panels of 3 and 2. 9: three of 3. 4: one of 4.
    STATIC_REQUIRE((bytes<arch::avx512_vnni, 65>::width == 3 && bytes<arch::avx512_vnni, 65>::last_width == 2));
    STATIC_REQUIRE((bytes<arch::avx512_vnni, 129>::width == 3 && bytes<arch::avx512_vnni, 129>::last_width == 3));
    STATIC_REQUIRE((bytes<arch::avx512_vnni, 64>::width == 4 && bytes<arch::avx512_vnni, 64>::last_width == 4));
    STATIC_REQUIRE(
        (bytes<arch::avx512_vnni, 1>::width == 1 && bytes<arch::avx2, 17>::width == 2 && bytes<arch::avx2, 17>::last_width == 1));
    STATIC_REQUIRE((bytes<arch::avx512_vnni, dynamic>::width == 4 && bytes<arch::avx512_vnni, dynamic>::last_width == 0));
    STATIC_REQUIRE((bytes<arch::avx2, dynamic>::width == 2 && bytes<arch::scalar, 9>::width == 1));
    STATIC_REQUIRE((bytes<arch::avx512_vnni, 32>::whole_registers && !bytes<arch::avx512_vnni, 33>::whole_registers &&
                    !bytes<arch::avx512_vnni, dynamic>::whole_registers));

    constexpr bytes<arch::avx512_vnni, 65> wide;
    STATIC_REQUIRE((wide.panels() == 2 && wide.panel_width(0) == 3 && wide.panel_width(1) == 2 && wide.table_size() == 80));
    using grouped = x<weights<>, problem<s8, 5, 8, 4, 3>, arch::avx2>;
    STATIC_REQUIRE(grouped{}.table_size() == 2 * 5 + 8);
    STATIC_REQUIRE((grouped{}.groups() == 3 && grouped{}.segments() == 2));
}

TEST_CASE("rows fill the registers that are left") {
    // 32 - 4 for weights - 2, by 4: 6; 29 by 1, at most 12; totals take as many again.
    STATIC_REQUIRE(bytes<arch::avx512_vnni>::rows(4) == 6);
    STATIC_REQUIRE(bytes<arch::avx512_vnni>::rows(1) == 12);
    STATIC_REQUIRE(bytes<arch::avx512_vnni, 64>::max_rows == 6);
    STATIC_REQUIRE(x<weights<per_group<4>>, problem<s8, 64, 8>, arch::avx512_vnni>::max_rows == 3);
    STATIC_REQUIRE(bytes<arch::avx2>::rows(2) == 6);
    STATIC_REQUIRE(bytes<arch::scalar>::max_rows == 1);
    // Where lanes gather, a window that is two registers leaves a row less.
    using vnni = execution<weights<unstructured<>>, problem<s8, 64, 1024>, arch::avx512_vnni, form::gathered>;
    using dotprod = execution<weights<unstructured<>>, problem<s8, 64, 1024>, arch::neon_dotprod, form::gathered>;
    STATIC_REQUIRE((vnni::window_registers == 1 && vnni::rows(4) == 7 && vnni::width == 2 && vnni::max_rows == 12));
    STATIC_REQUIRE((dotprod::window_registers == 2 && dotprod::rows(4) == 6 && dotprod::width == 2 && dotprod::max_rows == 12));
    // One row is sorted into as many registers as there are. Of deep rows as many as are copied twice; where those are less than seven,
    // outputs are sorted again.
    using one = execution<weights<unstructured<>>, product_problem<s8, 128, 1024, 1>, arch::avx512_vnni, form::gathered>;
    STATIC_REQUIRE(one::width == 4);
    using deep = execution<weights<unstructured<>>, problem<s8, 128, 2048>, arch::avx512_vnni, form::gathered>;
    using deeper = execution<weights<unstructured<>>, problem<s8, 128, 2400>, arch::avx512_vnni, form::gathered>;
    STATIC_REQUIRE((deep::width == 2 && deep::max_rows == 8 && deep::shifts == 2));
    STATIC_REQUIRE((deeper::width == 4 && deeper::max_rows == 7 && deeper::shifts == 1));
}

TEST_CASE("runs of K") {
    // Segments of 7 in groups of 5: 5 + 2, then 3 of the same group + 4, as each segment begins a run.
    constexpr x<weights<per_group<5>>, problem<s8, 1, 14, 7>> grouped;
    std::vector<std::array<std::size_t, 4>> runs;
    grouped.for_each_run([&](k_run r) { runs.push_back({r.segment, r.offset, r.length, r.group}); });
    CHECK(runs == std::vector<std::array<std::size_t, 4>>{{0, 0, 5, 0}, {0, 5, 2, 1}, {1, 0, 3, 1}, {1, 3, 4, 2}});
    STATIC_REQUIRE(grouped.run_count() == 4);
    STATIC_REQUIRE(grouped.steps() == 14);
    // Whole units: 3 + 1 + 2 + 2 pairs.
    STATIC_REQUIRE(x<weights<per_group<5>>, problem<s8, 1, 14, 7>, arch::avx2>{}.steps() == 8);

    // Nothing is folded: one run for each segment.
    constexpr x<weights<>, problem<s8, 1, 14, 7>, arch::avx512_vnni> plain;
    STATIC_REQUIRE((plain.run_count() == 2 && plain.steps() == 4 && !plain.folds));

    // 64-bit totals: 2^31 / (255 * 255) is 33025, in fours 33024.
    using deep = x<weights<uint8>, problem<s8, 1, dynamic, dynamic>, support::odd_3x2>;
    STATIC_REQUIRE((deep::folds && deep::run_limit == 33024));
    constexpr deep d{deep::extents::of({1, 65536, 65536, 1})};
    STATIC_REQUIRE(d.run_count() == 2);
    STATIC_REQUIRE((d.run_at(0, 0).length == 33024 && d.run_after(d.run_at(0, 0)).length == 65536 - 33024));
    STATIC_REQUIRE(x<weights<>, problem<s8, 1, 8>>::run_limit == std::numeric_limits<std::size_t>::max());
}

TEST_CASE("the last step of a run takes the unit before its end") {
    using expanded = bytes<arch::avx512_vnni, 1, 10>;
    using coded = x<weights<>, problem<s8, 1, 10>, arch::avx512_vnni, form::coded>;
    STATIC_REQUIRE((expanded::overlaps && !coded::overlaps && !bytes<arch::scalar>::overlaps));
    STATIC_REQUIRE((expanded::step_at(0, 10) == 0 && expanded::step_at(1, 10) == 4 && expanded::step_at(2, 10) == 6));
    STATIC_REQUIRE(coded::step_at(2, 10) == 8);
    STATIC_REQUIRE(expanded::step_at(0, 3) == 0);  // too short for a unit
    STATIC_REQUIRE((expanded::whole_units && !coded::whole_units && !expanded::aligned_runs));
    STATIC_REQUIRE(!bytes<arch::avx512_vnni, 1, 3>::whole_units);
    STATIC_REQUIRE((bytes<arch::avx512_vnni, 1, 8>::aligned_runs && bytes<arch::scalar, 1, 3>::aligned_runs));
    STATIC_REQUIRE(!bytes<arch::avx512_vnni, 1, dynamic>::whole_units);
}

TEST_CASE("a step of one output ends with what is left of a run") {
    using helium = bytes<arch::helium, 10, 27>;
    using coded = x<weights<int4>, problem<s8, 10, 27>, arch::helium, form::coded>;
    STATIC_REQUIRE((helium::trims && !helium::overlaps && !coded::trims && !bytes<arch::scalar>::trims));
    STATIC_REQUIRE((helium{}.steps() == 2));
    // Panels of 4, 4 and 2 outputs of 27 bytes, each a multiple of 8; 32 codes of four bits.
    STATIC_REQUIRE((detail::packed_counts<helium>::data == 280 && detail::packed_counts<coded>::data == 160));
}

TEST_CASE("an arch whose sums lie in general registers says how large its tiles are") {
    // Ten outputs are panels of 4, 4 and 2.
    STATIC_REQUIRE(
        (bytes<arch::helium, 10>::width == 4 && bytes<arch::helium, 10>::last_width == 2 && bytes<arch::helium, 10>::max_rows == 2));
    using row = x<weights<>, product_problem<s8, 10, 8, 1>, arch::cortex_m_dsp>;
    STATIC_REQUIRE((bytes<arch::cortex_m_dsp, 10>::width == 2 && bytes<arch::cortex_m_dsp, 10>::max_rows == 2));
    STATIC_REQUIRE((row::width == 4 && row::max_rows == 1));
    // Nothing is known of steps of one product.
    using real = x<weights<f32>, problem<float, 10, 8>, arch::helium>;
    STATIC_REQUIRE((real::width == 1 && real::register_elements == 1));
}

TEST_CASE("scratch: rows of whole units") {
    STATIC_REQUIRE(bytes<arch::avx2, 1, 9>{}.scratch_elements(3) == 3 * 10);
    STATIC_REQUIRE(bytes<arch::avx2, 1, 9>{}.scratch_bytes() == bytes<arch::avx2>::max_rows * 10 * 2);
    STATIC_REQUIRE(bytes<arch::avx512_vnni, 64, 9>{}.scratch_bytes() == 6 * 12);
}

TEST_CASE("rows that gather are copied as often as they stay near, each time shifted") {
    using sparse = weights<unstructured<>>;
    const auto shifts = []<class P>(P) { return execution<sparse, P, arch::avx512_vnni, form::gathered>::shifts; };
    CHECK((shifts(problem<std::int8_t, 512, 512>{}) == 4 && shifts(problem<std::int8_t, 512, 2000>{}) == 2));
    CHECK((shifts(problem<std::int8_t, 128, 512>{}) == 2 && shifts(problem<std::int8_t, 127, 512>{}) == 1));
    CHECK((shifts(problem<std::int8_t, 512, 4096>{}) == 1 && shifts(problem<std::int8_t, 512, dynamic>{}) == 1));
    // Rows of windows, and copies that are made in bands.
    CHECK((shifts(problem<std::int8_t, 512, 512, 128>{}) == 1 && shifts(problem<std::int8_t, 512, 512, 512, 1, 0, 0, true>{}) == 1));

    // Windows of 64 that begin at multiples of 32, in two copies of 320 activations.
    using twice = execution<sparse, problem<std::int8_t, 128, 300>, arch::avx512_vnni, form::gathered>;
    constexpr twice x{};
    STATIC_REQUIRE((twice::window_step == 32 && x.shift_stride() == 320 && x.scratch_elements(1) == 704));
    STATIC_REQUIRE((x.window_place(0) == 0 && x.window_place(32) == 320 && x.window_place(64) == 64 && x.window_place(160) == 448));
    // Unsigned activations too, which are multiplied where they lie otherwise.
    STATIC_REQUIRE((execution<sparse, problem<std::uint8_t, 128, 300>, arch::avx512_vnni, form::gathered>::copies));
    STATIC_REQUIRE_FALSE((execution<sparse, problem<std::uint8_t, 64, 300>, arch::avx512_vnni, form::gathered>::copies));
}
