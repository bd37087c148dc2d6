// SPDX-License-Identifier: MIT
// Values among bytes, little-endian, in the compiler and at run time.
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include <pare/core/bits.hpp>
#include <pare/core/config.hpp>

namespace pare::inline v0::inline PARE_ISA {

/// Element `i` of little-endian `T`s.
template <class T>
PARE_INLINE constexpr T get_element(const std::byte* p, std::size_t i) {
    if (std::is_constant_evaluated()) {
        const std::uint32_t bits = read_bits(p, i * sizeof(T) * 8, int(sizeof(T) * 8));
        if constexpr (sizeof(T) == sizeof bits) return std::bit_cast<T>(bits);
        else return T(bits);
    }
    T value;
    std::memcpy(&value, p + i * sizeof(T), sizeof(T));
    return value;
}

/// Writes `value` as the little-endian element `i`.
template <class T>
constexpr void set_element(std::byte* p, std::size_t i, T value) {
    std::uint32_t bits = 0;
    if constexpr (std::same_as<T, binary_word>) bits = value.bits;
    else if constexpr (std::floating_point<T>) bits = std::bit_cast<std::uint32_t>(value);
    else bits = std::uint32_t(value);
    for (std::size_t b = 0; b < sizeof(T); ++b) p[i * sizeof(T) + b] = std::byte((bits >> (8 * b)) & 0xff);
}

}  // namespace pare::inline v0::inline PARE_ISA
