// SPDX-License-Identifier: MIT
// Exports a weak function that any other object may export too: the symbol check must refuse it.
#include <pare/arch/tags.hpp>

template <class T>
[[gnu::noinline]] T twice(T x) {
    return x + x;
}

int planted(pare::arch::native, int x) { return twice(x); }
