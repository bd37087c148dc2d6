// SPDX-License-Identifier: MIT
// Layers that are packed for helium, run by plain C++ wherever this is compiled. Its instructions are compared on an emulated board
// (tests/project/cortex_m).
#include <pare/arch/helium.hpp>

#include "seams/layers.hpp"

namespace {

using namespace pare;

template <class Format, class Activation, fuzz::form_choice Form>
struct row : seams::row<Format, arch::helium, Form> {
    using activation = Activation;
};

template <class Format, class Activation>
void check() {
    seams::check_row<row<Format, Activation, fuzz::form_choice::expanded>>();
    seams::check_row<row<Format, Activation, fuzz::form_choice::coded>>();
    seams::check_row<row<Format, Activation, fuzz::form_choice::selected>>();
}

}  // namespace

TEST_CASE("products and convolutions for helium in plain C++") {
    check<weights<int8, per_channel>, std::int8_t>();
    check<weights<int8>, std::uint8_t>();
    check<weights<int4, per_group<5>>, std::int8_t>();
    check<weights<int8, affine>, std::uint8_t>();
    check<weights<int4>, std::int8_t>();
    check<weights<codebook<16>>, std::uint8_t>();
    check<weights<int8>, std::int16_t>();
}

TEST_CASE("weights that are gathered for helium in plain C++") {
    seams::check_row<row<weights<unstructured<>>, std::int8_t, fuzz::form_choice::gathered>>();
    seams::check_row<row<weights<unstructured<>>, std::uint8_t, fuzz::form_choice::gathered>>();
    seams::check_row<row<weights<unstructured<>, codebook<16>>, std::int8_t, fuzz::form_choice::selected>>();
}
