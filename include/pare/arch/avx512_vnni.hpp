// SPDX-License-Identifier: MIT
// Operations of avx512_vnni that avx512 has not.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include <pare/arch/avx512.hpp>
#include <pare/arch/avx512_fixed_point.hpp>
#include <pare/arch/dot.hpp>
#include <pare/arch/load_few.hpp>
#include <pare/arch/tags.hpp>
#include <pare/core/config.hpp>
#include <pare/core/rounding.hpp>

#if !defined(PARE_SCALAR_ONLY) && defined(__AVX512VNNI__) && defined(__AVX512BW__) && defined(__AVX512VL__) && defined(__AVX512DQ__)
#include <pare/arch/intrinsics.hpp>

namespace pare::inline v0::arch::inline PARE_ISA {

/// @{
/// The operation of this name that portable.hpp specifies. vpdpbusd wants unsigned activations: s8 ones are flipped to x + 128, which pack
/// folds into the bias.
template <detail512::four_dot D>
    requires(!summing_step<D>)
PARE_INLINE __m512i broadcast_lhs(const std::int8_t* p, D, avx512_vnni) {
    return _mm512_xor_si512(_mm512_set1_epi32(load_four(p)), _mm512_set1_epi8(char(-128)));
}
template <detail512::four_dot D>
    requires(!summing_step<D>)
PARE_INLINE __m512i broadcast_lhs_tail(const std::int8_t* p, std::size_t count, D, avx512_vnni) {
    return _mm512_set1_epi32(load_few_flipped(p, count));
}

/// The intrinsic makes g++ 12 spill every accumulator of a tile; as an asm statement it does not. clang does not know what a statement
/// makes of its operands and loads them as floats, for which Zen 4 takes 1.07 times as long (3136 x 64 x 27);
/// an empty one keeps its products in order, without which clang 19 spills one of 28 sums at -O3.
template <class Lhs>
PARE_INLINE void multiply_add(__m512i& sums, __m512i lhs, __m512i rhs, dot<4, Lhs, std::int8_t, std::int32_t>, avx512_vnni) {
#if defined(__clang__)
    sums = _mm512_dpbusd_epi32(sums, lhs, rhs);
    asm("" : "+v"(sums));
#else
    asm("vpdpbusd %2, %1, %0" : "+v"(sums) : "v"(lhs), "v"(rhs));
#endif
}
PARE_INLINE void multiply_add(__m512i& sums, __m512i lhs, __m512i rhs, detail512::s16, avx512_vnni) {
#if defined(__clang__)
    sums = _mm512_dpwssd_epi32(sums, lhs, rhs);
#else
    asm("vpdpwssd %2, %1, %0" : "+v"(sums) : "v"(lhs), "v"(rhs));
#endif
}
/// @}

/// The same with a register of weights that lies at `rhs` and is needed once: load and product are one instruction. A load of its own takes
/// one more register of the core for each 64 bytes that are under way, and 1 x 4096 x 4096 1.2 times as long (Zen 4). Without the empty
/// statement g++ 12 copies sums at each step, and it keeps them in memory for a statement that has an operand there.
template <class Lhs>
PARE_INLINE void multiply_add_loaded(__m512i& sums, __m512i lhs, const std::int8_t* rhs, dot<4, Lhs, std::int8_t, std::int32_t>,
                                     avx512_vnni) {
    sums = _mm512_dpbusd_epi32(sums, lhs, _mm512_loadu_si512(rhs));
    asm("" : "+v"(sums));
}

/// @{
/// Activations of four steps, and those of one of them for every lane, for a row alone. Zen 4 loads one register in a cycle, so that one
/// for each step holds weights up: 1 x 16 x 16 took 1.15 times as long, 1 x 64 x 64 and 1 x 100 x 300 1.09. Intel loads two.
template <byte_operand Lhs, detail512::four_dot D>
    requires(!summing_step<D>)
PARE_INLINE __m512i broadcast_four_steps(const Lhs* p, D, zen4) {
    const __m512i steps = _mm512_maskz_broadcast_i32x4(0xffff, _mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
    if constexpr (std::same_as<Lhs, std::int8_t>) return _mm512_xor_si512(steps, _mm512_set1_epi8(char(-128)));
    else return steps;
}
template <int Step, detail512::four_dot D>
PARE_INLINE __m512i lhs_of_step(__m512i steps, D, zen4) {
    return _mm512_maskz_shuffle_epi32(0xffff, steps, _MM_PERM_ENUM(Step * 0x55));
}
/// @}

/// Of bytes of codes the ones of `Bits` bits at `Place` where they lie: the last as it is, `1 << Bits * Place` times as large; of the
/// others `1 << (Bits - 1)` more, which their bits are already, or become if they are `Flipped`.
template <int Place, int Bits, bool Flipped, class Lhs>
PARE_INLINE __m512i code_in_place(__m512i bytes, dot<4, Lhs, std::int8_t, std::int32_t>, avx512_vnni) {
    constexpr int first = Place * Bits;
    const __m512i mask = _mm512_set1_epi8(char(((1 << Bits) - 1) << first));
    if constexpr (!Flipped || first + Bits == 8) return _mm512_and_si512(bytes, mask);
    // 0x6a for (a, b, c) is (a and b) xor c.
    else return _mm512_ternarylogic_epi32(bytes, mask, _mm512_set1_epi8(char(1 << (first + Bits - 1))), 0x6a);
}
/// Adds sums of codes that are `1 << Shift` times as large.
template <int Shift, class Lhs>
PARE_INLINE void add_shifted(__m512i& sums, __m512i shifted, dot<4, Lhs, std::int8_t, std::int32_t>, avx512_vnni) {
    sums = _mm512_add_epi32(sums, _mm512_maskz_srai_epi32(0xffff, shifted, Shift));
}
/// What the activations add up to that codes meet which are not the last of their bytes: of `turns` times `Codes` fours all but the last.
template <int Codes>
PARE_INLINE std::int32_t sum_but_last(const std::uint8_t* p, std::size_t turns, dot<4, std::uint8_t, std::int8_t, std::int32_t>,
                                      avx512_vnni) {
    static_assert(Codes == 2 || Codes == 4);
    const __m512i counted = Codes == 2 ? _mm512_set1_epi64(0x01010101) : _mm512_set4_epi32(0, 0x01010101, 0x01010101, 0x01010101);
    constexpr std::size_t fours = 16 / Codes;  // turns that a register has activations of
    __m512i sums = _mm512_setzero_si512();
    for (std::size_t i = 0; i < turns; i += fours) {
        const std::uint64_t lanes = detail512::bits_between(0, turns * Codes, i * Codes);
        sums = _mm512_dpbusd_epi32(sums, _mm512_maskz_loadu_epi32(__mmask16(lanes), p + 4 * Codes * i), counted);
    }
    return _mm512_reduce_add_epi32(sums);
}

namespace detail512 {
/// 64 bytes that are needed more than once. Without the empty statement g++ 12 loads them each time, and Zen 4 loads one register in a
/// cycle.
PARE_INLINE __m512i load_once(const std::byte* p) {
    __m512i bytes = _mm512_loadu_si512(p);
    asm("" : "+v"(bytes));
    return bytes;
}
}  // namespace detail512

/// A register of operands that several rows need.
template <detail512::four_dot D>
PARE_INLINE __m512i load_rhs_once(const std::byte* p, D, avx512_vnni) {
    return detail512::load_once(p);
}
/// The places of a step among 64 activations.
template <detail512::four_dot D>
PARE_INLINE __m512i load_places(const std::byte* p, D, avx512_vnni) {
    return detail512::load_once(p);
}
/// Bytes of two codes of four bits, each of another step.
template <detail512::four_dot D>
PARE_INLINE __m512i load_nibbles(const std::byte* p, D, avx512_vnni) {
    return detail512::load_once(p);
}

namespace detail512 {
/// Byte i is the one of `bytes` that the lower six bits of byte i of `places` say.
PARE_INLINE __m512i pick_bytes(__m512i places, __m512i bytes) {
#if defined(__AVX512VBMI__)
    return _mm512_permutexvar_epi8(places, bytes);
#else
    // By words: that of each even place, that of each odd one, and the half of it that is meant. What follows from places is found once for
    // all rows.
    const __m512i one = _mm512_set1_epi16(1);
    const __m512i even = _mm512_and_si512(places, _mm512_set1_epi16(63)), odd = _mm512_maskz_srli_epi16(~__mmask32(0), places, 8);
    const __m512i low =
        _mm512_srlv_epi16(_mm512_permutexvar_epi16(_mm512_srli_epi16(even, 1), bytes), _mm512_slli_epi16(_mm512_and_si512(even, one), 3));
    const __m512i high =
        _mm512_sllv_epi16(_mm512_permutexvar_epi16(_mm512_srli_epi16(odd, 1), bytes), _mm512_slli_epi16(_mm512_andnot_si512(odd, one), 3));
    return _mm512_mask_blend_epi8(0xaaaaaaaaaaaaaaaa, low, high);
#endif
}
/// Bytes of which the lower nibbles are the lower or the upper ones of these.
template <int Half>
PARE_INLINE __m512i nibbles_of(__m512i bytes) {
    return Half == 0 ? bytes : _mm512_maskz_srli_epi16(~__mmask32(0), bytes, 4);
}
}  // namespace detail512

/// Activations of each lane, p[place] for each of its places, of which the upper two bits do not matter; reads 64 bytes.
template <detail512::four_dot D>
    requires(gather_window_of<avx512_vnni, D> == 64)
PARE_INLINE __m512i gather_lhs(const std::uint8_t* p, __m512i places, D, avx512_vnni) {
    return detail512::pick_bytes(places, _mm512_loadu_si512(p));
}

/// The same for places among 128, of which the upper bit does not matter; reads 128 bytes.
template <detail512::four_dot D>
    requires(wide_gather_window_of<avx512_vnni, D> == 128)
PARE_INLINE __m512i gather_wide_lhs(const std::uint8_t* p, __m512i places, D, avx512_vnni) {
    const __m512i low = _mm512_loadu_si512(p), high = _mm512_loadu_si512(p + 64);
#if defined(__AVX512VBMI__)
    return _mm512_permutex2var_epi8(low, places, high);
#else
    return _mm512_mask_blend_epi8(_mm512_movepi8_mask(_mm512_slli_epi16(places, 1)), detail512::pick_bytes(places, low),
                                  detail512::pick_bytes(places, high));
#endif
}

/// A table of 64 bytes for lookup_places.
PARE_INLINE __m512i load_table64(const std::int8_t* table, avx512_vnni) { return _mm512_loadu_si512(table); }

/// Operands by codes of six bits: the upper two of byte i of `places`, and of byte i of `bytes` the lower nibble or the upper one.
template <int Half, detail512::four_dot D>
PARE_INLINE __m512i lookup_places(__m512i bytes, __m512i places, __m512i table, D, avx512_vnni) {
    // Where the mask has a bit that of the nibble, elsewhere that of the place: 0xd8 for (a, b, c) is c ? b : a.
    return detail512::pick_bytes(_mm512_ternarylogic_epi32(_mm512_maskz_srli_epi16(~__mmask32(0), places, 2),
                                                           detail512::nibbles_of<Half>(bytes), _mm512_set1_epi8(15), 0xd8),
                                 table);
}
#if defined(__AVX512VBMI__)
namespace detail512 {
/// The two halves of a table of 32 bytes, each over and over.
struct table32 {
    __m512i lower, upper;
};
}  // namespace detail512

/// A table of 32 bytes for lookup_places.
PARE_INLINE detail512::table32 load_table32(const std::int8_t* table, zen4 a) {
    return {load_table16(table, a), load_table16(table + 16, a)};
}

/// The same by codes of five bits, without a shift of places: one of the two units in which Zen 4 permutes is one of those in which it
/// shifts. Intel takes three instructions to look up in two registers.
template <int Half, detail512::four_dot D>
PARE_INLINE __m512i lookup_places(__m512i bytes, __m512i places, const detail512::table32& table, D, zen4) {
    return _mm512_permutex2var_epi8(
        table.lower, _mm512_ternarylogic_epi32(places, detail512::nibbles_of<Half>(bytes), _mm512_set1_epi8(15), 0xd8), table.upper);
}
#endif

/// Activations [0, Span) of those at p, 8 or 16, over and over.
template <std::size_t Span, detail512::four_dot D>
    requires(picks_from_spans<avx512_vnni, D> && (Span == 8 || Span == 16))
PARE_INLINE __m512i broadcast_span(const std::uint8_t* p, D, avx512_vnni) {
    if constexpr (Span == 8) {
        std::int64_t bytes;
        std::memcpy(&bytes, p, sizeof bytes);
        return _mm512_set1_epi64(bytes);
    } else {
        return _mm512_maskz_broadcast_i32x4(0xffff, _mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
    }
}

/// Places in a span, of a byte each: `Bits` bits of byte i at p from bit `Shift` on, or bases[i % 4].
template <std::size_t Shift, std::size_t Bits, detail512::four_dot D>
    requires(picks_from_spans<avx512_vnni, D> && Shift + Bits <= 8)
PARE_INLINE __m512i load_group_places(const std::byte* p, const std::array<std::uint8_t, 4>& bases, D, avx512_vnni) {
    const __m512i bytes = _mm512_loadu_si512(p), field = Shift == 0 ? bytes : _mm512_maskz_srli_epi16(~__mmask32(0), bytes, int(Shift));
    // 0xea for (a, b, c) is (a and b) or c.
    return _mm512_ternarylogic_epi32(field, _mm512_set1_epi8((1 << Bits) - 1), _mm512_set1_epi32(std::bit_cast<int>(bases)), 0xea);
}
/// Places in a span by codes of places: what `order` says by the lower six bits of each byte at p, or of each as words are shifted to the
/// upper nibble of their first byte.
template <int Half, detail512::four_dot D>
PARE_INLINE __m512i load_coded_places(const std::byte* p, const std::array<std::uint8_t, 64>& order, D, zen4) {
    return detail512::pick_bytes(detail512::nibbles_of<Half>(_mm512_loadu_si512(p)), _mm512_loadu_si512(order.data()));
}
/// Byte i is the activation that places[i] says.
template <detail512::four_dot D>
    requires(picks_from_spans<avx512_vnni, D>)
PARE_INLINE __m512i pick_from_span(__m512i span, __m512i places, D, avx512_vnni) {
    return _mm512_shuffle_epi8(span, places);
}
#if defined(__AVX512VBMI__)
/// @{
/// For a row alone: activations of a span, ordered so that byte i of the table is the one that `order` says, and of those the one that the
/// lower six bits of each byte of `index` say; these are nibble `Half` of `places`, and above it two bits of the byte's number.
template <std::size_t Span, detail512::four_dot D>
    requires(picks_from_spans<avx512_vnni, D>)
PARE_INLINE __m512i table_of_span(__m512i span, const std::array<std::uint8_t, 64>& order, D, avx512_vnni) {
    return _mm512_shuffle_epi8(span, _mm512_loadu_si512(order.data()));
}
/// Of eight activations by shifts: Zen 4 does them where it multiplies, and all else of a step where it shuffles. 1 x 4096 x 4096 of 2:4
/// with a codebook of 16 values took 94 us, and takes 91.
template <std::size_t Span, detail512::four_dot D>
    requires(Span == 8)
PARE_INLINE __m512i table_of_span(__m512i span, const std::array<std::uint8_t, 64>& order, D, zen4) {
    const __m512i bits = _mm512_slli_epi16(_mm512_loadu_si512(order.data()), 3);  // no order is over 7
    return _mm512_multishift_epi64_epi8(bits, span);
}
template <int Half, detail512::four_dot D>
    requires(picks_from_spans<avx512_vnni, D>)
PARE_INLINE __m512i index_of_places(__m512i places, const std::array<std::uint8_t, 4>& numbers, D, avx512_vnni) {
    // 0xea for (a, b, c) is (a and b) or c.
    return _mm512_ternarylogic_epi32(detail512::nibbles_of<Half>(places), _mm512_set1_epi8(15),
                                     _mm512_set1_epi32(std::bit_cast<int>(numbers) << 4), 0xea);
}
/// The same of codes of places, which say all of it.
template <int Half, detail512::four_dot D>
PARE_INLINE __m512i index_of_codes(__m512i places, D, zen4) {
    return detail512::nibbles_of<Half>(places);
}
template <detail512::four_dot D>
    requires(picks_from_spans<avx512_vnni, D>)
PARE_INLINE __m512i pick_from_table(__m512i table, __m512i index, D, avx512_vnni) {
    return _mm512_permutexvar_epi8(index, table);
}
/// @}
#endif

/// 64 bytes where `mask` has a bit for them, `fill` elsewhere, with the sign bit flipped where the dot product wants that.
template <detail512::four_dot D>
PARE_INLINE __m512i load_masked(const typename D::lhs* p, std::uint64_t mask, __m512i fill, D, avx512_vnni) {
    const __m512i bytes = _mm512_mask_loadu_epi8(fill, mask, p);
    if constexpr (std::same_as<typename D::lhs, std::int8_t>) return _mm512_xor_si512(bytes, _mm512_set1_epi8(char(-128)));
    else return bytes;
}
/// A byte, 64 times.
PARE_INLINE __m512i broadcast_byte(int value, avx512_vnni) { return _mm512_set1_epi8(char(value)); }

/// Four rows of bytes side by side: 32-bit element 4 L + i of out[j] holds byte 16 L + 4 j + i of each row.
PARE_INLINE void interleave4(const __m512i (&rows)[4], __m512i (&out)[4], avx512_vnni) {
    const __m512i low01 = _mm512_unpacklo_epi8(rows[0], rows[1]), high01 = _mm512_unpackhi_epi8(rows[0], rows[1]);
    const __m512i low23 = _mm512_unpacklo_epi8(rows[2], rows[3]), high23 = _mm512_unpackhi_epi8(rows[2], rows[3]);
    out[0] = _mm512_unpacklo_epi16(low01, low23);
    out[1] = _mm512_unpackhi_epi16(low01, low23);
    out[2] = _mm512_unpacklo_epi16(high01, high23);
    out[3] = _mm512_unpackhi_epi16(high01, high23);
}

/// The second half of `a`, then the first half of `b`.
PARE_INLINE __m512i join_halves(__m512i a, __m512i b, avx512_vnni) { return _mm512_maskz_shuffle_i64x2(0xff, a, b, 0x4e); }

namespace detail512 {
template <bool Saturates, class Out>
PARE_INLINE void store_interleaved_bytes(Out* p, std::uint64_t mask, const __m512i (&sums)[4], const float* scales,
                                         rounding::output_range r) {
    const __m512 high = _mm512_set1_ps(float(r.high - r.zero_point));
    const __m512i zero_point = _mm512_set1_epi16(short(r.zero_point)), low = _mm512_set1_epi8(char(r.low));
    const __m512i a = requantize_pair<Saturates>(sums[0], sums[1], scales, scales + 16, high, zero_point);
    const __m512i b = requantize_pair<Saturates>(sums[2], sums[3], scales + 32, scales + 48, high, zero_point);
    if constexpr (std::same_as<Out, std::int8_t>) {
        const __m512i bytes = _mm512_packs_epi16(a, b);
        _mm512_mask_storeu_epi8(p, mask, Saturates ? bytes : _mm512_max_epi8(bytes, low));
    } else {
        const __m512i bytes = _mm512_packus_epi16(a, b);
        _mm512_mask_storeu_epi8(p, mask, Saturates ? bytes : _mm512_max_epu8(bytes, low));
    }
}
}  // namespace detail512

/// Outputs of sums in the order that interleave4 leaves; `scales` are in that order too. Only bytes of `mask` are written.
template <class Out>
    requires(std::same_as<Out, std::int8_t> || std::same_as<Out, std::uint8_t>)
PARE_INLINE void store_interleaved(Out* p, std::uint64_t mask, const __m512i (&sums)[4], const float* scales, rounding::output_range r,
                                   rounding::fp32, avx512_vnni) {
    detail512::store_interleaved_bytes<false>(p, mask, sums, scales, r);
}
/// The same where products fit 32 bits and the range is all of Out: narrowing clamps.
template <class Out>
    requires(std::same_as<Out, std::int8_t> || std::same_as<Out, std::uint8_t>)
PARE_INLINE void store_interleaved_saturating(Out* p, std::uint64_t mask, const __m512i (&sums)[4], const float* scales,
                                              rounding::output_range r, avx512_vnni) {
    detail512::store_interleaved_bytes<true>(p, mask, sums, scales, r);
}

/// The same by rounding::single or rounding::gemmlowp. All values are in the range of Out before they are packed.
template <class Out, class Rounding>
    requires(std::same_as<Out, std::int8_t> || std::same_as<Out, std::uint8_t>)
PARE_INLINE void store_interleaved(Out* p, std::uint64_t mask, const __m512i (&sums)[4], const multiplier* scales, rounding::output_range r,
                                   Rounding rounding, avx512_vnni) {
    const __m512i low = _mm512_set1_epi32(r.low - r.zero_point), high = _mm512_set1_epi32(r.high - r.zero_point);
    const __m512i zero_point = _mm512_set1_epi16(short(r.zero_point));
    const auto pair = [&](__m512i x, __m512i y, const multiplier* m) {
        const __m512i a = detail512::scale_sums(x, detail512::multipliers(m), low, high, rounding);
        const __m512i b = detail512::scale_sums(y, detail512::multipliers(m + 16), low, high, rounding);
        return _mm512_add_epi16(_mm512_packs_epi32(a, b), zero_point);
    };
    const __m512i a = pair(sums[0], sums[1], scales), b = pair(sums[2], sums[3], scales + 32);
    _mm512_mask_storeu_epi8(p, mask, std::same_as<Out, std::int8_t> ? _mm512_packs_epi16(a, b) : _mm512_packus_epi16(a, b));
}

}  // namespace pare::inline v0::arch::inline PARE_ISA
#endif
