// SPDX-License-Identifier: MIT
// Text in place, cut where it is full; numbers; the hash.
#include <pare/core/text.hpp>

#include <array>
#include <limits>
#include <string>

#include "support/catch.hpp"

namespace {

template <class Number>
constexpr pare::text<24> decimal(Number n) {
    pare::text<24> t;
    pare::append_number(t, n);
    return t;
}

constexpr std::uint64_t hash_of(std::string_view characters) {
    pare::fnv1a hash;
    hash.append(characters);
    return hash.value();
}

}  // namespace

TEST_CASE("numbers are written in decimal and hexadecimal") {
    CHECK(decimal(0u).view() == "0");
    CHECK(decimal(1230u).view() == "1230");
    CHECK(decimal(std::numeric_limits<std::uint64_t>::max()).view() == "18446744073709551615");
    static_assert(decimal(90u).view() == "90");
    std::string hex;
    pare::append_hex(hex, 0x0123456789abcdefu);
    CHECK(hex == "0123456789abcdef");
}

TEST_CASE("what does not fit is left out and told") {
    pare::text<4> t;
    t.append("ab");
    CHECK(t.view() == "ab");
    CHECK_FALSE(t.cut());
    t.append("cd");
    CHECK_FALSE(t.cut());
    t.append("e");
    CHECK(t.view() == "abcd");
    CHECK(t.cut());

    std::array<char, 3> buffer{};
    pare::text_writer writer(buffer);
    writer.append("xy");
    CHECK_FALSE(writer.cut());
    writer.append("zz");
    CHECK(writer.view() == "xyz");
    CHECK(writer.cut());
}

TEST_CASE("FNV-1a gives the values of its authors") {
    static_assert(hash_of("") == 0xcbf29ce484222325u);
    CHECK(hash_of("a") == 0xaf63dc4c8601ec8cu);
    CHECK(hash_of("foobar") == 0x85944171f73967e8u);
}
