// SPDX-License-Identifier: MIT
// The parts of the example, each in its own translation units: parameters are made in compress.cpp, run in run/*.cpp.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include <pare/io/owned.hpp>
#include <pare/model/parameters.hpp>

namespace digits {

struct material;
struct image_set;

/// Which weights a mask keeps, where the model has one.
enum class criterion { none, by_error, by_magnitude, at_random };

/// Is told what is being done and how much of the whole is done, 0 to 1.
using progress = std::function<void(std::string_view, double)>;

/// Parameters of `Model` out of the float weights. With a criterion, masks that leave the number open drop 90 % of all weights.
template <class Model>
pare::parameters<Model, pare::owned> compress(const material& from, criterion choice, const progress& tell);

/// What a configuration costs and gains.
struct row {
    std::string name;
    double accuracy = 0;              ///< percent of the test images
    std::size_t stored_bytes = 0;     ///< parameters at rest
    std::size_t executing_bytes = 0;  ///< packed for this machine
    std::size_t macs = 0;             ///< multiply-accumulates of the weights that exist, for one image
    double microseconds = 0;          ///< for one image, median
    std::function<void()> run_one;    ///< runs the next of some images
};

/// Packs parameters for this machine and runs all test images.
template <class Model>
row evaluate(std::string name, const pare::parameters<Model, pare::owned>& parameters, const image_set& test);

}  // namespace digits
