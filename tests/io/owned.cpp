// SPDX-License-Identifier: MIT
// Storage of a host holds what only the data knows.
#include <pare/format/stored_weights.hpp>
#include <pare/io/owned.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <vector>

#if defined(__GLIBC__)
#include <malloc.h>
#endif

#include "support/catch.hpp"

TEST_CASE("arrays of registers begin with a cache line") {
    // Several of each, since memory of the usual kind begins with a line now and then.
    for (std::size_t n = 1; n < 40; ++n) {
        const pare::owned::register_array<std::int8_t, pare::dynamic> bytes(n);
        const pare::owned::register_array<float, 3> numbers(n);
        CHECK(reinterpret_cast<std::uintptr_t>(bytes.data()) % 64 == 0);
        CHECK(reinterpret_cast<std::uintptr_t>(numbers.data()) % 64 == 0);
    }
    CHECK(pare::line_allocator<int>() == pare::line_allocator<float>());
}

TEST_CASE("large arrays of registers begin with a huge page") {
    using array = pare::owned::register_array<std::int32_t, pare::dynamic>;
    const std::size_t limit = array::allocator_type::huge_page / sizeof(std::int32_t);
    for (const std::size_t n : {limit - 1, limit, limit + 3}) {
        array values(n, 7);
        const bool is_large = n >= limit;
        CHECK(reinterpret_cast<std::uintptr_t>(values.data()) % (is_large ? std::size_t(2) << 20 : 64) == 0);
        values.resize(is_large ? 5 : 2 * n);  // from one kind of memory to the other
        values.shrink_to_fit();
        CHECK((values.front() == 7 && values[4] == 7));
        CHECK(reinterpret_cast<std::uintptr_t>(values.data()) % (is_large ? 64 : std::size_t(2) << 20) == 0);
    }
}

#if defined(__GLIBC__) && defined(MADV_HUGEPAGE) && !defined(PARE_SANITIZED)
TEST_CASE("large arrays have new pages where somebody had small ones") {
    // Out of a heap, as memory comes from once a program has given some of that size back.
    constexpr std::size_t page = pare::line_allocator<unsigned char>::huge_page, all = 8 * page;
    REQUIRE(mallopt(M_MMAP_THRESHOLD, 1 << 30) == 1);
    {
        void* const first = std::malloc(all);
        std::memset(first, 7, all);
        const std::vector<char> behind(page);  // so that the heap does not shrink
        const auto from = reinterpret_cast<std::uintptr_t>(first);
        std::free(first);
        pare::line_allocator<unsigned char> pages;
        unsigned char* const again = pages.allocate(2 * page);
        const auto at = reinterpret_cast<std::uintptr_t>(again);
        REQUIRE((at >= from && at + 2 * page <= from + all));
        for (std::size_t i = 0; i < 2 * page; i += 4096) REQUIRE(again[i] == 0);
        pages.deallocate(again, 2 * page);
    }
    REQUIRE(mallopt(M_MMAP_THRESHOLD, 128 * 1024) == 1);
}
#endif

TEST_CASE("vectors, whatever the count") {
    using namespace pare;
    STATIC_REQUIRE(
        (std::same_as<owned::array<float, 7>, std::vector<float>> && std::same_as<owned::array<float, dynamic>, std::vector<float>>));

    using weights_type = stored_weights<weights<unstructured<>>, 2, 3, owned>;
    weights_type w;
    CHECK(w.bytes() == 0);
    w.positions = {std::byte(0x40)};  // parameter 0, gap 2: the third of the first row
    w.codes = {std::byte(0xfb)};
    w.scales = {0.5f};
    w.bias = {1, 2};
    CHECK(w.bytes() == 1 + 1 + 4 + 8);
    const weights_type copy = w;
    w.codes[0] = std::byte(0);  // a copy has its own
    int visits = 0;
    CHECK(visit_weights(copy, 2, 3, [&](std::size_t n, std::size_t k, std::int32_t value) {
        CHECK((n == 0 && k == 2 && value == -5));
        ++visits;
    }));
    CHECK(visits == 1);
}
