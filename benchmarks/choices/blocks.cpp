// SPDX-License-Identifier: MIT
// Weights that are pruned in blocks, or one by one and shared.
#include "cells.hpp"

void bench::add_blocks(std::vector<cell>& cells) {
    using namespace pare;
    for (const int absent : {90, 95}) add_shapes<weights<int8, per_channel, unstructured<>, codebook<16>>>(cells, absent);
    for (const int absent : {90, 95}) add_shapes<weights<int8, per_channel, unstructured<>, codebook<32>>>(cells, absent);
    if constexpr (native::lanes > 1)
        for (const int absent : {10, 50, 75, 90}) add_shapes<weights<int8, per_channel, natural_blocks<native>>>(cells, absent);
    for (const int absent : {10, 50, 75, 90}) add_shapes<weights<int8, per_channel, blocks<64, 1>>>(cells, absent);
}
