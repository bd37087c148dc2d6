// SPDX-License-Identifier: MIT
// Storage on a host: vectors, and those that begin where lines of a cache do.
#pragma once

#include <cstddef>
#include <new>
#include <vector>

#include <pare/core/config.hpp>

namespace pare::inline v0 {

/// Allocates whole cache lines, or registers of 64 bytes. Where weights begin in the middle of one, each load of a register takes two: a
/// product of 1 x 256 x 256 took 1.5 times as long.
template <class T>
struct line_allocator {
    using value_type = T;                             ///< what is allocated
    static constexpr std::align_val_t alignment{64};  ///< of the first element, in bytes

    line_allocator() = default;  ///< all of them are alike
    /// One for another type.
    template <class U>
    constexpr line_allocator(const line_allocator<U>&) {}

    /// Memory for `n` elements; throws std::bad_alloc where there is none.
    T* allocate(std::size_t n) { return static_cast<T*>(::operator new(n * sizeof(T), alignment)); }
    /// Gives memory back.
    void deallocate(T* p, std::size_t) { ::operator delete(p, alignment); }
    /// What one has allocated any may give back.
    template <class U>
    constexpr bool operator==(const line_allocator<U>&) const {
        return true;
    }
};

/// Storage of its own on a host: counts need not be known to the compiler.
struct owned {
    /// An array of any count.
    template <class T, std::size_t>
    using array = std::vector<T>;
    /// One that registers are read from.
    template <class T, std::size_t>
    using register_array = std::vector<T, line_allocator<T>>;
};

}  // namespace pare::inline v0
