// SPDX-License-Identifier: MIT
// Numbers as the report writes them.
#pragma once

#include <cmath>
#include <cstddef>
#include <string>

#include <fmt/format.h>

namespace digits {

/// 1334168 as "1,334,168".
inline std::string grouped(std::size_t number) {
    const std::string digits = std::to_string(number);
    std::string text;
    for (std::size_t i = 0; i < digits.size(); ++i) {
        if (i > 0 && (digits.size() - i) % 3 == 0) text += ',';
        text += digits[i];
    }
    return text;
}

/// Bytes at an axis: "50 kB", "1 MB".
inline std::string bytes_text(double bytes) {
    return bytes >= 1e6   ? fmt::format("{:g} MB", bytes / 1e6)
           : bytes >= 1e3 ? fmt::format("{:g} kB", bytes / 1e3)
                          : fmt::format("{:g} B", bytes);
}

/// A number with a true minus; what rounds to zero has none.
inline std::string signed_text(double value, int decimals) {
    const std::string text = fmt::format("{:.{}f}", std::abs(value), decimals);
    const bool is_zero = text.find_first_not_of("0.") == std::string::npos;
    return fmt::format("{}{}", value < 0 && !is_zero ? "\u2212" : "", text);
}

/// Text that stands out where `strong`.
inline std::string strong_if(bool strong, const std::string& text) { return strong ? fmt::format("<strong>{}</strong>", text) : text; }

/// 0.00035 as "3.5×10⁻⁴".
inline std::string scientific(double value) {
    if (!(value > 0)) return "0";
    std::string text = fmt::format("{:.1e}", value);
    const std::size_t e = text.find('e');
    const int power = std::stoi(text.substr(e + 1));
    if (power == 0) return text.substr(0, e);
    std::string result = text.substr(0, e) + "\u00d710";
    if (power < 0) result += "\u207b";
    static constexpr const char* digits_above[] = {"\u2070", "\u00b9", "\u00b2", "\u00b3", "\u2074",
                                                   "\u2075", "\u2076", "\u2077", "\u2078", "\u2079"};
    for (const char c : std::to_string(std::abs(power))) result += digits_above[c - '0'];
    return result;
}

/// A power of ten at an axis: "10⁻⁴"; other values as above.
inline std::string power_text(double value) {
    if (value == 1) return "1";
    const std::string text = scientific(value), one = "1.0\u00d7";
    return text.starts_with(one) ? text.substr(one.size()) : text;
}

}  // namespace digits
