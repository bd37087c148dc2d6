// SPDX-License-Identifier: MIT
// Text without a heap: characters in place, and what can be written to.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <pare/core/config.hpp>

namespace pare::inline v0 {

/// Takes characters: `text`, `text_writer`, `fnv1a`, or a std::string on a host.
template <class S>
concept text_sink = requires(S s, std::string_view characters) { s.append(characters); };

/// Writes into characters that belong to somebody else. What does not fit is left out, and `cut` says so.
class text_writer {
public:
    constexpr explicit text_writer(std::span<char> buffer) : buffer_(buffer) {}  ///< writes to the front of `buffer`

    /// Writes what fits.
    constexpr void append(std::string_view characters) {
        const std::size_t fits = std::min(characters.size(), buffer_.size() - size_);
        std::copy_n(characters.data(), fits, buffer_.data() + size_);
        size_ += fits;
        cut_ = cut_ || fits < characters.size();
    }

    constexpr std::string_view view() const { return {buffer_.data(), size_}; }  ///< what was written
    constexpr bool cut() const { return cut_; }                                  ///< whether something did not fit

private:
    std::span<char> buffer_;
    std::size_t size_ = 0;
    bool cut_ = false;
};

/// At most `Capacity` characters. What does not fit is left out, and `cut` says so.
template <std::size_t Capacity>
class text {
public:
    /// Appends what fits.
    constexpr void append(std::string_view characters) {
        const std::size_t fits = std::min(characters.size(), Capacity - size_);
        std::copy_n(characters.data(), fits, characters_ + size_);
        size_ += fits;
        cut_ = cut_ || fits < characters.size();
    }

    constexpr std::string_view view() const { return {characters_, size_}; }  ///< what was appended
    constexpr bool cut() const { return cut_; }                               ///< whether something did not fit

private:
    char characters_[Capacity]{};
    std::size_t size_ = 0;
    bool cut_ = false;
};

/// The 64-bit FNV-1a hash of what is appended (http://www.isthe.com/chongo/tech/comp/fnv).
class fnv1a {
public:
    /// Hashes the characters too.
    constexpr void append(std::string_view characters) {
        for (const char c : characters) value_ = (value_ ^ std::uint8_t(c)) * 0x100000001b3u;
    }

    constexpr std::uint64_t value() const { return value_; }  ///< the hash so far

private:
    std::uint64_t value_ = 0xcbf29ce484222325u;
};

/// Appends a number in decimal.
template <std::unsigned_integral N>
constexpr void append_number(text_sink auto& out, N number) {
    char digits[20];
    std::size_t at = sizeof digits;
    std::uint64_t rest = number;
    do digits[--at] = char('0' + rest % 10);
    while ((rest /= 10) != 0);
    out.append({digits + at, sizeof digits - at});
}

/// Appends a number of 64 bits as 16 hexadecimal digits.
constexpr void append_hex(text_sink auto& out, std::uint64_t number) {
    char digits[16];
    for (int i = 0; i < 16; ++i) digits[i] = "0123456789abcdef"[number >> (60 - 4 * i) & 15];
    out.append({digits, sizeof digits});
}

}  // namespace pare::inline v0
