// SPDX-License-Identifier: MIT
// Storage on a host: vectors, and those that begin where lines of a cache do.
#pragma once

#include <cstddef>
#include <new>
#include <vector>

#if __has_include(<sys/mman.h>)
#include <sys/mman.h>
#endif

#include <pare/core/config.hpp>

namespace pare::inline v0 {

/// Allocates whole cache lines, or registers of 64 bytes. Where weights begin in the middle of one, each load of a register takes two: a
/// product of 1 x 256 x 256 took 1.5 times as long. Memory of whole huge pages begins with one, and Linux is asked for them: a row with
/// a matrix of 4096 reads 16 MB, which are 4096 entries of a table that holds 3072 (Zen 4).
template <class T>
struct line_allocator {
    using value_type = T;                               ///< what is allocated
    static constexpr std::align_val_t alignment{64};    ///< of the first element, in bytes
    static constexpr std::size_t huge_page = 1u << 21;  ///< the same where elements take that many bytes or more

    line_allocator() = default;  ///< all of them are alike
    /// One for another type.
    template <class U>
    constexpr line_allocator(const line_allocator<U>&) {}

    /// Memory for `n` elements; throws std::bad_alloc where there is none.
    T* allocate(std::size_t n) {
        void* p = ::operator new(n * sizeof(T), alignment_of(n));
#if defined(MADV_HUGEPAGE)
        // Advice: where it is refused, pages are small. So is what is left behind the last huge one. What somebody had there before lies in
        // small ones already; it is given back, so that pages are new when they are written.
        if (const std::size_t whole = n * sizeof(T) / huge_page * huge_page; whole > 0) {
            madvise(p, whole, MADV_DONTNEED);
            madvise(p, whole, MADV_HUGEPAGE);
        }
#endif
        return static_cast<T*>(p);
    }
    /// Gives memory back.
    void deallocate(T* p, std::size_t n) { ::operator delete(p, alignment_of(n)); }
    /// What one has allocated any may give back.
    template <class U>
    constexpr bool operator==(const line_allocator<U>&) const {
        return true;
    }

private:
    static constexpr std::align_val_t alignment_of(std::size_t n) {
        return n * sizeof(T) < huge_page ? alignment : std::align_val_t(huge_page);
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
