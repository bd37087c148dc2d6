// SPDX-License-Identifier: MIT
// Bytes through a table of all 256.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include <pare/arch/tags.hpp>
#include <pare/core/config.hpp>

#if !defined(PARE_SCALAR_ONLY) && defined(__AVX2__) && defined(__FMA__)
#include <pare/arch/intrinsics.hpp>

namespace pare::inline v0::arch::inline PARE_ISA {

/// The first whole registers of to[i] = table[from[i]]; returns where they end. Sixteen tables of 16 each: of an index less the first
/// of a table, 0x70 added with saturation leaves the top bit clear where it is below 16, and a shuffle gives 0 where it is not.
PARE_INLINE std::size_t lookup_registers(std::uint8_t* to, const std::uint8_t* from, std::size_t count, const std::uint8_t* table, avx2) {
    __m256i parts[16];
    PARE_UNROLL for (std::size_t k = 0; k < 16; ++k) parts[k] =
        _mm256_broadcastsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(table + 16 * k)));
    const __m256i limit = _mm256_set1_epi8(0x70), sixteen = _mm256_set1_epi8(16);
    const std::size_t done = count / 32 * 32;
    for (std::size_t at = 0; at < done; at += 32) {
        __m256i index = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from + at));
        __m256i result = _mm256_shuffle_epi8(parts[0], _mm256_adds_epu8(index, limit));
        PARE_UNROLL for (std::size_t k = 1; k < 16; ++k) {
            index = _mm256_sub_epi8(index, sixteen);
            result = _mm256_or_si256(result, _mm256_shuffle_epi8(parts[k], _mm256_adds_epu8(index, limit)));
        }
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(to + at), result);
    }
    return done;
}

#if defined(__AVX512VNNI__) && defined(__AVX512BW__) && defined(__AVX512VL__)
#if defined(__AVX512VBMI__)
/// to[i] = table[from[i]] for all i < count, which it returns: a permutation of two registers is a table of 128.
PARE_INLINE std::size_t lookup_registers(std::uint8_t* to, const std::uint8_t* from, std::size_t count, const std::uint8_t* table,
                                         avx512_vnni) {
    const __m512i first = _mm512_loadu_si512(table), second = _mm512_loadu_si512(table + 64);
    const __m512i third = _mm512_loadu_si512(table + 128), fourth = _mm512_loadu_si512(table + 192);
    const auto look_up = [&](__m512i index) {
        const __m512i low = _mm512_permutex2var_epi8(first, index, second);
        return _mm512_mask_blend_epi8(_mm512_movepi8_mask(index), low, _mm512_permutex2var_epi8(third, index, fourth));
    };
    std::size_t done = 0;
    for (; done + 64 <= count; done += 64) _mm512_storeu_si512(to + done, look_up(_mm512_loadu_si512(from + done)));
    if (done < count) {
        const __mmask64 some = (std::uint64_t(1) << (count - done)) - 1;
        _mm512_mask_storeu_epi8(to + done, some, look_up(_mm512_maskz_loadu_epi8(some, from + done)));
    }
    return count;
}
#else
/// As avx2 does it.
PARE_INLINE std::size_t lookup_registers(std::uint8_t* to, const std::uint8_t* from, std::size_t count, const std::uint8_t* table,
                                         avx512_vnni) {
    return lookup_registers(to, from, count, table, avx2{});
}
#endif
#endif

}  // namespace pare::inline v0::arch::inline PARE_ISA
#endif

namespace pare::inline v0::arch::inline PARE_ISA {

/// to[i] = table[from[i], as an unsigned byte] for i < count; `to` may be `from`.
template <class To, class From, class A>
    requires(sizeof(To) == 1 && sizeof(From) == 1)
PARE_INLINE constexpr void lookup_bytes(To* to, const From* from, std::size_t count, const To* table, A arch) {
    std::size_t done = 0;
    if constexpr (requires(std::uint8_t* p) { lookup_registers(p, p, count, p, arch); }) {
        // A short array is done before the table is in registers.
        if (!std::is_constant_evaluated() && count >= 64)
            done = lookup_registers(reinterpret_cast<std::uint8_t*>(to), reinterpret_cast<const std::uint8_t*>(from), count,
                                    reinterpret_cast<const std::uint8_t*>(table), arch);
    }
    for (; done != count; ++done) to[done] = table[std::uint8_t(from[done])];
}

}  // namespace pare::inline v0::arch::inline PARE_ISA
