// SPDX-License-Identifier: MIT
// The console of the host.
#include <cstdio>

#include "console.hpp"

void print(const char* text) { std::fputs(text, stdout); }
