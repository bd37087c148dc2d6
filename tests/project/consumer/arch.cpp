// SPDX-License-Identifier: MIT
// Compiled once for each arch.
#include <pare/arch/tags.hpp>

const char* name(pare::arch::native) { return pare::arch::native::name.data(); }
