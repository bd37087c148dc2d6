// SPDX-License-Identifier: MIT
// Constants as source text: a compiler reads back what was written.
#include <pare/io/literal.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "support/catch.hpp"

namespace {

using namespace pare;

std::string bytes_text(const std::string& characters) { return io::detail::bytes_literal(std::as_bytes(std::span(characters))); }

/// What a compiler makes of the string literals in a text.
std::vector<std::byte> read_back(const std::string& text) {
    std::vector<std::byte> bytes;
    bool inside = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '"') {
            inside = !inside;
        } else if (inside && text[i] == '\\') {
            unsigned value = 0, digits = 0;
            while (digits < 3 && text[i + 1] >= '0' && text[i + 1] <= '7') value = value * 8 + unsigned(text[++i] - '0'), ++digits;
            REQUIRE(digits > 0);
            bytes.push_back(std::byte(value));
        } else if (inside) {
            REQUIRE(text[i] >= ' ');
            REQUIRE(text[i] <= '~');
            bytes.push_back(std::byte(text[i]));
        }
    }
    CHECK_FALSE(inside);
    return bytes;
}

}  // namespace

TEST_CASE("bytes as string literals") {
    CHECK(bytes_text("ab c") == "    \"ab c\"");
    CHECK(bytes_text(std::string("\0", 1)) == "    \"\\0\"");
    CHECK(bytes_text(std::string("\0\0015\0019\x7f\xff", 7)) == "    \"\\0\\0015\\0019\\177\\377\"");
    CHECK(bytes_text("\"\\?\n") == "    \"\\42\\134\\77\\12\"");

    std::mt19937 lots(1);
    std::vector<std::byte> bytes(20000);
    for (std::byte& b : bytes) b = std::byte(lots() % 4 == 0 ? '0' + lots() % 10 : lots() % 256);
    const std::string text = io::detail::bytes_literal(bytes);
    CHECK(read_back(text) == bytes);
    std::size_t longest = 0, column = 0;
    for (const char c : text) longest = std::max(longest, column = c == '\n' ? 0 : column + 1);
    CHECK(longest <= 120);
    CHECK(read_back(io::detail::bytes_literal({})).empty());
}

TEST_CASE("numbers as literals, exactly") {
    CHECK(io::detail::literal(0.1f) == "0x1.99999ap-4f");
    CHECK(io::detail::literal(-std::numeric_limits<float>::infinity()) == "-std::numeric_limits<float>::infinity()");
    CHECK(io::detail::literal(std::int32_t(-5)) == "-5");
    CHECK(io::detail::literal(multiplier{1073741824, -3}) == "{1073741824, -3}");
    CHECK(io::detail::list_literal(std::span<const std::int16_t>(std::array<std::int16_t, 3>{1, -2, 3})) == "{\n    1, -2, 3,}");
}

TEST_CASE("names that C++ takes") {
    for (const char* name : {"a", "_a1", "a::b", "my::net_2::x"}) CHECK(io::detail::is_identifier(name));
    for (const char* name : {"", "1a", "a-b", "a::", "::a", "a:b", "a::1", "a b", "a:::b"}) CHECK_FALSE(io::detail::is_identifier(name));
}
