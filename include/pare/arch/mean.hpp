// SPDX-License-Identifier: MIT
// The mean of several arrays of bytes.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include <pare/arch/bulk.hpp>
#include <pare/arch/tags.hpp>
#include <pare/core/config.hpp>
#include <pare/core/rounding.hpp>

namespace pare::inline v0::arch {

/// sum / n, half away from zero, clamped.
PARE_INLINE constexpr std::int32_t mean_of(std::int32_t sum, std::int32_t n, const rounding::output_range& r) {
    return std::clamp(sum > 0 ? (sum + n / 2) / n : (sum - n / 2) / n, r.low, r.high);
}

/// The most arrays whose mean registers take: a sum and a half more than it have 24 bits, so that a float holds them, and the float
/// next to a quotient is never beyond the integer next to it.
inline constexpr std::size_t most_means = 65536;

}  // namespace pare::inline v0::arch

#if !defined(PARE_SCALAR_ONLY) && defined(__AVX2__) && defined(__FMA__)
#include <pare/arch/intrinsics.hpp>

namespace pare::inline v0::arch::inline PARE_ISA {

/// The means of element i of the window's arrays, of which there are at most most_means, for the first whole registers; returns where
/// they end.
template <class T>
    requires(sizeof(T) == 1)
PARE_INLINE std::size_t mean_registers(T* dst, const window_arrays<T>& w, std::size_t count, const rounding::output_range& r, avx2) {
    const auto n = std::int32_t(w.rows * w.columns);
    const __m256 divisor = _mm256_set1_ps(float(n));
    const __m256i half = _mm256_set1_epi32(n / 2), low = _mm256_set1_epi32(r.low), high = _mm256_set1_epi32(r.high);
    const std::size_t done = count / 16 * 16;
    for (std::size_t k = 0; k < done; k += 16) {
        __m256i sums[2] = {_mm256_setzero_si256(), _mm256_setzero_si256()};
        for (std::size_t y = 0; y < w.rows; ++y) {
            const T* at = w.first + y * w.row_stride + k;
            for (std::size_t x = 0; x < w.columns; ++x, at += w.column_stride) {
                const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
                const __m128i upper = _mm_srli_si128(bytes, 8);
                constexpr bool is_signed = std::same_as<T, std::int8_t>;
                sums[0] = _mm256_add_epi32(sums[0], is_signed ? _mm256_cvtepi8_epi32(bytes) : _mm256_cvtepu8_epi32(bytes));
                sums[1] = _mm256_add_epi32(sums[1], is_signed ? _mm256_cvtepi8_epi32(upper) : _mm256_cvtepu8_epi32(upper));
            }
        }
        PARE_UNROLL for (std::size_t i = 0; i < 2; ++i) {
            // Half of n with the sign of the sum; of 0 half of it goes to 0.
            const __m256i more = _mm256_add_epi32(sums[i], _mm256_sign_epi32(half, sums[i]));
            const __m256i mean = _mm256_cvttps_epi32(_mm256_div_ps(_mm256_cvtepi32_ps(more), divisor));
            sums[i] = _mm256_min_epi32(_mm256_max_epi32(mean, low), high);
        }
        const __m256i words = _mm256_permute4x64_epi64(_mm256_packs_epi32(sums[0], sums[1]), 0xd8);
        const __m128i first = _mm256_castsi256_si128(words), second = _mm256_extracti128_si256(words, 1);
        const __m128i bytes = std::same_as<T, std::int8_t> ? _mm_packs_epi16(first, second) : _mm_packus_epi16(first, second);
        _mm_storeu_si128(reinterpret_cast<__m128i*>(dst + k), bytes);
    }
    return done;
}

}  // namespace pare::inline v0::arch::inline PARE_ISA
#endif

#if !defined(PARE_SCALAR_ONLY) && defined(__AVX512VNNI__) && defined(__AVX512BW__) && defined(__AVX512VL__)
namespace pare::inline v0::arch::inline PARE_ISA {

namespace detail512 {
/// Means of 16 * Registers elements from `done` on, of which, where there is one register, `some` are wanted.
template <std::size_t Registers, class T>
PARE_INLINE void mean_block(T* dst, const window_arrays<T>& w, std::size_t done, __mmask16 some, const rounding::output_range& r) {
    constexpr __mmask16 all = 0xffff;
    const auto n = std::int32_t(w.rows * w.columns);
    __m512i sums[Registers];
    PARE_UNROLL for (std::size_t i = 0; i < Registers; ++i) sums[i] = _mm512_setzero_si512();
    for (std::size_t y = 0; y < w.rows; ++y) {
        const T* at = w.first + y * w.row_stride + done;
        for (std::size_t x = 0; x < w.columns; ++x, at += w.column_stride) {
            PARE_UNROLL for (std::size_t i = 0; i < Registers; ++i) {
                const __m128i bytes =
                    Registers > 1 ? _mm_loadu_si128(reinterpret_cast<const __m128i*>(at + 16 * i)) : _mm_maskz_loadu_epi8(some, at);
                sums[i] = _mm512_add_epi32(sums[i], std::same_as<T, std::int8_t> ? _mm512_maskz_cvtepi8_epi32(all, bytes)
                                                                                 : _mm512_maskz_cvtepu8_epi32(all, bytes));
            }
        }
    }
    const __m512 divisor = _mm512_set1_ps(float(n));
    const __m512i half = _mm512_set1_epi32(n / 2), low = _mm512_set1_epi32(r.low), high = _mm512_set1_epi32(r.high);
    PARE_UNROLL for (std::size_t i = 0; i < Registers; ++i) {
        const __mmask16 negative = _mm512_movepi32_mask(sums[i]);
        const __m512i up = _mm512_add_epi32(sums[i], half);
        const __m512i more = _mm512_mask_sub_epi32(up, negative, sums[i], half);
        const __m512 quotient = _mm512_maskz_div_ps(all, _mm512_maskz_cvtepi32_ps(all, more), divisor);
        const __m512i mean = _mm512_maskz_max_epi32(all, _mm512_maskz_cvttps_epi32(all, quotient), low);
        const __m128i bytes = _mm512_maskz_cvtepi32_epi8(all, _mm512_maskz_min_epi32(all, mean, high));
        if constexpr (Registers > 1) _mm_storeu_si128(reinterpret_cast<__m128i*>(dst + done + 16 * i), bytes);
        else _mm_mask_storeu_epi8(dst + done, some, bytes);
    }
}
}  // namespace detail512

/// The means of element i of the window's arrays, of which there are at most most_means, for all i < count, which it returns.
template <class T>
    requires(sizeof(T) == 1)
PARE_INLINE std::size_t mean_registers(T* dst, const window_arrays<T>& w, std::size_t count, const rounding::output_range& r, avx512_vnni) {
    std::size_t done = 0;
    for (; done + 64 <= count; done += 64) detail512::mean_block<4>(dst, w, done, 0xffff, r);
    for (; done < count; done += 16)
        detail512::mean_block<1>(dst, w, done, __mmask16(count - done >= 16 ? 0xffffu : (1u << (count - done)) - 1u), r);
    return count;
}

}  // namespace pare::inline v0::arch::inline PARE_ISA
#endif

namespace pare::inline v0::arch::inline PARE_ISA {

/// dst[i] = the mean of element i of the window's arrays, half away from zero, clamped, for the first elements, where the arch has
/// registers for that; returns where they end.
template <class T, class A>
PARE_INLINE constexpr std::size_t first_means(T* dst, const window_arrays<T>& w, std::size_t count, const rounding::output_range& r,
                                              A arch) {
    if constexpr (requires { mean_registers(dst, w, count, r, arch); }) {
        const std::size_t arrays = w.rows * w.columns;
        if (!std::is_constant_evaluated() && arrays > 0 && arrays <= most_means) return mean_registers(dst, w, count, r, arch);
    }
    return 0;
}

}  // namespace pare::inline v0::arch::inline PARE_ISA
