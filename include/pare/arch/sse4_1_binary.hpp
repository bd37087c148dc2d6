// SPDX-License-Identifier: MIT
// Operations of sse4_1 on words of binary values.
#pragma once

#include <cstddef>
#include <cstdint>

#include <pare/arch/sse4_1.hpp>
#include <pare/core/bits.hpp>
#include <pare/core/config.hpp>

#if !defined(PARE_SCALAR_ONLY) && defined(__SSE4_1__)
#include <pare/arch/intrinsics.hpp>

namespace pare::inline v0::arch::inline PARE_ISA {

namespace detail128 {
/// A dot product of words.
template <class D>
concept counting_dot = integer_dot<D> && counting_step<D>;
}  // namespace detail128

/// @{
/// The operation of this name that portable.hpp specifies, by SSE4.1 instructions.
template <detail128::counting_dot D>
PARE_INLINE __m128i load_rhs(const binary_word* p, D, sse4_1) {
    return detail128::load(p);
}
template <detail128::counting_dot D>
PARE_INLINE __m128i broadcast_lhs(const binary_word* p, D, sse4_1) {
    return _mm_set1_epi32(std::int32_t(p->bits));
}
template <detail128::counting_dot D>
PARE_INLINE __m128i broadcast_lhs_tail(const binary_word*, std::size_t, D, sse4_1) {
    return _mm_setzero_si128();
}

/// Bits are counted by nibbles in a table (Mula's method), and the four bytes of a word added up.
template <detail128::counting_dot D>
PARE_INLINE void multiply_add(__m128i& sums, __m128i lhs, __m128i rhs, D, sse4_1) {
    const __m128i ones_of_nibble = _mm_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4);
    const __m128i nibble = _mm_set1_epi8(15), differ = _mm_xor_si128(lhs, rhs);
    const __m128i low = _mm_shuffle_epi8(ones_of_nibble, _mm_and_si128(differ, nibble));
    const __m128i high = _mm_shuffle_epi8(ones_of_nibble, _mm_and_si128(_mm_srli_epi16(differ, 4), nibble));
    const __m128i pairs = _mm_maddubs_epi16(_mm_add_epi8(low, high), _mm_set1_epi8(1));
    detail128::add_in_place(sums, _mm_madd_epi16(pairs, _mm_set1_epi16(1)));
}

template <detail128::counting_dot D>
PARE_INLINE __m128i sums_of_counts(const std::int32_t* bias, __m128i counts, D, sse4_1) {
    return _mm_sub_epi32(_mm_sub_epi32(detail128::load(bias), counts), counts);
}

template <detail128::integer_dot D>
PARE_INLINE std::uint64_t negative_lanes(__m128i sums, D, sse4_1) {
    return std::uint64_t(unsigned(_mm_movemask_ps(_mm_castsi128_ps(sums))));
}
/// @}

}  // namespace pare::inline v0::arch::inline PARE_ISA
#endif
