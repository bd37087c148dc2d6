// SPDX-License-Identifier: MIT
// Addresses as the compiler is to keep them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include <pare/core/config.hpp>

namespace pare::inline v0::arch::inline PARE_ISA {

/// `p`, of which the compiler does not know where it comes from: what is added to it afterwards is part of an instruction or of a loop,
/// and is not taken to be an address of its own that is kept throughout.
template <class T>
PARE_INLINE constexpr T* whole_address(T* p) {
    if (!std::is_constant_evaluated()) asm("" : "+r"(p));
    return p;
}

/// The first address from `p` on that is a multiple of `Bytes`.
template <std::size_t Bytes, class T>
PARE_INLINE T* aligned_address(T* p) {
    return p + (Bytes - reinterpret_cast<std::uintptr_t>(p) % Bytes) % Bytes / sizeof(T);
}

}  // namespace pare::inline v0::arch::inline PARE_ISA
