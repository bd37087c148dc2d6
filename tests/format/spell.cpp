// SPDX-License-Identifier: MIT
// Formats as users spell them.
#include <pare/format/spell.hpp>

#include <string>

#include "support/catch.hpp"

struct nameless {
    using axis = pare::axis::encoding;
    using value_type = std::int8_t;
    static constexpr int bits = 1, lowest = -4, highest = 4;
    static constexpr value_type decode(std::uint32_t code) { return value_type(code == 0 ? -4 : 4); }
};
struct powers : nameless {
    static constexpr std::string_view name = "powers";
};

namespace {

template <class Format>
std::string spelt() {
    std::string out;
    pare::spell<Format>(out);
    return out;
}

}  // namespace

TEST_CASE("a format is spelt as its user spells it") {
    using namespace pare;
    CHECK(spelt<weights<>>() == "int8");
    CHECK(spelt<weights<f32>>() == "f32");
    CHECK(spelt<weights<n_of_m<2, 4, 16>>>() == "int8, n_of_m<2, 4, 16>");
    CHECK(spelt<weights<codebook<16>, n_of_m<2, 4>, per_channel>>() == "int8, per_channel, n_of_m<2, 4>, codebook<16>");
    CHECK(spelt<weights<int4, per_group<32>>>() == "int4, per_group<32>");
    CHECK(spelt<weights<int16, affine, unstructured<>, codebook<3, per_channel>>>() ==
          "int16, affine, unstructured, codebook<3, per_channel>");
    CHECK(spelt<weights<ternary, unstructured<120>>>() == "ternary, unstructured<120>");
    CHECK(spelt<weights<binary, blocks<4, 8>>>() == "binary, blocks<4, 8>");
    CHECK(spelt<weights<uint8, channels>>() == "uint8, channels");
}

TEST_CASE("a policy of one's own is spelt by its name") {
    CHECK(spelt<pare::weights<powers, pare::per_channel>>() == "powers, per_channel");
    CHECK(pare::is_spelt<pare::weights<powers>>);
    CHECK(spelt<pare::weights<nameless>>() == "custom");
    CHECK_FALSE(pare::is_spelt<pare::weights<nameless>>);
    CHECK(pare::is_spelt<pare::weights<>>);
}

TEST_CASE("the text is made by the compiler too") {
    constexpr auto made = [] {
        pare::text<40> t;
        pare::spell<pare::weights<pare::int4, pare::per_channel>>(t);
        return t;
    }();
    static_assert(made.view() == "int4, per_channel");
    CHECK(made.view() == spelt<pare::weights<pare::int4, pare::per_channel>>());
}
