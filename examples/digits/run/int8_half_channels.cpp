// SPDX-License-Identifier: MIT
// Runs one form of the network; a file each, so that they compile side by side.
#include "../evaluate.hpp"
#include "../models.hpp"

template digits::row digits::evaluate<digits::int8_half_channels>(std::string, const pare::parameters<int8_half_channels, pare::owned>&,
                                                                  const image_set&);
