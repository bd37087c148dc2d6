// SPDX-License-Identifier: MIT
// Operations of neon on words of binary values. They serve neon_dotprod and neon_i8mm as well.
#pragma once

#include <cstddef>
#include <cstdint>

#include <pare/arch/neon.hpp>
#include <pare/core/bits.hpp>
#include <pare/core/config.hpp>

#if !defined(PARE_SCALAR_ONLY) && defined(__ARM_NEON) && defined(__aarch64__)
#include <pare/arch/intrinsics.hpp>

namespace pare::inline v0::arch::inline PARE_ISA {

namespace detail128 {
/// A dot product of words.
template <class D>
concept counting_dot = integer_dot<D> && counting_step<D>;
}  // namespace detail128

/// @{
/// The operation of this name that portable.hpp specifies, by NEON instructions.
template <detail128::counting_dot D>
PARE_INLINE uint8x16_t load_rhs(const binary_word* p, D, neon) {
    return vld1q_u8(reinterpret_cast<const std::uint8_t*>(p));
}
template <detail128::counting_dot D>
PARE_INLINE uint8x16_t broadcast_lhs(const binary_word* p, D, neon) {
    return vreinterpretq_u8_u32(vdupq_n_u32(p->bits));
}
template <detail128::counting_dot D>
PARE_INLINE uint8x16_t broadcast_lhs_tail(const binary_word*, std::size_t, D, neon) {
    return vdupq_n_u8(0);
}

/// Bits are counted by bytes (cnt), and the four bytes of a word added up as they are added to the sum.
template <detail128::counting_dot D>
PARE_INLINE void multiply_add(int32x4_t& sums, uint8x16_t lhs, uint8x16_t rhs, D, neon) {
    const uint16x8_t pairs = vpaddlq_u8(vcntq_u8(veorq_u8(lhs, rhs)));
    asm("uadalp %0.4s, %1.8h" : "+w"(sums) : "w"(pairs));
}

template <detail128::counting_dot D>
PARE_INLINE int32x4_t sums_of_counts(const std::int32_t* bias, int32x4_t counts, D, neon) {
    return vmlsq_n_s32(vld1q_s32(bias), counts, 2);
}

template <detail128::integer_dot D>
PARE_INLINE std::uint64_t negative_lanes(int32x4_t sums, D, neon) {
    constexpr std::int32_t places[4] = {0, 1, 2, 3};
    const uint32x4_t signs = vshrq_n_u32(vreinterpretq_u32_s32(sums), 31);
    return vaddvq_u32(vshlq_u32(signs, vld1q_s32(places)));
}
/// @}

}  // namespace pare::inline v0::arch::inline PARE_ISA
#endif
