// SPDX-License-Identifier: MIT
// How an accumulator becomes an output: the three rounding policies, each with its exact formula.
#pragma once

#include <algorithm>
#include <cstdint>

#include <pare/core/config.hpp>
#include <pare/core/fixed_point.hpp>

namespace pare::inline v0::rounding {

/// The range of an output: q = zero_point + rounded value, clamped to [low, high].
struct output_range {
    std::int32_t zero_point = 0;  ///< the output that stands for 0
    std::int32_t low = -128;      ///< the smallest output
    std::int32_t high = 127;      ///< the largest output
};

/// x * m for a 64-bit sum: the mantissa rounded to 16 bits, one rounding, half up (TFLite MultiplyByQuantizedMultiplier for
/// int64, used by its 16x8 kernels). |x| < 2^47.
PARE_INLINE constexpr std::int64_t multiply_wide(std::int64_t x, multiplier m) {
    const std::int64_t reduced = m.mantissa < 0x7fff0000 ? (m.mantissa + (1 << 15)) >> 16 : 0x7fff;
    const int shift = 15 - m.shift;
    if (reduced == 0 || shift > 62) return 0;
    return shift > 0 ? (x * reduced + (std::int64_t(1) << (shift - 1))) >> shift : x * reduced * (std::int64_t(1) << -shift);
}

/// f32(x) half-to-even as an integer, |x| < 2^22: adding 1.5 * 2^23 leaves no fraction bits.
PARE_INLINE constexpr std::int32_t round_half_even(float x) {
    const float magic = 12582912.0f;
    return std::int32_t((x + magic) - magic);
}

/// t = f32(acc) * scale, clamped to [low - zp, high - zp] as float, rounded half to even, plus zp. The clamp stands between
/// the product and the sum, so that no compiler can fuse them.
struct fp32 {
    using scale_type = float;                                                ///< what a scale is kept as
    static constexpr scale_type from(double scale) { return float(scale); }  ///< a scale as it is kept

    /// The output for a sum: the formula above.
    template <class Accumulator>
    PARE_INLINE static constexpr std::int32_t apply(Accumulator acc, scale_type scale, output_range r) {
        const float product = float(acc) * scale;
        const float clamped = std::min(std::max(product, float(r.low - r.zero_point)), float(r.high - r.zero_point));
        return round_half_even(clamped) + r.zero_point;
    }
};

/// (int64(acc) * mantissa + 2^(s - 1)) >> s with s = 31 - shift: one rounding, half up. 64-bit sums: `multiply_wide`.
struct single {
    using scale_type = multiplier;                                                         ///< what a scale is kept as
    static constexpr scale_type from(double scale) { return quantize_multiplier(scale); }  ///< a scale as it is kept

    /// The output for a sum: the formula above.
    PARE_INLINE static constexpr std::int32_t apply(std::int64_t acc, scale_type scale, output_range r) {
        return std::int32_t(std::clamp(multiply_wide(acc, scale) + r.zero_point, std::int64_t(r.low), std::int64_t(r.high)));
    }
    /// The output for a sum: the formula above.
    PARE_INLINE static constexpr std::int32_t apply(std::int32_t acc, scale_type scale, output_range r) {
        const int shift = 31 - scale.shift;
        if (shift > 62 || scale.mantissa == 0) return std::clamp(r.zero_point, r.low, r.high);
        const std::int64_t half = shift > 0 ? std::int64_t(1) << (shift - 1) : 0;
        const std::int64_t product = std::int64_t(acc) * scale.mantissa;
        const std::int64_t scaled = shift > 0 ? (product + half) >> shift : product;
        return std::int32_t(std::clamp(scaled + r.zero_point, std::int64_t(r.low), std::int64_t(r.high)));
    }
};

/// TFLite's and CMSIS-NN's double rounding: a saturating doubling high multiply, then a shift that rounds half away from zero.
/// 64-bit sums: `multiply_wide`.
struct gemmlowp {
    using scale_type = multiplier;                                                         ///< what a scale is kept as
    static constexpr scale_type from(double scale) { return quantize_multiplier(scale); }  ///< a scale as it is kept

    /// The output for a sum: the formula above.
    PARE_INLINE static constexpr std::int32_t apply(std::int64_t acc, scale_type scale, output_range r) {
        return single::apply(acc, scale, r);
    }
    /// The output for a sum: the formula above.
    PARE_INLINE static constexpr std::int32_t apply(std::int32_t acc, scale_type scale, output_range r) {
        const std::int64_t scaled = multiply_by_quantized_multiplier(acc, scale);
        return std::int32_t(std::clamp(scaled + r.zero_point, std::int64_t(r.low), std::int64_t(r.high)));
    }
};

}  // namespace pare::inline v0::rounding
