// SPDX-License-Identifier: MIT
// What quantisation while a model runs does with arrays of floats: their range, bytes of them, and floats of sums of those bytes.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include <pare/arch/arch.hpp>
#include <pare/core/config.hpp>
#include <pare/core/rounding.hpp>

namespace pare::inline v0::arch {

/// The smallest and the largest of some floats and 0.
struct float_bounds {
    float low = 0;   ///< the smallest
    float high = 0;  ///< the largest

    friend constexpr bool operator==(const float_bounds&, const float_bounds&) = default;  ///< equal in both members
};

/// Tables over output channels that make floats of sums.
struct dequantize_tables {
    const std::int32_t* weight_sums = nullptr;  ///< of a channel's weights
    const float* scales = nullptr;              ///< of a channel's weights
    const float* bias = nullptr;                ///< of a channel
};

/// What makes floats of a row's sums: clamp(f32(sum - zero_point * weight_sum) * (scale * weight scale) + bias).
struct dequantize_constants {
    float scale = 0;              ///< of the row's values
    std::int32_t zero_point = 0;  ///< of the row's values
    float low = 0;                ///< the smallest output
    float high = 0;               ///< the largest output
};

}  // namespace pare::inline v0::arch

#if !defined(PARE_SCALAR_ONLY) && defined(__AVX2__) && defined(__FMA__)
namespace pare::inline v0::arch::inline PARE_ISA {

/// The bounds of the first whole registers, whose end `done` is then.
PARE_INLINE float_bounds bounds_of_registers(const float* p, std::size_t count, std::size_t& done, avx2) {
    __m256 low[2] = {_mm256_setzero_ps(), _mm256_setzero_ps()}, high[2] = {_mm256_setzero_ps(), _mm256_setzero_ps()};
    // Of a comparison with NaN the second operand comes out.
    done = count / 16 * 16;
    for (std::size_t k = 0; k < done; k += 16) {
        PARE_UNROLL for (std::size_t i = 0; i < 2; ++i) {
            const __m256 x = _mm256_loadu_ps(p + k + 8 * i);
            low[i] = _mm256_min_ps(x, low[i]), high[i] = _mm256_max_ps(x, high[i]);
        }
    }
    float lows[8], highs[8];
    _mm256_storeu_ps(lows, _mm256_min_ps(low[0], low[1]));
    _mm256_storeu_ps(highs, _mm256_max_ps(high[0], high[1]));
    float_bounds b;
    for (std::size_t i = 0; i < 8; ++i) b.low = std::min(b.low, lows[i]), b.high = std::max(b.high, highs[i]);
    return b;
}

/// Bytes of the first whole registers, whose end it returns.
PARE_INLINE std::size_t quantize_registers(std::int8_t* to, const float* from, std::size_t count, float inverse, std::int32_t zero_point,
                                           avx2) {
    const __m256 factor = _mm256_set1_ps(inverse);
    const __m256 low = _mm256_set1_ps(float(-128 - zero_point)), high = _mm256_set1_ps(float(127 - zero_point));
    const __m256i zero = _mm256_set1_epi32(zero_point);
    const std::size_t done = count / 8 * 8;
    for (std::size_t k = 0; k < done; k += 8) {
        const __m256 product = _mm256_mul_ps(_mm256_loadu_ps(from + k), factor);
        const __m256 number = _mm256_and_ps(product, _mm256_cmp_ps(product, product, _CMP_ORD_Q));
        const __m256i q = _mm256_add_epi32(_mm256_cvtps_epi32(_mm256_min_ps(_mm256_max_ps(number, low), high)), zero);
        const __m128i words = _mm_packs_epi32(_mm256_castsi256_si128(q), _mm256_extracti128_si256(q, 1));
        _mm_storel_epi64(reinterpret_cast<__m128i*>(to + k), _mm_packs_epi16(words, words));
    }
    return done;
}

namespace detail256 {
PARE_INLINE void store_dequantized(float* p, __m256i sums, const dequantize_tables& t, std::size_t n, const dequantize_constants& c) {
    const __m256i outside = _mm256_mullo_epi32(load(t.weight_sums + n), _mm256_set1_epi32(c.zero_point));
    const __m256 scale = _mm256_mul_ps(_mm256_loadu_ps(t.scales + n), _mm256_set1_ps(c.scale));
    const __m256 value = _mm256_fmadd_ps(_mm256_cvtepi32_ps(_mm256_sub_epi32(sums, outside)), scale, _mm256_loadu_ps(t.bias + n));
    store_register(p, value, c.low, c.high);
}
}  // namespace detail256

/// Registers of floats of the sums of channels `n` and on. Not a loop: it is part of one over rows.
template <std::size_t Width, detail256::integer_dot D>
    requires(Width <= 2)
PARE_INLINE void store_dequantized(float* p, const __m256i (&sums)[Width], const dequantize_tables& t, std::size_t n,
                                   const dequantize_constants& c, D, avx2) {
    detail256::store_dequantized(p, sums[0], t, n, c);
    if constexpr (Width > 1) detail256::store_dequantized(p + 8, sums[1], t, n + 8, c);
}

}  // namespace pare::inline v0::arch::inline PARE_ISA
#endif

#if !defined(PARE_SCALAR_ONLY) && defined(__AVX512VNNI__) && defined(__AVX512BW__) && defined(__AVX512VL__)
namespace pare::inline v0::arch::inline PARE_ISA {

/// The bounds of all registers; `done` is `count` then. What is loaded behind the end is 0, which is counted anyway.
PARE_INLINE float_bounds bounds_of_registers(const float* p, std::size_t count, std::size_t& done, avx512_vnni) {
    constexpr __mmask16 all = 0xffff;
    __m512 low[4], high[4];
    PARE_UNROLL for (std::size_t i = 0; i < 4; ++i) low[i] = high[i] = _mm512_setzero_ps();
    for (done = 0; done + 64 <= count; done += 64) {
        PARE_UNROLL for (std::size_t i = 0; i < 4; ++i) {
            const __m512 x = _mm512_loadu_ps(p + done + 16 * i);
            low[i] = _mm512_maskz_min_ps(all, x, low[i]), high[i] = _mm512_maskz_max_ps(all, x, high[i]);
        }
    }
    for (; done < count; done += 16) {
        const auto some = __mmask16(count - done >= 16 ? 0xffffu : (1u << (count - done)) - 1u);
        const __m512 x = _mm512_maskz_loadu_ps(some, p + done);
        low[0] = _mm512_maskz_min_ps(all, x, low[0]), high[0] = _mm512_maskz_max_ps(all, x, high[0]);
    }
    done = count;
    float lows[16], highs[16];
    _mm512_storeu_ps(lows, _mm512_maskz_min_ps(all, _mm512_maskz_min_ps(all, low[0], low[1]), _mm512_maskz_min_ps(all, low[2], low[3])));
    _mm512_storeu_ps(highs,
                     _mm512_maskz_max_ps(all, _mm512_maskz_max_ps(all, high[0], high[1]), _mm512_maskz_max_ps(all, high[2], high[3])));
    float_bounds b;
    for (std::size_t i = 0; i < 16; ++i) b.low = std::min(b.low, lows[i]), b.high = std::max(b.high, highs[i]);
    return b;
}

namespace detail512 {
/// Bytes of sixteen floats: products with `factor`, what is no number being 0, clamped, rounded, plus `zero`.
PARE_INLINE __m128i quantize_register(__m512 x, __m512 factor, __m512 low, __m512 high, __m512i zero) {
    const __m512 product = _mm512_mul_ps(x, factor);
    const __m512 number = _mm512_maskz_mov_ps(_mm512_cmp_ps_mask(product, product, _CMP_ORD_Q), product);
    const __m512 clamped = _mm512_maskz_min_ps(0xffff, _mm512_maskz_max_ps(0xffff, number, low), high);
    const __m512i rounded = _mm512_maskz_cvtps_epi32(0xffff, clamped);
    return _mm512_maskz_cvtsepi32_epi8(0xffff, _mm512_add_epi32(rounded, zero));
}
}  // namespace detail512

/// Bytes of all `count`, which it returns.
PARE_INLINE std::size_t quantize_registers(std::int8_t* to, const float* from, std::size_t count, float inverse, std::int32_t zero_point,
                                           avx512_vnni) {
    const __m512 factor = _mm512_set1_ps(inverse);
    const __m512 low = _mm512_set1_ps(float(-128 - zero_point)), high = _mm512_set1_ps(float(127 - zero_point));
    const __m512i zero = _mm512_set1_epi32(zero_point);
    std::size_t done = 0;
    for (; done + 16 <= count; done += 16)
        _mm_storeu_si128(reinterpret_cast<__m128i*>(to + done),
                         detail512::quantize_register(_mm512_loadu_ps(from + done), factor, low, high, zero));
    if (done < count) {
        const auto some = __mmask16((1u << (count - done)) - 1u);
        _mm_mask_storeu_epi8(to + done, some,
                             detail512::quantize_register(_mm512_maskz_loadu_ps(some, from + done), factor, low, high, zero));
    }
    return count;
}

namespace detail512 {
PARE_INLINE void store_dequantized(float* p, __m512i sums, const dequantize_tables& t, std::size_t n, const dequantize_constants& c) {
    const __m512i outside = _mm512_mullo_epi32(_mm512_loadu_si512(t.weight_sums + n), _mm512_set1_epi32(c.zero_point));
    const __m512 scale = _mm512_mul_ps(_mm512_loadu_ps(t.scales + n), _mm512_set1_ps(c.scale));
    const __m512 whole = _mm512_maskz_cvtepi32_ps(0xffff, _mm512_sub_epi32(sums, outside));
    store_register(p, _mm512_fmadd_ps(whole, scale, _mm512_loadu_ps(t.bias + n)), c.low, c.high);
}
}  // namespace detail512

/// Registers of floats of the sums of channels `n` and on. Not a loop: it is part of one over rows.
template <std::size_t Width, detail512::integer_dot D>
    requires(Width <= 4)
PARE_INLINE void store_dequantized(float* p, const __m512i (&sums)[Width], const dequantize_tables& t, std::size_t n,
                                   const dequantize_constants& c, D, avx512_vnni) {
    detail512::store_dequantized(p, sums[0], t, n, c);
    if constexpr (Width > 1) detail512::store_dequantized(p + 16, sums[1], t, n + 16, c);
    if constexpr (Width > 2) detail512::store_dequantized(p + 32, sums[2], t, n + 32, c);
    if constexpr (Width > 3) detail512::store_dequantized(p + 48, sums[3], t, n + 48, c);
}

}  // namespace pare::inline v0::arch::inline PARE_ISA
#endif

namespace pare::inline v0::arch::inline PARE_ISA {

/// The smallest and the largest of `count` floats and 0; what is not a number does not count.
template <class A>
PARE_INLINE constexpr float_bounds bounds_of(const float* p, std::size_t count, A arch) {
    std::size_t done = 0;
    float_bounds b;
    if constexpr (requires { bounds_of_registers(p, count, done, arch); }) {
        if (!std::is_constant_evaluated()) b = bounds_of_registers(p, count, done, arch);
    }
    for (; done != count; ++done) b = {p[done] < b.low ? p[done] : b.low, p[done] > b.high ? p[done] : b.high};
    return b;
}

/// to[i] = from[i] * inverse, clamped to [-128 - zero_point, 127 - zero_point] as a float, rounded half to even, plus the zero point; the
/// zero point where from[i] is not a number. `inverse` is positive.
template <class A>
PARE_INLINE constexpr void quantize_values(std::int8_t* to, const float* from, std::size_t count, float inverse, std::int32_t zero_point,
                                           A arch) {
    std::size_t done = 0;
    if constexpr (requires { quantize_registers(to, from, count, inverse, zero_point, arch); }) {
        if (!std::is_constant_evaluated()) done = quantize_registers(to, from, count, inverse, zero_point, arch);
    }
    const float low = float(-128 - zero_point), high = float(127 - zero_point);
    for (; done != count; ++done) {
        const float product = from[done] == from[done] ? from[done] * inverse : 0.0f;
        const float clamped = product < low ? low : product > high ? high : product;
        to[done] = std::int8_t(rounding::round_half_even(clamped) + zero_point);
    }
}

}  // namespace pare::inline v0::arch::inline PARE_ISA
