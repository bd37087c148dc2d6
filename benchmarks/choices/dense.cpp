// SPDX-License-Identifier: MIT
// Formats in which all weights are multiplied.
#include "cells.hpp"

void bench::add_dense(std::vector<cell>& cells) {
    using namespace pare;
    add_shapes<weights<int4, per_channel>>(cells);
    add_shapes<weights<int2, per_channel>>(cells);
    add_shapes<weights<ternary, per_channel>>(cells);
    add_shapes<weights<int8, per_channel, codebook<16>>>(cells);
    add_shapes<weights<int8, per_channel, n_of_m<2, 4>>>(cells, 50);
}
