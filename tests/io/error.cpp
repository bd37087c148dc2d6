// SPDX-License-Identifier: MIT
// The sentence of a bad file.
#include <pare/io/error.hpp>

#include <concepts>
#include <stdexcept>

#include "support/catch.hpp"

namespace io = pare::io;

TEST_CASE("an error of a file is one sentence") {
    STATIC_REQUIRE(std::derived_from<io::error, std::runtime_error>);
    CHECK_THROWS_WITH(io::detail::fail("net.safetensors, w", "size", "3 bytes", "4 bytes"),
                      "net.safetensors, w: size; got 3 bytes; needs 4 bytes");
    CHECK_THROWS_AS(io::detail::fail("a", "b", "c", "d"), io::error);
}

TEST_CASE("one byte, and others") {
    CHECK(io::detail::bytes_text(0) == "0 bytes");
    CHECK(io::detail::bytes_text(1) == "1 byte");
    CHECK(io::detail::bytes_text(1ull << 40) == "1099511627776 bytes");
}
