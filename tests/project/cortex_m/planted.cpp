// SPDX-License-Identifier: MIT
// Allocates: the check must refuse it.
#include "console.hpp"

int main() {
    const volatile int size = 3;
    auto* x = new int[std::uint32_t(size)]();
    print(x[0]);
    delete[] x;
}
