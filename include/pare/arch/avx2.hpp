// SPDX-License-Identifier: MIT
// Operations of avx2. What takes one serves avx_vnni as well.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <pare/arch/dot.hpp>
#include <pare/arch/load_few.hpp>
#include <pare/arch/tags.hpp>
#include <pare/core/config.hpp>
#include <pare/core/rounding.hpp>

#if !defined(PARE_SCALAR_ONLY) && defined(__AVX2__) && defined(__FMA__)
#include <pare/arch/intrinsics.hpp>

namespace pare::inline v0::arch::inline PARE_ISA {

namespace detail256 {
using s8 = dot<2, std::int16_t, std::int8_t, std::int32_t>;
using s16 = dot<2, std::int16_t, std::int16_t, std::int32_t>;
using gathered = dot<2, std::uint8_t, std::int8_t, std::int32_t>;
using real = dot<1, float, float, float>;

/// A dot product of integers.
template <class D>
concept integer_dot = std::same_as<typename D::sum, std::int32_t>;

/// One of bytes.
template <class D>
concept four_dot = integer_dot<D> && D::unit == 4;

alignas(32) inline constexpr std::array<std::uint16_t, 16> no_upper_bytes = [] {
    std::array<std::uint16_t, 16> a{};
    a.fill(0x8000);
    return a;
}();

PARE_INLINE __m256i load(const void* p) { return _mm256_loadu_si256(static_cast<const __m256i*>(p)); }
PARE_INLINE void store(void* p, __m256i v) { _mm256_storeu_si256(static_cast<__m256i*>(p), v); }
}  // namespace detail256

/// @{
/// The operation of this name that portable.hpp specifies, by AVX2 instructions.
template <detail256::integer_dot D>
PARE_INLINE __m256i zero_sums(D, avx2) {
    return _mm256_setzero_si256();
}
PARE_INLINE __m256 zero_sums(detail256::real, avx2) { return _mm256_setzero_ps(); }

template <detail256::integer_dot D>
PARE_INLINE __m256i load_sums(const std::int32_t* p, D, avx2) {
    return detail256::load(p);
}
PARE_INLINE __m256 load_sums(const float* p, detail256::real, avx2) { return _mm256_loadu_ps(p); }

template <detail256::integer_dot D>
PARE_INLINE void store_sums(std::int32_t* p, __m256i sums, D, avx2) {
    detail256::store(p, sums);
}
PARE_INLINE void store_sums(float* p, __m256 sums, detail256::real, avx2) { _mm256_storeu_ps(p, sums); }

PARE_INLINE __m256i load_rhs(const std::int8_t* p, detail256::s8, avx2) {
    return _mm256_cvtepi8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
}
PARE_INLINE __m256i load_rhs(const std::int8_t* p, detail256::gathered, avx2) { return load_rhs(p, detail256::s8{}, avx2{}); }
template <detail256::four_dot D>
PARE_INLINE __m256i load_rhs(const std::int8_t* p, D, avx2) {
    return detail256::load(p);
}
PARE_INLINE __m256i load_rhs(const std::int16_t* p, detail256::s16, avx2) { return detail256::load(p); }
PARE_INLINE __m256 load_rhs(const float* p, detail256::real, avx2) { return _mm256_loadu_ps(p); }

template <detail256::four_dot D>
PARE_INLINE __m256i broadcast_lhs(const std::uint8_t* p, D, avx2) {
    return _mm256_set1_epi32(load_four(p));
}
template <detail256::integer_dot D>
PARE_INLINE __m256i broadcast_lhs(const std::int16_t* p, D, avx2) {
    return _mm256_set1_epi32(load_four(p));
}
PARE_INLINE __m256 broadcast_lhs(const float* p, detail256::real, avx2) { return _mm256_broadcast_ss(p); }

template <detail256::four_dot D>
PARE_INLINE __m256i broadcast_lhs_tail(const std::uint8_t* p, std::size_t count, D, avx2) {
    return _mm256_set1_epi32(load_few(p, count));
}
template <detail256::integer_dot D>
PARE_INLINE __m256i broadcast_lhs_tail(const std::int16_t* p, std::size_t, D, avx2) {
    return _mm256_set1_epi32(std::int32_t(*p) & 0xffff);
}
PARE_INLINE __m256 broadcast_lhs_tail(const float*, std::size_t, detail256::real, avx2) { return _mm256_setzero_ps(); }

/// As an asm statement the addition leaves sums where they are; as an intrinsic it makes g++ 12 keep each twice, and some in memory: a
/// product of 128 x 64 took 1.5 times as long.
template <detail256::integer_dot D>
    requires(D::unit == 2)
PARE_INLINE void multiply_add(__m256i& sums, __m256i lhs, __m256i rhs, D, avx2) {
    const __m256i products = _mm256_madd_epi16(lhs, rhs);
    asm("vpaddd %1, %0, %0" : "+x"(sums) : "x"(products));
}
/// The ones stay in a register, for which a tile has a row less: read where they lie they took an eighth longer.
PARE_INLINE void multiply_add(__m256i& sums, __m256i lhs, __m256i rhs, narrow_dot, avx2) {
    __m256i products = _mm256_maddubs_epi16(lhs, rhs);
    asm("vpmaddwd %2, %1, %1\n\tvpaddd %1, %0, %0" : "+x"(sums), "+x"(products) : "x"(_mm256_set1_epi16(1)));
}
PARE_INLINE void multiply_add(__m256& sums, __m256 lhs, __m256 rhs, detail256::real, avx2) { sums = _mm256_fmadd_ps(lhs, rhs, sums); }

template <detail256::integer_dot D>
PARE_INLINE void add_sums(__m256i& totals, __m256i sums, D, avx2) {
    totals = _mm256_add_epi32(totals, sums);
}
PARE_INLINE void add_sums(__m256& totals, __m256 sums, detail256::real, avx2) { totals = _mm256_add_ps(totals, sums); }

template <detail256::integer_dot D>
PARE_INLINE __m256i max_sums(__m256i a, __m256i b, D, avx2) {
    return _mm256_max_epi32(a, b);
}

template <detail256::integer_dot D>
PARE_INLINE void add_scaled(__m256i& totals, __m256i sums, const std::uint8_t* factors, D, avx2) {
    const __m256i wide = _mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(factors)));
    totals = _mm256_add_epi32(totals, _mm256_mullo_epi32(sums, wide));
}
/// @}

/// Bytes of two rows as pairs, one of each row in a lane; reads 8 of each.
template <byte_operand T>
PARE_INLINE __m256i load_pairs(const T* a, const T* b, detail256::s8, avx2) {
    const __m128i bytes =
        _mm_unpacklo_epi8(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(a)), _mm_loadl_epi64(reinterpret_cast<const __m128i*>(b)));
    if constexpr (std::same_as<T, std::int8_t>) return _mm256_cvtepi8_epi16(bytes);
    else return _mm256_cvtepu8_epi16(bytes);
}

/// The places of a step among 16 activations, as vpshufb takes them: each activation becomes a word, whose upper byte is none. The mask is
/// read where it lies: a full tile leaves no register for it.
PARE_INLINE __m256i load_places(const std::byte* p, detail256::gathered, avx2) {
    __m256i places = _mm256_cvtepu8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
    asm("vpor %1, %0, %0" : "+x"(places) : "m"(detail256::no_upper_bytes));
    return places;
}
/// The same where activations stay bytes.
template <detail256::four_dot D>
PARE_INLINE __m256i load_places(const std::byte* p, D, avx2) {
    return detail256::load(p);
}
/// Activations of each lane, p[place] for each of its places; reads 16 bytes.
template <detail256::integer_dot D>
    requires(gather_window_of<avx2, D> == 16)
PARE_INLINE __m256i gather_lhs(const std::uint8_t* p, __m256i places, D, avx2) {
    return _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p))), places);
}

/// Sum n becomes the one at order[n], of two registers.
template <detail256::integer_dot D>
PARE_INLINE void arrange_registers(__m256i (&sums)[2], const std::byte* order, D, avx2) {
    const __m256i a = sums[0], b = sums[1];
    const __m256i first = _mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(order)));
    const __m256i second = _mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(order + 8)));
    const auto pick = [&](__m256i from) {
        // Bit 3 says of which register: as the sign that a blend goes by.
        return _mm256_castps_si256(_mm256_blendv_ps(_mm256_castsi256_ps(_mm256_permutevar8x32_epi32(a, from)),
                                                    _mm256_castsi256_ps(_mm256_permutevar8x32_epi32(b, from)),
                                                    _mm256_castsi256_ps(_mm256_slli_epi32(from, 28))));
    };
    sums[0] = pick(first), sums[1] = pick(second);
}

/// Words [0, total) of `to`: [before, before + count) are the bytes of `from`, the others `padding`.
template <int Offset, class From>
    requires(sizeof(From) == 1 && Offset == 0)
PARE_INLINE void copy_registers(std::int16_t* to, const From* from, std::size_t count, std::size_t before, std::size_t total,
                                std::int16_t padding, avx2) {
    for (std::size_t i = 0; i < before; ++i) to[i] = padding;
    for (std::size_t i = before + count; i < total; ++i) to[i] = padding;
    for (to += before; count >= 16; count -= 16, from += 16, to += 16) {
        const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
        if constexpr (std::same_as<From, std::int8_t>) detail256::store(to, _mm256_cvtepi8_epi16(bytes));
        else detail256::store(to, _mm256_cvtepu8_epi16(bytes));
    }
    for (std::size_t i = 0; i < count; ++i) to[i] = from[i];
}

/// Bytes [0, total) of `to`: [before, before + count) are those of `from`, with 128 added where `Offset` says so, the others `padding`.
template <int Offset, class From, class To>
    requires(sizeof(From) == 1 && sizeof(To) == 1 && (Offset == 0 || Offset == 128))
PARE_INLINE void copy_registers(To* to, const From* from, std::size_t count, std::size_t before, std::size_t total, To padding, avx2) {
    for (std::size_t i = 0; i < before; ++i) to[i] = padding;
    for (std::size_t i = before + count; i < total; ++i) to[i] = padding;
    const __m256i flip = _mm256_set1_epi8(char(Offset == 0 ? 0 : -128));
    for (to += before; count >= 32; count -= 32, from += 32, to += 32) detail256::store(to, _mm256_xor_si256(detail256::load(from), flip));
    for (std::size_t i = 0; i < count; ++i) to[i] = To(from[i] + Offset);
}

/// A 16-entry table for lookup16_u4_s8.
PARE_INLINE __m128i load_table16(const std::int8_t* table, avx2) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(table)); }

/// Operand i is table[(byte i of p >> Shift) & 15], Shift 0 or 4, widened to 16 bits.
template <int Shift>
PARE_INLINE __m256i lookup16_u4_s8(const std::byte* p, __m128i table, detail256::s8, avx2) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
    const __m128i codes = Shift == 0 ? bytes : _mm_srli_epi16(bytes, Shift);
    return _mm256_cvtepi8_epi16(_mm_shuffle_epi8(table, _mm_and_si128(codes, _mm_set1_epi8(15))));
}

/// The same, not widened.
template <int Shift, detail256::four_dot D>
PARE_INLINE __m256i lookup16_u4_s8(const std::byte* p, __m128i table, D, avx2) {
    const __m256i bytes = detail256::load(p);
    const __m256i codes = Shift == 0 ? bytes : _mm256_srli_epi16(bytes, Shift);
    return _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(table), _mm256_and_si256(codes, _mm256_set1_epi8(15)));
}

namespace detail256 {
/// Eight values as Out, saturated.
template <class Out>
PARE_INLINE void store_narrow(Out* p, __m256i q) {
    const __m128i words = _mm_packs_epi32(_mm256_castsi256_si128(q), _mm256_extracti128_si256(q, 1));
    auto* const to = reinterpret_cast<__m128i*>(p);
    if constexpr (std::same_as<Out, std::int8_t>) _mm_storel_epi64(to, _mm_packs_epi16(words, words));
    else if constexpr (std::same_as<Out, std::uint8_t>) _mm_storel_epi64(to, _mm_packus_epi16(words, words));
    else _mm_storeu_si128(to, words);
}
template <bool Saturates, class Out>
PARE_INLINE void store_register(Out* p, __m256i sums, const float* scales, rounding::output_range r) {
    const __m256 low = _mm256_set1_ps(float(r.low - r.zero_point)), high = _mm256_set1_ps(float(r.high - r.zero_point));
    const __m256 product = _mm256_mul_ps(_mm256_cvtepi32_ps(sums), _mm256_loadu_ps(scales));
    const __m256i rounded = _mm256_cvtps_epi32(Saturates ? product : _mm256_min_ps(_mm256_max_ps(product, low), high));
    store_narrow(p, _mm256_add_epi32(rounded, _mm256_set1_epi32(r.zero_point)));
}
PARE_INLINE void store_register(float* p, __m256 sums, float low, float high) {
    _mm256_storeu_ps(p, _mm256_min_ps(_mm256_max_ps(sums, _mm256_set1_ps(low)), _mm256_set1_ps(high)));
}
}  // namespace detail256

/// Registers of outputs by rounding::fp32: t = f32(sum) * scale, clamped, rounded half to even, plus the zero point. `Saturates` says that
/// products fit 32 bits and that the range is all of Out. Not a loop: it is part of one over rows.
template <bool Saturates, std::size_t Width, detail256::integer_dot D, class Out>
    requires(Width <= 2 && (std::same_as<Out, std::int8_t> || std::same_as<Out, std::uint8_t> || std::same_as<Out, std::int16_t>))
PARE_INLINE void store_requantized(Out* p, const __m256i (&sums)[Width], const float* scales, rounding::output_range r, D, avx2) {
    detail256::store_register<Saturates>(p, sums[0], scales, r);
    if constexpr (Width > 1) detail256::store_register<Saturates>(p + 8, sums[1], scales + 8, r);
}

/// The same for four rows of a register, which fill one of bytes together. A product too large for 32 bits would come out negative, so that
/// the high end is clamped before; saturation does what clamping at the low end would. Rows that are `Touching` are stored like others.
template <bool Saturates, bool Touching, detail256::integer_dot D, class Out>
    requires(std::same_as<Out, std::int8_t> || std::same_as<Out, std::uint8_t>)
PARE_INLINE void store_requantized_rows(const std::array<Out*, 4>& rows, const __m256i (&sums)[4][1], const float* scales,
                                        rounding::output_range r, D, avx2) {
    constexpr bool is_signed = std::same_as<Out, std::int8_t>;
    const __m256 high = _mm256_set1_ps(float(r.high - r.zero_point)), factors = _mm256_loadu_ps(scales);
    __m256i values[4];
    PARE_UNROLL for (std::size_t i = 0; i < 4; ++i) {
        const __m256 product = _mm256_mul_ps(_mm256_cvtepi32_ps(sums[i][0]), factors);
        values[i] = _mm256_cvtps_epi32(Saturates ? product : _mm256_min_ps(product, high));
    }
    const __m256i zero_point = _mm256_set1_epi16(short(r.zero_point)), low = _mm256_set1_epi8(char(r.low));
    const __m256i a = _mm256_adds_epi16(_mm256_packs_epi32(values[0], values[1]), zero_point);
    const __m256i b = _mm256_adds_epi16(_mm256_packs_epi32(values[2], values[3]), zero_point);
    __m256i bytes = is_signed ? _mm256_packs_epi16(a, b) : _mm256_packus_epi16(a, b);
    if constexpr (!Saturates) bytes = is_signed ? _mm256_max_epi8(bytes, low) : _mm256_max_epu8(bytes, low);
    // Packing works within lanes of 128 bits: four outputs of each row lie in the first, four in the second.
    const __m128i first = _mm256_castsi256_si128(bytes), second = _mm256_extracti128_si256(bytes, 1);
    const auto put = [](Out* even, Out* odd, __m128i two) PARE_INLINE_CLOSURE {
        _mm_storel_epi64(reinterpret_cast<__m128i*>(even), two);
        _mm_storeh_pi(reinterpret_cast<__m64*>(odd), _mm_castsi128_ps(two));  // of a double g++ wants the address to be aligned
    };
    put(rows[0], rows[1], _mm_unpacklo_epi32(first, second));
    put(rows[2], rows[3], _mm_unpackhi_epi32(first, second));
}

/// Registers of float outputs, clamped to [low, high].
template <std::size_t Width>
    requires(Width <= 2)
PARE_INLINE void store_clamped(float* p, const __m256 (&sums)[Width], float low, float high, detail256::real, avx2) {
    detail256::store_register(p, sums[0], low, high);
    if constexpr (Width > 1) detail256::store_register(p + 8, sums[1], low, high);
}

}  // namespace pare::inline v0::arch::inline PARE_ISA
#endif
