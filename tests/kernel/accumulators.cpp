// SPDX-License-Identifier: MIT
// Totals: as wide as the sums, or wider, with factors or not.
#include <pare/kernel/accumulators.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>

#include <pare/kernel/epilogue.hpp>

#include "support/catch.hpp"
#include "support/odd_archs.hpp"

namespace {

using namespace pare;
using namespace pare::kernels;
using odd = support::odd_3x2;

template <class Format, std::size_t Depth, class Arch = odd, class Activation = std::int8_t>
using x = execution<Format, problem<Activation, 3, Depth>, Arch, form::expanded>;
using plain = x<weights<>, 8>;
using grouped = x<weights<per_group<4>>, 8>;
using deep = x<weights<per_group<4>>, dynamic>;
using wide = x<weights<affine>, dynamic>;

static_assert(std::same_as<totals_of<plain>, register_totals<plain>> && std::same_as<totals_of<grouped>, register_totals<grouped>>);
static_assert(std::same_as<totals_of<deep>, wide_totals<deep>> && std::same_as<totals_of<wide>, wide_totals<wide>>);

using sums = std::array<std::int32_t, 3>;
constexpr std::array<std::uint8_t, 3> factors{2, 0, 255};
constexpr sums part{10, 20, -30};

template <class Execution>
constexpr auto folded(std::array<typename Execution::total, 3> start, const sums& s) {
    totals_of<Execution> t;
    t.load(start.data());
    t.fold(s, factors.data());
    t.fold(s, factors.data());
    std::array<typename Execution::total, 3> values{};
    if constexpr (requires { t.sums; }) values = values_of<Execution>(t.sums);
    else values = t.values;
    return values;
}

}  // namespace

TEST_CASE("a register of sums as values") {
    STATIC_REQUIRE(values_of<plain>(part) == part);
    using native = x<weights<>, 8, arch::native>;
    auto s = zero_sums(typename native::dot{}, arch::native{});
    for (const std::int32_t v : values_of<native>(s)) CHECK(v == 0);
}

TEST_CASE("totals of 32 bits: sums, times the factor of their output where groups have one") {
    STATIC_REQUIRE(folded<plain>({1, 2, 3}, part) == sums{21, 42, -57});
    STATIC_REQUIRE(folded<grouped>({1, 2, 3}, part) == sums{41, 2, 3 - 2 * 30 * 255});
}

TEST_CASE("totals of 64 bits do not wrap") {
    constexpr std::int32_t most = std::numeric_limits<std::int32_t>::max(), least = std::numeric_limits<std::int32_t>::min();
    using values = std::array<std::int64_t, 3>;
    STATIC_REQUIRE(folded<wide>({1, 0, 0}, {most, most, least}) ==
                   values{2 * std::int64_t(most) + 1, 2 * std::int64_t(most), 2 * std::int64_t(least)});
    STATIC_REQUIRE(folded<deep>({1, 5, 0}, {most, most, least}) == values{4 * std::int64_t(most) + 1, 5, 510 * std::int64_t(least)});
}

TEST_CASE("runs of one known length") {
    using s8 = std::int8_t;
    STATIC_REQUIRE((even_run<plain> == 8 && even_run<grouped> == 4 && even_run<deep> == 0));
    // Groups that end within a segment, segments within a group, and lengths that are no whole steps.
    STATIC_REQUIRE((even_run<execution<weights<per_group<32>>, problem<s8, 3, 144, 48>, arch::scalar, form::expanded>> == 0));
    STATIC_REQUIRE((even_run<execution<weights<per_group<32>>, problem<s8, 3, 144, 16>, arch::scalar, form::expanded>> == 16));
    STATIC_REQUIRE((even_run<execution<weights<per_group<32>>, problem<s8, 3, 384, 96>, arch::scalar, form::expanded>> == 32));
    STATIC_REQUIRE((even_run<execution<weights<per_group<6>>, problem<s8, 3, 24>, arch::avx512_vnni, form::expanded>> == 0));
    STATIC_REQUIRE((even_run<execution<weights<per_group<8>>, problem<s8, 3, 20>, arch::scalar, form::expanded>> == 0));
}

TEST_CASE("only outputs that exist are stored, each by its own channel") {
    constexpr auto stored = [] {
        register_totals<plain> t;
        t.load(part.data());
        std::array<std::int32_t, 3> dst{7, 7, 7};
        struct add_channel {
            using value_type = std::int32_t;
            constexpr std::int32_t operator()(std::int32_t s, std::size_t n) const { return s + std::int32_t(n); }
        };
        store_values<plain>(t, add_channel{}, 100, dst.data(), dst.data(), 2);
        return dst;
    }();
    STATIC_REQUIRE(stored == sums{110, 121, 7});
    constexpr auto stored_wide = [] {
        wide_totals<wide> t;
        t.values = {std::int64_t(1) << 40, 2, 3};
        std::array<std::int64_t, 3> dst{7, 7, 7};
        store_values<wide>(t, raw_sum<std::int64_t>{}, 0, dst.data(), dst.data(), 1);
        return dst;
    }();
    STATIC_REQUIRE(stored_wide == std::array<std::int64_t, 3>{std::int64_t(1) << 40, 7, 7});
}

TEST_CASE("whole registers are stored where the arch and the epilogue know how") {
    using fast = requantize<rounding::fp32, std::int8_t>;
    STATIC_REQUIRE_FALSE(stores_registers<plain, fast>);
    STATIC_REQUIRE_FALSE(stores_registers<x<weights<>, 8, arch::native>, raw_sum<std::int32_t>>);
    STATIC_REQUIRE_FALSE(stores_registers<plain, requantize<rounding::single, std::int8_t>>);
    constexpr bool integers = stores_registers<x<weights<>, 8, arch::native>, requantize<rounding::single, std::int8_t>>;
    CHECK(integers != (arch::native::portable || std::same_as<arch::native, arch::sse4_1>));
    STATIC_REQUIRE_FALSE(stores_registers<x<weights<affine>, dynamic, arch::native>, fast>);  // totals are wider than registers
    constexpr bool native = stores_registers<x<weights<>, 8, arch::native>, fast>;
    CHECK(native != arch::native::portable);
    constexpr bool floats = stores_registers<x<weights<f32>, 8, arch::native, float>, clamp_float>;
    CHECK(floats != arch::native::portable);
}
