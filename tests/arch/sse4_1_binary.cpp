// SPDX-License-Identifier: MIT
// Operations of sse4_1 on words of binary values against the portable ones.
#include <pare/arch/sse4_1_binary.hpp>

#include "arch/operations.hpp"
#include "support/catch.hpp"

using pare::arch::sse4_1;

// Nothing of sse4_1 may be named where it is not compiled in, so the checks depend on the tag.
template <class Arch>
static void check_words() {
    if constexpr (pare::arch::compiled_for<Arch>) operations::check_dot<Arch, pare::arch::dot1<pare::binary_word, pare::binary_word>>();
}

TEST_CASE("counts of differing bits by sse4_1 equal the portable ones") {
    if (operations::is_here<sse4_1>()) check_words<sse4_1>();
}
