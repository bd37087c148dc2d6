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
#include <utility>
#include <utility>
#include <vector>

#include <pare/compress/error.hpp>
#include <pare/core/config.hpp>

namespace pare::inline v0::compress {

/// What a layer of `weights` weights costs at several rates (shares of its weights REMOVED), ascending from 0: the divergence of
/// the network's output. A loss below that of a lower rate counts as noise; the running maximum is used.
struct rate_curve {
    std::size_t weights = 0;
    std::vector<double> rates;
    std::vector<double> loss;
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

/// Keeps states that no other beats in both loss and weights removed, and of those one for each 1 / 8192 of `budget`.
inline void keep_best(std::vector<partial_allocation>& states, double budget) {
    std::ranges::stable_sort(states, [](const auto& a, const auto& b) { return a.removed != b.removed ? a.removed > b.removed : a.loss < b.loss; });
    const bool many = states.size() > 8192;
    double least = std::numeric_limits<double>::infinity(), bucket = -1;
    std::vector<partial_allocation> best;
    for (const partial_allocation& s : states) {
        if (!(s.loss < least)) continue;
        const double place = std::floor(s.removed / budget * 8192);
        if (many && place == bucket) best.back() = s;
        else best.push_back(s);
        least = s.loss;
        bucket = place;
    }
    states = std::move(best);
}

}  // namespace detail

/// The rate of each layer, so that `rate` of all weights go and the summed loss is least, by dynamic programming over the budget in
/// steps of 1 / 2,000 of what can go; losses are lines between measured rates, and what the steps leave over goes to the layer that
/// has most room. Throws compress::error where the curves do not reach far enough.
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

    // best[b]: the least loss of removing b steps from the layers so far; taken[i][b]: how many of them from layer i.
    const double step = std::max(1.0, most / 2000);
    const auto steps = std::size_t(budget / step);
    constexpr double never = std::numeric_limits<double>::infinity();
    std::vector<double> best(steps + 1, never);
    best[0] = 0;
    std::vector<std::vector<std::size_t>> taken;
    for (const detail::removal_loss& loss : losses) {
        std::vector<double> next(steps + 1, never);
        std::vector<std::size_t> took(steps + 1, 0);
        const std::size_t reach = std::min(steps, std::size_t(loss.most() / step));
        for (std::size_t t = 0; t <= reach; ++t) {
            const double own = loss(double(t) * step);
            for (std::size_t b = t; b <= steps; ++b)
                if (best[b - t] + own < next[b]) next[b] = best[b - t] + own, took[b] = t;
        }
        best = std::move(next);
        taken.push_back(std::move(took));
    }
    // Layers whose reach is no whole number of steps may leave the last few steps out of reach.
    std::size_t left = steps;
    while (best[left] == never) --left;
    std::vector<double> removed(curves.size());
    for (std::size_t i = curves.size(); i-- > 0;) {
        removed[i] = double(taken[i][left]) * step;
        left -= taken[i][left];
    }
    double missing = budget;
    for (const double r : removed) missing -= r;
    while (missing > 1e-9) {
        std::size_t roomiest = 0;
        for (std::size_t i = 1; i < removed.size(); ++i)
            if (losses[i].most() - removed[i] > losses[roomiest].most() - removed[roomiest]) roomiest = i;
        const double room = std::min(missing, losses[roomiest].most() - removed[roomiest]);
        if (!(room > 1e-9)) break;  // within half a weight of all that can go
        removed[roomiest] += room;
        missing -= room;
    }
    std::vector<double> rates;
    for (std::size_t i = 0; i < curves.size(); ++i) rates.push_back(removed[i] / double(curves[i].weights));
    return rates;
}

}  // namespace pare::inline v0::compress
