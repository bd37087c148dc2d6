// SPDX-License-Identifier: MIT
// Constants as C++ source text.
#pragma once

#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <span>
#include <string>
#include <string_view>

#include <pare/core/config.hpp>
#include <pare/core/fixed_point.hpp>

namespace pare::inline v0::io::detail {

inline constexpr std::size_t source_columns = 120;

/// A float exactly, in hexadecimal.
inline std::string float_literal(float value) {
    if (std::isinf(value)) return value < 0 ? "-std::numeric_limits<float>::infinity()" : "std::numeric_limits<float>::infinity()";
    char buffer[32];
    std::snprintf(buffer, sizeof buffer, "%af", double(value));
    return buffer;
}

template <std::integral T>
std::string literal(T value) {
    return std::to_string(value);
}
inline std::string literal(float value) { return float_literal(value); }
inline std::string literal(multiplier m) { return "{" + literal(m.mantissa) + ", " + literal(m.shift) + "}"; }

/// Numbers in braces, on lines of `source_columns`.
template <class T>
std::string list_literal(std::span<const T> values) {
    std::string text = "{", line = "\n   ";
    for (const T& value : values) {
        const std::string item = " " + literal(value) + ",";
        if (line.size() + item.size() > source_columns) {
            text += line;
            line = "\n   ";
        }
        line += item;
    }
    return text + line + "}";
}

/// Bytes as a string literal of several lines; the compiler appends one NUL. Printable characters stand for themselves, others are
/// octal: a hexadecimal escape has no end, and a question mark may begin a trigraph.
inline std::string bytes_literal(std::span<const std::byte> bytes) {
    std::string text, line = "    \"";
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        const auto c = std::to_integer<unsigned>(bytes[i]);
        if (line.size() + 5 > source_columns) {
            text += line + "\"\n";
            line = "    \"";
        }
        if (c >= 0x20 && c < 0x7f && c != '"' && c != '\\' && c != '?') {
            line += char(c);
        } else {
            // Fewer than three digits where no digit follows that would be taken for another.
            const unsigned next = i + 1 < bytes.size() ? std::to_integer<unsigned>(bytes[i + 1]) : 0;
            const bool all = '0' <= next && next <= '9';
            line += '\\';
            if (all || c >= 0100) line += char('0' + (c >> 6));
            if (all || c >= 010) line += char('0' + (c >> 3 & 7));
            line += char('0' + (c & 7));
        }
    }
    return text + line + "\"";
}

/// Whether a name is one of C++, or several joined by "::".
inline bool is_identifier(std::string_view name) {
    bool fresh = true;  // a name begins here
    for (std::size_t i = 0; i < name.size(); ++i) {
        const char c = name[i];
        const bool letter = ('a' <= c && c <= 'z') || ('A' <= c && c <= 'Z') || c == '_';
        if (c == ':' && !fresh && i + 1 < name.size() && name[i + 1] == ':') {
            ++i;
            fresh = true;
        } else if (letter || (!fresh && '0' <= c && c <= '9')) {
            fresh = false;
        } else {
            return false;
        }
    }
    return !fresh;
}

}  // namespace pare::inline v0::io::detail
