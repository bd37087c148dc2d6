// SPDX-License-Identifier: MIT
// Inputs that a model is calibrated with.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <pare/compress/error.hpp>
#include <pare/compress/matrix.hpp>
#include <pare/core/config.hpp>

namespace pare::inline v0::compress {

/// Inputs of a model as real numbers, one a row. Labels are not needed.
struct dataset {
    matrix inputs;  ///< one a row

    std::size_t count() const { return std::size_t(inputs.rows()); }  ///< inputs
};

/// A dataset of `values`, inputs of `size` numbers one after the other.
inline dataset make_dataset(std::span<const float> values, std::size_t size) {
    if (values.empty() || size == 0) detail::fail("calibration set", "it must not be empty", "0 inputs", "at least one");
    if (values.size() % size != 0)
        detail::fail("calibration set", "inputs must have the size of the model's", std::to_string(values.size()) + " numbers",
                     "a multiple of " + std::to_string(size));
    return {Eigen::Map<const matrix>(values.data(), Eigen::Index(values.size() / size), Eigen::Index(size))};
}

/// The same of images with 8 bits a pixel: real = pixel * scale.
inline dataset make_dataset(std::span<const std::uint8_t> pixels, std::size_t size, float scale) {
    std::vector<float> values(pixels.size());
    for (std::size_t i = 0; i < pixels.size(); ++i) values[i] = float(pixels[i]) * scale;
    return make_dataset(values, size);
}

/// Refuses a dataset that is empty, of the wrong size, or not finite.
inline void require_inputs(const dataset& data, std::size_t size) {
    if (data.count() == 0) detail::fail("calibration set", "it must not be empty", "0 inputs", "at least one");
    if (std::size_t(data.inputs.cols()) != size)
        detail::fail("calibration set", "inputs must have the size of the model's", std::to_string(data.inputs.cols()),
                     std::to_string(size));
    for (Eigen::Index i = 0; i < data.inputs.size(); ++i)
        if (!std::isfinite(data.inputs.data()[i]))
            detail::fail("calibration set", "every number must be finite",
                         std::to_string(data.inputs.data()[i]) + " in input " + std::to_string(i / data.inputs.cols()), "finite numbers");
}

}  // namespace pare::inline v0::compress
