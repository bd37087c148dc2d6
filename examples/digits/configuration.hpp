// SPDX-License-Identifier: MIT
// The parts of the example, each in its own translation units: parameters are made in compress.cpp, run in run/*.cpp.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <pare/io/owned.hpp>
#include <pare/metrics/classification.hpp>
#include <pare/model/model.hpp>
#include <pare/model/parameters.hpp>

namespace digits {

struct material;
struct image_set;

/// Which weights a mask keeps, where the model has one.
enum class criterion { none, by_error, by_magnitude, by_entropy, at_random };

/// Is told what is being done and how much of the whole is done, 0 to 1.
using progress = std::function<void(std::string_view, double)>;

/// Parameters of `Model` out of the float weights. With a criterion, masks that leave the number open drop 90 % of all weights.
template <class Model>
pare::parameters<Model, pare::owned> compress(const material& from, criterion choice, const progress& tell);

/// An image that was taken for another digit than it shows.
struct mistake {
    std::size_t image = 0;  ///< its index among the test images
    std::size_t truth = 0;
    std::size_t given = 0;
};

/// What a layer with weights adds to the error of its configuration.
struct layer_row {
    std::string name;
    double sqnr = 0;        ///< dB, of its output in the whole compressed network against the float twin, calibration images
    double divergence = 0;  ///< nats, of the float network's output when this layer alone is compressed, test images
    double lost = 0;        ///< points of accuracy on the test images, the same network
};

/// What a configuration costs and gains.
struct row {
    std::string name;
    double accuracy = 0;                            ///< percent of the test images
    std::size_t stored_bytes = 0;                   ///< parameters at rest
    std::size_t executing_bytes = 0;                ///< packed for this machine
    std::size_t macs = 0;                           ///< multiply-accumulates of the weights that exist, for one image
    double microseconds = 0;                        ///< for one image, median
    std::function<void()> run_one;                  ///< runs the next of some images
    pare::metrics::confusion_matrix confusion{10};  ///< (digit shown, digit given) of the test images
    std::vector<mistake> mistakes;                  ///< the test images that were taken for others, in their order
    std::vector<layer_row> layers;                  ///< of `inspect`; empty where nothing was inspected
};

/// Packs parameters for this machine and runs all test images.
template <class Model>
row evaluate(std::string name, const pare::parameters<Model, pare::owned>& parameters, const image_set& test);

/// Compares a network with its float twin, layer by layer.
template <class Model>
std::vector<layer_row> inspect(const pare::parameters<Model, pare::owned>& parameters,
                               const pare::parameters<pare::as_float<Model>, pare::owned>& twin, const material& from);

}  // namespace digits
