// SPDX-License-Identifier: MIT
// What fixed-point arithmetic means, told a second time: from its formulas, in doubles and wide integers where that is plainer.
#pragma once

#include <algorithm>
#include <cfenv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace reference {

using std::int32_t;
using std::int64_t;
using std::size_t;

// Requantisation, from ARITHMETIC: QuantizeMultiplier, SaturatingRoundingDoublingHighMul, RoundingDivideByPOT.
struct fixed_multiplier {
    int32_t m = 0;
    int s = 0;
};
inline fixed_multiplier quantize_multiplier(double d) {
    if (d == 0) return {};
    int s = 0;
    const double q = std::frexp(d, &s);
    int64_t m = int64_t(std::round(q * 2147483648.0));
    if (m == 2147483648) m /= 2, ++s;
    if (s < -31) return {};
    return {int32_t(m), s};
}
inline int32_t high_mul(int32_t a, int32_t b) {
    if (a == b && a == std::numeric_limits<int32_t>::min()) return std::numeric_limits<int32_t>::max();
    const int64_t p = int64_t(a) * b + (int64_t(1) << 30);
    return int32_t(p >= 0 ? p / 2147483648 : -((-p + 2147483647) / 2147483648));  // the floor
}
inline int32_t divide_by_power(int32_t x, int e) {
    const double quotient = double(x) / double(int64_t(1) << e);  // exact
    return int32_t(std::round(quotient));                         // ties away from zero
}
inline int32_t multiply(int32_t x, fixed_multiplier f) {
    const int left = std::max(f.s, 0), right = std::max(-f.s, 0);
    const auto shifted = int32_t(std::uint32_t(uint64_t(int64_t(x)) << left));
    return divide_by_power(high_mul(shifted, f.m), right);
}
inline int32_t saturating_left(int32_t x, int e) {
    const double wide = double(x) * double(int64_t(1) << e);
    return int32_t(std::clamp(wide, -2147483648.0, 2147483647.0));
}

enum class rounding_kind { fp32, single, gemmlowp };

struct range {
    int zero_point = 0, low = -128, high = 127;
};

/// The output of a sum; `scale` = scale in * scale of the weights / scale out. `wide`: sums are 64 bits wide.
inline int32_t requantize(rounding_kind kind, int64_t sum, bool wide, double scale, range r) {
    if (kind == rounding_kind::fp32) {
        const int mode = std::fegetround();
        std::fesetround(FE_TONEAREST);
        const volatile float factor = float(scale);
        const volatile float product = float(sum) * factor;
        const float clamped = std::fmin(std::fmax(product, float(r.low - r.zero_point)), float(r.high - r.zero_point));
        const auto result = int32_t(std::nearbyint(clamped)) + r.zero_point;
        std::fesetround(mode);
        return result;
    }
    const fixed_multiplier f = quantize_multiplier(scale);
    __extension__ using int128 = __int128;
    int128 scaled = 0;
    if (wide) {  // the mantissa in 16 bits
        const int64_t m = f.m < 0x7fff0000 ? (int64_t(f.m) + 32768) / 65536 : 32767;
        const int shift = 15 - f.s;
        const int128 product = int128(sum) * m;
        scaled = shift > 0 ? (product + (int128(1) << (shift - 1))) >> shift : product << -shift;
    } else if (kind == rounding_kind::single) {
        const int shift = 31 - f.s;
        scaled = (int128(sum) * f.m + (shift > 0 ? int128(1) << (shift - 1) : 0)) >> shift;
    } else {
        scaled = multiply(int32_t(sum), f);
    }
    return int32_t(std::clamp<int128>(scaled + r.zero_point, r.low, r.high));
}

/// The bounds of a fused activation, `low` and `high` in reals: qz(f) = zp + round(f32(f / scale)).
inline range activation_range(float scale, int zero_point, int type_low, int type_high, const float* low, const float* high) {
    range r{zero_point, type_low, type_high};
    if (low != nullptr) r.low = std::max(r.low, zero_point + int(std::round(*low / scale)));
    if (high != nullptr) r.high = std::min(r.high, zero_point + int(std::round(*high / scale)));
    return r;
}

/// A quantised sum of two; `shift` is 20 for 8 bits and 15 for 16.
inline int32_t add(int32_t x, float sx, int zx, int32_t y, float sy, int zy, float so, int shift, range r) {
    const double t = 2 * std::max(double(sx), double(sy));
    const int32_t a = multiply((x - zx) * (1 << shift), quantize_multiplier(double(sx) / t));
    const int32_t b = multiply((y - zy) * (1 << shift), quantize_multiplier(double(sy) / t));
    const int32_t sum = multiply(a + b, quantize_multiplier(t / (double(1 << shift) * double(so))));
    return std::clamp(sum + r.zero_point, r.low, r.high);
}

/// exp of a <= 0 in Q5.26, as Q0.31.
inline int32_t exp_negative(int32_t a) {
    if (a == 0) return std::numeric_limits<int32_t>::max();
    const int32_t q = 1 << 24, am = (a & (q - 1)) - q;
    const int32_t x = saturating_left(am, 5) + (1 << 28);
    const int32_t x2 = high_mul(x, x), x3 = high_mul(x2, x), x4 = high_mul(x2, x2);
    const int32_t t = divide_by_power(high_mul(divide_by_power(x4, 2) + x3, 715827883) + x2, 1);
    int32_t r = 1895147668 + high_mul(1895147668, x + t);
    const int32_t rem = am - a;
    const int32_t factors[7] = {1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242};
    for (int e = -2; e <= 4; ++e)
        if (rem & (1 << (26 + e))) r = high_mul(r, factors[e + 2]);
    return r;
}

/// 1 / (1 + a) in Q0.31.
inline int32_t reciprocal(int32_t a) {
    const auto hd = int32_t((int64_t(a) + 2147483647 + 1) >> 1);
    int32_t x = 1515870810 + high_mul(hd, -1010580540);
    for (int i = 0; i < 3; ++i) {
        const int32_t h = high_mul(hd, x);
        x += saturating_left(high_mul(x, (1 << 29) - h), 2);
    }
    return saturating_left(x, 1);
}

/// Softmax of one row of bytes, to scale 1 / 256; `zero` is the zero point of the output, -128 of s8 and 0 of u8. The sum of
/// exponentials must stay below 512.
template <class Act>
std::vector<Act> softmax(std::span<const Act> row, float scale, int zero) {
    const fixed_multiplier f = quantize_multiplier(std::min(double(scale) * 67108864.0, 2147483647.0));
    const int32_t lowest = -int32_t(std::floor(31.0 * 67108864.0 / std::ldexp(1.0, std::max(f.s, 0))));
    int32_t largest = std::numeric_limits<int32_t>::min();
    for (const Act x : row) largest = std::max(largest, int32_t(x));
    int64_t sum = 0;
    for (const Act x : row)
        if (x - largest >= lowest) sum += divide_by_power(exp_negative(multiply(x - largest, f)), 12);
    int h = 0;
    while ((std::uint32_t(sum) << h & 0x80000000u) == 0) ++h;
    const int32_t r = reciprocal(int32_t((std::uint32_t(sum) << h) - 0x80000000u));
    std::vector<Act> out;
    for (const Act x : row) {
        int32_t q = zero;
        if (x - largest >= lowest) q += divide_by_power(high_mul(r, exp_negative(multiply(x - largest, f))), 12 - h + 23);
        out.push_back(Act(std::clamp<int32_t>(q, std::numeric_limits<Act>::min(), std::numeric_limits<Act>::max())));
    }
    return out;
}

}  // namespace reference
