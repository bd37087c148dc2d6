// SPDX-License-Identifier: MIT
// Operations of avx512 on words of binary values; by VPOPCNTDQ where the flags give it. They serve avx512_vnni as well.
#pragma once

#include <cstddef>
#include <cstdint>

#include <pare/arch/avx512.hpp>
#include <pare/core/bits.hpp>
#include <pare/core/config.hpp>

#if !defined(PARE_SCALAR_ONLY) && defined(__AVX512BW__) && defined(__AVX512VL__) && defined(__AVX512DQ__)
#include <pare/arch/intrinsics.hpp>

namespace pare::inline v0::arch::inline PARE_ISA {

namespace detail512 {
/// A dot product of words.
template <class D>
concept counting_dot = integer_dot<D> && counting_step<D>;
}  // namespace detail512

/// @{
/// The operation of this name that portable.hpp specifies, by AVX-512 instructions.
template <detail512::counting_dot D>
PARE_INLINE __m512i load_rhs(const binary_word* p, D, avx512) {
    return _mm512_loadu_si512(p);
}
template <detail512::counting_dot D>
PARE_INLINE __m512i broadcast_lhs(const binary_word* p, D, avx512) {
    return _mm512_set1_epi32(std::int32_t(p->bits));
}
template <detail512::counting_dot D>
PARE_INLINE __m512i broadcast_lhs_tail(const binary_word*, std::size_t, D, avx512) {
    return _mm512_setzero_si512();
}

template <detail512::counting_dot D>
PARE_INLINE void multiply_add(__m512i& sums, __m512i lhs, __m512i rhs, D, avx512) {
#if defined(__AVX512VPOPCNTDQ__) && defined(__clang__)
    sums = _mm512_add_epi32(sums, _mm512_popcnt_epi32(_mm512_xor_si512(lhs, rhs)));
#elif defined(__AVX512VPOPCNTDQ__)
    // In one statement: of intrinsics g++ 12 keeps half of a tile's sums in memory. For one clang loads words as floats, and Zen 4 takes
    // 1.15 times as long.
    __m512i counts;
    asm("vpxord %3, %2, %1\n\tvpopcntd %1, %1\n\tvpaddd %1, %0, %0" : "+v"(sums), "=&v"(counts) : "v"(lhs), "v"(rhs));
#else
    const __m512i differ = _mm512_xor_si512(lhs, rhs);
    // Bits are counted by nibbles in a table (Mula's method), and the four bytes of a word added up.
    const __m512i ones_of_nibble = _mm512_set4_epi32(0x04030302, 0x03020201, 0x03020201, 0x02010100);
    const __m512i nibble = _mm512_set1_epi8(15);
    const __m512i low = _mm512_shuffle_epi8(ones_of_nibble, _mm512_and_si512(differ, nibble));
    const __m512i high = _mm512_shuffle_epi8(ones_of_nibble, _mm512_and_si512(_mm512_srli_epi16(differ, 4), nibble));
    const __m512i counts = _mm512_add_epi8(low, high), ones = _mm512_set1_epi8(1);
#if defined(__AVX512VNNI__)
    asm("vpdpbusd %2, %1, %0" : "+v"(sums) : "v"(counts), "v"(ones));
#else
    const __m512i words = _mm512_madd_epi16(_mm512_maddubs_epi16(counts, ones), _mm512_set1_epi16(1));
    asm("vpaddd %1, %0, %0" : "+v"(sums) : "v"(words));
#endif
#endif
}

template <detail512::counting_dot D>
PARE_INLINE __m512i sums_of_counts(const std::int32_t* bias, __m512i counts, D, avx512) {
    return _mm512_sub_epi32(_mm512_sub_epi32(_mm512_loadu_si512(bias), counts), counts);
}

template <detail512::integer_dot D>
PARE_INLINE std::uint64_t negative_lanes(__m512i sums, D, avx512) {
    return _mm512_cmplt_epi32_mask(sums, _mm512_setzero_si512());
}
/// @}

}  // namespace pare::inline v0::arch::inline PARE_ISA
#endif
