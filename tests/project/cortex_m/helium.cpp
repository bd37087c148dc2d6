// SPDX-License-Identifier: MIT
// Layers on Helium, which a board has and a host follows in plain C++, against the scalar arch.
#include "all_layers.hpp"

int main() { return layers::compare_all<pare::arch::helium>(); }
