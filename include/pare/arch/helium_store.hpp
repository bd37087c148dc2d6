// SPDX-License-Identifier: MIT
// Requantisation of up to four neighbouring sums of helium at once.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>

#include <pare/arch/helium.hpp>
#include <pare/arch/tags.hpp>
#include <pare/core/config.hpp>
#include <pare/core/fixed_point.hpp>
#include <pare/core/rounding.hpp>

#if !defined(PARE_SCALAR_ONLY) && defined(__ARM_FEATURE_MVE)
#include <pare/arch/intrinsics.hpp>

namespace pare::inline v0::arch::inline PARE_ISA {

namespace detail128 {
/// An output of 8 or 16 bits.
template <class T>
concept narrow_output = byte_operand<T> || std::same_as<T, std::int16_t>;

/// Sums side by side.
template <std::size_t Width>
PARE_INLINE int32x4_t vector_of(const std::array<std::int32_t, 1> (&sums)[Width]) {
    const auto at = [&](std::size_t i) PARE_INLINE_CLOSURE { return sums[i < Width ? i : 0][0]; };
    // Two at a time; g++ 12 goes by way of the stack.
    int32x4_t all;
    asm("vmov %q0[2], %q0[0], %1, %2\n\tvmov %q0[3], %q0[1], %3, %4" : "=&w"(all) : "r"(at(0)), "r"(at(2)), "r"(at(1)), "r"(at(3)));
    return all;
}

/// Stores the low bits of the first `Count` values.
template <std::size_t Count, narrow_output Out>
PARE_INLINE void store_narrow(Out* p, int32x4_t values) {
    if constexpr (sizeof(Out) == 1) {
        auto* const to = reinterpret_cast<std::int8_t*>(p);
        if constexpr (Count == 4) vstrbq_s32(to, values);
        else vstrbq_p_s32(to, values, vctp32q(Count));
    } else {
        if constexpr (Count == 4) vstrhq_s32(p, values);
        else vstrhq_p_s32(p, values, vctp32q(Count));
    }
}

/// Sums times multipliers by the double rounding of rounding::gemmlowp.
PARE_INLINE int32x4_t scale_sums(int32x4_t sums, int32x4_t mantissas, int32x4_t shifts) {
    const int32x4_t zero = vdupq_n_s32(0);
    const int32x4_t product = vqrdmulhq_s32(vshlq_s32(sums, vmaxq_s32(shifts, zero)), mantissas);
    const int32x4_t right = vminq_s32(shifts, zero);
    // vrshl rounds half up; half away from zero is one less for what is negative.
    const int32x4_t less = vshrq_n_s32(vandq_s32(product, right), 31);
    return vrshlq_s32(vqaddq_s32(product, less), right);
}
}  // namespace detail128

#if __ARM_FEATURE_MVE & 2
namespace detail128 {
/// `Count` neighbouring outputs by rounding::fp32.
template <std::size_t Count, narrow_output Out>
PARE_INLINE void store_rounded(Out* p, int32x4_t sums, const float* scales, rounding::output_range r) {
    const float32x4_t of_outputs = Count == 4 ? vld1q_f32(scales) : vldrwq_z_f32(scales, vctp32q(Count));
    const float32x4_t product = vmulq_f32(vcvtq_f32_s32(sums), of_outputs);
    const float32x4_t low = vdupq_n_f32(float(r.low - r.zero_point)), high = vdupq_n_f32(float(r.high - r.zero_point));
    const int32x4_t rounded = vcvtnq_s32_f32(vminnmq_f32(vmaxnmq_f32(product, low), high));
    store_narrow<Count>(p, vaddq_n_s32(rounded, r.zero_point));
}
}  // namespace detail128

/// @{
/// Neighbouring outputs by rounding::fp32, of sums in general registers or in vectors: t = f32(sum) * scale, clamped, rounded half to even,
/// plus the zero point.
template <bool Saturates, std::size_t Width, class D, detail128::narrow_output Out>
    requires(!Saturates && Width <= 4 && std::same_as<typename D::sum, std::int32_t>)
PARE_INLINE void store_requantized(Out* p, const std::array<std::int32_t, 1> (&sums)[Width], const float* scales, rounding::output_range r,
                                   D, helium) {
    detail128::store_rounded<Width>(p, detail128::vector_of(sums), scales, r);
}
template <bool Saturates, std::size_t Width, class D, detail128::narrow_output Out>
    requires(!Saturates && std::same_as<typename D::sum, std::int32_t>)
PARE_INLINE void store_requantized(Out* p, const int32x4_t (&sums)[Width], const float* scales, rounding::output_range r, D, helium) {
    PARE_UNROLL for (std::size_t j = 0; j < Width; ++j) detail128::store_rounded<4>(p + 4 * j, sums[j], scales + 4 * j, r);
}
/// @}
#endif

namespace detail128 {
/// `Count` neighbouring outputs by rounding::gemmlowp.
template <std::size_t Count, narrow_output Out>
PARE_INLINE void store_fixed(Out* p, int32x4_t sums, const multiplier* scales, rounding::output_range r) {
    static_assert(sizeof(multiplier) == 8);
    // Mantissas and shifts take turns in memory.
    const uint32x4_t places = {0, 8, 16, 24};
    const mve_pred16_t some = vctp32q(Count);
    const int32x4_t scaled = scale_sums(sums, vldrwq_gather_offset_z_s32(&scales->mantissa, places, some),
                                        vldrwq_gather_offset_z_s32(&scales->shift, places, some));
    const int32x4_t low = vdupq_n_s32(r.low - r.zero_point), high = vdupq_n_s32(r.high - r.zero_point);
    store_narrow<Count>(p, vaddq_n_s32(vmaxq_s32(vminq_s32(scaled, high), low), r.zero_point));
}
}  // namespace detail128

/// @{
/// The same by rounding::gemmlowp.
template <std::size_t Width, class D, detail128::narrow_output Out>
    requires(Width <= 4 && std::same_as<typename D::sum, std::int32_t>)
PARE_INLINE void store_fixed_point(Out* p, const std::array<std::int32_t, 1> (&sums)[Width], const multiplier* scales,
                                   rounding::output_range r, rounding::gemmlowp, D, helium) {
    detail128::store_fixed<Width>(p, detail128::vector_of(sums), scales, r);
}
template <std::size_t Width, class D, detail128::narrow_output Out>
    requires(std::same_as<typename D::sum, std::int32_t>)
PARE_INLINE void store_fixed_point(Out* p, const int32x4_t (&sums)[Width], const multiplier* scales, rounding::output_range r,
                                   rounding::gemmlowp, D, helium) {
    PARE_UNROLL for (std::size_t j = 0; j < Width; ++j) detail128::store_fixed<4>(p + 4 * j, sums[j], scales + 4 * j, r);
}
/// @}

}  // namespace pare::inline v0::arch::inline PARE_ISA
#endif
