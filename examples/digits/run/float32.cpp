// SPDX-License-Identifier: MIT
// Runs one form of the network; a file each, so that they compile side by side.
#include "../evaluate.hpp"
#include "../models.hpp"

template digits::row digits::evaluate<digits::float32>(std::string, const pare::parameters<float32, pare::owned>&, const image_set&);
