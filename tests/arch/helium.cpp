// SPDX-License-Identifier: MIT
// Layers for helium, in plain C++.
#include <pare/arch/helium.hpp>

#include "microcontroller.hpp"

using namespace pare;

TEST_CASE("products and convolutions for helium in plain C++") {
    microcontroller::check_all<arch::helium>();
    using microcontroller::check;
    check<arch::helium, weights<int4>, std::int8_t>();
    check<arch::helium, weights<codebook<16>>, std::uint8_t>();
    check<arch::helium, weights<int8>, std::int16_t>();
}

TEST_CASE("weights that are gathered for helium in plain C++") { microcontroller::check_gathered<arch::helium>(); }
