// SPDX-License-Identifier: MIT
// Outputs of avx512 that are requantised by integers against the formulas of single numbers.
#include <pare/arch/avx512_fixed_point.hpp>

#include "arch/operations.hpp"
#include "support/catch.hpp"

using pare::arch::avx512;

// Nothing of avx512 may be named where it is not compiled in, so the checks depend on the tag.
template <class Arch>
static void check_all() {
    using bytes = typename Arch::template dot_for<std::uint8_t, std::int8_t>;
    if constexpr (pare::arch::compiled_for<Arch>) operations::check_fixed_points<Arch, bytes, 1, 2, 3, 4>();
}

TEST_CASE("requantisation by integers in registers of avx512 equals that of single sums") {
    if (operations::is_here<avx512>()) check_all<avx512>();
}
