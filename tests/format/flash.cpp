// SPDX-License-Identifier: MIT
// Arrays of constants: bytes out of string literals, others out of arrays, and models of both that are constants themselves.
#include <pare/format/flash.hpp>
#include <pare/format/stored_weights.hpp>

#include <cstddef>
#include <cstdint>

#include "support/catch.hpp"

namespace {

using namespace pare;

constexpr unsigned char codes[4 + 1] = "\001\002\377\200";
constexpr float scales[2] = {0.5f, 0.25f};

using weights_type = stored_weights<weights<per_channel>, 2, 2, flash>;
constexpr weights_type constant = [] {
    weights_type w;
    w.codes = {codes, 4};
    w.scales = {scales, 2};
    return w;
}();

}  // namespace

TEST_CASE("constants are found where they lie") {
    STATIC_REQUIRE(constant.scales[1] == 0.25f);
    STATIC_REQUIRE(constant.codes.size() == 4);
    STATIC_REQUIRE(constant.positions.size() == 0);
    STATIC_REQUIRE(constant.bytes() == 4 + 2 * sizeof(float));
    CHECK(static_cast<const void*>(constant.codes.data()) == codes);
    CHECK(constant.codes[2] == std::byte(0xff));
    CHECK(constant.scales.data() == scales);

    const flash_array<std::int8_t> integers(codes, 4);
    CHECK(integers[2] == -1);
    CHECK(integers[3] == -128);
}
