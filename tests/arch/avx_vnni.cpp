// SPDX-License-Identifier: MIT
// Operations of avx_vnni against the portable ones.
#include <pare/arch/avx_vnni.hpp>

#include <cstdint>

#include "arch/operations.hpp"
#include "support/catch.hpp"

using pare::arch::avx_vnni;

// Nothing of avx_vnni may be named where it is not compiled in, so the checks depend on the tag.
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
        SECTION("floats") { check_dot<Arch, real>(); }
        SECTION("four bits through a table") { check_lookup<Arch, bytes>(); }
        SECTION("outputs") { check_stores<Arch, bytes, 1, 2>(); }
        SECTION("floats clamped") { check_clamped<Arch, real, 1>(), check_clamped<Arch, real, 2>(); }
    }
}

TEST_CASE("operations of avx_vnni equal the portable ones") {
    if (operations::is_here<avx_vnni>()) check_all<avx_vnni>();
}
