// SPDX-License-Identifier: MIT
// Runs one form of the network; a file each, so that they compile side by side.
#include "../evaluate.hpp"
#include "../models.hpp"
#include "../report_layers.hpp"

template digits::row digits::evaluate<digits::int8_blocks>(std::string, const pare::parameters<int8_blocks, pare::owned>&,
                                                           const image_set&);
template std::vector<digits::layer_row> digits::inspect<digits::int8_blocks>(const pare::parameters<int8_blocks, pare::owned>&,
                                                                             const pare::parameters<float32, pare::owned>&,
                                                                             const material&);
