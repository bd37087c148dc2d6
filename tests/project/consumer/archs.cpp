// SPDX-License-Identifier: MIT
// Calls what pare_compile_for_archs compiled.
#include <cstdio>

#include <pare/arch/tags.hpp>

const char* name(pare::arch::scalar);

int main() { return std::puts(name(pare::arch::scalar{})) < 0; }
