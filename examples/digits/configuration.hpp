// SPDX-License-Identifier: MIT
// The parts of the example, each in its own translation units: parameters are made in compress.cpp, run in run/*.cpp.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <pare/io/owned.hpp>
#include <pare/model/model.hpp>
#include <pare/model/parameters.hpp>

#include "report_rows.hpp"

namespace digits {

struct material;
struct image_set;

/// Which weights a mask keeps, where the model has one, or how codes are rounded, where it has none. Of `macs` is a rate that
/// counts the multiplications that go, and not the weights.
enum class method { nearest, gptq, by_error, by_error_of_macs, by_magnitude, by_entropy, at_random };

/// Is told what is being done and how much of the whole is done, 0 to 1.
using progress = std::function<void(std::string_view, double)>;

/// Parameters of `Model` out of the float weights. Masks that leave the number open drop 90 % of all weights, or of their
/// multiplications, those of channels half of them.
template <class Model>
pare::parameters<Model, pare::owned> compress(const material& from, method how, const progress& tell);

/// The same network with its hidden channels in the order in which this machine multiplies sparse weights fastest.
template <class Model>
pare::parameters<Model, pare::owned> order(const pare::parameters<Model, pare::owned>& parameters);

/// Packs parameters for this machine and runs all test images.
template <class Model>
row evaluate(std::string name, const pare::parameters<Model, pare::owned>& parameters, const image_set& test);

/// Compares a network with its float twin, layer by layer.
template <class Model>
std::vector<layer_row> inspect(const pare::parameters<Model, pare::owned>& parameters,
                               const pare::parameters<pare::as_float<Model>, pare::owned>& twin, const material& from);

}  // namespace digits
