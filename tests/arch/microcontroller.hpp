// SPDX-License-Identifier: MIT
// Layers that are packed for an arch of a microcontroller, run by plain C++ wherever this is compiled. Instructions are compared with that
// on emulated boards (tests/project/cortex_m).
#pragma once

#include "seams/layers.hpp"

namespace microcontroller {

using namespace pare;

template <class Arch, class Format, class Activation, fuzz::form_choice Form>
struct row : seams::row<Format, Arch, Form> {
    using activation = Activation;
};

template <class Arch, class Format, class Activation>
void check() {
    seams::check_row<row<Arch, Format, Activation, fuzz::form_choice::expanded>>();
    seams::check_row<row<Arch, Format, Activation, fuzz::form_choice::coded>>();
    seams::check_row<row<Arch, Format, Activation, fuzz::form_choice::selected>>();
}

template <class Arch>
void check_all() {
    check<Arch, weights<int8, per_channel>, std::int8_t>();
    check<Arch, weights<int8>, std::uint8_t>();
    check<Arch, weights<int4, per_group<5>>, std::int8_t>();
    check<Arch, weights<int8, affine>, std::uint8_t>();
}

template <class Arch>
void check_gathered() {
    seams::check_row<row<Arch, weights<unstructured<>>, std::int8_t, fuzz::form_choice::gathered>>();
    seams::check_row<row<Arch, weights<unstructured<>>, std::uint8_t, fuzz::form_choice::gathered>>();
    seams::check_row<row<Arch, weights<unstructured<>, codebook<16>>, std::int8_t, fuzz::form_choice::selected>>();
}

}  // namespace microcontroller
