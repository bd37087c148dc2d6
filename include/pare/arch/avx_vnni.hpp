// SPDX-License-Identifier: MIT
// Operations of avx_vnni that avx2 has not.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <pare/arch/avx2.hpp>
#include <pare/arch/dot.hpp>
#include <pare/arch/load_few.hpp>
#include <pare/arch/tags.hpp>
#include <pare/core/config.hpp>

#if !defined(PARE_SCALAR_ONLY) && defined(__AVX2__) && defined(__FMA__) && \
    (defined(__AVXVNNI__) || (defined(__AVX512VNNI__) && defined(__AVX512VL__)))
#include <pare/arch/intrinsics.hpp>

namespace pare::inline v0::arch::inline PARE_ISA {

namespace detail256 {
alignas(32) inline constexpr std::array<std::uint8_t, 32> signs = [] {
    std::array<std::uint8_t, 32> a{};
    a.fill(0x80);
    return a;
}();
}  // namespace detail256

/// @{
/// The operation of this name that portable.hpp specifies. vpdpbusd wants unsigned activations: s8 ones are flipped to x + 128, which pack
/// folds into the bias. The mask is read where it lies: a full tile leaves no register for it.
template <detail256::four_dot D>
    requires(!summing_step<D>)
PARE_INLINE __m256i broadcast_lhs(const std::int8_t* p, D, avx_vnni) {
    __m256i bytes = _mm256_set1_epi32(load_four(p));
    asm("vpxor %1, %0, %0" : "+x"(bytes) : "m"(detail256::signs));
    return bytes;
}
template <detail256::four_dot D>
    requires(!summing_step<D>)
PARE_INLINE __m256i broadcast_lhs_tail(const std::int8_t* p, std::size_t count, D, avx_vnni) {
    return _mm256_set1_epi32(load_few_flipped(p, count));
}

/// As asm statements they leave sums where they are; as intrinsics g++ 12 spills
/// them. Without AVX-VNNI's own encoding AVX-512's is taken.
template <class Lhs>
PARE_INLINE void multiply_add(__m256i& sums, __m256i lhs, __m256i rhs, dot<4, Lhs, std::int8_t, std::int32_t>, avx_vnni) {
#if defined(__AVXVNNI__)
    asm("%{vex%} vpdpbusd %2, %1, %0" : "+x"(sums) : "x"(lhs), "x"(rhs));
#else
    asm("vpdpbusd %2, %1, %0" : "+x"(sums) : "x"(lhs), "x"(rhs));
#endif
}
PARE_INLINE void multiply_add(__m256i& sums, __m256i lhs, __m256i rhs, detail256::s16, avx_vnni) {
#if defined(__AVXVNNI__)
    asm("%{vex%} vpdpwssd %2, %1, %0" : "+x"(sums) : "x"(lhs), "x"(rhs));
#else
    asm("vpdpwssd %2, %1, %0" : "+x"(sums) : "x"(lhs), "x"(rhs));
#endif
}
/// @}

}  // namespace pare::inline v0::arch::inline PARE_ISA
#endif
