// SPDX-License-Identifier: MIT
// Operations of neon, neon_dotprod and neon_i8mm. What takes a `neon` serves the other two as well.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include <pare/arch/dot.hpp>
#include <pare/arch/tags.hpp>
#include <pare/core/config.hpp>
#include <pare/core/rounding.hpp>

#if !defined(PARE_SCALAR_ONLY) && defined(__ARM_NEON) && defined(__aarch64__)
#include <pare/arch/intrinsics.hpp>

namespace pare::inline v0::arch::inline PARE_ISA {

namespace detail128 {
using s8 = dot<4, std::int8_t, std::int8_t, std::int32_t>;
using u8 = dot<4, std::uint8_t, std::int8_t, std::int32_t>;
using widened = dot<1, std::int16_t, std::int8_t, std::int32_t>;
using s16 = dot<1, std::int16_t, std::int16_t, std::int32_t>;
using real = dot<1, float, float, float>;

/// A dot product of integers.
template <class D>
concept integer_dot = std::same_as<typename D::sum, std::int32_t>;
/// One of 16-bit activations.
template <class D>
concept word_dot = std::same_as<D, widened> || std::same_as<D, s16>;

/// Bytes 0 to 3 of a register.
PARE_INLINE uint8x8_t load_four(const void* p) {
    std::uint32_t v;
    std::memcpy(&v, p, 4);
    return vcreate_u8(v);
}

/// One to three bytes, zeros after them, without touching a byte more.
PARE_INLINE uint8x8_t load_few(const std::uint8_t* p, std::size_t bytes) {
    std::uint32_t v = p[0];
    if (bytes > 1) v |= std::uint32_t(p[1]) << 8;
    if (bytes > 2) v |= std::uint32_t(p[2]) << 16;
    return vcreate_u8(v);
}

/// @{
/// Sixteen bytes, or as many as there are in all of an array.
PARE_INLINE int8x16_t load(const std::int8_t* p) { return vld1q_s8(p); }
PARE_INLINE uint8x16_t load(const std::uint8_t* p) { return vld1q_u8(p); }
PARE_INLINE int16x8_t load(const std::int16_t* p) { return vld1q_s16(p); }
PARE_INLINE float32x4_t load(const float* p) { return vld1q_f32(p); }
PARE_INLINE void store(std::int8_t* p, int8x16_t v) { vst1q_s8(p, v); }
PARE_INLINE void store(std::uint8_t* p, uint8x16_t v) { vst1q_u8(p, v); }
PARE_INLINE void store(std::int16_t* p, int16x8_t v) { vst1q_s16(p, v); }
PARE_INLINE void store(float* p, float32x4_t v) { vst1q_f32(p, v); }
/// @}
}  // namespace detail128

/// @{
/// The operation of this name that portable.hpp specifies, by NEON instructions.
template <detail128::integer_dot D>
PARE_INLINE int32x4_t zero_sums(D, neon) {
    return vdupq_n_s32(0);
}
PARE_INLINE float32x4_t zero_sums(detail128::real, neon) { return vdupq_n_f32(0); }

template <detail128::integer_dot D>
PARE_INLINE int32x4_t load_sums(const std::int32_t* p, D, neon) {
    return vld1q_s32(p);
}
PARE_INLINE float32x4_t load_sums(const float* p, detail128::real, neon) { return vld1q_f32(p); }

template <detail128::integer_dot D>
PARE_INLINE void store_sums(std::int32_t* p, int32x4_t sums, D, neon) {
    vst1q_s32(p, sums);
}
PARE_INLINE void store_sums(float* p, float32x4_t sums, detail128::real, neon) { vst1q_f32(p, sums); }

PARE_INLINE int16x4_t load_rhs(const std::int8_t* p, detail128::widened, neon) {
    return vget_low_s16(vmovl_s8(vreinterpret_s8_u8(detail128::load_four(p))));
}
PARE_INLINE int16x4_t load_rhs(const std::int16_t* p, detail128::s16, neon) { return vld1_s16(p); }
PARE_INLINE float32x4_t load_rhs(const float* p, detail128::real, neon) { return vld1q_f32(p); }

template <detail128::word_dot D>
PARE_INLINE int16x4_t broadcast_lhs(const std::int16_t* p, D, neon) {
    return vld1_dup_s16(p);
}
PARE_INLINE float32x2_t broadcast_lhs(const float* p, detail128::real, neon) { return vreinterpret_f32_u8(detail128::load_four(p)); }

template <detail128::word_dot D>
PARE_INLINE int16x4_t broadcast_lhs_tail(const std::int16_t*, std::size_t, D, neon) {
    return vdup_n_s16(0);
}
PARE_INLINE float32x2_t broadcast_lhs_tail(const float*, std::size_t, detail128::real, neon) { return vdup_n_f32(0); }

/// As asm statements multiplications are taken in the order in which they stand. As intrinsics g++ 12 moves all loads of activations
/// before the first of them, and sums of a full tile go to memory. By an element of a register (16-bit ones are of v0 to v15 only) that
/// happens either way, so activations of 16 bits are in every lane.
template <detail128::word_dot D>
PARE_INLINE void multiply_add(int32x4_t& sums, int16x4_t lhs, int16x4_t rhs, D, neon) {
    asm("smlal %0.4s, %1.4h, %2.4h" : "+w"(sums) : "w"(rhs), "w"(lhs));
}
PARE_INLINE void multiply_add(float32x4_t& sums, float32x2_t lhs, float32x4_t rhs, detail128::real, neon) {
    asm("fmla %0.4s, %1.4s, %2.s[0]" : "+w"(sums) : "w"(rhs), "w"(lhs));
}

template <detail128::integer_dot D>
PARE_INLINE void add_sums(int32x4_t& totals, int32x4_t sums, D, neon) {
    totals = vaddq_s32(totals, sums);
}
PARE_INLINE void add_sums(float32x4_t& totals, float32x4_t sums, detail128::real, neon) { totals = vaddq_f32(totals, sums); }

template <detail128::integer_dot D>
PARE_INLINE int32x4_t max_sums(int32x4_t a, int32x4_t b, D, neon) {
    return vmaxq_s32(a, b);
}

template <detail128::integer_dot D>
PARE_INLINE void add_scaled(int32x4_t& totals, int32x4_t sums, const std::uint8_t* factors, D, neon) {
    const uint32x4_t wide = vmovl_u16(vget_low_u16(vmovl_u8(detail128::load_four(factors))));
    totals = vmlaq_s32(totals, sums, vreinterpretq_s32_u32(wide));
}
/// @}

#if defined(__ARM_FEATURE_DOTPROD)
/// @{
/// The same for four products a lane. Activations are the first four bytes of a register, which each lane meets.
PARE_INLINE int8x16_t load_rhs(const std::int8_t* p, detail128::s8, neon_dotprod) { return vld1q_s8(p); }
PARE_INLINE int8x16_t load_rhs(const std::int8_t* p, detail128::u8, neon_dotprod) { return vld1q_s8(p); }

PARE_INLINE int8x8_t broadcast_lhs(const std::int8_t* p, detail128::s8, neon_dotprod) {
    return vreinterpret_s8_u8(detail128::load_four(p));
}
PARE_INLINE int8x8_t broadcast_lhs_tail(const std::int8_t* p, std::size_t count, detail128::s8, neon_dotprod) {
    return vreinterpret_s8_u8(detail128::load_few(reinterpret_cast<const std::uint8_t*>(p), count));
}
/// sdot wants signed activations: u8 ones are flipped to x - 128, which pack folds into the bias. Not in a vector register: the mask would
/// take one that a full tile has no room for.
PARE_INLINE int8x8_t broadcast_lhs(const std::uint8_t* p, detail128::u8, neon_dotprod) {
    std::uint32_t bytes;
    std::memcpy(&bytes, p, 4);
    return vcreate_s8(bytes ^ 0x80808080u);
}
PARE_INLINE int8x8_t broadcast_lhs_tail(const std::uint8_t* p, std::size_t count, detail128::u8, neon_dotprod) {
    const uint8x8_t flip = vcreate_u8(0x80808080u & ((1u << (8 * count)) - 1u));
    return vreinterpret_s8_u8(veor_u8(detail128::load_few(p, count), flip));
}

template <detail128::integer_dot D>
PARE_INLINE void multiply_add(int32x4_t& sums, int8x8_t lhs, int8x16_t rhs, D, neon_dotprod) {
    sums = vdotq_lane_s32(sums, rhs, lhs, 0);
}
/// @}

/// A 16-entry table for lookup16_u4_s8.
PARE_INLINE int8x16_t load_table16(const std::int8_t* table, neon_dotprod) { return vld1q_s8(table); }

/// Operand i is table[(byte i of p >> Shift) & 15], Shift 0 or 4.
template <int Shift, detail128::integer_dot D>
PARE_INLINE int8x16_t lookup16_u4_s8(const std::byte* p, int8x16_t table, D, neon_dotprod) {
    const uint8x16_t bytes = vld1q_u8(reinterpret_cast<const std::uint8_t*>(p));
    if constexpr (Shift == 0) return vqtbl1q_s8(table, vandq_u8(bytes, vdupq_n_u8(15)));
    else return vqtbl1q_s8(table, vshrq_n_u8(bytes, Shift));
}

#if defined(__ARM_FEATURE_MATMUL_INT8)
/// @{
/// Unsigned activations as they are.
PARE_INLINE uint8x8_t broadcast_lhs(const std::uint8_t* p, detail128::u8, neon_i8mm) { return detail128::load_four(p); }
PARE_INLINE uint8x8_t broadcast_lhs_tail(const std::uint8_t* p, std::size_t count, detail128::u8, neon_i8mm) {
    return detail128::load_few(p, count);
}
PARE_INLINE void multiply_add(int32x4_t& sums, uint8x8_t lhs, int8x16_t rhs, detail128::u8, neon_i8mm) {
    sums = vsudotq_lane_s32(sums, rhs, lhs, 0);
}
/// @}
#endif
#endif

/// Words [0, total) of `to`: [before, before + count) are the bytes of `from`, the others `padding`.
template <int Offset, class From>
    requires(sizeof(From) == 1 && Offset == 0)
PARE_INLINE void copy_registers(std::int16_t* to, const From* from, std::size_t count, std::size_t before, std::size_t total,
                                std::int16_t padding, neon) {
    for (std::size_t i = 0; i < before; ++i) to[i] = padding;
    for (std::size_t i = before + count; i < total; ++i) to[i] = padding;
    for (to += before; count >= 16; count -= 16, from += 16, to += 16) {
        const auto bytes = detail128::load(from);
        if constexpr (std::same_as<From, std::int8_t>) {
            detail128::store(to, vmovl_s8(vget_low_s8(bytes)));
            detail128::store(to + 8, vmovl_high_s8(bytes));
        } else {
            detail128::store(to, vreinterpretq_s16_u16(vmovl_u8(vget_low_u8(bytes))));
            detail128::store(to + 8, vreinterpretq_s16_u16(vmovl_high_u8(bytes)));
        }
    }
    for (std::size_t i = 0; i < count; ++i) to[i] = from[i];
}

/// Bytes [0, total) of `to`: [before, before + count) are those of `from`, less 128, the others `padding`.
template <int Offset>
    requires(Offset == -128)
PARE_INLINE void copy_registers(std::int8_t* to, const std::uint8_t* from, std::size_t count, std::size_t before, std::size_t total,
                                std::int8_t padding, neon) {
    for (std::size_t i = 0; i < before; ++i) to[i] = padding;
    for (std::size_t i = before + count; i < total; ++i) to[i] = padding;
    for (to += before; count >= 16; count -= 16, from += 16, to += 16)
        detail128::store(to, vreinterpretq_s8_u8(veorq_u8(detail128::load(from), vdupq_n_u8(128))));
    for (std::size_t i = 0; i < count; ++i) to[i] = std::int8_t(from[i] - 128);
}

namespace detail128 {
/// Rounded products of sums and scales; those too large for 32 bits saturate.
PARE_INLINE int32x4_t round_products(int32x4_t sums, const float* scales) {
    return vcvtnq_s32_f32(vmulq_f32(vcvtq_f32_s32(sums), vld1q_f32(scales)));
}
/// The same of two registers as 16 bits with the zero point of bytes added.
PARE_INLINE int16x8_t requantize_pair(int32x4_t a, int32x4_t b, const float* scales_a, const float* scales_b, std::int32_t zero_point) {
    const int16x8_t words = vqmovn_high_s32(vqmovn_s32(round_products(a, scales_a)), round_products(b, scales_b));
    return vqaddq_s16(words, vdupq_n_s16(std::int16_t(zero_point)));
}
/// Words as bytes, saturated, and clamped where saturation is not all of it.
template <bool Saturates>
PARE_INLINE uint8x16_t narrow_words(std::int8_t*, int16x8_t a, int16x8_t b, rounding::output_range r) {
    int8x16_t bytes = vqmovn_high_s16(vqmovn_s16(a), b);
    if constexpr (!Saturates) bytes = vminq_s8(vmaxq_s8(bytes, vdupq_n_s8(std::int8_t(r.low))), vdupq_n_s8(std::int8_t(r.high)));
    return vreinterpretq_u8_s8(bytes);
}
template <bool Saturates>
PARE_INLINE uint8x16_t narrow_words(std::uint8_t*, int16x8_t a, int16x8_t b, rounding::output_range r) {
    const uint8x16_t bytes = vqmovun_high_s16(vqmovun_s16(a), b);
    if constexpr (Saturates) return bytes;
    else return vminq_u8(vmaxq_u8(bytes, vdupq_n_u8(std::uint8_t(r.low))), vdupq_n_u8(std::uint8_t(r.high)));
}
/// The first 4 * Width bytes of a register, Width 1 to 4.
template <std::size_t Width>
PARE_INLINE void store_first(void* p, uint8x16_t v) {
    auto* const at = static_cast<std::uint8_t*>(p);
    if constexpr (Width == 4) vst1q_u8(at, v);
    if constexpr (Width == 2 || Width == 3) vst1_u8(at, vget_low_u8(v));
    if constexpr (Width == 1 || Width == 3) {
        const std::uint32_t four = vgetq_lane_u32(vreinterpretq_u32_u8(v), Width - 1);
        std::memcpy(at + 4 * (Width - 1), &four, 4);
    }
}
/// Four words; a zero point of 16 bits is added before they saturate.
template <bool Saturates>
PARE_INLINE void store_register(std::int16_t* p, int32x4_t sums, const float* scales, rounding::output_range r) {
    const int16x4_t words = vqmovn_s32(vqaddq_s32(round_products(sums, scales), vdupq_n_s32(r.zero_point)));
    if constexpr (Saturates) vst1_s16(p, words);
    else vst1_s16(p, vmin_s16(vmax_s16(words, vdup_n_s16(std::int16_t(r.low))), vdup_n_s16(std::int16_t(r.high))));
}
PARE_INLINE void store_register(float* p, float32x4_t sums, float low, float high) {
    vst1q_f32(p, vminq_f32(vmaxq_f32(sums, vdupq_n_f32(low)), vdupq_n_f32(high)));
}
}  // namespace detail128

/// Registers of outputs by rounding::fp32: t = f32(sum) * scale, rounded half to even, plus the zero point, clamped, which is the same as
/// clamped before since the ends are integers. `Saturates` says that the range is all of Out, so that narrowing clamps by itself.
template <bool Saturates, std::size_t Width, detail128::integer_dot D, class Out>
    requires(Width <= 4 && byte_operand<Out>)
PARE_INLINE void store_requantized(Out* p, const int32x4_t (&sums)[Width], const float* scales, rounding::output_range r, D, neon) {
    constexpr std::size_t second = Width > 1 ? 1 : 0, third = Width > 2 ? 2 : 0, fourth = Width > 3 ? 3 : third;
    const int16x8_t a = detail128::requantize_pair(sums[0], sums[second], scales, scales + 4 * second, r.zero_point);
    const int16x8_t b =
        Width > 2 ? detail128::requantize_pair(sums[third], sums[fourth], scales + 4 * third, scales + 4 * fourth, r.zero_point) : a;
    detail128::store_first<Width>(p, detail128::narrow_words<Saturates>(p, a, b, r));
}

/// The same to 16 bits. Not a loop: it is part of one over rows.
template <bool Saturates, std::size_t Width, detail128::integer_dot D>
    requires(Width <= 4)
PARE_INLINE void store_requantized(std::int16_t* p, const int32x4_t (&sums)[Width], const float* scales, rounding::output_range r, D,
                                   neon) {
    detail128::store_register<Saturates>(p, sums[0], scales, r);
    if constexpr (Width > 1) detail128::store_register<Saturates>(p + 4, sums[1], scales + 4, r);
    if constexpr (Width > 2) detail128::store_register<Saturates>(p + 8, sums[2], scales + 8, r);
    if constexpr (Width > 3) detail128::store_register<Saturates>(p + 12, sums[3], scales + 12, r);
}

/// Registers of float outputs, clamped to [low, high].
template <std::size_t Width>
    requires(Width <= 4)
PARE_INLINE void store_clamped(float* p, const float32x4_t (&sums)[Width], float low, float high, detail128::real, neon) {
    detail128::store_register(p, sums[0], low, high);
    if constexpr (Width > 1) detail128::store_register(p + 4, sums[1], low, high);
    if constexpr (Width > 2) detail128::store_register(p + 8, sums[2], low, high);
    if constexpr (Width > 3) detail128::store_register(p + 12, sums[3], low, high);
}

}  // namespace pare::inline v0::arch::inline PARE_ISA
#endif
