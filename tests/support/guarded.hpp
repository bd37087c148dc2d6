// SPDX-License-Identifier: MIT
// Memory that faults where it is read or written past its ends, and a storage policy that keeps everything in it.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstdlib>
#include <new>
#include <vector>

#if defined(__SANITIZE_ADDRESS__)
#define PARE_TEST_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define PARE_TEST_ASAN 1
#endif
#endif

namespace support {

/// Slots between pages that may not be touched. A buffer ends where its slot ends, or begins where it begins; so half of the draws
/// see each end. The address sanitizer does the same for both ends at once, so under it the heap is used. Its functions are called:
/// inlined into each vector's destructor they were a fifth of what kernel/bit_rows takes to compile.
class guarded_memory {
public:
    static constexpr std::size_t slots = 64, slot_bytes = std::size_t(1) << 25;

    /// One for the whole program.
    [[gnu::noinline]] static guarded_memory& get() {
        static guarded_memory memory;
        return memory;
    }

    /// Buffers that follow end at a guard page, or begin behind one.
    void put_at_end(bool at_end) { at_end_ = at_end; }

    [[gnu::noinline]] void* allocate(std::size_t bytes) {
        if (bytes > slot_bytes || free_ == 0) throw std::bad_alloc();
        std::byte* const slot = slot_at(free_slots_[--free_]);
        return at_end_ ? slot + slot_bytes - bytes : slot;
    }
    [[gnu::noinline]] void deallocate(void* p) {
        free_slots_[free_++] = std::size_t(static_cast<std::byte*>(p) - base_) / (slot_bytes + page_);
    }

private:
    guarded_memory() : page_(std::size_t(sysconf(_SC_PAGESIZE))) {
        const std::size_t all = slots * (slot_bytes + page_) + page_;
        void* const p = mmap(nullptr, all, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (p == MAP_FAILED) std::abort();
        base_ = static_cast<std::byte*>(p);
        for (std::size_t i = 0; i <= slots; ++i)
            if (mprotect(base_ + i * (slot_bytes + page_), page_, PROT_NONE) != 0) std::abort();
        for (std::size_t i = 0; i < slots; ++i) free_slots_[free_++] = i;
    }
    std::byte* slot_at(std::size_t i) const { return base_ + i * (slot_bytes + page_) + page_; }

    std::size_t page_;
    std::byte* base_ = nullptr;
    std::array<std::size_t, slots> free_slots_{};
    std::size_t free_ = 0;
    bool at_end_ = true;
};

template <class T>
struct guarded_allocator {
    using value_type = T;
    guarded_allocator() = default;
    template <class U>
    guarded_allocator(const guarded_allocator<U>&) {}

    T* allocate(std::size_t n) {
#if defined(PARE_TEST_ASAN)
        return static_cast<T*>(::operator new(n * sizeof(T)));
#else
        return static_cast<T*>(guarded_memory::get().allocate(n * sizeof(T)));
#endif
    }
    void deallocate(T* p, std::size_t) {
#if defined(PARE_TEST_ASAN)
        ::operator delete(p);
#else
        guarded_memory::get().deallocate(p);
#endif
    }
    friend bool operator==(guarded_allocator, guarded_allocator) { return true; }
};

template <class T>
using guarded_vector = std::vector<T, guarded_allocator<T>>;

/// Storage of tensors and packed weights in guarded memory.
struct guarded {
    template <class T, std::size_t>
    using array = guarded_vector<T>;
};

}  // namespace support
