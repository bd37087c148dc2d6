// SPDX-License-Identifier: MIT
// Integer arithmetic of fixed-point inference, bit-exact to gemmlowp's fixedpoint.h and TFLite's quantization_util.cc.
#pragma once

#include <bit>
#include <cstdint>
#include <limits>

#include <pare/core/config.hpp>

namespace pare::inline v0 {

/// A positive real number as mantissa * 2^(shift - 31), mantissa in [2^30, 2^31) or 0.
struct multiplier {
    std::int32_t mantissa = 0;  ///< 0, or 2^30 and more
    std::int32_t shift = 0;     ///< powers of two

    friend constexpr bool operator==(const multiplier&, const multiplier&) = default;  ///< equal in every member
};

/// The multiplier nearest to `value` >= 0 (TFLite QuantizeMultiplier: half away from zero; below 2^-32 it is 0).
constexpr multiplier quantize_multiplier(double value) {
    if (!(value > 0)) return {};
    const auto bits = std::bit_cast<std::uint64_t>(value);
    if ((bits >> 52 & 0x7ff) == 0) return {};       // subnormal: far below what a shift reaches
    int exponent = int(bits >> 52 & 0x7ff) - 1022;  // value = fraction * 2^exponent, fraction in [0.5, 1)
    const std::uint64_t fraction = (bits & ((std::uint64_t(1) << 52) - 1)) | (std::uint64_t(1) << 52);
    std::uint64_t mantissa = (fraction + (std::uint64_t(1) << 21)) >> 22;
    if (mantissa == std::uint64_t(1) << 31) {
        mantissa >>= 1;
        ++exponent;
    }
    if (exponent < -31) return {};
    return {std::int32_t(mantissa), exponent};
}

/// floor((a * b + 2^30) / 2^31), saturated where a = b = INT32_MIN.
PARE_INLINE constexpr std::int32_t doubling_high_mul(std::int32_t a, std::int32_t b) {
    if (a == b && a == std::numeric_limits<std::int32_t>::min()) return std::numeric_limits<std::int32_t>::max();
    return std::int32_t((std::int64_t(a) * b + (std::int64_t(1) << 30)) >> 31);
}

/// x / 2^exponent rounded to nearest, ties away from zero; 0 <= exponent <= 31.
PARE_INLINE constexpr std::int32_t rounding_divide_by_pot(std::int32_t x, int exponent) {
    const std::int64_t half = exponent > 0 ? std::int64_t(1) << (exponent - 1) : 0;
    return x >= 0 ? std::int32_t((std::int64_t(x) + half) >> exponent) : std::int32_t(-((-std::int64_t(x) + half) >> exponent));
}

/// x * m with TFLite's double rounding (MultiplyByQuantizedMultiplier).
PARE_INLINE constexpr std::int32_t multiply_by_quantized_multiplier(std::int32_t x, multiplier m) {
    const int left = m.shift > 0 ? m.shift : 0;
    const int right = m.shift > 0 ? 0 : -m.shift;
    const auto shifted = std::int32_t(std::uint32_t(x) << left);
    return rounding_divide_by_pot(doubling_high_mul(shifted, m.mantissa), right);
}

/// x * 2^exponent, saturated to 32 bits.
PARE_INLINE constexpr std::int32_t saturating_shift_left(std::int32_t x, int exponent) {
    const std::int64_t wide = std::int64_t(x) * (std::int64_t(1) << exponent);
    if (wide > std::numeric_limits<std::int32_t>::max()) return std::numeric_limits<std::int32_t>::max();
    if (wide < std::numeric_limits<std::int32_t>::min()) return std::numeric_limits<std::int32_t>::min();
    return std::int32_t(wide);
}

/// exp(a) for a <= 0 with `IntegerBits` integer bits, as Q0.31 (gemmlowp exp_on_negative_values).
template <int IntegerBits>
constexpr std::int32_t exp_on_negative_values(std::int32_t a) {
    constexpr int fraction = 31 - IntegerBits;
    if (a == 0) return std::numeric_limits<std::int32_t>::max();
    constexpr std::int32_t quarter = std::int32_t(1) << (fraction - 2);
    const std::int32_t modulo = (a & (quarter - 1)) - quarter;
    const std::int32_t x = saturating_shift_left(modulo, IntegerBits) + (std::int32_t(1) << 28);
    const std::int32_t x2 = doubling_high_mul(x, x);
    const std::int32_t x3 = doubling_high_mul(x2, x);
    const std::int32_t x4 = doubling_high_mul(x2, x2);
    const std::int32_t tail = rounding_divide_by_pot(doubling_high_mul(rounding_divide_by_pot(x4, 2) + x3, 715827883) + x2, 1);
    std::int32_t result = 1895147668 + doubling_high_mul(1895147668, x + tail);
    const std::int32_t remainder = modulo - a;
    struct step {
        int exponent;
        std::int32_t factor;  // exp(-2^exponent) in Q0.31
    };
    constexpr step steps[] = {{-2, 1672461947}, {-1, 1302514674}, {0, 790015084}, {1, 290630308}, {2, 39332535}, {3, 720401}, {4, 242}};
    for (const step& s : steps)
        if (IntegerBits > s.exponent && (remainder & (std::int32_t(1) << (fraction + s.exponent))))
            result = doubling_high_mul(result, s.factor);
    return result;
}

/// 1 / (1 + a) for a in [0, 1), both Q0.31 (gemmlowp one_over_one_plus_x_for_x_in_0_1: three Newton steps).
constexpr std::int32_t one_over_one_plus(std::int32_t a) {
    const auto half = std::int32_t((std::int64_t(a) + std::numeric_limits<std::int32_t>::max() + 1) >> 1);
    std::int32_t x = 1515870810 + doubling_high_mul(half, -1010580540);
    for (int i = 0; i < 3; ++i) {
        const std::int32_t product = doubling_high_mul(half, x);
        x += saturating_shift_left(doubling_high_mul(x, (std::int32_t(1) << 29) - product), 2);
    }
    return saturating_shift_left(x, 1);
}

}  // namespace pare::inline v0
