// SPDX-License-Identifier: MIT
// Requantisation by integers for registers of avx2. What takes one serves avx_vnni as well.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>

#include <pare/arch/avx2.hpp>
#include <pare/arch/tags.hpp>
#include <pare/core/config.hpp>
#include <pare/core/fixed_point.hpp>
#include <pare/core/rounding.hpp>

#if !defined(PARE_SCALAR_ONLY) && defined(__AVX2__) && defined(__FMA__)
#include <pare/arch/intrinsics.hpp>

namespace pare::inline v0::arch::inline PARE_ISA {

namespace detail256 {
/// Mantissas and shifts of eight outputs.
struct multipliers {
    __m256i mantissas, shifts;
    PARE_INLINE explicit multipliers(const multiplier* m) {
        const __m256 a = _mm256_castsi256_ps(load(m)), b = _mm256_castsi256_ps(load(m + 4));
        // Shuffles work within halves: pairs of outputs come in the order 0 1, 4 5, 2 3, 6 7.
        const auto in_order = [](__m256 v) { return _mm256_permute4x64_epi64(_mm256_castps_si256(v), 0xd8); };
        mantissas = in_order(_mm256_shuffle_ps(a, b, 0x88));
        shifts = in_order(_mm256_shuffle_ps(a, b, 0xdd));
    }
};

/// Sums times multipliers, at most `high` and at least `low`: the double rounding of rounding::gemmlowp.
PARE_INLINE __m256i scale_sums(__m256i sums, const multipliers& m, __m256i low, __m256i high, rounding::gemmlowp) {
    const __m256i left = _mm256_max_epi32(m.shifts, _mm256_setzero_si256()), right = _mm256_sub_epi32(left, m.shifts);
    const __m256i x = _mm256_sllv_epi32(sums, left);
    const __m256i half = _mm256_set1_epi64x(std::int64_t(1) << 30);
    // floor((x * mantissa + 2^30) / 2^31), in the even lanes and in the odd ones.
    const __m256i even = _mm256_add_epi64(_mm256_mul_epi32(x, m.mantissas), half);
    const __m256i odd = _mm256_add_epi64(_mm256_mul_epi32(_mm256_srli_epi64(x, 32), _mm256_srli_epi64(m.mantissas, 32)), half);
    const __m256i high_product = _mm256_blend_epi32(_mm256_srli_epi64(even, 31), _mm256_slli_epi64(odd, 1), 0xaa);
    // Half away from zero: what is cut off must be above half, or, of what is not negative, half itself.
    const __m256i cut = _mm256_sub_epi32(_mm256_sllv_epi32(_mm256_set1_epi32(1), right), _mm256_set1_epi32(1));
    const __m256i threshold = _mm256_sub_epi32(_mm256_srli_epi32(cut, 1), _mm256_srai_epi32(high_product, 31));
    const __m256i up = _mm256_cmpgt_epi32(_mm256_and_si256(high_product, cut), threshold);
    const __m256i scaled = _mm256_sub_epi32(_mm256_srav_epi32(high_product, right), up);
    return _mm256_max_epi32(_mm256_min_epi32(scaled, high), low);
}

/// The same with the one rounding of rounding::single; 64-bit lanes are clamped before they are narrowed.
PARE_INLINE __m256i scale_sums(__m256i sums, const multipliers& m, __m256i low, __m256i high, rounding::single) {
    const __m256i shifts = _mm256_max_epi32(_mm256_sub_epi32(_mm256_set1_epi32(31), m.shifts), _mm256_setzero_si256());
    const __m256i one = _mm256_set1_epi64x(1), low32 = _mm256_set1_epi64x(0xffffffff), sign = _mm256_slli_epi64(one, 63);
    const auto scaled = [&](__m256i x, __m256i mantissas, __m256i by) {
        // A shift by 0 has no half: 1 is shifted out by the count of -1. There is no arithmetic shift of 64 bits: the number is made
        // positive by 2^63, which leaves as 2^63 >> by.
        const __m256i half = _mm256_sllv_epi64(one, _mm256_sub_epi64(by, one));
        const __m256i product = _mm256_add_epi64(_mm256_mul_epi32(x, mantissas), half);
        return _mm256_sub_epi64(_mm256_srlv_epi64(_mm256_xor_si256(product, sign), by), _mm256_srlv_epi64(sign, by));
    };
    const auto widened = [](__m256i v) { return _mm256_cvtepi32_epi64(_mm256_castsi256_si128(v)); };  // all lanes are alike
    const __m256i least = widened(low), most = widened(high);
    const auto clamped = [&](__m256i x) {
        x = _mm256_blendv_epi8(x, most, _mm256_cmpgt_epi64(x, most));
        return _mm256_blendv_epi8(x, least, _mm256_cmpgt_epi64(least, x));
    };
    const __m256i even = clamped(scaled(sums, m.mantissas, _mm256_and_si256(shifts, low32)));
    const __m256i odd = clamped(scaled(_mm256_srli_epi64(sums, 32), _mm256_srli_epi64(m.mantissas, 32), _mm256_srli_epi64(shifts, 32)));
    return _mm256_blend_epi32(even, _mm256_slli_epi64(odd, 32), 0xaa);
}

template <class Rounding, class Out>
PARE_INLINE void store_fixed_point_register(Out* p, __m256i sums, const multiplier* scales, rounding::output_range r, Rounding rounding) {
    const __m256i low = _mm256_set1_epi32(r.low - r.zero_point), high = _mm256_set1_epi32(r.high - r.zero_point);
    const __m256i q = _mm256_add_epi32(scale_sums(sums, multipliers(scales), low, high, rounding), _mm256_set1_epi32(r.zero_point));
    store_narrow(p, q);
}
}  // namespace detail256

/// Registers of outputs by rounding::single or rounding::gemmlowp. Not a loop: it is part of one over rows.
template <std::size_t Width, detail256::integer_dot D, class Out, class Rounding>
    requires(Width <= 2 && sizeof(Out) <= 2)
PARE_INLINE void store_fixed_point(Out* p, const __m256i (&sums)[Width], const multiplier* scales, rounding::output_range r,
                                   Rounding rounding, D, avx2) {
    detail256::store_fixed_point_register(p, sums[0], scales, r, rounding);
    if constexpr (Width > 1) detail256::store_fixed_point_register(p + 8, sums[1], scales + 8, r, rounding);
}

}  // namespace pare::inline v0::arch::inline PARE_ISA
#endif
