// SPDX-License-Identifier: MIT
// Operations of avx_vnni that avx2 has not.
#pragma once

#include <cstdint>

#include <pare/arch/avx2.hpp>
#include <pare/arch/dot.hpp>
#include <pare/arch/tags.hpp>
#include <pare/core/config.hpp>

#if !defined(PARE_SCALAR_ONLY) && defined(__AVX2__) && defined(__FMA__) && \
    (defined(__AVXVNNI__) || (defined(__AVX512VNNI__) && defined(__AVX512VL__)))
#include <pare/arch/intrinsics.hpp>

namespace pare::inline v0::arch::inline PARE_ISA {

/// @{
/// The operation of this name that portable.hpp specifies. As asm statements they leave sums where they are; as intrinsics g++ 12 spills
/// them. Without AVX-VNNI's own encoding AVX-512's is taken.
template <class Lhs>
PARE_INLINE void multiply_add(__m256i& sums, __m256i lhs, __m256i rhs, dot<4, Lhs, std::int8_t, std::int32_t>, avx_vnni) {
#if defined(__AVXVNNI__)
    asm("{vex} vpdpbusd %2, %1, %0" : "+x"(sums) : "x"(lhs), "x"(rhs));
#else
    asm("vpdpbusd %2, %1, %0" : "+x"(sums) : "x"(lhs), "x"(rhs));
#endif
}
PARE_INLINE void multiply_add(__m256i& sums, __m256i lhs, __m256i rhs, detail256::s16, avx_vnni) {
#if defined(__AVXVNNI__)
    asm("{vex} vpdpwssd %2, %1, %0" : "+x"(sums) : "x"(lhs), "x"(rhs));
#else
    asm("vpdpwssd %2, %1, %0" : "+x"(sums) : "x"(lhs), "x"(rhs));
#endif
}
/// @}

}  // namespace pare::inline v0::arch::inline PARE_ISA
#endif
