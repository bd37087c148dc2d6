// SPDX-License-Identifier: MIT
// Operations of avx512 against the portable ones.
#include <pare/arch/avx512.hpp>

#include <cstdint>

#include "arch/operations.hpp"
#include "support/catch.hpp"

using pare::arch::avx512;

// Nothing of avx512 may be named where it is not compiled in, so the checks depend on the tag.
template <class Arch>
static void check_all() {
    if constexpr (pare::arch::compiled_for<Arch>) {
        using namespace operations;
        using bytes = typename Arch::template dot_for<std::int8_t, std::int8_t>;
        using words = typename Arch::template dot_for<std::int16_t, std::int16_t>;
        using real = typename Arch::template dot_for<float, float>;
        using narrow = typename Arch::template narrow_dot_for<std::int8_t, std::int8_t>;
        SECTION("bytes") { check_dot<Arch, bytes>(); }
        SECTION("narrow bytes") { check_dot<Arch, narrow>(); }
        SECTION("bytes of two rows") { check_pairs<Arch, std::int8_t>(), check_pairs<Arch, std::uint8_t>(); }
        SECTION("16 bits") { check_dot<Arch, words>(); }
        SECTION("gathered words") { check_gather<Arch, bytes>(), check_gather<Arch, words>(); }
        SECTION("floats") { check_dot<Arch, real>(); }
        SECTION("four bits through a table") { check_lookup<Arch, bytes>(), check_lookup<Arch, narrow>(); }
        SECTION("outputs") { check_stores<Arch, bytes, 1, 2, 3, 4>(); }
        SECTION("floats clamped") { check_clamped<Arch, real, 1>(), check_clamped<Arch, real, 4>(); }
    }
}

TEST_CASE("operations of avx512 equal the portable ones") {
    if (operations::is_here<avx512>()) check_all<avx512>();
}
