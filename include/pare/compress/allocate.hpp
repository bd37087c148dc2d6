// SPDX-License-Identifier: MIT
// A removal rate for a whole network divided among its layers.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <pare/compress/error.hpp>
#include <pare/core/config.hpp>

namespace pare::inline v0::compress {

/// What a layer of `weights` weights, or whatever else a rate is a share of, costs at several rates (shares of its weights REMOVED),
/// ascending from 0: the divergence of the network's output. A loss below that of a lower rate counts as noise; the running maximum is
/// used.
struct rate_curve {
    std::size_t weights = 0;    ///< of the layer, or their MACs (rate_base)
    std::vector<double> rates;  ///< shares of them removed
    std::vector<double> loss;   ///< at each rate
};

namespace detail {

inline void require_curve(const rate_curve& c) {
    if (c.weights == 0) fail("allocate", "a layer has weights", "0", "at least 1");
    if (c.rates.empty() || c.rates.size() != c.loss.size())
        fail("allocate", "a curve has one loss for each rate",
             std::to_string(c.rates.size()) + " rates and " + std::to_string(c.loss.size()) + " losses", "as many of both");
    for (std::size_t i = 0; i < c.rates.size(); ++i) {
        if (!(c.rates[i] >= 0.0 && c.rates[i] < 1.0) || (i == 0 ? c.rates[i] != 0.0 : !(c.rates[i] > c.rates[i - 1])))
            fail("allocate", "the rates of a curve ascend from 0 below 1", std::to_string(c.rates[i]) + " at " + std::to_string(i),
                 "ascending rates");
        if (!std::isfinite(c.loss[i]))
            fail("allocate", "losses must be finite", std::to_string(c.loss[i]) + " at " + std::to_string(i), "real numbers");
    }
}

/// The loss of removing a number of weights, between measured rates on the line that joins them.
class removal_loss {
public:
    explicit removal_loss(const rate_curve& c) : loss(c.loss) {
        for (const double r : c.rates) removed.push_back(r * double(c.weights));
        for (std::size_t i = 1; i < loss.size(); ++i) loss[i] = std::max(loss[i], loss[i - 1]);
    }

    double most() const { return removed.back(); }
    const std::vector<double>& points() const { return removed; }

    double operator()(double count) const {
        const std::size_t i = std::size_t(std::ranges::upper_bound(removed, count) - removed.begin());
        if (i == removed.size()) return loss.back();
        return loss[i - 1] + (loss[i] - loss[i - 1]) * (count - removed[i - 1]) / (removed[i] - removed[i - 1]);
    }

private:
    std::vector<double> removed, loss;
};

/// A choice of measured rates for the first few layers.
struct partial_allocation {
    double removed = 0, loss = 0;
    std::size_t parent = 0, choice = 0;  ///< the state of one layer fewer that it extends, and the rate taken
};

/// Keeps states that no other beats in both loss and weights removed, and of those, where they are many, one for each 1 / 8192 of
/// `budget`, besides that which removes most.
inline void keep_best(std::vector<partial_allocation>& states, double budget) {
    std::ranges::sort(states, {}, [](const auto& s) { return std::tuple(-s.removed, s.loss, s.parent, s.choice); });
    const bool many = states.size() > 8192;
    double least = std::numeric_limits<double>::infinity(), bucket = -1;
    std::vector<partial_allocation> best;
    for (const partial_allocation& s : states) {
        if (!(s.loss < least)) continue;
        const double place = std::floor(s.removed / budget * 8192);
        if (many && place == bucket && best.size() > 1) best.back() = s;
        else best.push_back(s);
        least = s.loss;
        bucket = place;
    }
    states = std::move(best);
}

}  // namespace detail

/// The rate of each layer, so that `rate` of all weights go and the summed loss is least. Losses are lines between measured rates, so
/// in a best division at most one layer lies between two of its rates: each layer in turn takes what measured rates of the others
/// leave over, and these are found by dynamic programming. Throws compress::error where the curves do not reach far enough.
inline std::vector<double> allocate(std::span<const rate_curve> curves, double rate) {
    double total = 0, most = 0;
    std::vector<detail::removal_loss> losses;
    for (const rate_curve& c : curves) {
        detail::require_curve(c);
        losses.emplace_back(c);
        total += double(c.weights);
        most += losses.back().most();
    }
    if (!(rate >= 0.0 && rate < 1.0))
        detail::fail("allocate", "the rate, the share of weights removed, lies in [0, 1)", std::to_string(rate), "such a number");
    if (rate == 0.0) return std::vector<double>(curves.size(), 0.0);
    const double budget = std::min(rate * total, most);
    if (rate * total > most + 0.5)
        detail::fail("allocate", "the layers' curves reach the budget", std::to_string(rate) + " of all weights",
                     "at most " + std::to_string(most / total));

    const std::size_t count = curves.size();
    double least = std::numeric_limits<double>::infinity();
    std::vector<double> removed(count);
    for (std::size_t open = 0; open < count; ++open) {
        std::vector<std::vector<detail::partial_allocation>> levels(1, {detail::partial_allocation{}});
        for (std::size_t i = 0; i < count; ++i) {
            if (i == open) continue;
            std::vector<detail::partial_allocation> next;
            const std::vector<detail::partial_allocation>& states = levels.back();
            for (std::size_t s = 0; s < states.size(); ++s)
                for (std::size_t c = 0; c < losses[i].points().size(); ++c) {
                    const double point = losses[i].points()[c];
                    next.push_back({states[s].removed + point, states[s].loss + losses[i](point), s, c});
                }
            detail::keep_best(next, budget);
            levels.push_back(std::move(next));
        }
        for (std::size_t s = 0; s < levels.back().size(); ++s) {
            const double rest = std::max(budget - levels.back()[s].removed, 0.0);
            if (rest > losses[open].most() + 1e-6) continue;
            const double loss = levels.back()[s].loss + losses[open](rest);
            if (!(loss < least)) continue;
            least = loss;
            removed[open] = std::min(rest, losses[open].most());
            std::size_t level = levels.size() - 1, state = s;
            for (std::size_t i = count; i-- > 0;) {
                if (i == open) continue;
                removed[i] = losses[i].points()[levels[level][state].choice];
                state = levels[level--][state].parent;
            }
        }
    }
    // A choice may remove more than was asked at no greater loss; putting weights back costs nothing.
    double over = std::accumulate(removed.begin(), removed.end(), 0.0) - budget;
    std::vector<double> rates;
    for (std::size_t i = 0; i < count; ++i) {
        const double back = std::clamp(over, 0.0, removed[i]);
        over -= back;
        rates.push_back((removed[i] - back) / double(curves[i].weights));
    }
    return rates;
}

}  // namespace pare::inline v0::compress
