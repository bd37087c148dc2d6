// SPDX-License-Identifier: MIT
// Operations of avx512, and of avx512_vnni, on words of binary values against the portable ones.
#include <pare/arch/avx512_binary.hpp>

#include "arch/operations.hpp"
#include "support/catch.hpp"

using pare::arch::avx512, pare::arch::avx512_vnni;

// Nothing of avx512 may be named where it is not compiled in, so the checks depend on the tag.
template <class Arch>
static void check_words() {
    if constexpr (pare::arch::compiled_for<Arch>) operations::check_dot<Arch, pare::arch::dot1<pare::binary_word, pare::binary_word>>();
}

TEST_CASE("counts of differing bits by avx512 equal the portable ones") {
    if (operations::is_here<avx512>()) check_words<avx512>();
    if (operations::is_here<avx512_vnni>()) check_words<avx512_vnni>();
}
