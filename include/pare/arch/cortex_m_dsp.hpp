// SPDX-License-Identifier: MIT
// Operations of cortex_m_dsp that are instructions. Sums are numbers in general registers, as those of portable.hpp for one lane are, and
// so are activations and weights: pairs of words.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include <pare/arch/dot.hpp>
#include <pare/arch/load_few.hpp>
#include <pare/arch/portable.hpp>
#include <pare/arch/tags.hpp>
#include <pare/core/config.hpp>

#if !defined(PARE_SCALAR_ONLY) && defined(__ARM_FEATURE_DSP) && defined(__arm__)

namespace pare::inline v0::arch::inline PARE_ISA {

namespace detail32 {
/// A dot product of four bytes.
template <class D>
concept byte_dot = D::unit == 4 && std::same_as<typename D::rhs, std::int8_t>;

/// Four bytes as words: those with even places and those with odd ones.
struct words {
    std::int32_t even, odd;
};
/// Extended as `T` is. By the compiler's intrinsics a rotation is an instruction of its own.
template <class T>
PARE_INLINE words extended(std::int32_t bytes) {
    words w;
    if constexpr (std::is_signed_v<T>) asm("sxtb16 %0, %2\n\tsxtb16 %1, %2, ror #8" : "=&r"(w.even), "=r"(w.odd) : "r"(bytes));
    else asm("uxtb16 %0, %2\n\tuxtb16 %1, %2, ror #8" : "=&r"(w.even), "=r"(w.odd) : "r"(bytes));
    return w;
}
}  // namespace detail32

/// @{
/// The operation of this name that portable.hpp specifies, by instructions for signal processing.
template <detail32::byte_dot D>
PARE_INLINE detail32::words load_rhs(const std::int8_t* p, D, cortex_m_dsp) {
    return detail32::extended<std::int8_t>(load_four(p));
}
template <detail32::byte_dot D>
PARE_INLINE detail32::words load_rhs_tail(const std::int8_t* p, std::size_t count, D, cortex_m_dsp) {
    return detail32::extended<std::int8_t>(load_few(p, count));
}
template <detail32::byte_dot D>
PARE_INLINE detail32::words broadcast_lhs(const typename D::lhs* p, D, cortex_m_dsp) {
    return detail32::extended<typename D::lhs>(load_four(p));
}
template <detail32::byte_dot D>
PARE_INLINE detail32::words broadcast_lhs_tail(const typename D::lhs* p, std::size_t count, D, cortex_m_dsp) {
    return detail32::extended<typename D::lhs>(load_few(p, count));
}
template <detail32::byte_dot D>
PARE_INLINE void multiply_add(std::array<std::int32_t, 1>& sums, detail32::words lhs, detail32::words rhs, D, cortex_m_dsp) {
    asm("smlad %0, %1, %2, %0" : "+r"(sums[0]) : "r"(lhs.even), "r"(rhs.even));
    asm("smlad %0, %1, %2, %0" : "+r"(sums[0]) : "r"(lhs.odd), "r"(rhs.odd));
}

/// The places of a step, a byte each.
template <detail32::byte_dot D>
PARE_INLINE std::uint32_t load_places(const std::byte* p, D, cortex_m_dsp) {
    return std::uint32_t(load_four(p));
}
/// Activation i is p[places[i]]; no other is read.
template <detail32::byte_dot D>
PARE_INLINE detail32::words gather_lhs(const typename D::lhs* p, std::uint32_t places, D, cortex_m_dsp) {
    const auto at = [&](int i) PARE_INLINE_CLOSURE { return std::int32_t(p[places >> (8 * i) & 255]); };
    const auto pair = [](std::int32_t low, std::int32_t high)
                          PARE_INLINE_CLOSURE { return std::int32_t((std::uint32_t(low) & 0xffff) | std::uint32_t(high) << 16); };
    return {pair(at(0), at(2)), pair(at(1), at(3))};
}
template <detail32::byte_dot D>
PARE_INLINE void multiply_add_each(std::array<std::int32_t, 1>& sums, detail32::words lhs, detail32::words rhs, D d, cortex_m_dsp a) {
    multiply_add(sums, lhs, rhs, d, a);
}
/// @}

}  // namespace pare::inline v0::arch::inline PARE_ISA
#endif
