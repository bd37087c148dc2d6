// SPDX-License-Identifier: MIT
// Operations of avx2 on words of binary values.
#pragma once

#include <cstddef>
#include <cstdint>

#include <pare/arch/avx2.hpp>
#include <pare/core/bits.hpp>
#include <pare/core/config.hpp>

#if !defined(PARE_SCALAR_ONLY) && defined(__AVX2__) && defined(__FMA__)
#include <pare/arch/intrinsics.hpp>

namespace pare::inline v0::arch::inline PARE_ISA {

namespace detail256 {
/// A dot product of words.
template <class D>
concept counting_dot = integer_dot<D> && counting_step<D>;
}  // namespace detail256

/// @{
/// The operation of this name that portable.hpp specifies, by AVX2 instructions.
template <detail256::counting_dot D>
PARE_INLINE __m256i load_rhs(const binary_word* p, D, avx2) {
    return detail256::load(p);
}
template <detail256::counting_dot D>
PARE_INLINE __m256i broadcast_lhs(const binary_word* p, D, avx2) {
    return _mm256_set1_epi32(std::int32_t(p->bits));
}
template <detail256::counting_dot D>
PARE_INLINE __m256i broadcast_lhs_tail(const binary_word*, std::size_t, D, avx2) {
    return _mm256_setzero_si256();
}

/// Bits are counted by nibbles in a table (Mula's method), and the four bytes of a word added up.
template <detail256::counting_dot D>
PARE_INLINE void multiply_add(__m256i& sums, __m256i lhs, __m256i rhs, D, avx2) {
    const __m256i ones_of_nibble =
        _mm256_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4, 0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4);
    const __m256i nibble = _mm256_set1_epi8(15), differ = _mm256_xor_si256(lhs, rhs);
    const __m256i low = _mm256_shuffle_epi8(ones_of_nibble, _mm256_and_si256(differ, nibble));
    const __m256i high = _mm256_shuffle_epi8(ones_of_nibble, _mm256_and_si256(_mm256_srli_epi16(differ, 4), nibble));
    const __m256i pairs = _mm256_maddubs_epi16(_mm256_add_epi8(low, high), _mm256_set1_epi8(1));
    const __m256i counts = _mm256_madd_epi16(pairs, _mm256_set1_epi16(1));
    asm("vpaddd %1, %0, %0" : "+x"(sums) : "x"(counts));
}

template <detail256::counting_dot D>
PARE_INLINE __m256i sums_of_counts(const std::int32_t* bias, __m256i counts, D, avx2) {
    return _mm256_sub_epi32(_mm256_sub_epi32(detail256::load(bias), counts), counts);
}

template <detail256::integer_dot D>
PARE_INLINE std::uint64_t negative_lanes(__m256i sums, D, avx2) {
    return std::uint64_t(unsigned(_mm256_movemask_ps(_mm256_castsi256_ps(sums))));
}
/// @}

}  // namespace pare::inline v0::arch::inline PARE_ISA
#endif
