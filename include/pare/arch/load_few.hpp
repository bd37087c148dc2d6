// SPDX-License-Identifier: MIT
// A unit of activations in a general register.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include <pare/core/config.hpp>

namespace pare::inline v0::arch::inline PARE_ISA {

/// Four bytes.
PARE_INLINE std::int32_t load_four(const void* p) {
    std::int32_t v;
    std::memcpy(&v, p, 4);
    return v;
}

/// One to three bytes, zeros after them, without touching a byte more: put together in a register, since a store of parts that is
/// read as a whole stalls.
PARE_INLINE std::int32_t load_few(const void* p, std::size_t bytes) {
    const auto* const at = static_cast<const std::uint8_t*>(p);
    if (bytes == 1) return at[0];
    std::uint16_t two;
    std::memcpy(&two, p, 2);
    return bytes == 2 ? std::int32_t(two) : std::int32_t(two | std::uint32_t(at[2]) << 16);
}

/// The same, each byte with its sign bit flipped.
PARE_INLINE std::int32_t load_few_flipped(const void* p, std::size_t bytes) {
    return load_few(p, bytes) ^ std::int32_t(0x80808080u & ((1u << (8 * bytes)) - 1u));
}

}  // namespace pare::inline v0::arch::inline PARE_ISA
