// SPDX-License-Identifier: MIT
// Activations that lanes of neon_dotprod and neon_i8mm pick, against the portable operations.
#include <pare/arch/neon_places.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

#include "arch/operations.hpp"
#include "support/catch.hpp"
#include "support/guarded.hpp"

using pare::arch::neon_dotprod;
using pare::arch::neon_i8mm;

// Sums of activations that bits of bytes choose out of a span, which may end where memory does.
template <class Arch, class D, std::size_t Span, std::size_t Shift, std::size_t Bits>
static void check_span(const std::array<std::uint8_t, 4>& bases) {
    using lhs = typename D::lhs;
    for (std::uint64_t i = 0; i < 300; ++i) {
        operations::lots r(10, Span + Shift, i);
        support::guarded_memory::get().put_at_end(i % 2 == 0);
        support::guarded_vector<lhs> x(Span);
        for (lhs& v : x) v = operations::draw<lhs>(r);
        std::array<std::byte, 16> bytes{};
        for (std::byte& b : bytes) b = std::byte(r.below(256));
        const auto weights = operations::draw_all<std::int8_t, 16>(r);
        auto sums = zero_sums(D{}, Arch{});
        const auto places = load_group_places<Shift, Bits>(bytes.data(), bases, D{}, Arch{});
        multiply_add(sums, pick_from_span(broadcast_span<Span>(x.data(), D{}, Arch{}), places, D{}, Arch{}),
                     load_rhs(weights.data(), D{}, Arch{}), D{}, Arch{});
        std::array<std::int32_t, 4> got{}, wanted{};
        store_sums(got.data(), sums, D{}, Arch{});
        for (std::size_t k = 0; k < 16; ++k) {
            const std::size_t place = (std::to_integer<std::size_t>(bytes[k]) >> Shift & ((1u << Bits) - 1)) | bases[k % 4];
            wanted[k / 4] += x[place] * weights[k];
        }
        REQUIRE(got == wanted);
    }
}

// Nothing of an arch may be named where it is not compiled in, so the checks depend on the tag.
template <class Arch>
static void check_all() {
    if constexpr (pare::arch::compiled_for<Arch>) {
        using namespace operations;
        using bytes = typename Arch::template dot_for<std::int8_t, std::int8_t>;
        using copied = typename Arch::template copied_dot_for<std::uint8_t, std::int8_t>;
        SECTION("gathered bytes") { check_gather<Arch, bytes>(), check_gather<Arch, copied>(); }
        SECTION("bytes of a span") {
            check_span<Arch, bytes, 8, 0, 2>({0, 0, 4, 4}), check_span<Arch, bytes, 16, 2, 2>({0, 4, 8, 12});
            check_span<Arch, copied, 8, 6, 2>({0, 0, 4, 4}), check_span<Arch, copied, 8, 7, 1>({0, 2, 4, 6});
            // Places of eight take four bits, of which a base may have the highest.
            check_span<Arch, copied, 16, 4, 4>({0, 0, 8, 8}), check_span<Arch, bytes, 16, 0, 4>({0, 0, 0, 0});
        }
        SECTION("sums in another order") {
            check_arranged<Arch, bytes, 1>(), check_arranged<Arch, bytes, 2>();
            check_arranged<Arch, bytes, 3>(), check_arranged<Arch, bytes, 4>();
        }
    }
}

TEST_CASE("lanes of neon_dotprod pick what portable ones do") {
    if (operations::is_here<neon_dotprod>()) check_all<neon_dotprod>();
}
TEST_CASE("lanes of neon_i8mm pick what portable ones do") {
    if (operations::is_here<neon_i8mm>()) check_all<neon_i8mm>();
}
