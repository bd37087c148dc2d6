// SPDX-License-Identifier: MIT
// Depthwise convolution in interleaved columns against the plain loops.
#include <pare/kernel/depthwise_columns.hpp>

#include "kernel/depthwise_cases.hpp"
#include "support/catch.hpp"

using namespace pare;

static_assert(kernels::interleaved_place(0) == 0 && kernels::interleaved_place(4) == 16 && kernels::interleaved_place(16) == 4 &&
              kernels::interleaved_place(63) == 63);

TEST_CASE("columns give what the plain loops give") {
    CHECK(depthwise_cases::check_all<arch::native>({1, 16, 31, 32, 33, 63, 64, 65, 130}, {1, 2, 3, 4, 7}) == 900);
}
