// SPDX-License-Identifier: MIT
// Requantisation by integers for registers of neon. What takes one serves neon_dotprod and neon_i8mm as well.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include <pare/arch/neon.hpp>
#include <pare/arch/tags.hpp>
#include <pare/core/config.hpp>
#include <pare/core/fixed_point.hpp>
#include <pare/core/rounding.hpp>

#if !defined(PARE_SCALAR_ONLY) && defined(__ARM_NEON) && defined(__aarch64__)
#include <pare/arch/intrinsics.hpp>

namespace pare::inline v0::arch::inline PARE_ISA {

namespace detail128 {
/// Sums times multipliers by the double rounding of rounding::gemmlowp.
PARE_INLINE int32x4_t scale_sums(int32x4_t sums, int32x4x2_t m, rounding::gemmlowp) {
    const int32x4_t zero = vdupq_n_s32(0);
    const int32x4_t product = vqrdmulhq_s32(vshlq_s32(sums, vmaxq_s32(m.val[1], zero)), m.val[0]);
    const int32x4_t right = vminq_s32(m.val[1], zero);
    // vrshl rounds half up; half away from zero is one less for what is negative.
    const int32x4_t less = vshrq_n_s32(vandq_s32(product, right), 31);
    return vrshlq_s32(vqaddq_s32(product, less), right);
}
/// The same with the one rounding of rounding::single, saturated to 32 bits.
PARE_INLINE int32x4_t scale_sums(int32x4_t sums, int32x4x2_t m, rounding::single) {
    const int32x4_t left = vminq_s32(vsubq_s32(m.val[1], vdupq_n_s32(31)), vdupq_n_s32(0));
    const int64x2_t low = vrshlq_s64(vmull_s32(vget_low_s32(sums), vget_low_s32(m.val[0])), vmovl_s32(vget_low_s32(left)));
    const int64x2_t high = vrshlq_s64(vmull_high_s32(sums, m.val[0]), vmovl_high_s32(left));
    return vqmovn_high_s64(vqmovn_s64(low), high);
}

template <class Rounding, class Out>
PARE_INLINE void store_fixed_point_register(Out* p, int32x4_t sums, const multiplier* scales, rounding::output_range r, Rounding rounding) {
    static_assert(sizeof(multiplier) == 8);
    const int32x4x2_t m = vld2q_s32(reinterpret_cast<const std::int32_t*>(scales));
    const int32x4_t low = vdupq_n_s32(r.low - r.zero_point), high = vdupq_n_s32(r.high - r.zero_point);
    const int32x4_t q = vaddq_s32(vmaxq_s32(vminq_s32(scale_sums(sums, m, rounding), high), low), vdupq_n_s32(r.zero_point));
    const int16x4_t words = vmovn_s32(q);
    if constexpr (sizeof(Out) == 1) {
        const std::uint32_t four = vget_lane_u32(vreinterpret_u32_s8(vmovn_s16(vcombine_s16(words, words))), 0);
        std::memcpy(p, &four, 4);
    } else {
        vst1_s16(reinterpret_cast<std::int16_t*>(p), words);
    }
}
}  // namespace detail128

/// Registers of outputs by rounding::single or rounding::gemmlowp. Not a loop: it is part of one over rows.
template <std::size_t Width, detail128::integer_dot D, class Out, class Rounding>
    requires(Width <= 4 && sizeof(Out) <= 2)
PARE_INLINE void store_fixed_point(Out* p, const int32x4_t (&sums)[Width], const multiplier* scales, rounding::output_range r,
                                   Rounding rounding, D, neon) {
    detail128::store_fixed_point_register(p, sums[0], scales, r, rounding);
    if constexpr (Width > 1) detail128::store_fixed_point_register(p + 4, sums[1], scales + 4, r, rounding);
    if constexpr (Width > 2) detail128::store_fixed_point_register(p + 8, sums[2], scales + 8, r, rounding);
    if constexpr (Width > 3) detail128::store_fixed_point_register(p + 12, sums[3], scales + 12, r, rounding);
}

}  // namespace pare::inline v0::arch::inline PARE_ISA
#endif
