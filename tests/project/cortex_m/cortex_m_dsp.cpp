// SPDX-License-Identifier: MIT
// Layers on the instructions for signal processing of a Cortex-M4, which a host follows in plain C++, against the scalar arch.
#include "all_layers.hpp"

int main() { return layers::compare_all<pare::arch::cortex_m_dsp>(); }
