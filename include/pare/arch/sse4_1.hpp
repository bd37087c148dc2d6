// SPDX-License-Identifier: MIT
// Operations of sse4_1.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include <pare/arch/dot.hpp>
#include <pare/arch/load_few.hpp>
#include <pare/arch/tags.hpp>
#include <pare/core/config.hpp>
#include <pare/core/rounding.hpp>

#if !defined(PARE_SCALAR_ONLY) && defined(__SSE4_1__)
#include <pare/arch/intrinsics.hpp>

namespace pare::inline v0::arch::inline PARE_ISA {

namespace detail128 {
using s8 = dot<2, std::int16_t, std::int8_t, std::int32_t>;
using s16 = dot<2, std::int16_t, std::int16_t, std::int32_t>;
using real = dot<1, float, float, float>;

/// A dot product of integers.
template <class D>
concept integer_dot = std::same_as<typename D::sum, std::int32_t>;
alignas(16) inline constexpr std::array<std::int16_t, 8> ones{1, 1, 1, 1, 1, 1, 1, 1};

PARE_INLINE __m128i load(const void* p) { return _mm_loadu_si128(static_cast<const __m128i*>(p)); }
PARE_INLINE __m128i load_half(const void* p) { return _mm_loadl_epi64(static_cast<const __m128i*>(p)); }
PARE_INLINE void store(void* p, __m128i v) { _mm_storeu_si128(static_cast<__m128i*>(p), v); }

/// As an asm statement an addition leaves sums where they are; as an intrinsic g++ 12 keeps each sum twice, and some in memory.
PARE_INLINE void add_in_place(__m128i& sums, __m128i products) {
#if defined(__AVX__)
    asm("vpaddd %1, %0, %0" : "+x"(sums) : "x"(products));
#else
    asm("paddd %1, %0" : "+x"(sums) : "x"(products));
#endif
}
}  // namespace detail128

/// @{
/// The operation of this name that portable.hpp specifies, by SSE4.1 instructions.
template <detail128::integer_dot D>
PARE_INLINE __m128i zero_sums(D, sse4_1) {
    return _mm_setzero_si128();
}
PARE_INLINE __m128 zero_sums(detail128::real, sse4_1) { return _mm_setzero_ps(); }

template <detail128::integer_dot D>
PARE_INLINE __m128i load_sums(const std::int32_t* p, D, sse4_1) {
    return detail128::load(p);
}
PARE_INLINE __m128 load_sums(const float* p, detail128::real, sse4_1) { return _mm_loadu_ps(p); }

template <detail128::integer_dot D>
PARE_INLINE void store_sums(std::int32_t* p, __m128i sums, D, sse4_1) {
    detail128::store(p, sums);
}
PARE_INLINE void store_sums(float* p, __m128 sums, detail128::real, sse4_1) { _mm_storeu_ps(p, sums); }

PARE_INLINE __m128i load_rhs(const std::int8_t* p, detail128::s8, sse4_1) { return _mm_cvtepi8_epi16(detail128::load_half(p)); }
PARE_INLINE __m128i load_rhs(const std::int8_t* p, dot<2, std::uint8_t, std::int8_t, std::int32_t>, sse4_1) {
    return _mm_cvtepi8_epi16(detail128::load_half(p));
}
PARE_INLINE __m128i load_rhs(const std::int8_t* p, narrow_dot, sse4_1) { return detail128::load(p); }
PARE_INLINE __m128i load_rhs(const std::int16_t* p, detail128::s16, sse4_1) { return detail128::load(p); }
PARE_INLINE __m128 load_rhs(const float* p, detail128::real, sse4_1) { return _mm_loadu_ps(p); }

PARE_INLINE __m128i broadcast_lhs(const std::uint8_t* p, narrow_dot, sse4_1) { return _mm_set1_epi32(load_four(p)); }
template <detail128::integer_dot D>
PARE_INLINE __m128i broadcast_lhs(const std::int16_t* p, D, sse4_1) {
    return _mm_set1_epi32(load_four(p));
}
PARE_INLINE __m128 broadcast_lhs(const float* p, detail128::real, sse4_1) { return _mm_set1_ps(*p); }

PARE_INLINE __m128i broadcast_lhs_tail(const std::uint8_t* p, std::size_t count, narrow_dot, sse4_1) {
    return _mm_set1_epi32(load_few(p, count));
}
template <detail128::integer_dot D>
PARE_INLINE __m128i broadcast_lhs_tail(const std::int16_t* p, std::size_t, D, sse4_1) {
    return _mm_set1_epi32(std::int32_t(*p) & 0xffff);
}
PARE_INLINE __m128 broadcast_lhs_tail(const float*, std::size_t, detail128::real, sse4_1) { return _mm_setzero_ps(); }

/// The places of a step among 16 activations, as pshufb takes them: each activation becomes a word, whose upper byte is none; or stays a
/// byte.
template <detail128::integer_dot D>
    requires(gather_window_of<sse4_1, D> == 16)
PARE_INLINE __m128i load_places(const std::byte* p, D, sse4_1) {
    if constexpr (D::unit == 4) return detail128::load(p);
    else return _mm_or_si128(_mm_cvtepu8_epi16(detail128::load_half(p)), _mm_set1_epi16(short(0x8000)));
}
/// Activations of each lane, p[place] for each of its places; reads 16 bytes.
template <detail128::integer_dot D>
    requires(gather_window_of<sse4_1, D> == 16)
PARE_INLINE __m128i gather_lhs(const std::uint8_t* p, __m128i places, D, sse4_1) {
    return _mm_shuffle_epi8(detail128::load(p), places);
}

template <detail128::integer_dot D>
    requires(D::unit == 2)
PARE_INLINE void multiply_add(__m128i& sums, __m128i lhs, __m128i rhs, D, sse4_1) {
    detail128::add_in_place(sums, _mm_madd_epi16(lhs, rhs));
}
/// The ones are read where they lie: a full tile leaves no register for them.
PARE_INLINE void multiply_add(__m128i& sums, __m128i lhs, __m128i rhs, narrow_dot, sse4_1) {
    __m128i products = _mm_maddubs_epi16(lhs, rhs);
#if defined(__AVX__)
    asm("vpmaddwd %2, %1, %1\n\tvpaddd %1, %0, %0" : "+x"(sums), "+x"(products) : "m"(detail128::ones));
#else
    asm("pmaddwd %2, %1\n\tpaddd %1, %0" : "+x"(sums), "+x"(products) : "m"(detail128::ones));
#endif
}
PARE_INLINE void multiply_add(__m128& sums, __m128 lhs, __m128 rhs, detail128::real, sse4_1) {
    sums = _mm_add_ps(sums, _mm_mul_ps(lhs, rhs));
}

template <detail128::integer_dot D>
PARE_INLINE void add_sums(__m128i& totals, __m128i sums, D, sse4_1) {
    totals = _mm_add_epi32(totals, sums);
}
PARE_INLINE void add_sums(__m128& totals, __m128 sums, detail128::real, sse4_1) { totals = _mm_add_ps(totals, sums); }

template <detail128::integer_dot D>
PARE_INLINE __m128i max_sums(__m128i a, __m128i b, D, sse4_1) {
    return _mm_max_epi32(a, b);
}

template <detail128::integer_dot D>
PARE_INLINE void add_scaled(__m128i& totals, __m128i sums, const std::uint8_t* factors, D, sse4_1) {
    const __m128i wide = _mm_cvtepu8_epi32(_mm_cvtsi32_si128(load_four(factors)));
    totals = _mm_add_epi32(totals, _mm_mullo_epi32(sums, wide));
}
/// @}

/// Bytes of two rows as pairs, one of each row in a lane; reads 4 of each.
template <byte_operand T>
PARE_INLINE __m128i load_pairs(const T* a, const T* b, detail128::s8, sse4_1) {
    const __m128i bytes = _mm_unpacklo_epi8(_mm_cvtsi32_si128(load_four(a)), _mm_cvtsi32_si128(load_four(b)));
    if constexpr (std::same_as<T, std::int8_t>) return _mm_cvtepi8_epi16(bytes);
    else return _mm_cvtepu8_epi16(bytes);
}

/// Words [0, total) of `to`: [before, before + count) are the bytes of `from`, the others `padding`.
template <int Offset, class From>
    requires(sizeof(From) == 1 && Offset == 0)
PARE_INLINE void copy_registers(std::int16_t* to, const From* from, std::size_t count, std::size_t before, std::size_t total,
                                std::int16_t padding, sse4_1) {
    for (std::size_t i = 0; i < before; ++i) to[i] = padding;
    for (std::size_t i = before + count; i < total; ++i) to[i] = padding;
    for (to += before; count >= 8; count -= 8, from += 8, to += 8) {
        const __m128i bytes = detail128::load_half(from);
        if constexpr (std::same_as<From, std::int8_t>) detail128::store(to, _mm_cvtepi8_epi16(bytes));
        else detail128::store(to, _mm_cvtepu8_epi16(bytes));
    }
    for (std::size_t i = 0; i < count; ++i) to[i] = from[i];
}

/// Bytes [0, total) of `to`: [before, before + count) are those of `from`, with 128 added where `Offset` says so, the others `padding`.
template <int Offset, class From, class To>
    requires(sizeof(From) == 1 && sizeof(To) == 1 && (Offset == 0 || Offset == 128))
PARE_INLINE void copy_registers(To* to, const From* from, std::size_t count, std::size_t before, std::size_t total, To padding, sse4_1) {
    for (std::size_t i = 0; i < before; ++i) to[i] = padding;
    for (std::size_t i = before + count; i < total; ++i) to[i] = padding;
    const __m128i flip = _mm_set1_epi8(char(Offset == 0 ? 0 : -128));
    for (to += before; count >= 16; count -= 16, from += 16, to += 16) detail128::store(to, _mm_xor_si128(detail128::load(from), flip));
    for (std::size_t i = 0; i < count; ++i) to[i] = To(from[i] + Offset);
}

/// A 16-entry table for lookup16_u4_s8.
PARE_INLINE __m128i load_table16(const std::int8_t* table, sse4_1) { return detail128::load(table); }

/// Operand i is table[(byte i of p >> Shift) & 15], Shift 0 or 4, widened to 16 bits.
template <int Shift>
PARE_INLINE __m128i lookup16_u4_s8(const std::byte* p, __m128i table, detail128::s8, sse4_1) {
    const __m128i bytes = detail128::load_half(p);
    const __m128i codes = Shift == 0 ? bytes : _mm_srli_epi16(bytes, Shift);
    return _mm_cvtepi8_epi16(_mm_shuffle_epi8(table, _mm_and_si128(codes, _mm_set1_epi8(15))));
}
/// The same, not widened.
template <int Shift>
PARE_INLINE __m128i lookup16_u4_s8(const std::byte* p, __m128i table, narrow_dot, sse4_1) {
    const __m128i bytes = detail128::load(p);
    const __m128i codes = Shift == 0 ? bytes : _mm_srli_epi16(bytes, Shift);
    return _mm_shuffle_epi8(table, _mm_and_si128(codes, _mm_set1_epi8(15)));
}

namespace detail128 {
/// Outputs of a register as 32 bits.
template <bool Saturates>
PARE_INLINE __m128i requantize(__m128i sums, const float* scales, rounding::output_range r) {
    const __m128 low = _mm_set1_ps(float(r.low - r.zero_point)), high = _mm_set1_ps(float(r.high - r.zero_point));
    const __m128 product = _mm_mul_ps(_mm_cvtepi32_ps(sums), _mm_loadu_ps(scales));
    const __m128i rounded = _mm_cvtps_epi32(Saturates ? product : _mm_min_ps(_mm_max_ps(product, low), high));
    return _mm_add_epi32(rounded, _mm_set1_epi32(r.zero_point));
}
}  // namespace detail128

/// Registers of outputs by rounding::fp32: t = f32(sum) * scale, clamped, rounded half to even, plus the zero point. `Saturates` says that
/// products fit 32 bits and that the range is all of Out. Not a loop: it is part of one over rows.
template <bool Saturates, std::size_t Width, detail128::integer_dot D, class Out>
    requires(Width <= 2 && (std::same_as<Out, std::int8_t> || std::same_as<Out, std::uint8_t> || std::same_as<Out, std::int16_t>))
PARE_INLINE void store_requantized(Out* p, const __m128i (&sums)[Width], const float* scales, rounding::output_range r, D, sse4_1) {
    const __m128i a = detail128::requantize<Saturates>(sums[0], scales, r);
    const __m128i b = Width > 1 ? detail128::requantize<Saturates>(sums[Width - 1], scales + 4 * (Width - 1), r) : a;
    const __m128i words = _mm_packs_epi32(a, b);
    if constexpr (std::same_as<Out, std::int16_t>) {
        if constexpr (Width > 1) detail128::store(p, words);
        else _mm_storel_epi64(reinterpret_cast<__m128i*>(p), words);
    } else {
        const __m128i bytes = std::same_as<Out, std::int8_t> ? _mm_packs_epi16(words, words) : _mm_packus_epi16(words, words);
        if constexpr (Width > 1) {
            _mm_storel_epi64(reinterpret_cast<__m128i*>(p), bytes);
        } else {
            const int four = _mm_cvtsi128_si32(bytes);
            std::memcpy(p, &four, 4);
        }
    }
}

/// Registers of float outputs, clamped to [low, high].
template <std::size_t Width>
    requires(Width <= 2)
PARE_INLINE void store_clamped(float* p, const __m128 (&sums)[Width], float low, float high, detail128::real, sse4_1) {
    _mm_storeu_ps(p, _mm_min_ps(_mm_max_ps(sums[0], _mm_set1_ps(low)), _mm_set1_ps(high)));
    if constexpr (Width > 1) _mm_storeu_ps(p + 4, _mm_min_ps(_mm_max_ps(sums[1], _mm_set1_ps(low)), _mm_set1_ps(high)));
}

}  // namespace pare::inline v0::arch::inline PARE_ISA
#endif
