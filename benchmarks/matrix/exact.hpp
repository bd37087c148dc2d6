// SPDX-License-Identifier: MIT
// All cells in parts, of an encoding and a granularity each, so that no translation unit takes long to compile.
#pragma once

#include <array>
#include <cstddef>

#include "matrix/formats.hpp"
#include "matrix/run_cell.hpp"

namespace matrix {

/// The cells of a part: every mask with every sharing, in every layer.
inline constexpr std::size_t part_count = choices[encoding_slot] * choices[granularity_slot];
inline constexpr std::size_t formats_of_part = choices[mask_slot] * choices[sharing_slot];
constexpr cell cell_of(std::size_t part, std::size_t i, std::size_t layer) {
    return {part / choices[granularity_slot], i / choices[sharing_slot], i % choices[sharing_slot], part % choices[granularity_slot],
            layer};
}

/// What came of a layer.
struct layer_outcome {
    outcome log;
    std::size_t cells = 0;
};
using outcomes = std::array<layer_outcome, choices[layer_slot]>;

/// Runs all cells of a part.
template <std::size_t Part>
void run_part(outcomes& of_layer);

}  // namespace matrix
