// SPDX-License-Identifier: MIT
// Products of signed activations with unsigned weights, whose sums begin with those of rows (execution::sums_rows): the operations of an
// arch's bytes with the sides exchanged.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include <pare/arch/avx2.hpp>
#include <pare/arch/avx512.hpp>
#include <pare/arch/avx512_vnni.hpp>
#include <pare/arch/avx_vnni.hpp>
#include <pare/arch/dot.hpp>
#include <pare/arch/tags.hpp>
#include <pare/core/config.hpp>

namespace pare::inline v0::arch::inline PARE_ISA {

/// The step that multiplies the same with the sides exchanged.
template <summing_step D>
using exchanged_step = std::conditional_t<std::same_as<D, narrow_summed_dot>, narrow_dot, dot<4, std::uint8_t, std::int8_t, std::int32_t>>;

/// @{
/// The operation of this name that portable.hpp specifies.
template <summing_step D, instruction_set A>
    requires(!A::portable)
PARE_INLINE auto load_rhs(const std::uint8_t* p, D, A a) {
    return load_rhs(reinterpret_cast<const std::int8_t*>(p), exchanged_step<D>{}, a);
}
template <summing_step D, instruction_set A>
    requires(!A::portable)
PARE_INLINE auto broadcast_lhs(const std::int8_t* p, D, A a) {
    return broadcast_lhs(reinterpret_cast<const std::uint8_t*>(p), exchanged_step<D>{}, a);
}
template <summing_step D, instruction_set A>
    requires(!A::portable)
PARE_INLINE auto broadcast_lhs_tail(const std::int8_t* p, std::size_t count, D, A a) {
    return broadcast_lhs_tail(reinterpret_cast<const std::uint8_t*>(p), count, exchanged_step<D>{}, a);
}
template <class Register, summing_step D, instruction_set A>
    requires(!A::portable)
PARE_INLINE void multiply_add(Register& sums, Register lhs, Register rhs, D, A a) {
    multiply_add(sums, rhs, lhs, exchanged_step<D>{}, a);
}
/// @}

/// Adds a value to each sum: four bytes of each lane are one. Not where the arch changes them at the load.
template <class Register, class D, instruction_set A>
    requires(!A::portable && D::unit == 4 && (summing_step<D> || std::same_as<typename D::lhs, std::uint8_t>))
PARE_INLINE void add_value(Register& sums, std::int32_t value, D d, A a) {
    add_sums(sums, broadcast_lhs(reinterpret_cast<const typename D::lhs*>(&value), d, a), d, a);
}

}  // namespace pare::inline v0::arch::inline PARE_ISA

#if !defined(PARE_SCALAR_ONLY) && defined(__AVX2__) && defined(__FMA__)
namespace pare::inline v0::arch::inline PARE_ISA {

/// What `count` bytes add up to: each 128 more, eight at a time.
PARE_INLINE std::int32_t sum_of_bytes(const std::int8_t* p, std::size_t count, avx2) {
    const __m256i flip = _mm256_set1_epi8(char(-128));
    __m256i sums = _mm256_setzero_si256();
    std::size_t i = 0;
    for (; i + 32 <= count; i += 32)
        sums = _mm256_add_epi64(sums, _mm256_sad_epu8(_mm256_xor_si256(detail256::load(p + i), flip), _mm256_setzero_si256()));
    std::array<std::int64_t, 4> parts;
    detail256::store(parts.data(), sums);
    std::int64_t sum = parts[0] + parts[1] + parts[2] + parts[3] - 128 * std::int64_t(i);
    for (; i < count; ++i) sum += p[i];
    return std::int32_t(sum);
}

}  // namespace pare::inline v0::arch::inline PARE_ISA
#endif

#if !defined(PARE_SCALAR_ONLY) && defined(__AVX512BW__) && defined(__AVX512VL__) && defined(__AVX512DQ__)
namespace pare::inline v0::arch::inline PARE_ISA {

/// What `count` bytes add up to: each 128 more, eight at a time.
PARE_INLINE std::int32_t sum_of_bytes(const std::int8_t* p, std::size_t count, avx512) {
    const __m512i flip = _mm512_set1_epi8(char(-128));
    __m512i sums = _mm512_setzero_si512();
    for (std::size_t i = 0; i < count; i += 64) {
        const __m512i bytes = _mm512_xor_si512(_mm512_mask_loadu_epi8(flip, detail512::bits_between(0, count, i), p + i), flip);
        sums = _mm512_add_epi64(sums, _mm512_sad_epu8(bytes, _mm512_setzero_si512()));
    }
    return std::int32_t(_mm512_reduce_add_epi64(sums) - 128 * std::int64_t(count));
}

}  // namespace pare::inline v0::arch::inline PARE_ISA
#endif

#if !defined(PARE_SCALAR_ONLY) && defined(__AVX512VNNI__) && defined(__AVX512BW__) && defined(__AVX512VL__) && defined(__AVX512DQ__)
namespace pare::inline v0::arch::inline PARE_ISA {

/// The operation of this name that portable.hpp specifies; not one instruction, to which weights would have to be the signed side.
PARE_INLINE void multiply_add_loaded(__m512i& sums, __m512i lhs, const std::uint8_t* rhs, summed_dot d, avx512_vnni a) {
    multiply_add(sums, lhs, _mm512_loadu_si512(rhs), d, a);
}

/// What `count` bytes add up to: they are multiplied by one, 64 at a time.
PARE_INLINE std::int32_t sum_of_bytes(const std::int8_t* p, std::size_t count, avx512_vnni) {
    const __m512i ones = _mm512_set1_epi8(1);
    __m512i sums[2] = {_mm512_setzero_si512(), _mm512_setzero_si512()};
    std::size_t i = 0;
    for (; i + 128 <= count; i += 128) {
        sums[0] = _mm512_dpbusd_epi32(sums[0], ones, _mm512_loadu_si512(p + i));
        sums[1] = _mm512_dpbusd_epi32(sums[1], ones, _mm512_loadu_si512(p + i + 64));
    }
    for (; i < count; i += 64)
        sums[0] = _mm512_dpbusd_epi32(sums[0], ones, _mm512_maskz_loadu_epi8(detail512::bits_between(0, count, i), p + i));
    return _mm512_reduce_add_epi32(_mm512_add_epi32(sums[0], sums[1]));
}

}  // namespace pare::inline v0::arch::inline PARE_ISA
#endif
