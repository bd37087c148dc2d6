// SPDX-License-Identifier: MIT
// The canonical text of a model: what is part of it, what is not, and that it never changes by accident.
#include <pare/model/fingerprint.hpp>
#include <pare/model/model.hpp>

#include <string>

#include "support/catch.hpp"

struct nameless {
    using axis = pare::axis::encoding;
    using value_type = std::int8_t;
    static constexpr int bits = 1, lowest = -4, highest = 4;
    static constexpr value_type decode(std::uint32_t code) { return value_type(code == 0 ? -4 : 4); }
};

namespace {

using namespace pare;

template <class... Weights>
using net = model<input<int8, 6, 6, 2>, conv2d<4, window<3, 3>, stride<2>, same, groups<2>, weights<Weights...>, relu6>, residual<relu>,
                  flatten, linear<3, out<int16>>>;

template <class... Options>
using layer = model<input<int8, 6, 6, 2>, conv2d<4, window<3, 3>, Options...>>;

template <class Model>
std::string fingerprint() {
    std::string text;
    append_fingerprint<Model>(text);
    return text;
}

}  // namespace

TEST_CASE("the text of a model, which files depend on") {
    CHECK(fingerprint<net<per_channel>>() ==
          "input int8 6x6x2\n"
          "conv2d 0 -> int8 3x3x4; weights 4x9 int8, per_channel; window 3x3 stride 2x2 dilation 1x1 padding 0x0; groups 2"
          "; from 0000000000000000; to 0000000040c00000\n"
          "activation 1 -> int8 3x3x4; from 0000000000000000\n"
          "add 2 1 -> int8 3x3x4\n"
          "flatten 3 -> int8 1x1x36\n"
          "linear 4 -> int16 1x1x3; weights 3x36 int8\n");
    STATIC_REQUIRE(model_hash<net<per_channel>> == 11137520555256992001u);
    fnv1a hash;
    hash.append(fingerprint<net<per_channel>>());
    CHECK(hash.value() == model_hash<net<per_channel>>);
}

TEST_CASE("what changes the meaning of parameters changes the hash") {
    constexpr auto base = model_hash<layer<>>;
    STATIC_REQUIRE(base != model_hash<layer<same>>);
    STATIC_REQUIRE(base != model_hash<layer<stride<2>>>);
    STATIC_REQUIRE(base != model_hash<layer<dilation<2>>>);
    STATIC_REQUIRE(base != model_hash<layer<groups<2>>>);
    STATIC_REQUIRE(base != model_hash<layer<relu>>);
    STATIC_REQUIRE(model_hash<layer<relu>> != model_hash<layer<relu6>>);
    STATIC_REQUIRE(base != model_hash<layer<out<int16>>>);
    STATIC_REQUIRE(base != model_hash<layer<weights<int7>>>);
    STATIC_REQUIRE(base != model_hash<layer<weights<unstructured<>>>>);
    STATIC_REQUIRE(base != model_hash<as_float<layer<>>>);
    STATIC_REQUIRE(model_hash<model<input<int8, 4>, residual<linear<4>, linear<4>>>> !=
                   model_hash<model<input<int8, 4>, linear<4>, residual<linear<4>>>>);
}

TEST_CASE("names, roundings and spellings do not") {
    STATIC_REQUIRE(model_hash<layer<>> == model_hash<layer<named<"x">>>);
    STATIC_REQUIRE(model_hash<layer<>> == model_hash<layer<rounding::single>>);
    STATIC_REQUIRE(model_hash<layer<>> == model_hash<layer<weights<int8, per_tensor>, valid>>);
}

TEST_CASE("a policy without a name has no fingerprint") {
    STATIC_REQUIRE(has_fingerprint<layer<relu>>);
    STATIC_REQUIRE_FALSE(has_fingerprint<layer<weights<nameless>>>);
}
