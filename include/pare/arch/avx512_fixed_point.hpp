// SPDX-License-Identifier: MIT
// Requantisation by integers for registers of avx512. What takes one serves avx512_vnni as well.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>

#include <pare/arch/avx512.hpp>
#include <pare/arch/tags.hpp>
#include <pare/core/config.hpp>
#include <pare/core/fixed_point.hpp>
#include <pare/core/rounding.hpp>

#if !defined(PARE_SCALAR_ONLY) && defined(__AVX512BW__) && defined(__AVX512VL__) && defined(__AVX512DQ__)
#include <pare/arch/intrinsics.hpp>

namespace pare::inline v0::arch::inline PARE_ISA {

namespace detail512 {
/// Mantissas and shifts of sixteen outputs.
struct multipliers {
    __m512i mantissas, shifts;
    PARE_INLINE explicit multipliers(const multiplier* m) {
        const __m512i a = _mm512_loadu_si512(m), b = _mm512_loadu_si512(m + 8);
        const __m512i even = _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
        mantissas = _mm512_permutex2var_epi32(a, even, b);
        shifts = _mm512_permutex2var_epi32(a, _mm512_or_si512(even, _mm512_set1_epi32(1)), b);
    }
};

/// Sums times multipliers, at most `high` and at least `low`: the double rounding of rounding::gemmlowp.
PARE_INLINE __m512i scale_sums(__m512i sums, const multipliers& m, __m512i low, __m512i high, rounding::gemmlowp) {
    const __m512i zero = _mm512_setzero_si512();
    const __m512i left = _mm512_max_epi32(m.shifts, zero), right = _mm512_sub_epi32(left, m.shifts);
    const __m512i x = _mm512_sllv_epi32(sums, left);
    const __m512i half = _mm512_set1_epi64(std::int64_t(1) << 30);
    // floor((x * mantissa + 2^30) / 2^31), in the even lanes and in the odd ones.
    const __m512i even = _mm512_add_epi64(_mm512_mul_epi32(x, m.mantissas), half);
    const __m512i odd = _mm512_add_epi64(_mm512_mul_epi32(_mm512_srli_epi64(x, 32), _mm512_srli_epi64(m.mantissas, 32)), half);
    const __m512i high_product = _mm512_mask_blend_epi32(0xaaaa, _mm512_srli_epi64(even, 31), _mm512_slli_epi64(odd, 1));
    // Half away from zero: what is cut off must be above half, or, of what is not negative, half itself.
    const __m512i cut = _mm512_sub_epi32(_mm512_sllv_epi32(_mm512_set1_epi32(1), right), _mm512_set1_epi32(1));
    const __m512i threshold = _mm512_sub_epi32(_mm512_srli_epi32(cut, 1), _mm512_srai_epi32(high_product, 31));
    const __mmask16 up = _mm512_cmpgt_epi32_mask(_mm512_and_si512(high_product, cut), threshold);
    const __m512i shifted = _mm512_srav_epi32(high_product, right);
    const __m512i scaled = _mm512_mask_add_epi32(shifted, up, shifted, _mm512_set1_epi32(1));
    return _mm512_max_epi32(_mm512_min_epi32(scaled, high), low);
}

/// The same with the one rounding of rounding::single; 64-bit lanes are clamped before they are narrowed.
PARE_INLINE __m512i scale_sums(__m512i sums, const multipliers& m, __m512i low, __m512i high, rounding::single) {
    const __m512i shifts = _mm512_max_epi32(_mm512_sub_epi32(_mm512_set1_epi32(31), m.shifts), _mm512_setzero_si512());
    const __m512i one = _mm512_set1_epi64(1), low32 = _mm512_set1_epi64(0xffffffff);
    const auto scaled = [&](__m512i x, __m512i mantissas, __m512i by) {
        // A shift by 0 has no half: 1 is shifted out by the count of -1.
        const __m512i half = _mm512_sllv_epi64(one, _mm512_sub_epi64(by, one));
        return _mm512_srav_epi64(_mm512_add_epi64(_mm512_mul_epi32(x, mantissas), half), by);
    };
    const auto clamped = [&](__m512i x) {
        const __m512i least = _mm512_srai_epi64(_mm512_slli_epi64(low, 32), 32), most = _mm512_srai_epi64(_mm512_slli_epi64(high, 32), 32);
        return _mm512_max_epi64(_mm512_min_epi64(x, most), least);
    };
    const __m512i even = clamped(scaled(sums, m.mantissas, _mm512_and_si512(shifts, low32)));
    const __m512i odd = clamped(scaled(_mm512_srli_epi64(sums, 32), _mm512_srli_epi64(m.mantissas, 32), _mm512_srli_epi64(shifts, 32)));
    return _mm512_mask_blend_epi32(0xaaaa, even, _mm512_slli_epi64(odd, 32));
}

template <class Rounding, class Out>
PARE_INLINE void store_fixed_point_register(Out* p, __m512i sums, const multiplier* scales, rounding::output_range r, Rounding rounding) {
    const __m512i low = _mm512_set1_epi32(r.low - r.zero_point), high = _mm512_set1_epi32(r.high - r.zero_point);
    const __m512i q = _mm512_add_epi32(scale_sums(sums, multipliers(scales), low, high, rounding), _mm512_set1_epi32(r.zero_point));
    if constexpr (sizeof(Out) == 1) _mm_storeu_si128(reinterpret_cast<__m128i*>(p), _mm512_cvtepi32_epi8(q));
    else _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), _mm512_cvtepi32_epi16(q));
}
}  // namespace detail512

/// Registers of outputs by rounding::single or rounding::gemmlowp. Not a loop: it is part of one over rows.
template <std::size_t Width, detail512::integer_dot D, class Out, class Rounding>
    requires(Width <= 4 && sizeof(Out) <= 2)
PARE_INLINE void store_fixed_point(Out* p, const __m512i (&sums)[Width], const multiplier* scales, rounding::output_range r,
                                   Rounding rounding, D, avx512) {
    detail512::store_fixed_point_register(p, sums[0], scales, r, rounding);
    if constexpr (Width > 1) detail512::store_fixed_point_register(p + 16, sums[1], scales + 16, r, rounding);
    if constexpr (Width > 2) detail512::store_fixed_point_register(p + 32, sums[2], scales + 32, r, rounding);
    if constexpr (Width > 3) detail512::store_fixed_point_register(p + 48, sums[3], scales + 48, r, rounding);
}

}  // namespace pare::inline v0::arch::inline PARE_ISA
#endif
