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

#if !defined(PARE_SCALAR_ONLY) && defined(__ARM_NEON) && defined(__aarch64__) && defined(__ARM_FEATURE_DOTPROD)
#include <pare/arch/intrinsics.hpp>

namespace pare::inline v0::arch::inline PARE_ISA {

namespace detail128 {
/// The places of the bits that are set in each byte, side by side.
alignas(16) inline constexpr std::array<std::array<std::uint8_t, 8>, 256> places_of_bits = [] {
    std::array<std::array<std::uint8_t, 8>, 256> all{};
    for (std::size_t byte = 0; byte < all.size(); ++byte)
        for (std::uint8_t bit = 0, count = 0; bit < 8; ++bit)
            if (byte >> bit & 1) all[byte][count++] = bit;
    return all;
}();
/// What brings two lists of eight places to one, of which the first has so many.
alignas(16) inline constexpr std::array<std::array<std::uint8_t, 16>, 9> joined_lists = [] {
    std::array<std::array<std::uint8_t, 16>, 9> all{};
    for (std::size_t first = 0; first < all.size(); ++first)
        for (std::size_t i = 0; i < 16; ++i) all[first][i] = std::uint8_t(i < first ? i : i - first + 8);
    return all;
}();
/// The places of the bits that are set in a word of 16, of which the lower eight have `first`.
PARE_INLINE uint8x16_t places_in(std::uint64_t mask, std::size_t first) {
    const uint8x8_t low = vld1_u8(places_of_bits[mask & 255].data()), high = vld1_u8(places_of_bits[mask >> 8 & 255].data());
    return vqtbl1q_u8(vcombine_u8(low, vadd_u8(high, vdup_n_u8(8))), vld1q_u8(joined_lists[first].data()));
}
/// How many bits are set in each byte: `std::popcount` goes by way of a vector register for each.
PARE_INLINE std::uint64_t counts_of_bytes(std::uint64_t mask) {
    mask -= mask >> 1 & 0x5555555555555555u;
    mask = (mask & 0x3333333333333333u) + (mask >> 2 & 0x3333333333333333u);
    return (mask + (mask >> 4)) & 0x0f0f0f0f0f0f0f0fu;
}
}  // namespace detail128

/// pick_values of bytes, sixteen of each row at a time.
template <std::size_t Rows, std::size_t Size, class T>
    requires(sizeof(T) == 1)
PARE_INLINE void pick_registers(T (&to)[Rows][Size], const std::array<const T*, Rows>& from, std::size_t first, std::size_t count,
                                const std::uint64_t* masks, neon_dotprod) {
    std::size_t filled = 0;
    for (std::size_t at = 0; at < count; at += picked_at_once, ++masks) {
        const std::uint64_t mask = *masks, counts = detail128::counts_of_bytes(mask);
        // Byte b counts those of the bytes up to it.
        const std::uint64_t sums = counts * 0x0101010101010101u;
        const std::size_t here = count - at < picked_at_once ? count - at : picked_at_once;
        for (std::size_t k = 0; k < here; k += 16) {
            const std::size_t before = k == 0 ? 0 : sums >> (k - 8) & 255;
            const auto* const read = reinterpret_cast<const std::uint8_t*>(whole_address(from[0] + (first + at + k)));
            auto* const written = reinterpret_cast<std::uint8_t*>(whole_address(&to[0][0] + filled + before));
            if (here - k >= 16) {
                const uint8x16_t places = detail128::places_in(mask >> k, counts >> k & 255);
                PARE_UNROLL for (std::size_t i = 0; i < Rows; ++i)
                    vst1q_u8(written + i * Size, vqtbl1q_u8(vld1q_u8(read + (from[i] - from[0])), places));
            } else {
                // What lies behind the rows is not read.
                for (std::size_t i = 0; i < Rows; ++i)
                    for (std::size_t j = k, n = 0; j < here; ++j)
                        if (mask >> j & 1) written[i * Size + n++] = (read + (from[i] - from[0]))[j - k];
            }
        }
        filled += sums >> 56;
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
