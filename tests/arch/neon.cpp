// SPDX-License-Identifier: MIT
// Operations of neon, neon_dotprod and neon_i8mm against the portable ones.
#include <pare/arch/neon.hpp>

#include <cstdint>

#include "arch/operations.hpp"
#include "support/catch.hpp"

using pare::arch::neon;
using pare::arch::neon_dotprod;
using pare::arch::neon_i8mm;

// Nothing of an arch may be named where it is not compiled in, so the checks depend on the tag.
template <class Arch>
static void check_all() {
    if constexpr (pare::arch::compiled_for<Arch>) {
        using namespace operations;
        using bytes = typename Arch::template dot_for<std::int8_t, std::int8_t>;
        using unsigned_bytes = typename Arch::template dot_for<std::uint8_t, std::int8_t>;
        using words = typename Arch::template dot_for<std::int16_t, std::int16_t>;
        using words_and_bytes = typename Arch::template dot_for<std::int16_t, std::int8_t>;
        using real = typename Arch::template dot_for<float, float>;
        SECTION("bytes") { check_dot<Arch, bytes>(); }
        SECTION("unsigned bytes") { check_dot<Arch, unsigned_bytes>(); }
        SECTION("16 bits") { check_dot<Arch, words>(); }
        SECTION("16 bits and bytes") { check_dot<Arch, words_and_bytes>(); }
        SECTION("floats") { check_dot<Arch, real>(); }
        if constexpr (bytes::unit == 4) {
            SECTION("four bits through a table") { check_lookup<Arch, bytes>(); }
            SECTION("four bits through a table, unsigned activations") { check_lookup<Arch, unsigned_bytes>(); }
        }
        SECTION("outputs") { check_stores<Arch, bytes, 1, 2, 3, 4>(); }
        SECTION("floats clamped") { check_clamped<Arch, real, 1>(), check_clamped<Arch, real, 4>(); }
    }
}

TEST_CASE("operations of neon equal the portable ones") {
    if (operations::is_here<neon>()) check_all<neon>();
}
TEST_CASE("operations of neon_dotprod equal the portable ones") {
    if (operations::is_here<neon_dotprod>()) check_all<neon_dotprod>();
}
TEST_CASE("operations of neon_i8mm equal the portable ones") {
    if (operations::is_here<neon_i8mm>()) check_all<neon_i8mm>();
}
