// SPDX-License-Identifier: MIT
// How much the responses of whole outputs differ from input to input.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include <pare/compress/error.hpp>
#include <pare/compress/matrix.hpp>
#include <pare/core/config.hpp>
#include <pare/format/mask.hpp>

namespace pare::inline v0::compress {

/// Bins of the histogram of an output's responses.
inline constexpr std::size_t response_bins = 32;

/// Shannon's entropy of a histogram of `responses`, in nats (Luo, Wu, An Entropy-based Pruning Method for CNN Compression, 2017,
/// arXiv 1706.05791, section 3.2). The bins divide the responses' own range evenly, so that neither scale nor offset counts: the
/// layers that follow can take in both. An output that always says the same has entropy 0; none has more than log response_bins.
inline double response_entropy(const Eigen::Ref<const vector, 0, Eigen::InnerStride<>>& responses) {
    if (responses.size() == 0) return 0;
    const double low = double(responses.minCoeff()), span = double(responses.maxCoeff()) - low;
    if (!(span > 0)) return 0;
    std::vector<std::size_t> counts(response_bins);
    for (Eigen::Index i = 0; i < responses.size(); ++i)
        ++counts[std::min(std::size_t((double(responses[i]) - low) / span * double(response_bins)), response_bins - 1)];
    // Sorted, so that outputs with the same counts in other bins, negated ones say, are equal to the last bit.
    std::ranges::sort(counts);
    double entropy = 0;
    for (const std::size_t c : counts) {
        const double p = double(c) / double(responses.size());
        if (c > 0) entropy -= p * std::log(p);
    }
    return entropy;
}

namespace detail {

/// Refuses masks that do not remove whole outputs one by one. `entity` is for the message.
inline void require_outputs(const pruning_unit& unit, const std::string& entity) {
    if (unit.rows == 1 && unit.cols == 0 && unit.of == 0) return;
    fail(entity, "activation entropy ranks whole outputs",
         unit.of != 0 ? "a mask of " + std::to_string(unit.keep) + ":" + std::to_string(unit.of)
                      : "a mask of " + std::to_string(unit.rows) + " x " + std::to_string(unit.cols),
         "a mask of channels, 1 x 0");
}

/// The entropies of all outputs, the columns of `responses`.
inline std::vector<double> response_entropies(const matrix& responses) {
    std::vector<double> scores;
    for (Eigen::Index n = 0; n < responses.cols(); ++n) scores.push_back(response_entropy(responses.col(n)));
    return scores;
}

}  // namespace detail

}  // namespace pare::inline v0::compress
