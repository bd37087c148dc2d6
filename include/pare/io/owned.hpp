// SPDX-License-Identifier: MIT
// Storage on a host: vectors, and those that begin where lines of a cache do.
#pragma once

#include <cstddef>
#include <new>
#include <vector>

#include <pare/core/config.hpp>

namespace pare::inline v0 {

/// Memory from the front of a line of a cache on. Registers of packed weights are as long as a line, and one that lies in two takes twice
/// as long to read: a product of one row whose weights lie in L2 took 1.6 times as long where an allocator gave 16 bytes.
template <class T>
struct line_allocator {
    using value_type = T;                             ///< what is allocated
    static constexpr std::align_val_t alignment{64};  ///< of what is allocated
    line_allocator() = default;                       ///< there is nothing to it
    template <class U>
    constexpr line_allocator(const line_allocator<U>&) {}  ///< all are alike

    /// Memory for `count` values.
    T* allocate(std::size_t count) { return static_cast<T*>(::operator new(count * sizeof(T), alignment)); }
    /// Gives it back.
    void deallocate(T* p, std::size_t) { ::operator delete(p, alignment); }
    /// All are alike.
    template <class U>
    friend constexpr bool operator==(line_allocator, line_allocator<U>) {
        return true;
    }
};

/// Storage of its own on a host: counts need not be known to the compiler.
struct owned {
    /// An array of any count.
    template <class T, std::size_t>
    using array = std::vector<T>;
};

/// The same from the front of a line of a cache on, for packed weights: pack<Arch, owned_lines>(parameters).
struct owned_lines {
    /// An array of any count.
    template <class T, std::size_t>
    using array = std::vector<T, line_allocator<T>>;
};

}  // namespace pare::inline v0
