// SPDX-License-Identifier: MIT
// Layers for cortex_m_dsp, in plain C++.
#include <pare/arch/cortex_m_dsp.hpp>

#include "microcontroller.hpp"

using namespace pare;

TEST_CASE("products and convolutions for cortex_m_dsp in plain C++") { microcontroller::check_all<arch::cortex_m_dsp>(); }

TEST_CASE("weights that are gathered for cortex_m_dsp in plain C++") { microcontroller::check_gathered<arch::cortex_m_dsp>(); }
