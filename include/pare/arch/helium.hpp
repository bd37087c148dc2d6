// SPDX-License-Identifier: MIT
// Operations of helium that are instructions. Sums are numbers in general registers, as those of portable.hpp for one lane are.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>

#include <pare/arch/dot.hpp>
#include <pare/arch/portable.hpp>
#include <pare/arch/tags.hpp>
#include <pare/core/config.hpp>

#if !defined(PARE_SCALAR_ONLY) && defined(__ARM_FEATURE_MVE)
#include <pare/arch/intrinsics.hpp>

namespace pare::inline v0::arch::inline PARE_ISA {

namespace detail128 {
/// A dot product of sixteen bytes.
template <class D>
concept byte_dot = D::unit == 16 && std::same_as<typename D::rhs, std::int8_t>;
/// One of eight words, as which all integers are loaded.
template <class D>
concept word_dot = D::unit == 8 && std::same_as<typename D::sum, std::int32_t>;

/// @{
/// Eight integers as words, or those that `p` lets through, and zeros.
PARE_INLINE int16x8_t load_words(const std::int8_t* at) { return vldrbq_s16(at); }
PARE_INLINE int16x8_t load_words(const std::uint8_t* at) { return vreinterpretq_s16_u16(vldrbq_u16(at)); }
PARE_INLINE int16x8_t load_words(const std::int16_t* at) { return vld1q_s16(at); }
PARE_INLINE int16x8_t load_words(const std::int8_t* at, mve_pred16_t p) { return vldrbq_z_s16(at, p); }
PARE_INLINE int16x8_t load_words(const std::uint8_t* at, mve_pred16_t p) { return vreinterpretq_s16_u16(vldrbq_z_u16(at, p)); }
PARE_INLINE int16x8_t load_words(const std::int16_t* at, mve_pred16_t p) { return vldrhq_z_s16(at, p); }
/// @}

/// Unsigned bytes as vmladava takes them.
PARE_INLINE int8x16_t flipped(uint8x16_t x) { return vreinterpretq_s8_u8(veorq_u8(x, vdupq_n_u8(128))); }
}  // namespace detail128

/// @{
/// The operation of this name that portable.hpp specifies, by Helium instructions.
template <detail128::byte_dot D>
PARE_INLINE int8x16_t load_rhs(const std::int8_t* p, D, helium) {
    return vldrbq_s8(p);
}
template <detail128::byte_dot D>
PARE_INLINE int8x16_t load_rhs_tail(const std::int8_t* p, std::size_t count, D, helium) {
    return vldrbq_z_s8(p, vctp8q(count));
}
template <detail128::byte_dot D>
PARE_INLINE int8x16_t broadcast_lhs(const typename D::lhs* p, D, helium) {
    if constexpr (std::same_as<typename D::lhs, std::uint8_t>) return detail128::flipped(vldrbq_u8(p));
    else return vldrbq_s8(p);
}
template <detail128::byte_dot D>
PARE_INLINE int8x16_t broadcast_lhs_tail(const typename D::lhs* p, std::size_t count, D, helium) {
    const mve_pred16_t some = vctp8q(count);
    if constexpr (std::same_as<typename D::lhs, std::uint8_t>)
        return vpselq_s8(detail128::flipped(vldrbq_z_u8(p, some)), vdupq_n_s8(0), some);
    else return vldrbq_z_s8(p, some);
}
template <detail128::byte_dot D>
PARE_INLINE void multiply_add(std::array<std::int32_t, 1>& sums, int8x16_t lhs, int8x16_t rhs, D, helium) {
    sums[0] = vmladavaq_s8(sums[0], lhs, rhs);
}

template <detail128::word_dot D>
PARE_INLINE int16x8_t load_rhs(const typename D::rhs* p, D, helium) {
    return detail128::load_words(p);
}
template <detail128::word_dot D>
PARE_INLINE int16x8_t load_rhs_tail(const typename D::rhs* p, std::size_t count, D, helium) {
    return detail128::load_words(p, vctp16q(count));
}
template <detail128::word_dot D>
PARE_INLINE int16x8_t broadcast_lhs(const typename D::lhs* p, D, helium) {
    return detail128::load_words(p);
}
template <detail128::word_dot D>
PARE_INLINE int16x8_t broadcast_lhs_tail(const typename D::lhs* p, std::size_t count, D, helium) {
    return detail128::load_words(p, vctp16q(count));
}
template <detail128::word_dot D>
PARE_INLINE void multiply_add(std::array<std::int32_t, 1>& sums, int16x8_t lhs, int16x8_t rhs, D, helium) {
    sums[0] = vmladavaq_s16(sums[0], lhs, rhs);
}

/// The table stays where it is: a load takes each entry from there.
PARE_INLINE const std::int8_t* load_table16(const std::int8_t* table, helium) { return table; }
template <int Shift, detail128::byte_dot D>
PARE_INLINE int8x16_t lookup16_u4_s8(const std::byte* p, const std::int8_t* table, D, helium) {
    const uint8x16_t bytes = vldrbq_u8(reinterpret_cast<const std::uint8_t*>(p));
    return vldrbq_gather_offset_s8(table, Shift == 0 ? vandq_u8(bytes, vdupq_n_u8(15)) : vshrq_n_u8(bytes, 4));
}
/// Operand i is the signed number in four bits of byte i of `p`, from bit `Shift` on.
template <int Shift, detail128::byte_dot D>
PARE_INLINE int8x16_t extend_nibbles(const std::byte* p, D, helium) {
    const int8x16_t bytes = vldrbq_s8(reinterpret_cast<const std::int8_t*>(p));
    return vshrq_n_s8(Shift == 0 ? vshlq_n_s8(bytes, 4) : bytes, 4);
}

/// The places of a step.
template <detail128::byte_dot D>
PARE_INLINE uint8x16_t load_places(const std::byte* p, D, helium) {
    return vldrbq_u8(reinterpret_cast<const std::uint8_t*>(p));
}
/// Activation i is p[places[i]]; no other is read.
template <detail128::byte_dot D>
PARE_INLINE int8x16_t gather_lhs(const typename D::lhs* p, uint8x16_t places, D, helium) {
    if constexpr (std::same_as<typename D::lhs, std::uint8_t>) return detail128::flipped(vldrbq_gather_offset_u8(p, places));
    else return vldrbq_gather_offset_s8(p, places);
}
template <detail128::byte_dot D>
PARE_INLINE void multiply_add_each(std::array<std::int32_t, 1>& sums, int8x16_t lhs, int8x16_t rhs, D d, helium a) {
    multiply_add(sums, lhs, rhs, d, a);
}
/// @}

}  // namespace pare::inline v0::arch::inline PARE_ISA
#endif
