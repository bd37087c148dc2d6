// SPDX-License-Identifier: MIT
// What compression is told beyond the model's type.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include <pare/compress/prune.hpp>
#include <pare/compress/range.hpp>
#include <pare/compress/share.hpp>
#include <pare/compress/taylor_pruning.hpp>
#include <pare/core/config.hpp>

namespace pare::inline v0::compress {

/// How a rate over the whole network becomes rates of its layers: the same for each, or the combination that is predicted to
/// change the network's output least.
enum class allocation { per_layer, global };

/// What a rate is a share of: of the weights, which is memory, or of the multiplications that they take for one input (MACs), which is
/// time. A weight of a convolution is multiplied once for each place of its output.
enum class rate_base { weights, macs };

/// How a weight becomes a code: the nearest, or with those that follow making up for it (gptq.hpp), which few bits want.
enum class weight_rounding { nearest, gptq };

/// How to compress. Which layers are pruned, shared and quantised, and in what geometry, is said by the model's type.
struct recipe {
    /// What ranks weights for removal.
    criterion prune_by = criterion::error;
    /// The share REMOVED of weights, or of their MACs: 0.9 leaves 10 %. It is counted over all layers whose masks leave the choice open;
    /// N:M and fixed masks follow their type, and so does unstructured<Kept>.
    double rate = 0.0;
    rate_base rate_of = rate_base::weights;    ///< what is counted for `rate`
    allocation allocate = allocation::global;  ///< how `rate` is divided among layers
    /// Of pruning by error and of GPTQ: how far weights are held to their old values, a share of their inputs' mean square.
    float damping = 0.01f;
    /// Of pruning by Taylor expansion: gradients of the loss, one or more sets (`load_gradients`).
    std::vector<gradient_set> gradients{};
    /// Whether scales are first moved between layers so that the channels of each have like ranges (equalize.hpp).
    bool equalize = false;
    /// How weights become codes.
    weight_rounding round_weights = weight_rounding::nearest;
    centroid_start start_centroids = centroid_start::plus_plus;  ///< of codebooks: where clustering begins
    bool weigh_by_hessian = false;                               ///< of codebooks: whether a weight counts by the mean square of its input
    calibration weight_calibration = calibration::mse;           ///< ranges of weights
    calibration activation_calibration = calibration::min_max;   ///< ranges of what passes between layers
    /// Of calibration::percentile: the share of values within a range; half of the others lie beyond either end.
    double coverage = 0.9999;
    /// Whether each bias takes in the mean error of its output over the calibration set (bias.hpp).
    bool correct_bias = false;
    std::uint64_t seed = 1;  ///< of what is drawn by lot: random removal, starts of clustering
    unsigned threads = 2;    ///< that compression runs on
    /// Called with what is being done and how much of the whole is done, 0 to 1.
    std::function<void(std::string_view, double)> progress{};
};

}  // namespace pare::inline v0::compress
