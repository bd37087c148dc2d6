// SPDX-License-Identifier: MIT
// What compression is told beyond the model's type.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>

#include <pare/compress/prune.hpp>
#include <pare/compress/range.hpp>
#include <pare/core/config.hpp>

namespace pare::inline v0::compress {

/// How a rate over the whole network becomes rates of its layers: the same for each, or the combination that is predicted to
/// change the network's output least.
enum class allocation { per_layer, global };

/// How to compress. Which layers are pruned, shared and quantised, and in what geometry, is said by the model's type.
struct recipe {
    /// What ranks weights for removal.
    criterion prune_by = criterion::error;
    /// The share of weights REMOVED: 0.9 leaves 10 %. It is counted over all layers whose masks leave the choice open; N:M and fixed
    /// masks follow their type, and so does unstructured<Kept>.
    double rate = 0.0;
    allocation allocate = allocation::global;
    /// Of pruning by error: how far the remaining weights are held to their old values, a share of their inputs' mean square.
    float damping = 0.01f;
    calibration weight_calibration = calibration::mse;
    calibration activation_calibration = calibration::min_max;
    /// Of calibration::percentile: the share of values within a range; half of the others lie beyond either end.
    double coverage = 0.9999;
    /// Whether each bias takes in the mean error of its output over the calibration set (bias.hpp).
    bool correct_bias = false;
    std::uint64_t seed = 1;
    unsigned threads = 2;
    /// Called with what is being done and how much of the whole is done, 0 to 1.
    std::function<void(std::string_view, double)> progress{};
};

}  // namespace pare::inline v0::compress
