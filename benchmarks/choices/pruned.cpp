// SPDX-License-Identifier: MIT
// Weights that are pruned one by one.
#include "cells.hpp"

void bench::add_pruned(std::vector<cell>& cells) {
    for (const int absent : {50, 70, 80, 90, 95})
        add_shapes<pare::weights<pare::int8, pare::per_channel, pare::unstructured<>>>(cells, absent);
}
