// SPDX-License-Identifier: MIT
// Values among bytes, in the compiler and at run time.
#include <pare/kernel/element.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

#include "support/catch.hpp"

namespace {

using namespace pare;

template <class T>
constexpr bool comes_back(T value) {
    std::array<std::byte, 3 * sizeof(T)> bytes{};
    set_element(bytes.data(), 1, value);
    for (std::size_t i = 0; i < sizeof(T); ++i)
        if (bytes[i] != std::byte(0) || bytes[2 * sizeof(T) + i] != std::byte(0)) return false;
    return get_element<T>(bytes.data(), 1) == value;
}

template <class T>
void check(T value) {
    CHECK(comes_back(value));
}

}  // namespace

TEST_CASE("what is written among bytes is read again, and nothing beside it is touched") {
    STATIC_REQUIRE(comes_back(std::int8_t(-128)));
    STATIC_REQUIRE(comes_back(std::uint8_t(200)));
    STATIC_REQUIRE(comes_back(std::int16_t(-2)));
    STATIC_REQUIRE(comes_back(std::uint16_t(65535)));
    STATIC_REQUIRE(comes_back(std::uint32_t(0xdeadbeef)));
    STATIC_REQUIRE(comes_back(-1.5f));
    check(std::int8_t(-128)), check(std::int16_t(-2)), check(std::uint32_t(0xdeadbeef)), check(-1.5f);
}

TEST_CASE("bytes are little-endian") {
    std::array<std::byte, 4> bytes{};
    set_element(bytes.data(), 0, std::uint32_t(0x01020304));
    CHECK(bytes == std::array{std::byte(4), std::byte(3), std::byte(2), std::byte(1)});
}
