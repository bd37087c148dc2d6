// SPDX-License-Identifier: MIT
// The three rounding policies against their formulas.
#include <pare/core/rounding.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

#include "support/catch.hpp"

namespace {

__extension__ using wide = __int128;
using pare::rounding::output_range;

struct lots {
    std::uint64_t state = 7;
    std::uint64_t next() {
        state = state * 6364136223846793005u + 1442695040888963407u;
        return state >> 16;
    }
    std::int32_t next_s32() { return std::int32_t(std::uint32_t(next())) >> (next() % 32); }
    output_range next_range() {
        output_range r;
        r.zero_point = std::int32_t(next() % 256) - 128;
        r.low = next() % 2 ? -128 : std::max(-128, r.zero_point);
        r.high = std::max(r.low, next() % 2 ? 127 : std::int32_t(next() % 256) - 128);
        return r;
    }
    /// A multiplier in (0, 2): most of the range, and both sides of 1.
    double next_scale() { return std::ldexp(1 + double(next() % 1000000) / 1000000, -int(next() % 24)); }
};

std::int32_t clamp_to(wide x, output_range r) { return x < r.low ? r.low : x > r.high ? r.high : std::int32_t(x); }

/// Half away from zero.
wide divide_away(wide x, int shift) {
    const wide magnitude = x < 0 ? -x : x;
    const wide rounded = (2 * magnitude + (wide(1) << shift)) >> (shift + 1);
    return x < 0 ? -rounded : rounded;
}

/// Half up: towards the larger.
wide divide_up(wide x, int shift) {
    const wide twice = 2 * x + (wide(1) << shift);
    const wide divisor = wide(2) << shift;
    return twice / divisor - (twice % divisor != 0 && twice < 0);
}

}  // namespace

TEST_CASE("round_half_even") {
    // Every eighth up to 2^13, so every kind of tie, and the ends of the range.
    for (std::int32_t i = -(1 << 16); i <= 1 << 16; ++i) {
        const float x = float(i) / 8;
        REQUIRE(pare::rounding::round_half_even(x) == std::int32_t(std::nearbyint(x)));
    }
    for (std::int32_t i = 0; i < 4096; ++i)
        for (float x : {float(1 << 22) - 0.5f * float(i) - 0.5f, -float(1 << 22) + 0.5f * float(i) + 0.5f})
            REQUIRE(pare::rounding::round_half_even(x) == std::int32_t(std::nearbyint(x)));
    static_assert(pare::rounding::round_half_even(0.5f) == 0 && pare::rounding::round_half_even(1.5f) == 2);
    static_assert(pare::rounding::round_half_even(-0.5f) == 0 && pare::rounding::round_half_even(-1.5f) == -2);
}

TEST_CASE("fp32: one product, a clamp, half to even, then the zero point") {
    lots draw;
    for (int i = 0; i < 300000; ++i) {
        const std::int32_t acc = draw.next_s32();
        const float scale = pare::rounding::fp32::from(draw.next_scale());
        const output_range r = draw.next_range();
        // volatile: what it holds was rounded to 32 bits.
        const volatile float product = float(acc) * scale;
        const float low = float(r.low - r.zero_point), high = float(r.high - r.zero_point);
        const float clamped = product < low ? low : product > high ? high : product;
        const std::int32_t expected = std::int32_t(std::nearbyint(clamped)) + r.zero_point;
        INFO(acc << " " << scale << " " << r.zero_point << " " << r.low << " " << r.high);
        REQUIRE(pare::rounding::fp32::apply(acc, scale, r) == expected);
        REQUIRE(pare::rounding::fp32::apply(std::int64_t(acc), scale, r) == expected);
    }
    // Sums beyond 32 bits saturate.
    CHECK(pare::rounding::fp32::apply(std::int64_t(1) << 60, 1.0f, {}) == 127);
    CHECK(pare::rounding::fp32::apply(-(std::int64_t(1) << 60), 1.0f, {}) == -128);
}

TEST_CASE("single: one rounding, half up") {
    lots draw;
    for (int i = 0; i < 300000; ++i) {
        const std::int32_t acc = draw.next_s32();
        const pare::multiplier m = pare::rounding::single::from(draw.next_scale());
        const output_range r = draw.next_range();
        const std::int32_t expected = clamp_to(divide_up(wide(acc) * m.mantissa, 31 - m.shift) + r.zero_point, r);
        INFO(acc << " " << m.mantissa << " " << m.shift << " " << r.zero_point << " " << r.low << " " << r.high);
        REQUIRE(pare::rounding::single::apply(acc, m, r) == expected);
    }
}

TEST_CASE("sums of 64 bits take a mantissa of 16 bits") {
    lots draw;
    for (int i = 0; i < 300000; ++i) {
        // Below 2^47, and a scale that brings some of them into the range.
        const std::int64_t acc =
            (std::int64_t(draw.next() & ((std::uint64_t(1) << 48) - 1)) - (std::int64_t(1) << 47)) >> (draw.next() % 47);
        const double scale = std::ldexp(1 + double(draw.next() % 1000000) / 1000000, 8 - int(draw.next() % 46));
        const pare::multiplier m = pare::quantize_multiplier(scale);
        // Half up, but never 2^15.
        const std::int64_t reduced = std::min<std::int64_t>(std::int64_t(divide_up(m.mantissa, 16)), 32767);
        const output_range r{std::int32_t(i % 3), -32768, 32767};
        const std::int32_t expected =
            m.mantissa == 0 ? r.zero_point : clamp_to(divide_up(wide(acc) * reduced, 15 - m.shift) + r.zero_point, r);
        INFO(acc << " " << m.mantissa << " " << m.shift);
        REQUIRE(pare::rounding::single::apply(acc, m, r) == expected);
        REQUIRE(pare::rounding::gemmlowp::apply(acc, m, r) == expected);
    }
}

TEST_CASE("gemmlowp: a rounding to 32 bits, then one away from zero") {
    lots draw;
    for (int i = 0; i < 300000; ++i) {
        const std::int32_t acc = draw.next_s32();
        const pare::multiplier m = pare::rounding::gemmlowp::from(draw.next_scale());
        const output_range r = draw.next_range();
        const auto shifted = std::int32_t(std::uint32_t(std::uint64_t(std::uint32_t(acc)) << std::max(m.shift, 0)));
        const wide high = divide_up(wide(shifted) * m.mantissa, 31);
        const std::int32_t expected = clamp_to(divide_away(high, std::max(-m.shift, 0)) + r.zero_point, r);
        INFO(acc << " " << m.mantissa << " " << m.shift << " " << r.zero_point << " " << r.low << " " << r.high);
        REQUIRE(pare::rounding::gemmlowp::apply(acc, m, r) == expected);
    }
}

TEST_CASE("a scale of zero gives the zero point, clamped") {
    for (std::int32_t acc : {std::numeric_limits<std::int32_t>::min(), -1, 0, 1, std::numeric_limits<std::int32_t>::max()}) {
        CHECK(pare::rounding::fp32::apply(acc, 0.0f, {5, -128, 127}) == 5);
        CHECK(pare::rounding::single::apply(acc, {}, {5, -128, 127}) == 5);
        CHECK(pare::rounding::gemmlowp::apply(acc, {}, {5, -128, 127}) == 5);
        CHECK(pare::rounding::single::apply(acc, {}, {5, 6, 127}) == 6);
        CHECK(pare::rounding::gemmlowp::apply(acc, {}, {5, 6, 127}) == 6);
    }
}

TEST_CASE("the policies are constant expressions") {
    static_assert(pare::rounding::fp32::apply(100, 0.125f, {}) == 12);    // 12.5 to even
    static_assert(pare::rounding::fp32::apply(-100, 0.125f, {}) == -12);  // and so below zero
    static_assert(pare::rounding::single::apply(100, pare::quantize_multiplier(0.125), {}) == 13);
    static_assert(pare::rounding::single::apply(-100, pare::quantize_multiplier(0.125), {}) == -12);
    static_assert(pare::rounding::gemmlowp::apply(100, pare::quantize_multiplier(0.125), {}) == 13);
    static_assert(pare::rounding::gemmlowp::apply(-100, pare::quantize_multiplier(0.125), {}) == -13);
    SUCCEED();
}
