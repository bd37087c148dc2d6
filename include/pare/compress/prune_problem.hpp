// SPDX-License-Identifier: MIT
// What pruning is asked and answers, and the units that it may remove.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <string_view>
#include <vector>

#include <pare/compress/matrix.hpp>
#include <pare/core/config.hpp>
#include <pare/format/mask.hpp>

namespace pare::inline v0::compress {

/// What ranks weights for removal.
enum class criterion {
    magnitude,  ///< the sum of squares of a unit
    error,      ///< the growth of the layer's output error on calibration inputs
    random,     ///< chance, a baseline
    entropy,    ///< what a unit contributes to the entropy of its outputs' weights (entropy_pruning.hpp)
    /// the entropy of an output's responses over the calibration inputs (activation_entropy.hpp); masks of `channels` only
    activation_entropy,
    taylor,         ///< the square of the first-order change of the loss, out of gradients that the caller gives (taylor_pruning.hpp)
    measured_loss,  ///< the divergence of the network's output without the unit (measured_loss.hpp); blocks and channels only
};

/// All of them.
inline constexpr std::array all_criteria{criterion::magnitude,          criterion::error,  criterion::random,       criterion::entropy,
                                         criterion::activation_entropy, criterion::taylor, criterion::measured_loss};

/// The name of a criterion, as it is written here.
constexpr std::string_view name_of(criterion c) {
    constexpr std::string_view names[] = {"magnitude", "error", "random", "entropy", "activation_entropy", "taylor", "measured_loss"};
    return names[std::size_t(c)];
}

/// The weights of a layer, outputs x K; exactly 0 where `mask` is 0.
struct layer_weights {
    matrix weights;  ///< outputs x K
    vector bias;     ///< one for each output
    presence mask;   ///< 1 where a weight exists
};

/// A layer to prune.
struct prune_problem {
    matrix weights;          ///< N outputs x K
    vector bias;             ///< N
    matrix hessian{};        ///< (K + 1) x (K + 1): E[x x^T] of the layer's inputs, a constant 1 appended last; criterion::error only.
                             ///< Where groups of N / G consecutive outputs see inputs of their own, G of them, one below the other
    pruning_unit unit{};     ///< what may be removed
    std::uint64_t seed = 1;  ///< of criterion::random
    unsigned threads = 1;    ///< for criterion::error
    float damping = 0.01f;   ///< of the hessian, a share of the inputs' mean diagonal; criterion::error only
    matrix responses{};      ///< calibration inputs x N: the mean over all places of each output; criterion::activation_entropy only
    std::vector<matrix> gradients{};  ///< N x K each, the loss's over some inputs; criterion::taylor only
    std::vector<double> losses{};     ///< of each unit, by place; criterion::measured_loss only
    presence pattern{};               ///< N x K, the mask where unit.fixed; empty: all weights exist
};

namespace detail {

/// The units of a layer that may be removed, row by row: unit u lies at band u / across, place u % across.
struct unit_grid {
    std::size_t rows = 1, cols = 1;    ///< of a unit
    std::size_t down = 0, across = 0;  ///< whole units
    std::size_t of = 0, quota = 0;     ///< where of > 0: at most `quota` of each `of` consecutive units are removed
    std::size_t weights = 0;           ///< of the layer

    unit_grid(const pruning_unit& unit, std::size_t n, std::size_t k)
        : rows(unit.rows ? unit.rows : std::max<std::size_t>(n, 1)),
          cols(unit.cols ? unit.cols : std::max<std::size_t>(k, 1)),
          weights(n * k) {
        down = n / rows;
        across = k / cols;
        if (unit.of == 0) return;
        of = unit.of;
        quota = of - unit.keep;
        across = across / of * of;
    }

    std::size_t units() const { return down * across; }
    std::size_t removable() const { return of ? units() / of * quota : units(); }

    /// Units to remove for a share of all weights.
    std::size_t count(double rate) const {
        if (of) return removable();
        return std::min(removable(), std::size_t(std::floor(rate * double(weights) / double(rows * cols) + 0.5)));
    }
};

/// Marks the units of lowest score, the first of equal ones, until `target` of them are removed.
template <class Score>
void remove_lowest(const unit_grid& grid, std::span<const Score> scores, std::size_t target, std::vector<std::uint8_t>& removed) {
    std::vector<std::size_t> taken(grid.of ? grid.units() / grid.of : 0), order;
    std::size_t count = 0;
    for (std::size_t u = 0; u < removed.size(); ++u) {
        if (!removed[u]) {
            order.push_back(u);
            continue;
        }
        ++count;
        if (grid.of) ++taken[u / grid.of];
    }
    std::ranges::sort(order, [&](std::size_t a, std::size_t b) { return scores[a] != scores[b] ? scores[a] < scores[b] : a < b; });
    for (std::size_t i = 0; i < order.size() && count < target; ++i) {
        const std::size_t u = order[i];
        if (grid.of && taken[u / grid.of]++ >= grid.quota) continue;
        removed[u] = 1;
        ++count;
    }
}

/// 1 where a weight exists.
inline presence mask_of(const unit_grid& grid, std::size_t n, std::size_t k, std::span<const std::uint8_t> removed) {
    presence mask = presence::Ones(Eigen::Index(n), Eigen::Index(k));
    for (std::size_t u = 0; u < removed.size(); ++u)
        if (removed[u])
            mask.block(Eigen::Index(u / grid.across * grid.rows), Eigen::Index(u % grid.across * grid.cols), Eigen::Index(grid.rows),
                       Eigen::Index(grid.cols))
                .setZero();
    return mask;
}

}  // namespace detail

}  // namespace pare::inline v0::compress
