// SPDX-License-Identifier: MIT
// Operations of neon_dotprod and neon_i8mm whose lanes pick activations of their own.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include <pare/arch/dot.hpp>
#include <pare/arch/neon.hpp>
#include <pare/arch/tags.hpp>
#include <pare/core/config.hpp>

#if !defined(PARE_SCALAR_ONLY) && defined(__ARM_NEON) && defined(__aarch64__) && defined(__ARM_FEATURE_DOTPROD)
#include <pare/arch/intrinsics.hpp>

namespace pare::inline v0::arch::inline PARE_ISA {

/// The places of a step among 32 activations.
template <detail128::integer_dot D>
    requires(D::unit == 4)
PARE_INLINE uint8x16_t load_places(const std::byte* p, D, neon_dotprod) {
    return vld1q_u8(reinterpret_cast<const std::uint8_t*>(p));
}

/// Activations of each lane, p[place] for each of its places; reads 32 bytes.
PARE_INLINE int8x16_t gather_lhs(const std::int8_t* p, uint8x16_t places, detail128::s8, neon_dotprod) {
    return vqtbl2q_s8(vld1q_s8_x2(p), places);
}

/// sums[lane] += sum over j of lhs[lane * 4 + j] * rhs[lane * 4 + j]: each lane has activations of its own.
PARE_INLINE void multiply_add(int32x4_t& sums, int8x16_t lhs, int8x16_t rhs, detail128::s8, neon_dotprod) {
    sums = vdotq_s32(sums, rhs, lhs);
}

/// Activations [0, Span) of those at p, 8 or 16; lanes pick no others.
template <std::size_t Span>
    requires(Span == 8 || Span == 16)
PARE_INLINE int8x16_t broadcast_span(const std::int8_t* p, detail128::s8, neon_dotprod) {
    if constexpr (Span == 8) return vcombine_s8(vld1_s8(p), vdup_n_s8(0));
    else return vld1q_s8(p);
}
/// Byte i is the activation that places[i] says.
PARE_INLINE int8x16_t pick_from_span(int8x16_t span, uint8x16_t places, detail128::s8, neon_dotprod) { return vqtbl1q_s8(span, places); }

/// Places in a span, of a byte each: `Bits` bits of byte i at p from bit `Shift` on, or bases[i % 4], which has none of those that are set.
template <std::size_t Shift, std::size_t Bits, detail128::integer_dot D>
    requires(Shift + Bits <= 8)
PARE_INLINE uint8x16_t load_group_places(const std::byte* p, const std::array<std::uint8_t, 4>& bases, D, neon_dotprod) {
    uint8x16_t field = vld1q_u8(reinterpret_cast<const std::uint8_t*>(p));
    if constexpr (Shift > 0) field = vshrq_n_u8(field, Shift);
    // A bit is taken from either: one instruction for `and` and `or`.
    const std::uint32_t of_base = std::bit_cast<std::uint32_t>(bases), of_field = ((1u << Bits) - 1) * 0x01010101u & ~of_base;
    return vbslq_u8(vreinterpretq_u8_u32(vdupq_n_u32(of_field)), field, vreinterpretq_u8_u32(vdupq_n_u32(of_base)));
}

/// arrange_sums of registers. By way of arrays g++ 12 keeps the sums in memory, and stores them at each step; for a look-up in all of them,
/// which have to be neighbours then, clang 19 moves them at each step.
template <std::size_t Width, detail128::integer_dot D>
PARE_INLINE void arrange_registers(int32x4_t (&sums)[Width], const std::byte* order, D, neon_dotprod) {
    uint8x16_t from[Width];
    PARE_UNROLL for (std::size_t j = 0; j < Width; ++j) from[j] = vreinterpretq_u8_s32(sums[j]);
    PARE_UNROLL for (std::size_t j = 0; j < Width; ++j) {
        const uint32x4_t places = vmovl_u16(vget_low_u16(vmovl_u8(detail128::load_four(order + 4 * j))));
        // The four bytes of each; those of another register are left as they are.
        const uint8x16_t bytes = vreinterpretq_u8_u32(vmlaq_u32(vdupq_n_u32(0x03020100), places, vdupq_n_u32(0x04040404)));
        uint8x16_t to = vqtbl1q_u8(from[0], bytes);
        PARE_UNROLL for (std::size_t k = 1; k < Width; ++k) to =
            vqtbx1q_u8(to, from[k], vsubq_u8(bytes, vdupq_n_u8(std::uint8_t(16 * k))));
        sums[j] = vreinterpretq_s32_u8(to);
    }
}

#if defined(__ARM_FEATURE_MATMUL_INT8)
/// @{
/// Unsigned activations as they are.
PARE_INLINE uint8x16_t gather_lhs(const std::uint8_t* p, uint8x16_t places, detail128::u8, neon_i8mm) {
    return vqtbl2q_u8(vld1q_u8_x2(p), places);
}
PARE_INLINE void multiply_add(int32x4_t& sums, uint8x16_t lhs, int8x16_t rhs, detail128::u8, neon_i8mm) {
    sums = vusdotq_s32(sums, lhs, rhs);
}
template <std::size_t Span>
    requires(Span == 8 || Span == 16)
PARE_INLINE uint8x16_t broadcast_span(const std::uint8_t* p, detail128::u8, neon_i8mm) {
    if constexpr (Span == 8) return vcombine_u8(vld1_u8(p), vdup_n_u8(0));
    else return vld1q_u8(p);
}
PARE_INLINE uint8x16_t pick_from_span(uint8x16_t span, uint8x16_t places, detail128::u8, neon_i8mm) { return vqtbl1q_u8(span, places); }
/// @}
#endif

}  // namespace pare::inline v0::arch::inline PARE_ISA
#endif
