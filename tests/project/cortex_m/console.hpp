// SPDX-License-Identifier: MIT
// What a test program may ask of its machine, be it the host or a board: to print.
#pragma once

#include <cstdint>

/// Prints a text that ends with NUL.
void print(const char* text);

/// Prints a decimal number.
inline void print(std::int32_t value) {
    char text[12];
    char* at = text + sizeof text - 1;
    *at = 0;
    const bool negative = value < 0;
    auto rest = negative ? 0u - std::uint32_t(value) : std::uint32_t(value);
    do *--at = char('0' + rest % 10);
    while ((rest /= 10) != 0);
    if (negative) *--at = '-';
    print(at);
}
