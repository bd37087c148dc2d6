// SPDX-License-Identifier: MIT
// Removal of weights from one layer: every criterion for every geometry.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <random>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <pare/compress/activation_entropy.hpp>
#include <pare/compress/entropy_pruning.hpp>
#include <pare/compress/error.hpp>
#include <pare/compress/error_pruning.hpp>
#include <pare/compress/matrix.hpp>
#include <pare/compress/prune_problem.hpp>
#include <pare/compress/taylor_pruning.hpp>
#include <pare/core/config.hpp>

namespace pare::inline v0::compress {

namespace detail {

inline std::string size_text(Eigen::Index rows, Eigen::Index cols) { return std::to_string(rows) + " x " + std::to_string(cols); }

inline void require_finite(const matrix& m, const std::string& what) {
    for (Eigen::Index i = 0; i < m.size(); ++i)
        if (!std::isfinite(m.data()[i]))
            fail("prune", what + " must be finite", std::to_string(m.data()[i]) + " at index " + std::to_string(i), "real numbers");
}

/// What criterion::error needs besides.
inline void require_moments(const prune_problem& p) {
    const Eigen::Index n = p.weights.rows(), k = p.weights.cols(), groups = p.hessian.rows() / (k + 1);
    if (groups == 0 || p.hessian.rows() != groups * (k + 1) || p.hessian.cols() != k + 1 || n % groups != 0)
        fail("prune", "the hessian has a row for each input and the constant 1", size_text(p.hessian.rows(), p.hessian.cols()),
             size_text(k + 1, k + 1));
    if (groups > 1 && !p.unit.fixed && (p.unit.rows == 0 || std::size_t(n / groups) % p.unit.rows != 0))
        fail("prune", "blocks lie within a group of outputs", std::to_string(p.unit.rows) + " rows",
             "a divisor of " + std::to_string(n / groups));
    if (!(p.damping > 0))
        fail("prune", "the damping is a share of the inputs' mean diagonal", std::to_string(p.damping), "a positive number");
    require_finite(p.hessian, "the hessian");
}

/// What criterion::activation_entropy needs besides.
inline void require_responses(const prune_problem& p) {
    require_outputs(p.unit, "prune");
    const matrix& r = p.responses;
    if (r.rows() == 0 || r.cols() != p.weights.rows())
        fail("prune", "every calibration input has a response of each output", size_text(r.rows(), r.cols()),
             "at least 1 x " + std::to_string(p.weights.rows()));
    require_finite(r, "responses");
}

/// What criterion::taylor needs besides.
inline void require_gradients(const prune_problem& p) {
    if (p.gradients.empty()) fail("prune", "Taylor expansion takes gradients of the loss", "none", "at least one set");
    for (const matrix& g : p.gradients) {
        if (g.rows() != p.weights.rows() || g.cols() != p.weights.cols())
            fail("prune", "gradients have the shape of the weights", size_text(g.rows(), g.cols()),
                 size_text(p.weights.rows(), p.weights.cols()));
        require_finite(g, "gradients");
    }
}

/// Refuses masks of single weights: as many runs of the network as there are weights. `entity` is for the message.
inline void require_many(const pruning_unit& unit, const std::string& entity) {
    if (unit.of == 0 && (unit.rows != 1 || unit.cols != 1)) return;
    fail(entity, "the measured loss ranks blocks and whole outputs, one run of the calibration set for each",
         unit.of != 0 ? "a mask of " + std::to_string(unit.keep) + ":" + std::to_string(unit.of) : std::string("a mask of 1 x 1"),
         "a mask of blocks or channels");
}

/// What criterion::measured_loss needs besides.
inline void require_losses(const prune_problem& p) {
    require_many(p.unit, "prune");
    const std::size_t units = unit_grid(p.unit, std::size_t(p.weights.rows()), std::size_t(p.weights.cols())).units();
    if (p.losses.size() != units) fail("prune", "each unit has a measured loss", std::to_string(p.losses.size()), std::to_string(units));
    for (std::size_t i = 0; i < units; ++i)
        if (!std::isfinite(p.losses[i]))
            fail("prune", "losses must be finite", std::to_string(p.losses[i]) + " at index " + std::to_string(i), "real numbers");
}

inline void require_prunable(const prune_problem& p, criterion by, std::span<const double> rates) {
    const Eigen::Index n = p.weights.rows(), k = p.weights.cols();
    const pruning_unit& unit = p.unit;
    require_finite(p.weights, "weights");
    if (p.bias.size() != n) fail("prune", "each output has one bias", std::to_string(p.bias.size()) + " biases", std::to_string(n));
    require_finite(p.bias, "biases");
    if (unit.fixed) {
        if (p.pattern.size() > 0 && (p.pattern.rows() != n || p.pattern.cols() != k))
            fail("prune", "a pattern has the shape of the weights", size_text(p.pattern.rows(), p.pattern.cols()), size_text(n, k));
        return;
    }
    if (unit.of != 0) {
        if (unit.keep >= unit.of)
            fail("prune", "N:M keeps fewer than M", std::to_string(unit.keep) + ":" + std::to_string(unit.of), "N < M");
        if (unit.rows == 0 || unit.cols != 1)
            fail("prune", "N:M removes single weights of some outputs",
                 "units of " + std::to_string(unit.rows) + " x " + std::to_string(unit.cols), "units of one column");
    } else {
        for (std::size_t i = 0; i < rates.size(); ++i) {
            if (!(rates[i] >= 0.0 && rates[i] < 1.0))
                fail("prune", "a rate, the share of weights removed, lies in [0, 1)", std::to_string(rates[i]), "such a number");
            if (i > 0 && rates[i] < rates[i - 1])
                fail("prune", "rates ascend", std::to_string(rates[i]) + " after " + std::to_string(rates[i - 1]), "ascending rates");
        }
    }
    if (by == criterion::error) require_moments(p);
    if (by == criterion::activation_entropy) require_responses(p);
    if (by == criterion::taylor) require_gradients(p);
    if (by == criterion::measured_loss) require_losses(p);
}

/// Sums of squares of units.
inline std::vector<double> magnitudes(const matrix& weights, const unit_grid& grid) {
    std::vector<double> scores(grid.units());
    for (std::size_t u = 0; u < scores.size(); ++u)
        scores[u] = weights
                        .block(Eigen::Index(u / grid.across * grid.rows), Eigen::Index(u % grid.across * grid.cols),
                               Eigen::Index(grid.rows), Eigen::Index(grid.cols))
                        .cast<double>()
                        .squaredNorm();
    return scores;
}

/// A place in a shuffled order for each unit. Own code, since the standard's distributions differ among libraries.
inline std::vector<double> random_order(std::size_t units, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    std::vector<double> scores(units);
    std::iota(scores.begin(), scores.end(), 0.0);
    for (std::size_t i = units; i > 1; --i) std::swap(scores[i - 1], scores[random() % i]);
    return scores;
}

/// A number for each unit; the lowest goes first. For criteria that leave the remaining weights as they are.
inline std::vector<double> scores_of(const prune_problem& p, criterion by, const unit_grid& grid) {
    if (by == criterion::magnitude) return magnitudes(p.weights, grid);
    if (by == criterion::entropy) return entropy_shares(p.weights, grid);
    if (by == criterion::activation_entropy) return response_entropies(p.responses);
    if (by == criterion::taylor) return taylor_scores(p.weights, p.gradients, grid);
    if (by == criterion::measured_loss) return p.losses;
    return random_order(grid.units(), p.seed);
}

}  // namespace detail

/// Removes weights from a layer, one solution for each of `rates`, which ascend in [0, 1). A rate is the share of all N * K weights
/// that is REMOVED: 0.9 leaves 10 %; as many whole units go as come nearest to it, at most all whole units. Units are ranked over
/// the whole layer, the first of equal ones goes first. Where unit.of is not 0, unit.keep of each whole group stay, `rates` are
/// ignored and there is one solution; so where unit.fixed, which applies the pattern. By error the remaining weights are solved anew
/// (error_pruning.hpp); by every other criterion they stay as they are. Throws compress::error for rates outside [0, 1) or not ascending,
/// values that are not finite and sizes that do not fit.
inline std::vector<layer_weights> prune(const prune_problem& p, criterion by, std::span<const double> rates) {
    detail::require_prunable(p, by, rates);
    const std::size_t n = std::size_t(p.weights.rows()), k = std::size_t(p.weights.cols());
    const auto masked = [&](presence mask) {
        matrix weights = (mask != 0).select(p.weights.array(), 0.0f);
        return layer_weights{std::move(weights), p.bias, std::move(mask)};
    };
    if (p.unit.fixed) {
        presence mask = presence::Ones(p.weights.rows(), p.weights.cols());
        if (p.pattern.size() > 0) mask = (p.pattern != 0).cast<std::uint8_t>();
        if (by != criterion::error || (mask != 0).all()) return {masked(std::move(mask))};
        detail::require_moments(p);
        return {fit_pattern(p)};
    }
    const detail::unit_grid grid(p.unit, n, k);
    std::vector<std::size_t> targets;
    if (grid.of) targets.push_back(grid.removable());
    else
        for (const double rate : rates) targets.push_back(grid.count(rate));
    if (by == criterion::error) return prune_by_error(p, grid, targets);
    const std::vector<double> scores = detail::scores_of(p, by, grid);
    std::vector<std::uint8_t> removed(grid.units());
    std::vector<layer_weights> solutions;
    for (const std::size_t target : targets) {
        detail::remove_lowest<double>(grid, scores, target, removed);
        solutions.push_back(masked(detail::mask_of(grid, n, k, removed)));
    }
    return solutions;
}

}  // namespace pare::inline v0::compress
