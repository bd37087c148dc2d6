// SPDX-License-Identifier: MIT
// Batch normalisation folded into the layer before it.
#pragma once

#include <cmath>
#include <cstddef>
#include <string>

#include <pare/compress/error.hpp>
#include <pare/compress/network.hpp>
#include <pare/core/config.hpp>

namespace pare::inline v0::compress {

/// Statistics and parameters of a batch normalisation, one of each for a channel.
struct normalization {
    vector gamma;           ///< factor of each channel
    vector beta;            ///< offset of each channel
    vector mean;            ///< mean of each channel
    vector variance;        ///< variance of each channel
    float epsilon = 1e-5f;  ///< added to the variance
};

/// gamma * (w x + b - mean) / sqrt(variance + epsilon) + beta, as one weight and bias: the layer alone gives it.
inline void fold(node_weights& w, const normalization& n, const std::string& name) {
    if (n.gamma.size() != w.bias.size())
        detail::fail(name, "a batch norm has one channel for each output of the layer before it", std::to_string(n.gamma.size()),
                     std::to_string(w.bias.size()));
    for (Eigen::Index c = 0; c < w.bias.size(); ++c) {
        if (!(n.variance[c] + n.epsilon > 0))
            detail::fail(name, "a variance must be positive", std::to_string(n.variance[c]) + " in channel " + std::to_string(c),
                         "a positive number");
        const float factor = n.gamma[c] / std::sqrt(n.variance[c] + n.epsilon);
        w.weights.row(c) *= factor;
        w.bias[c] = (w.bias[c] - n.mean[c]) * factor + n.beta[c];
    }
}

}  // namespace pare::inline v0::compress
