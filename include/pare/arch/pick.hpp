// SPDX-License-Identifier: MIT
// Some of an array's values, put side by side.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include <pare/arch/address.hpp>
#include <pare/arch/tags.hpp>
#include <pare/core/config.hpp>

namespace pare::inline v0::arch {

/// Values that one word of a mask chooses among.
inline constexpr std::size_t picked_at_once = 64;

}  // namespace pare::inline v0::arch

#if !defined(PARE_SCALAR_ONLY) && defined(__AVX512BW__) && defined(__AVX512VL__) && defined(__AVX512DQ__)
#include <pare/arch/intrinsics.hpp>

namespace pare::inline v0::arch::inline PARE_ISA {

namespace detail512 {
/// Picks the bytes of registers that a mask chooses: side by side, and any of them behind.
class byte_picker {
public:
#if defined(__AVX512VBMI__) && defined(__AVX512VBMI2__)
    PARE_INLINE explicit byte_picker(std::uint64_t mask) : places_(_mm512_maskz_compress_epi8(mask, _mm512_loadu_si512(all.data()))) {}
    /// A permutation by the places of the bytes, which are found once for all rows: to compress each took twice as long.
    PARE_INLINE __m512i operator()(__m512i bytes) const { return _mm512_permutexvar_epi8(places_, bytes); }

private:
    alignas(64) static constexpr std::array<std::uint8_t, 64> all = [] {
        std::array<std::uint8_t, 64> a{};
        for (std::size_t i = 0; i < a.size(); ++i) a[i] = std::uint8_t(i);
        return a;
    }();
    __m512i places_;
#else
    PARE_INLINE explicit byte_picker(std::uint64_t mask) : mask_(mask) {}
    /// Sixteen bytes at a time, as words.
    PARE_INLINE __m512i operator()(__m512i bytes) const {
        alignas(64) std::uint8_t from[64], to[80]{};
        _mm512_store_si512(from, bytes);
        std::size_t count = 0;
        PARE_UNROLL for (int part = 0; part < 4; ++part) {
            const std::uint16_t some = std::uint16_t(mask_ >> (16 * part));
            const __m512i words = _mm512_cvtepu8_epi32(_mm_load_si128(reinterpret_cast<const __m128i*>(from + 16 * part)));
            const __m128i chosen = _mm512_cvtepi32_epi8(_mm512_maskz_compress_epi32(some, words));
            _mm_storeu_si128(reinterpret_cast<__m128i*>(to + count), chosen);
            count += std::size_t(std::popcount(some));
        }
        return _mm512_loadu_si512(to);
    }

private:
    std::uint64_t mask_;
#endif
};
}  // namespace detail512

/// pick_values of bytes, a register of each row at a time.
template <std::size_t Rows, std::size_t Size, class T>
    requires(sizeof(T) == 1)
PARE_INLINE void pick_registers(T (&to)[Rows][Size], const std::array<const T*, Rows>& from, std::size_t first, std::size_t count,
                                const std::uint64_t* masks, avx512) {
    std::size_t filled = 0;
    for (std::size_t at = 0; at < count; at += picked_at_once, ++masks) {
        const detail512::byte_picker pick(*masks);
        // One address for all rows, and one for what they become: twelve of each would not stay in registers.
        const T* const read = whole_address(from[0] + (first + at));
        T* const written = whole_address(&to[0][0] + filled);
        if (count - at >= picked_at_once) {
            PARE_UNROLL for (std::size_t i = 0; i < Rows; ++i)
                _mm512_storeu_si512(written + i * Size, pick(_mm512_loadu_si512(read + (from[i] - from[0]))));
        } else {
            // What lies behind the rows is not read.
            PARE_UNROLL for (std::size_t i = 0; i < Rows; ++i)
                _mm512_storeu_si512(written + i * Size, pick(_mm512_maskz_loadu_epi8(*masks, read + (from[i] - from[0]))));
        }
        filled += std::size_t(std::popcount(*masks));
    }
}

}  // namespace pare::inline v0::arch::inline PARE_ISA
#endif

namespace pare::inline v0::arch::inline PARE_ISA {

/// to[i] = the values among from[i][first .. first + count) of which the bit is set in `masks`, the lowest bit of the first word being of
/// from[i][first]; behind them, up to a whole `Unit`, any values. No bit is set for what lies behind `count`. `to` has room for 64 values
/// more than are picked.
template <std::size_t Unit, std::size_t Rows, std::size_t Size, class T, class A>
PARE_INLINE constexpr void pick_values(T (&to)[Rows][Size], const std::array<const T*, Rows>& from, std::size_t first, std::size_t count,
                                       const std::uint64_t* masks, A arch) {
    static_assert(Unit <= picked_at_once);
    if constexpr (requires { pick_registers(to, from, first, count, masks, arch); }) {
        if (!std::is_constant_evaluated()) return pick_registers(to, from, first, count, masks, arch);
    }
    for (std::size_t i = 0; i < Rows; ++i) {
        std::size_t filled = 0;
        for (std::size_t k = 0; k < count; ++k)
            if (masks[k / picked_at_once] >> (k % picked_at_once) & 1) to[i][filled++] = from[i][first + k];
        for (; filled % Unit != 0; ++filled) to[i][filled] = T{};
    }
}

}  // namespace pare::inline v0::arch::inline PARE_ISA
