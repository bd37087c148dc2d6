// SPDX-License-Identifier: MIT
// Operations of avx512_vnni.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include <pare/arch/dot.hpp>
#include <pare/arch/tags.hpp>
#include <pare/core/config.hpp>
#include <pare/core/rounding.hpp>

#if !defined(PARE_SCALAR_ONLY) && defined(__AVX512VNNI__) && defined(__AVX512BW__) && defined(__AVX512VL__)
#include <pare/arch/intrinsics.hpp>

namespace pare::inline v0::arch::inline PARE_ISA {

namespace detail512 {
using s8 = dot<4, std::int8_t, std::int8_t, std::int32_t>;
using u8 = dot<4, std::uint8_t, std::int8_t, std::int32_t>;
using s16 = dot<2, std::int16_t, std::int16_t, std::int32_t>;
using real = dot<1, float, float, float>;

template <class D>
concept integer_dot = std::same_as<typename D::sum, std::int32_t>;

/// Four bytes.
PARE_INLINE std::int32_t load_four(const void* p) {
    std::int32_t v;
    std::memcpy(&v, p, 4);
    return v;
}

/// One to three bytes, zeros after them, without touching a byte more: put together in a register, since a store of parts that is
/// read as a whole stalls.
PARE_INLINE std::int32_t load_few(const void* p, std::size_t bytes) {
    const auto* const at = static_cast<const std::uint8_t*>(p);
    if (bytes == 1) return at[0];
    std::uint16_t two;
    std::memcpy(&two, p, 2);
    return bytes == 2 ? std::int32_t(two) : std::int32_t(two | std::uint32_t(at[2]) << 16);
}
}  // namespace detail512

template <detail512::integer_dot D>
PARE_INLINE __m512i zero_sums(D, avx512_vnni) {
    return _mm512_setzero_si512();
}
PARE_INLINE __m512 zero_sums(detail512::real, avx512_vnni) { return _mm512_setzero_ps(); }

template <detail512::integer_dot D>
PARE_INLINE __m512i load_sums(const std::int32_t* p, D, avx512_vnni) {
    return _mm512_loadu_si512(p);
}
PARE_INLINE __m512 load_sums(const float* p, detail512::real, avx512_vnni) { return _mm512_loadu_ps(p); }

template <detail512::integer_dot D>
PARE_INLINE void store_sums(std::int32_t* p, __m512i sums, D, avx512_vnni) {
    _mm512_storeu_si512(p, sums);
}
PARE_INLINE void store_sums(float* p, __m512 sums, detail512::real, avx512_vnni) { _mm512_storeu_ps(p, sums); }

template <detail512::integer_dot D>
PARE_INLINE __m512i load_rhs(const typename D::rhs* p, D, avx512_vnni) {
    return _mm512_loadu_si512(p);
}
PARE_INLINE __m512 load_rhs(const float* p, detail512::real, avx512_vnni) { return _mm512_loadu_ps(p); }

/// vpdpbusd wants unsigned activations: s8 ones are flipped to x + 128, which pack folds into the bias.
PARE_INLINE __m512i broadcast_lhs(const std::int8_t* p, detail512::s8, avx512_vnni) {
    return _mm512_xor_si512(_mm512_set1_epi32(detail512::load_four(p)), _mm512_set1_epi8(char(-128)));
}
PARE_INLINE __m512i broadcast_lhs(const std::uint8_t* p, detail512::u8, avx512_vnni) { return _mm512_set1_epi32(detail512::load_four(p)); }
PARE_INLINE __m512i broadcast_lhs(const std::int16_t* p, detail512::s16, avx512_vnni) { return _mm512_set1_epi32(detail512::load_four(p)); }
PARE_INLINE __m512 broadcast_lhs(const float* p, detail512::real, avx512_vnni) { return _mm512_set1_ps(*p); }

PARE_INLINE __m512i broadcast_lhs_tail(const std::int8_t* p, std::size_t count, detail512::s8, avx512_vnni) {
    const auto flip = std::int32_t(0x80808080u & ((1u << (8 * count)) - 1u));
    return _mm512_set1_epi32(detail512::load_few(p, count) ^ flip);
}
PARE_INLINE __m512i broadcast_lhs_tail(const std::uint8_t* p, std::size_t count, detail512::u8, avx512_vnni) {
    return _mm512_set1_epi32(detail512::load_few(p, count));
}
PARE_INLINE __m512i broadcast_lhs_tail(const std::int16_t* p, std::size_t count, detail512::s16, avx512_vnni) {
    return _mm512_set1_epi32(detail512::load_few(p, 2 * count));
}
PARE_INLINE __m512 broadcast_lhs_tail(const float*, std::size_t, detail512::real, avx512_vnni) { return _mm512_setzero_ps(); }

/// The intrinsic makes g++ 12 spill every accumulator of a tile; as an asm statement it does not.
PARE_INLINE void multiply_add(__m512i& sums, __m512i lhs, __m512i rhs, detail512::s8, avx512_vnni) {
    asm("vpdpbusd %2, %1, %0" : "+v"(sums) : "v"(lhs), "v"(rhs));
}
PARE_INLINE void multiply_add(__m512i& sums, __m512i lhs, __m512i rhs, detail512::u8, avx512_vnni) {
    asm("vpdpbusd %2, %1, %0" : "+v"(sums) : "v"(lhs), "v"(rhs));
}
PARE_INLINE void multiply_add(__m512i& sums, __m512i lhs, __m512i rhs, detail512::s16, avx512_vnni) {
    asm("vpdpwssd %2, %1, %0" : "+v"(sums) : "v"(lhs), "v"(rhs));
}
PARE_INLINE void multiply_add(__m512& sums, __m512 lhs, __m512 rhs, detail512::real, avx512_vnni) {
    sums = _mm512_fmadd_ps(lhs, rhs, sums);
}

template <detail512::integer_dot D>
PARE_INLINE void add_sums(__m512i& totals, __m512i sums, D, avx512_vnni) {
    totals = _mm512_add_epi32(totals, sums);
}
PARE_INLINE void add_sums(__m512& totals, __m512 sums, detail512::real, avx512_vnni) { totals = _mm512_add_ps(totals, sums); }

template <detail512::integer_dot D>
PARE_INLINE void add_scaled(__m512i& totals, __m512i sums, const std::uint8_t* factors, D, avx512_vnni) {
    const __m512i wide = _mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(factors)));
    totals = _mm512_add_epi32(totals, _mm512_mullo_epi32(sums, wide));
}

/// A register of nibbles through a 16-entry table: operand i is table[nibble i of p], low nibble first. Reads 32 bytes.
PARE_INLINE __m512i lookup16_u4_s8(const std::byte* p, const std::int8_t* table, avx512_vnni) {
    const __m512i pairs = _mm512_cvtepu8_epi16(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)));
    const __m512i codes = _mm512_and_si512(_mm512_or_si512(pairs, _mm512_slli_epi16(pairs, 4)), _mm512_set1_epi8(15));
    return _mm512_shuffle_epi8(_mm512_maskz_broadcast_i32x4(0xffff, _mm_loadu_si128(reinterpret_cast<const __m128i*>(table))), codes);
}

/// A register of outputs by rounding::fp32: t = f32(sum) * scale, clamped, rounded half to even, plus the zero point.
template <detail512::integer_dot D, class Out>
    requires(std::same_as<Out, std::int8_t> || std::same_as<Out, std::uint8_t> || std::same_as<Out, std::int16_t>)
PARE_INLINE void store_requantized(Out* p, __m512i sums, const float* scales, rounding::output_range r, D, avx512_vnni) {
    const __m512 low = _mm512_set1_ps(float(r.low - r.zero_point)), high = _mm512_set1_ps(float(r.high - r.zero_point));
    const __m512 product = _mm512_mul_ps(_mm512_cvtepi32_ps(sums), _mm512_loadu_ps(scales));
    const __m512i rounded = _mm512_cvtps_epi32(_mm512_min_ps(_mm512_max_ps(product, low), high));
    const __m512i q = _mm512_add_epi32(rounded, _mm512_set1_epi32(r.zero_point));
    if constexpr (sizeof(Out) == 1) _mm_storeu_si128(reinterpret_cast<__m128i*>(p), _mm512_cvtepi32_epi8(q));
    else _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), _mm512_cvtepi32_epi16(q));
}

/// A register of float outputs, clamped to [low, high].
PARE_INLINE void store_clamped(float* p, __m512 sums, float low, float high, detail512::real, avx512_vnni) {
    _mm512_storeu_ps(p, _mm512_min_ps(_mm512_max_ps(sums, _mm512_set1_ps(low)), _mm512_set1_ps(high)));
}

}  // namespace pare::inline v0::arch::inline PARE_ISA
#endif
