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
    double cost = 0;
    double gain = 0;
};

/// Whether one choice leaves no reason for another: it is as good in both figures and better in one.
inline bool dominates(const trade& a, const trade& b) {
    return a.cost <= b.cost && a.gain >= b.gain && (a.cost < b.cost || a.gain > b.gain);
}

/// The Pareto front: the indices of the choices that no other dominates, from the cheapest on. Equal choices are on it together.
/// Throws io::error where a figure is no number.
inline std::vector<std::size_t> pareto_front(std::span<const trade> trades) {
    std::vector<std::size_t> front;
    for (std::size_t i = 0; i < trades.size(); ++i) {
        if (std::isnan(trades[i].cost) || std::isnan(trades[i].gain))
            io::detail::fail("pareto front", "cost and gain must be numbers", "nan of choice " + std::to_string(i), "numbers");
        if (std::none_of(trades.begin(), trades.end(), [&](const trade& other) { return dominates(other, trades[i]); })) front.push_back(i);
    }
    std::sort(front.begin(), front.end(),
              [&](std::size_t a, std::size_t b) { return trades[a].cost < trades[b].cost || (trades[a].cost == trades[b].cost && a < b); });
    return front;
}

}  // namespace pare::inline v0::metrics
