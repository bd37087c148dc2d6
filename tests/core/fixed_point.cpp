// SPDX-License-Identifier: MIT
// Fixed-point arithmetic against its formulas in wide integers, and its functions against the reals.
#include <pare/core/fixed_point.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>

#include "support/catch.hpp"

namespace {

__extension__ using wide = __int128;

constexpr std::int32_t lowest = std::numeric_limits<std::int32_t>::min();
constexpr std::int32_t highest = std::numeric_limits<std::int32_t>::max();

struct lots {
    std::uint64_t state = 1;
    std::uint64_t next() {
        state = state * 6364136223846793005u + 1442695040888963407u;
        return state >> 16;
    }
    /// Of every magnitude.
    std::int32_t next_s32() { return std::int32_t(std::uint32_t(next())) >> (next() % 32); }
    double next_unit() { return double(next() & ((std::uint64_t(1) << 47) - 1)) / double(std::uint64_t(1) << 47); }
};

constexpr wide floor_div(wide a, wide b) { return a / b - (a % b != 0 && a < 0); }

constexpr std::int32_t saturate(wide x) { return x > highest ? highest : x < lowest ? lowest : std::int32_t(x); }

std::int32_t reference_high_mul(std::int32_t a, std::int32_t b) {
    return saturate(floor_div(wide(a) * b + (wide(1) << 30), wide(1) << 31));
}

/// To nearest, ties away from zero.
std::int32_t reference_divide(std::int32_t x, int exponent) {
    const wide magnitude = x < 0 ? -wide(x) : wide(x);
    const wide rounded = (2 * magnitude + (wide(1) << exponent)) / (wide(2) << exponent);
    return std::int32_t(x < 0 ? -rounded : rounded);
}

pare::multiplier reference_multiplier(double d) {
    if (d == 0) return {0, 0};
    int shift = 0;
    const double fraction = std::frexp(d, &shift);
    auto mantissa = std::int64_t(std::round(std::ldexp(fraction, 31)));
    if (mantissa == std::int64_t(1) << 31) {
        mantissa /= 2;
        ++shift;
    }
    if (shift < -31) return {0, 0};
    return {std::int32_t(mantissa), shift};
}

const std::array<std::int32_t, 15> edges{lowest, lowest + 1, lowest + 2,    -(1 << 30), -65536,      -3,     -1,     0,
                                         1,      2,          (1 << 30) - 1, 1 << 30,    highest - 1, 123456, highest};

}  // namespace

TEST_CASE("quantize_multiplier equals frexp and round") {
    lots draw;
    CHECK(pare::quantize_multiplier(0.0) == pare::multiplier{0, 0});
    for (int exponent = -40; exponent <= 30; ++exponent) {
        const double power = std::ldexp(1.0, exponent);
        for (double d : {power, std::nextafter(power, 0.0), std::nextafter(power, 1e30), power * (1 - std::ldexp(1.0, -32)),
                         power * (1 - std::ldexp(1.0, -33)), power * (1 + std::ldexp(1.0, -31)), power * (0.5 + std::ldexp(1.5, -32))}) {
            INFO(d);
            REQUIRE(pare::quantize_multiplier(d) == reference_multiplier(d));
        }
        for (int i = 0; i < 1000; ++i) {
            const double d = power * (0.5 + draw.next_unit() / 2);
            INFO(d);
            REQUIRE(pare::quantize_multiplier(d) == reference_multiplier(d));
        }
    }
    CHECK(pare::quantize_multiplier(-1.0) == pare::multiplier{0, 0});
    CHECK(pare::quantize_multiplier(std::numeric_limits<double>::denorm_min()) == pare::multiplier{0, 0});
    CHECK(pare::quantize_multiplier(std::numeric_limits<double>::quiet_NaN()) == pare::multiplier{0, 0});
}

TEST_CASE("doubling_high_mul is the rounded high half, saturated") {
    lots draw;
    for (std::int32_t a : edges)
        for (std::int32_t b : edges) {
            INFO(a << " " << b);
            REQUIRE(pare::doubling_high_mul(a, b) == reference_high_mul(a, b));
        }
    for (int i = 0; i < 300000; ++i) {
        const std::int32_t a = draw.next_s32(), b = draw.next_s32();
        INFO(a << " " << b);
        REQUIRE(pare::doubling_high_mul(a, b) == reference_high_mul(a, b));
    }
}

TEST_CASE("rounding_divide_by_pot rounds ties away from zero") {
    lots draw;
    for (int exponent = 0; exponent <= 31; ++exponent) {
        for (std::int32_t x : edges) REQUIRE(pare::rounding_divide_by_pot(x, exponent) == reference_divide(x, exponent));
        for (std::int32_t x = -2000; x <= 2000; ++x) REQUIRE(pare::rounding_divide_by_pot(x, exponent) == reference_divide(x, exponent));
        for (int i = 0; i < 5000; ++i) {
            const std::int32_t x = draw.next_s32();
            INFO(x << " " << exponent);
            REQUIRE(pare::rounding_divide_by_pot(x, exponent) == reference_divide(x, exponent));
        }
    }
}

TEST_CASE("multiply_by_quantized_multiplier rounds twice") {
    lots draw;
    for (int i = 0; i < 300000; ++i) {
        const std::int32_t x = draw.next_s32();
        const pare::multiplier m{std::int32_t((1u << 30) + draw.next() % (1u << 30)), int(draw.next() % 40) - 31};
        const auto shifted = std::int32_t(std::uint32_t(std::uint64_t(std::uint32_t(x)) << (m.shift > 0 ? m.shift : 0)));
        INFO(x << " " << m.mantissa << " " << m.shift);
        REQUIRE(pare::multiply_by_quantized_multiplier(x, m) ==
                reference_divide(reference_high_mul(shifted, m.mantissa), m.shift < 0 ? -m.shift : 0));
    }
    CHECK(pare::multiply_by_quantized_multiplier(12345, {}) == 0);
}

TEST_CASE("saturating_shift_left saturates") {
    for (std::int32_t x : edges)
        for (int exponent = 0; exponent <= 31; ++exponent)
            REQUIRE(pare::saturating_shift_left(x, exponent) == saturate(wide(x) * (wide(1) << exponent)));
}

namespace {

/// The formula in gemmlowp's steps, on wide integers.
std::int32_t reference_exp(std::int32_t a, int integer_bits) {
    const int fraction = 31 - integer_bits;
    if (a == 0) return highest;
    const std::int32_t quarter = 1 << (fraction - 2);
    const std::int32_t modulo = (a & (quarter - 1)) - quarter;
    const auto mul = reference_high_mul;
    const std::int32_t x = saturate(wide(modulo) << integer_bits) + (1 << 28);
    const std::int32_t x2 = mul(x, x), x3 = mul(x2, x), x4 = mul(x2, x2);
    const std::int32_t t = reference_divide(mul(reference_divide(x4, 2) + x3, 715827883) + x2, 1);
    std::int32_t r = 1895147668 + mul(1895147668, x + t);
    const std::int32_t remainder = modulo - a;
    const std::int32_t factors[] = {1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242};
    for (int e = -2; e <= 4; ++e)
        if (integer_bits > e && (remainder >> (fraction + e) & 1) != 0) r = mul(r, factors[e + 2]);
    return r;
}

template <int IntegerBits>
void check_exp() {
    lots draw;
    const double one = std::ldexp(1.0, 31 - IntegerBits);
    double worst = 0;
    const auto check = [&](std::int32_t a) {
        const std::int32_t got = pare::exp_on_negative_values<IntegerBits>(a);
        INFO(a);
        REQUIRE(got == reference_exp(a, IntegerBits));
        worst = std::max(worst, std::abs(std::ldexp(double(got), -31) - std::exp(double(a) / one)));
    };
    for (std::int32_t a = -3000; a <= 0; ++a) check(a);
    for (std::int32_t a = lowest; a < lowest + 1000; ++a) check(a);
    for (int i = 0; i < 200000; ++i) check(-std::int32_t(draw.next() % (std::uint64_t(1) << 31)));
    INFO(worst);
    CHECK(worst < 3e-7);
}

}  // namespace

TEST_CASE("exp_on_negative_values") {
    check_exp<5>();
    check_exp<4>();
    check_exp<0>();
    static_assert(pare::exp_on_negative_values<5>(0) == highest);
    static_assert(pare::exp_on_negative_values<5>(-(1 << 26)) / 1000 == 790015);  // 2^31 / e = 790,015,084.35
}

namespace {

/// Three Newton steps in gemmlowp's formats, on wide integers.
std::int32_t reference_reciprocal(std::int32_t a) {
    const auto mul = reference_high_mul;
    const auto half = std::int32_t(floor_div(wide(a) + highest + 1, 2));
    std::int32_t x = 1515870810 + mul(half, -1010580540);
    for (int step = 0; step < 3; ++step) x += saturate(wide(mul(x, (1 << 29) - mul(half, x))) * 4);
    return saturate(wide(x) * 2);
}

}  // namespace

TEST_CASE("one_over_one_plus") {
    lots draw;
    double worst = 0;
    const auto check = [&](std::int32_t a) {
        const std::int32_t got = pare::one_over_one_plus(a);
        INFO(a);
        REQUIRE(got == reference_reciprocal(a));
        worst = std::max(worst, std::abs(std::ldexp(double(got), -31) - 1 / (1 + std::ldexp(double(a), -31))));
    };
    for (std::int32_t a = 0; a < 1000; ++a) {
        check(a);
        check(highest - a);
    }
    for (int i = 0; i < 200000; ++i) check(std::int32_t(draw.next() % (std::uint64_t(1) << 31)));
    INFO(worst);
    CHECK(worst < 4e-9);
    static_assert(pare::one_over_one_plus(0) >= highest - 1);
}
