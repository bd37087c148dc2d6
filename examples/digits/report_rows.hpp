// SPDX-License-Identifier: MIT
// What is known of a configuration once it has run.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include <pare/metrics/classification.hpp>

namespace digits {

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

}  // namespace digits
