// SPDX-License-Identifier: MIT
// Operations of avx2 on words of binary values against the portable ones.
#include <pare/arch/avx2_binary.hpp>

#include "arch/operations.hpp"
#include "support/catch.hpp"

using pare::arch::avx2;

// Nothing of avx2 may be named where it is not compiled in, so the checks depend on the tag.
template <class Arch>
static void check_words() {
    if constexpr (pare::arch::compiled_for<Arch>) operations::check_dot<Arch, pare::arch::dot1<pare::binary_word, pare::binary_word>>();
}

TEST_CASE("counts of differing bits by avx2 equal the portable ones") {
    if (operations::is_here<avx2>()) check_words<avx2>();
}
