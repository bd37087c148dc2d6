// SPDX-License-Identifier: MIT
// Operations of avx512_vnni against the portable ones.
#include <pare/arch/avx512_vnni.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

#include "arch/operations.hpp"
#include "support/catch.hpp"

using pare::arch::avx512_vnni;

// Codes of `Bits` bits, four in a nibble of bytes that two steps share and the others above each place, through a table.
template <class Arch, std::size_t Bits, int Half>
static void check_places() {
    using namespace operations;
    using bytes = typename Arch::template dot_for<std::uint8_t, std::int8_t>;
    constexpr std::size_t codes = std::size_t(1) << Bits;
    for (std::uint64_t i = 0; i < 500; ++i) {
        lots r(10, 64, i);
        const auto table = draw_all<std::int8_t, codes>(r);
        std::array<std::byte, 64> places{}, nibbles{};
        std::array<std::int32_t, 16> wanted{}, got{};
        std::array<std::uint8_t, 64> ones{};
        ones.fill(1);
        for (std::size_t k = 0; k < 64; ++k) {
            // Of five bits the upper bit of a place is never looked at.
            const std::size_t code = r.below(codes), unseen = Bits == 5 ? r.below(2) << 7 : 0;
            places[k] = std::byte(r.below(64) | code >> 4 << 6 | unseen);
            nibbles[k] = std::byte((code & 15) << (4 * Half) | r.below(16) << (4 - 4 * Half));
            wanted[k / 4] += table[code];
        }
        auto sums = zero_sums(bytes{}, Arch{});
        const auto of_step = load_places(places.data(), bytes{}, Arch{});
        const auto shared = load_nibbles(nibbles.data(), bytes{}, Arch{});
        const auto weights = [&] {
            if constexpr (Bits == 5) return lookup_places<Half>(shared, of_step, load_table32(table.data(), Arch{}), bytes{}, Arch{});
            else return lookup_places<Half>(shared, of_step, load_table64(table.data(), Arch{}), bytes{}, Arch{});
        }();
        // Whatever lies above places, activations are those of the lower six bits.
        multiply_add(sums, gather_lhs(ones.data(), of_step, bytes{}, Arch{}), weights, bytes{}, Arch{});
        store_sums(got.data(), sums, bytes{}, Arch{});
        REQUIRE(got == wanted);
    }
}

#if defined(__AVX512VBMI__)
// Activations out of a table by a nibble of places with a number above it, whatever else the places say.
template <class Arch, int Half, std::size_t Span>
static void check_tables() {
    using namespace operations;
    using bytes = typename Arch::template dot_for<std::uint8_t, std::int8_t>;
    for (std::uint64_t i = 0; i < 200; ++i) {
        lots r(12, 64, i);
        const auto x = draw_all<std::uint8_t, Span>(r);
        std::array<std::uint8_t, 64> order{};
        for (std::uint8_t& place : order) place = std::uint8_t(r.below(Span));
        std::array<std::uint8_t, 4> numbers{};
        for (std::uint8_t& number : numbers) number = std::uint8_t(r.below(4));
        std::array<std::byte, 64> places{};
        for (std::byte& place : places) place = std::byte(r.below(256));
        const auto weights = draw_all<std::int8_t, 64>(r);
        std::array<std::int32_t, 16> wanted{}, got{};
        for (std::size_t k = 0; k < 64; ++k)
            wanted[k / 4] +=
                x[order[(std::to_integer<std::size_t>(places[k]) >> (4 * Half) & 15) | std::size_t(numbers[k % 4]) << 4]] * weights[k];
        auto sums = zero_sums(bytes{}, Arch{});
        const auto table = table_of_span<Span>(broadcast_span<Span>(x.data(), bytes{}, Arch{}), order, bytes{}, Arch{});
        const auto index = index_of_places<Half>(load_places(places.data(), bytes{}, Arch{}), numbers, bytes{}, Arch{});
        multiply_add(sums, pick_from_table(table, index, bytes{}, Arch{}), load_rhs(weights.data(), bytes{}, Arch{}), bytes{}, Arch{});
        store_sums(got.data(), sums, bytes{}, Arch{});
        REQUIRE(got == wanted);
    }
}
#endif

// Activations out of windows of two registers that end where memory does, whatever the upper bit of a place.
template <class Arch>
static void check_wide_gather() {
    using namespace operations;
    using bytes = typename Arch::template dot_for<std::uint8_t, std::int8_t>;
    for (std::uint64_t i = 0; i < 500; ++i) {
        lots r(10, 128, i);
        support::guarded_memory::get().put_at_end(i % 2 == 0);
        support::guarded_vector<std::uint8_t> x(pare::arch::wide_gather_window_of<Arch, bytes>);
        for (std::uint8_t& v : x) v = draw<std::uint8_t>(r);
        std::array<std::byte, 64> places{};
        for (std::byte& p : places) p = std::byte(r.below(256));
        const auto weights = draw_all<std::int8_t, 64>(r);
        std::array<std::int32_t, 16> wanted{}, got{};
        for (std::size_t k = 0; k < 64; ++k) wanted[k / 4] += x[std::to_integer<std::size_t>(places[k]) % 128] * weights[k];
        auto sums = zero_sums(bytes{}, Arch{});
        multiply_add(sums, gather_wide_lhs(x.data(), load_places(places.data(), bytes{}, Arch{}), bytes{}, Arch{}),
                     load_rhs(weights.data(), bytes{}, Arch{}), bytes{}, Arch{});
        store_sums(got.data(), sums, bytes{}, Arch{});
        REQUIRE(got == wanted);
    }
}

// Nothing of avx512_vnni may be named where it is not compiled in, so the checks depend on the tag.
template <class Arch>
static void check_all() {
    if constexpr (pare::arch::compiled_for<Arch>) {
        using namespace operations;
        using bytes = typename Arch::template dot_for<std::int8_t, std::int8_t>;
        using unsigned_bytes = typename Arch::template dot_for<std::uint8_t, std::int8_t>;
        using words = typename Arch::template dot_for<std::int16_t, std::int16_t>;
        using real = typename Arch::template dot_for<float, float>;
        SECTION("bytes, flipped") { check_dot<Arch, bytes>(); }
        SECTION("unsigned bytes") { check_dot<Arch, unsigned_bytes>(); }
        SECTION("16 bits") { check_dot<Arch, words>(); }
        SECTION("gathered bytes") { check_gather<Arch, unsigned_bytes>(); }
        SECTION("gathered bytes out of two registers") { check_wide_gather<Arch>(); }
        SECTION("codes above places") {
            check_places<Arch, 6, 0>(), check_places<Arch, 6, 1>();
#if defined(__AVX512VBMI__)
            check_places<pare::arch::zen4, 5, 0>(), check_places<pare::arch::zen4, 5, 1>();
#endif
        }
#if defined(__AVX512VBMI__)
        SECTION("activations out of tables") {
            check_tables<Arch, 0, 8>(), check_tables<Arch, 1, 8>(), check_tables<Arch, 0, 16>(), check_tables<Arch, 1, 16>();
            check_tables<pare::arch::zen4, 0, 8>(), check_tables<pare::arch::zen4, 1, 8>(), check_tables<pare::arch::zen4, 0, 16>();
        }
#endif
        SECTION("sums in another order") {
            check_arranged<Arch, bytes, 1>(), check_arranged<Arch, bytes, 2>();
            check_arranged<Arch, bytes, 3>(), check_arranged<Arch, bytes, 4>();
        }
        SECTION("floats") { check_dot<Arch, real>(); }
        SECTION("four bits through a table") { check_lookup<Arch, bytes>(); }
        SECTION("outputs") { check_stores<Arch, bytes, 1, 2, 3, 4>(); }
        SECTION("floats clamped") { check_clamped<Arch, real, 1>(), check_clamped<Arch, real, 4>(); }
    }
}

TEST_CASE("operations of avx512_vnni equal the portable ones") {
    if (operations::is_here<avx512_vnni>()) check_all<avx512_vnni>();
}
