// SPDX-License-Identifier: MIT
// Operations of avx512. What takes one serves avx512_vnni as well.
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

#if !defined(PARE_SCALAR_ONLY) && defined(__AVX512BW__) && defined(__AVX512VL__) && defined(__AVX512DQ__)
#include <pare/arch/intrinsics.hpp>

namespace pare::inline v0::arch::inline PARE_ISA {

namespace detail512 {
using s8 = dot<2, std::int16_t, std::int8_t, std::int32_t>;
using s16 = dot<2, std::int16_t, std::int16_t, std::int32_t>;
using real = dot<1, float, float, float>;

/// A dot product of integers.
template <class D>
concept integer_dot = std::same_as<typename D::sum, std::int32_t>;

/// One of bytes.
template <class D>
concept four_dot = integer_dot<D> && D::unit == 4;

alignas(64) inline constexpr std::array<std::int16_t, 32> ones = [] {
    std::array<std::int16_t, 32> a{};
    a.fill(1);
    return a;
}();

/// The lower nibble of each byte. Read where it lies: a full tile leaves no register for it.
inline constexpr std::uint32_t low_nibbles = 0x0f0f0f0f;
}  // namespace detail512

/// @{
/// The operation of this name that portable.hpp specifies, by AVX-512 instructions.
template <detail512::integer_dot D>
PARE_INLINE __m512i zero_sums(D, avx512) {
    return _mm512_setzero_si512();
}
PARE_INLINE __m512 zero_sums(detail512::real, avx512) { return _mm512_setzero_ps(); }

template <detail512::integer_dot D>
PARE_INLINE __m512i load_sums(const std::int32_t* p, D, avx512) {
    return _mm512_loadu_si512(p);
}
PARE_INLINE __m512 load_sums(const float* p, detail512::real, avx512) { return _mm512_loadu_ps(p); }

template <detail512::integer_dot D>
PARE_INLINE void store_sums(std::int32_t* p, __m512i sums, D, avx512) {
    _mm512_storeu_si512(p, sums);
}
PARE_INLINE void store_sums(float* p, __m512 sums, detail512::real, avx512) { _mm512_storeu_ps(p, sums); }

PARE_INLINE __m512i load_rhs(const std::int8_t* p, detail512::s8, avx512) {
    return _mm512_maskz_cvtepi8_epi16(~__mmask32(0), _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)));
}
template <detail512::four_dot D>
PARE_INLINE __m512i load_rhs(const std::int8_t* p, D, avx512) {
    return _mm512_loadu_si512(p);
}
PARE_INLINE __m512i load_rhs(const std::int16_t* p, detail512::s16, avx512) { return _mm512_loadu_si512(p); }
PARE_INLINE __m512 load_rhs(const float* p, detail512::real, avx512) { return _mm512_loadu_ps(p); }

template <detail512::four_dot D>
PARE_INLINE __m512i broadcast_lhs(const std::uint8_t* p, D, avx512) {
    return _mm512_set1_epi32(load_four(p));
}
template <detail512::integer_dot D>
PARE_INLINE __m512i broadcast_lhs(const std::int16_t* p, D, avx512) {
    return _mm512_set1_epi32(load_four(p));
}
PARE_INLINE __m512 broadcast_lhs(const float* p, detail512::real, avx512) { return _mm512_set1_ps(*p); }

template <detail512::four_dot D>
PARE_INLINE __m512i broadcast_lhs_tail(const std::uint8_t* p, std::size_t count, D, avx512) {
    return _mm512_set1_epi32(load_few(p, count));
}
template <detail512::integer_dot D>
PARE_INLINE __m512i broadcast_lhs_tail(const std::int16_t* p, std::size_t, D, avx512) {
    return _mm512_set1_epi32(std::int32_t(*p) & 0xffff);
}
PARE_INLINE __m512 broadcast_lhs_tail(const float*, std::size_t, detail512::real, avx512) { return _mm512_setzero_ps(); }

/// As asm statements additions leave sums where they are; as intrinsics g++ 12 keeps each sum twice, and some in memory.
template <detail512::integer_dot D>
    requires(D::unit == 2)
PARE_INLINE void multiply_add(__m512i& sums, __m512i lhs, __m512i rhs, D, avx512) {
    const __m512i products = _mm512_madd_epi16(lhs, rhs);
    asm("vpaddd %1, %0, %0" : "+v"(sums) : "v"(products));
}
PARE_INLINE void multiply_add(__m512i& sums, __m512i lhs, __m512i rhs, narrow_dot, avx512) {
    const __m512i products = _mm512_madd_epi16(_mm512_maddubs_epi16(lhs, rhs), _mm512_load_si512(detail512::ones.data()));
    asm("vpaddd %1, %0, %0" : "+v"(sums) : "v"(products));
}
PARE_INLINE void multiply_add(__m512& sums, __m512 lhs, __m512 rhs, detail512::real, avx512) { sums = _mm512_fmadd_ps(lhs, rhs, sums); }

template <detail512::integer_dot D>
PARE_INLINE void add_sums(__m512i& totals, __m512i sums, D, avx512) {
    totals = _mm512_add_epi32(totals, sums);
}
PARE_INLINE void add_sums(__m512& totals, __m512 sums, detail512::real, avx512) { totals = _mm512_add_ps(totals, sums); }

template <detail512::integer_dot D>
PARE_INLINE __m512i max_sums(__m512i a, __m512i b, D, avx512) {
    return _mm512_max_epi32(a, b);
}

template <detail512::integer_dot D>
PARE_INLINE void add_scaled(__m512i& totals, __m512i sums, const std::uint8_t* factors, D, avx512) {
    const __m512i wide = _mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(factors)));
    totals = _mm512_add_epi32(totals, _mm512_mullo_epi32(sums, wide));
}
/// @}

/// Bytes of two rows as pairs, one of each row in a lane; reads 16 of each.
template <byte_operand T>
PARE_INLINE __m512i load_pairs(const T* a, const T* b, detail512::s8, avx512) {
    const __m128i upper = _mm_loadu_si128(reinterpret_cast<const __m128i*>(a)),
                  lower = _mm_loadu_si128(reinterpret_cast<const __m128i*>(b));
    const __m256i bytes =
        _mm256_inserti128_si256(_mm256_castsi128_si256(_mm_unpacklo_epi8(upper, lower)), _mm_unpackhi_epi8(upper, lower), 1);
    if constexpr (std::same_as<T, std::int8_t>) return _mm512_maskz_cvtepi8_epi16(~__mmask32(0), bytes);
    else return _mm512_maskz_cvtepu8_epi16(~__mmask32(0), bytes);
}

/// The places of a step among 32 activations of 16 bits.
template <detail512::integer_dot D>
    requires(gather_window_of<avx512, D> == 32)
PARE_INLINE __m512i load_places(const std::byte* p, D, avx512) {
    return _mm512_maskz_cvtepu8_epi16(~__mmask32(0), _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)));
}
/// Activations of each lane, p[place] for each of its places; reads 32.
template <detail512::integer_dot D>
    requires(gather_window_of<avx512, D> == 32)
PARE_INLINE __m512i gather_lhs(const std::int16_t* p, __m512i places, D, avx512) {
    return _mm512_maskz_permutexvar_epi16(~__mmask32(0), places, _mm512_loadu_si512(p));
}

/// Sum n becomes the one at order[n], of up to four registers.
template <std::size_t Width, detail512::integer_dot D>
    requires(Width <= 4)
PARE_INLINE void arrange_registers(__m512i (&sums)[Width], const std::byte* order, D, avx512) {
    constexpr std::size_t second = Width > 1 ? 1 : 0, third = Width > 2 ? 2 : 0, fourth = Width > 3 ? 3 : third;
    const __m512i a = sums[0], b = sums[second], c = sums[third], d = sums[fourth];
    PARE_UNROLL for (std::size_t j = 0; j < Width; ++j) {
        const __m512i from = _mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(order + 16 * j)));
        const __m512i first = _mm512_permutex2var_epi32(a, from, b);
        if constexpr (Width <= 2) sums[j] = first;
        else
            sums[j] =
                _mm512_mask_blend_epi32(_mm512_test_epi32_mask(from, _mm512_set1_epi32(32)), first, _mm512_permutex2var_epi32(c, from, d));
    }
}

/// A 16-entry table for lookup16_u4_s8.
PARE_INLINE __m512i load_table16(const std::int8_t* table, avx512) {
    return _mm512_maskz_broadcast_i32x4(0xffff, _mm_loadu_si128(reinterpret_cast<const __m128i*>(table)));
}

/// Operand i is table[(byte i of p >> Shift) & 15], Shift 0 or 4, widened to 16 bits.
template <int Shift>
PARE_INLINE __m512i lookup16_u4_s8(const std::byte* p, __m512i table, detail512::s8, avx512) {
    const __m256i bytes = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
    __m256i codes = Shift == 0 ? bytes : _mm256_srli_epi16(bytes, Shift);
    asm("vpandd %1%{1to8%}, %0, %0" : "+v"(codes) : "m"(detail512::low_nibbles));
    return _mm512_maskz_cvtepi8_epi16(~__mmask32(0), _mm256_shuffle_epi8(_mm512_castsi512_si256(table), codes));
}

/// The same of bytes that are loaded already, not widened.
template <int Shift, detail512::four_dot D>
PARE_INLINE __m512i lookup16_of(__m512i bytes, __m512i table, D, avx512) {
    __m512i codes = Shift == 0 ? bytes : _mm512_maskz_srli_epi16(~__mmask32(0), bytes, Shift);
#if defined(__AVX512VBMI__)
    // The table four times over: of an index of six bits the upper two do not matter.
    return _mm512_permutexvar_epi8(codes, table);
#else
    asm("vpandd %1%{1to16%}, %0, %0" : "+v"(codes) : "m"(detail512::low_nibbles));
    return _mm512_shuffle_epi8(table, codes);
#endif
}
/// The same of those at p.
template <int Shift, detail512::four_dot D>
PARE_INLINE __m512i lookup16_u4_s8(const std::byte* p, __m512i table, D d, avx512 a) {
    return lookup16_of<Shift>(_mm512_loadu_si512(p), table, d, a);
}

namespace detail512 {
/// Rounded products of sums and scales. A product too large for 32 bits would come out negative, so that the high end is clamped before.
template <bool Saturates>
PARE_INLINE __m512i round_products(__m512i sums, const float* scales, __m512 high) {
    const __m512 products = _mm512_mul_ps(_mm512_cvtepi32_ps(sums), _mm512_loadu_ps(scales));
    return _mm512_cvtps_epi32(Saturates ? products : _mm512_min_ps(products, high));
}
/// The same as 16 bits with the zero point added, of two registers: lane by lane those of the first, then those of the second.
/// Saturation does what clamping at the low end would.
template <bool Saturates>
PARE_INLINE __m512i requantize_pair(__m512i a, __m512i b, const float* scales_a, const float* scales_b, __m512 high, __m512i zero_point) {
    const __m512i words = _mm512_packs_epi32(round_products<Saturates>(a, scales_a, high), round_products<Saturates>(b, scales_b, high));
    return _mm512_adds_epi16(words, zero_point);
}
/// Four registers of sums as bytes, one register after the other.
template <bool Saturates, class Out>
PARE_INLINE __m512i requantize_four(__m512i a, __m512i b, __m512i c, __m512i d, const float* scales_a, const float* scales_b,
                                    const float* scales_c, const float* scales_d, rounding::output_range r) {
    constexpr bool is_signed = std::same_as<Out, std::int8_t>;
    const __m512 high = _mm512_set1_ps(float(r.high - r.zero_point));
    const __m512i zero_point = _mm512_set1_epi16(short(r.zero_point));
    const __m512i first = requantize_pair<Saturates>(a, b, scales_a, scales_b, high, zero_point);
    const __m512i second = requantize_pair<Saturates>(c, d, scales_c, scales_d, high, zero_point);
    // Packing works within lanes of 128 bits; the permutation puts fours of outputs in order.
    const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
    const __m512i bytes =
        _mm512_maskz_permutexvar_epi32(0xffff, order, is_signed ? _mm512_packs_epi16(first, second) : _mm512_packus_epi16(first, second));
    if constexpr (Saturates) return bytes;
    const __m512i low = _mm512_set1_epi8(char(r.low));
    return is_signed ? _mm512_max_epi8(bytes, low) : _mm512_max_epu8(bytes, low);
}
/// Lane `I` of 128 bits.
template <int I>
PARE_INLINE void store_lane(void* p, __m512i v) {
    _mm_storeu_si128(static_cast<__m128i*>(p), _mm512_maskz_extracti32x4_epi32(0xf, v, I));
}
/// The first 16 * Width bytes of a register, Width 2 to 4.
template <std::size_t Width>
PARE_INLINE void store_first(void* p, __m512i v) {
    auto* const at = static_cast<std::byte*>(p);
    if constexpr (Width == 4) _mm512_storeu_si512(at, v);
    if constexpr (Width == 2 || Width == 3) _mm256_storeu_si256(reinterpret_cast<__m256i*>(at), _mm512_castsi512_si256(v));
    if constexpr (Width == 3) store_lane<2>(at + 32, v);
}
}  // namespace detail512

/// Registers of outputs by rounding::fp32: t = f32(sum) * scale, clamped, rounded half to even, plus the zero point. `Saturates` says that
/// products fit 32 bits and that the range is all of Out.
template <bool Saturates, std::size_t Width, detail512::integer_dot D, class Out>
    requires(Width <= 4 && (std::same_as<Out, std::int8_t> || std::same_as<Out, std::uint8_t>))
PARE_INLINE void store_requantized(Out* p, const __m512i (&sums)[Width], const float* scales, rounding::output_range r, D, avx512) {
    if constexpr (Width == 1) {
        // A register by itself is narrowed in one go; packing would do the work of two.
        constexpr bool is_signed = std::same_as<Out, std::int8_t>;
        const __m512i rounded = detail512::round_products<Saturates>(sums[0], scales, _mm512_set1_ps(float(r.high - r.zero_point)));
        const __m512i low = _mm512_set1_epi32(r.low - r.zero_point), zero_point = _mm512_set1_epi32(r.zero_point);
        const __m512i q = _mm512_add_epi32(Saturates && is_signed ? rounded : _mm512_max_epi32(rounded, low), zero_point);
        const __m128i bytes = is_signed ? _mm512_cvtsepi32_epi8(q) : _mm512_cvtusepi32_epi8(q);
        _mm_storeu_si128(reinterpret_cast<__m128i*>(p), bytes);
    } else {
        constexpr std::size_t third = Width > 2 ? 2 : 0, fourth = Width > 3 ? 3 : Width > 2 ? 2 : 1;
        detail512::store_first<Width>(
            p, detail512::requantize_four<Saturates, Out>(sums[0], sums[1], sums[third], sums[fourth], scales, scales + 16,
                                                          scales + 16 * third, scales + 16 * fourth, r));
    }
}

/// The same for 4 / Width rows of one or two registers, which fill a register of bytes together: 1.5 times as fast as one by one.
/// `Touching` rows lie one behind the other.
template <bool Saturates, bool Touching, std::size_t Width, detail512::integer_dot D, class Out>
    requires(Width <= 2 && (std::same_as<Out, std::int8_t> || std::same_as<Out, std::uint8_t>))
PARE_INLINE void store_requantized_rows(const std::array<Out*, 4 / Width>& rows, const __m512i (&sums)[4 / Width][Width],
                                        const float* scales, rounding::output_range r, D, avx512) {
    if constexpr (Width == 1) {
        const __m512i bytes =
            detail512::requantize_four<Saturates, Out>(sums[0][0], sums[1][0], sums[2][0], sums[3][0], scales, scales, scales, scales, r);
        if constexpr (Touching) return _mm512_storeu_si512(rows[0], bytes);
        _mm_storeu_si128(reinterpret_cast<__m128i*>(rows[0]), _mm512_castsi512_si128(bytes));
        detail512::store_lane<1>(rows[1], bytes);
        detail512::store_lane<2>(rows[2], bytes);
        detail512::store_lane<3>(rows[3], bytes);
    } else {
        const __m512i bytes = detail512::requantize_four<Saturates, Out>(sums[0][0], sums[0][1], sums[1][0], sums[1][1], scales,
                                                                         scales + 16, scales, scales + 16, r);
        if constexpr (Touching) return _mm512_storeu_si512(rows[0], bytes);
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(rows[0]), _mm512_castsi512_si256(bytes));
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(rows[1]), _mm512_maskz_extracti64x4_epi64(0xf, bytes, 1));
    }
}

namespace detail512 {
template <bool Saturates>
PARE_INLINE void store_register(std::int16_t* p, __m512i sums, const float* scales, rounding::output_range r) {
    const __m512i rounded = round_products<Saturates>(sums, scales, _mm512_set1_ps(float(r.high - r.zero_point)));
    const __m512i clamped = Saturates ? rounded : _mm512_max_epi32(rounded, _mm512_set1_epi32(r.low - r.zero_point));
    const __m512i q = _mm512_add_epi32(clamped, _mm512_set1_epi32(r.zero_point));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), _mm512_cvtsepi32_epi16(q));
}
PARE_INLINE void store_register(float* p, __m512 sums, float low, float high) {
    _mm512_storeu_ps(p, _mm512_min_ps(_mm512_max_ps(sums, _mm512_set1_ps(low)), _mm512_set1_ps(high)));
}
}  // namespace detail512

/// The same to 16 bits. Not a loop: it is part of one over rows.
template <bool Saturates, std::size_t Width, detail512::integer_dot D>
    requires(Width <= 4)
PARE_INLINE void store_requantized(std::int16_t* p, const __m512i (&sums)[Width], const float* scales, rounding::output_range r, D,
                                   avx512) {
    detail512::store_register<Saturates>(p, sums[0], scales, r);
    if constexpr (Width > 1) detail512::store_register<Saturates>(p + 16, sums[1], scales + 16, r);
    if constexpr (Width > 2) detail512::store_register<Saturates>(p + 32, sums[2], scales + 32, r);
    if constexpr (Width > 3) detail512::store_register<Saturates>(p + 48, sums[3], scales + 48, r);
}

/// Registers of float outputs, clamped to [low, high].
template <std::size_t Width>
    requires(Width <= 4)
PARE_INLINE void store_clamped(float* p, const __m512 (&sums)[Width], float low, float high, detail512::real, avx512) {
    detail512::store_register(p, sums[0], low, high);
    if constexpr (Width > 1) detail512::store_register(p + 16, sums[1], low, high);
    if constexpr (Width > 2) detail512::store_register(p + 32, sums[2], low, high);
    if constexpr (Width > 3) detail512::store_register(p + 48, sums[3], low, high);
}

namespace detail512 {
/// Bits [first, last) of those from `at` to `at` + 63.
PARE_INLINE __mmask64 bits_between(std::size_t first, std::size_t last, std::size_t at) {
    const auto below = [&](std::size_t end) {
        return end <= at ? 0 : end >= at + 64 ? ~std::uint64_t(0) : (std::uint64_t(1) << (end - at)) - 1;
    };
    return below(last) & ~below(first);
}
}  // namespace detail512

namespace detail512 {
/// `count` bytes with `Offset` added, in stores from which bytes can be loaded at once, as they cannot after stores under a mask:
/// registers, of which the last two may overlap.
template <int Offset, class From, class To>
PARE_INLINE void copy_bytes(To* to, const From* from, std::size_t count) {
    const auto copy = [&]<class Bytes>(std::size_t at, Bytes bytes) {
        std::memcpy(&bytes, from + at, sizeof bytes);
        if constexpr (Offset != 0) bytes ^= Bytes(0x8080808080808080u);
        std::memcpy(to + at, &bytes, sizeof bytes);
    };
    const __m512i flip = _mm512_set1_epi8(char(Offset == 0 ? 0 : -128));
    const auto copy64 = [&](std::size_t at) { _mm512_storeu_si512(to + at, _mm512_xor_si512(_mm512_loadu_si512(from + at), flip)); };
    const auto copy16 = [&](std::size_t at) {
        const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from + at));
        _mm_storeu_si128(reinterpret_cast<__m128i*>(to + at), _mm_xor_si128(bytes, _mm512_castsi512_si128(flip)));
    };
    if (count >= 64) {
        std::size_t at = 0;
        for (; at + 64 <= count; at += 64) copy64(at);
        if (at < count) copy64(count - 64);
    } else if (count >= 16) {
        for (std::size_t at = 0; at + 16 < count; at += 16) copy16(at);
        copy16(count - 16);
    } else if (count >= 8) {
        copy(0, std::uint64_t()), copy(count - 8, std::uint64_t());
    } else if (count >= 4) {
        copy(0, std::uint32_t()), copy(count - 4, std::uint32_t());
    } else {
        for (std::size_t at = 0; at < count; ++at) to[at] = To(from[at] + Offset);
    }
}
}  // namespace detail512

/// Words [0, total) of `to`: [before, before + count) are the bytes of `from`, the others `padding`.
template <int Offset, class From>
    requires(sizeof(From) == 1 && Offset == 0)
PARE_INLINE void copy_registers(std::int16_t* to, const From* from, std::size_t count, std::size_t before, std::size_t total,
                                std::int16_t padding, avx512) {
    const __m512i around = _mm512_set1_epi16(padding);
    for (std::size_t at = 0; at < total; at += 32) {
        const auto inside = __mmask32(detail512::bits_between(before, before + count, at));
        const __m256i bytes = _mm256_maskz_loadu_epi8(inside, from + std::ptrdiff_t(at) - std::ptrdiff_t(before));
        const __m512i words = std::same_as<From, std::int8_t> ? _mm512_mask_cvtepi8_epi16(around, inside, bytes)
                                                              : _mm512_mask_cvtepu8_epi16(around, inside, bytes);
        _mm512_mask_storeu_epi16(to + at, __mmask32(detail512::bits_between(0, total, at)), words);
    }
}

/// Bytes [0, total) of `to`: [before, before + count) are `from`, with 128 added where `Offset` says so, the others `padding`.
template <int Offset, class From, class To>
    requires(sizeof(From) == 1 && sizeof(To) == 1 && (Offset == 0 || Offset == 128))
PARE_INLINE void copy_registers(To* to, const From* from, std::size_t count, std::size_t before, std::size_t total, To padding, avx512) {
    if (count == total) return detail512::copy_bytes<Offset>(to, from, count);
    const __m512i flip = _mm512_set1_epi8(char(Offset == 0 ? 0 : -128)), around = _mm512_set1_epi8(char(padding ^ To(Offset)));
    for (std::size_t at = 0; at < total; at += 64) {
        if (before <= at && at + 64 <= before + count) {  // most registers of a long row need no masks
            _mm512_storeu_si512(to + at, _mm512_xor_si512(_mm512_loadu_si512(from + (at - before)), flip));
            continue;
        }
        const __mmask64 inside = detail512::bits_between(before, before + count, at);
        const __m512i bytes = _mm512_mask_loadu_epi8(around, inside, from + std::ptrdiff_t(at) - std::ptrdiff_t(before));
        _mm512_mask_storeu_epi8(to + at, detail512::bits_between(0, total, at), _mm512_xor_si512(bytes, flip));
    }
}

}  // namespace pare::inline v0::arch::inline PARE_ISA
#endif
