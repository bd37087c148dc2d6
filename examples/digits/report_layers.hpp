// SPDX-License-Identifier: MIT
// What each layer of a configuration adds to its error.
#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <vector>

#include <pare/metrics/error.hpp>
#include <pare/metrics/sensitivity.hpp>
#include <pare/pare.hpp>

#include "configuration.hpp"
#include "data.hpp"
#include "models.hpp"

namespace digits {

/// All images as inputs of a float network, one after the other.
inline std::vector<float> reals_of(const image_set& images) {
    std::vector<float> reals(images.pixels.size());
    for (std::size_t i = 0; i < reals.size(); ++i) reals[i] = float(images.pixels[i]) / 255;
    return reals;
}

/// The float network with one layer at a time as in `changed`, on the test images. It is the same code for all configurations.
std::vector<pare::metrics::layer_sensitivity> test_sensitivities(const pare::parameters<float32, pare::owned>& twin,
                                                                 const pare::parameters<float32, pare::owned>& changed,
                                                                 const image_set& test);

template <class Model>
std::vector<layer_row> inspect(const pare::parameters<Model, pare::owned>& parameters,
                               const pare::parameters<pare::as_float<Model>, pare::owned>& twin, const material& from) {
    const auto network = pare::pack<pare::arch::native>(parameters);
    const auto packed_twin = pare::pack<pare::arch::native>(twin);
    pare::metrics::error_trace trace(network, packed_twin);
    const std::vector<float> calibration = reals_of(from.calibration);
    for (std::size_t i = 0; i < from.calibration.count(); ++i)
        trace.add(std::span(calibration).subspan(i * pixels_per_image, pixels_per_image));
    std::map<std::string, double> sqnr;
    for (const auto& layer : trace.layers()) sqnr[layer.name] = layer.sqnr();

    std::vector<layer_row> rows;
    for (const auto& layer : test_sensitivities(twin, pare::metrics::to_float(parameters), from.test))
        rows.push_back({layer.name, sqnr.at(layer.name), layer.divergence, 100 * layer.lost});
    return rows;
}

}  // namespace digits
