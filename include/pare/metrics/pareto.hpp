// SPDX-License-Identifier: MIT
// Which of several choices are worth making where one figure should be low and another high.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include <pare/core/config.hpp>
#include <pare/io/error.hpp>

namespace pare::inline v0::metrics {

/// What a choice costs and what it gains: bytes and accuracy, say.
struct trade {
    double cost = 0;  ///< the less the better
    double gain = 0;  ///< the more the better
};

/// Whether one choice leaves no reason for another: it is as good in both figures and better in one. Costs that differ by less than
/// `tolerance`, a share of the smaller, are equal: measured times, say, of which the next run gives others.
inline bool dominates(const trade& a, const trade& b, double tolerance = 0) {
    const double least = a.cost * (1 + tolerance);
    return a.cost <= b.cost * (1 + tolerance) && a.gain >= b.gain && (least < b.cost || a.gain > b.gain);
}

/// The Pareto front: the indices of the choices that no other dominates, from the cheapest on. Equal choices are on it together.
/// Throws io::error where a figure is no number, or where costs below zero meet a tolerance.
inline std::vector<std::size_t> pareto_front(std::span<const trade> trades, double tolerance = 0) {
    std::vector<std::size_t> front;
    for (std::size_t i = 0; i < trades.size(); ++i) {
        if (std::isnan(trades[i].cost) || std::isnan(trades[i].gain))
            io::detail::fail("pareto front", "cost and gain must be numbers", "nan of choice " + std::to_string(i), "numbers");
        if (tolerance != 0 && !(tolerance > 0 && trades[i].cost >= 0))
            io::detail::fail("pareto front", "a tolerance is a positive share of positive costs",
                             std::to_string(tolerance) + " and a cost of " + std::to_string(trades[i].cost), "none below zero");
        if (std::none_of(trades.begin(), trades.end(), [&](const trade& other) { return dominates(other, trades[i], tolerance); }))
            front.push_back(i);
    }
    std::sort(front.begin(), front.end(),
              [&](std::size_t a, std::size_t b) { return trades[a].cost < trades[b].cost || (trades[a].cost == trades[b].cost && a < b); });
    return front;
}

}  // namespace pare::inline v0::metrics
