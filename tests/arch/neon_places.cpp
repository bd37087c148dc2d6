// SPDX-License-Identifier: MIT
// Activations that lanes of neon_dotprod and neon_i8mm pick, against the portable operations.
#include <pare/arch/neon_places.hpp>

#include <cstdint>

#include "arch/operations.hpp"
#include "support/catch.hpp"

using pare::arch::neon_dotprod;
using pare::arch::neon_i8mm;

// Nothing of an arch may be named where it is not compiled in, so the checks depend on the tag.
template <class Arch>
static void check_all() {
    if constexpr (pare::arch::compiled_for<Arch>) {
        using namespace operations;
        using bytes = typename Arch::template dot_for<std::int8_t, std::int8_t>;
        using copied = typename Arch::template copied_dot_for<std::uint8_t, std::int8_t>;
        SECTION("gathered bytes") { check_gather<Arch, bytes>(), check_gather<Arch, copied>(); }
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
