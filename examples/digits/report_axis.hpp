// SPDX-License-Identifier: MIT
// Axes of a chart: where a value lies, where ticks go, and what would squash the rest.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <span>
#include <vector>

namespace digits {

/// From `low` to `high`, by distance or by ratio.
struct axis {
    double low = 0, high = 1;
    bool logarithmic = false;

    /// 0 at `low`, 1 at `high`.
    double at(double value) const {
        if (logarithmic) return std::log(value / low) / std::log(high / low);
        return (value - low) / (high - low);
    }
};

/// An axis over some values, with a share of its length free at either end. Values on a logarithmic one are positive.
inline axis axis_over(std::span<const double> values, bool logarithmic, double margin) {
    if (values.empty()) return {1, 10, logarithmic};
    const auto [lowest, highest] = std::minmax_element(values.begin(), values.end());
    if (logarithmic) {
        const double ratio = std::max(*highest / *lowest, 1.1);
        return {*lowest / std::pow(ratio, margin), *lowest * std::pow(ratio, 1 + margin), true};
    }
    const double range = *highest > *lowest ? *highest - *lowest : std::max(std::abs(*highest) / 10, 1e-3);
    return {*lowest - margin * range, *lowest + (1 + margin) * range, false};
}

/// Round values on an axis, at most `most` of them (two at least): multiples of 1, 2 or 5 times a power of ten; on a logarithmic axis
/// 1, 2 and 5 times every power, 1 only, or every other power and so on, where more would not fit.
inline std::vector<double> ticks(const axis& a, std::size_t most) {
    most = std::max<std::size_t>(most, 2);
    if (!a.logarithmic) {
        const double range = a.high - a.low;
        for (double power = std::pow(10.0, std::floor(std::log10(range / double(most))));; power *= 10)
            for (const double factor : {1, 2, 5}) {
                const double step = factor * power, first = std::ceil(a.low / step - 1e-9), last = std::floor(a.high / step + 1e-9);
                if (last - first + 1 > double(most)) continue;
                std::vector<double> result;
                for (double i = first; i <= last; ++i) result.push_back(i * step + 0.0);  // no zero below zero
                return result;
            }
    }
    const auto first = int(std::floor(std::log10(a.low))), last = int(std::ceil(std::log10(a.high)));
    const auto collect = [&](std::span<const double> factors, int stride) {
        std::vector<double> result;
        for (int power = first; power <= last; ++power)
            for (const double factor : factors) {
                const double value = factor * std::pow(10.0, power);
                if (power % stride == 0 && value >= a.low * (1 - 1e-9) && value <= a.high * (1 + 1e-9)) result.push_back(value);
            }
        return result;
    };
    const double all[] = {1, 2, 5}, ones[] = {1};
    if (auto result = collect(all, 1); result.size() <= most) return result;
    for (int stride = 1;; ++stride)
        if (auto result = collect(ones, stride); result.size() <= most) return result;
}

/// How many decimals tell some ticks apart.
inline int decimals_of(std::span<const double> values) {
    if (values.size() < 2) return 0;
    return std::max(0, int(std::ceil(-std::log10(std::abs(values[1] - values[0])) - 1e-9)));
}

/// The least value that belongs on an axis where few values are far below the others: six times as far below the greatest as three
/// quarters of them lie. What is lower is drawn at the edge.
inline double lowest_worth_showing(std::vector<double> values) {
    if (values.empty()) return 0;
    std::sort(values.begin(), values.end(), std::greater<>());
    const double greatest = values.front(), quartile = values[(values.size() - 1) * 3 / 4];
    const double floor = greatest - 6 * std::max(greatest - quartile, 1e-9);
    // An axis is cut for few, never for many.
    const auto below = std::size_t(std::count_if(values.begin(), values.end(), [&](double v) { return v < floor; }));
    return below > 0 && below * 4 <= values.size() ? floor : values.back();
}

/// Moves places apart until no two are nearer than `gap`, each as little as the others' order allows, within [low, high] where they
/// fit there. Places keep their order.
inline std::vector<double> spread_out(std::span<const double> wanted, double gap, double low, double high) {
    std::vector<std::size_t> order(wanted.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::sort(order.begin(), order.end(),
              [&](std::size_t a, std::size_t b) { return wanted[a] < wanted[b] || (wanted[a] == wanted[b] && a < b); });
    // Runs of places that touch lie around the mean of where they want to be.
    struct run {
        double sum;  // of what the first place of the run would be for each of its places
        std::size_t count;
        double first(double gap_, double low_, double high_) const {
            return std::max(low_, std::min(sum / double(count), high_ - double(count - 1) * gap_));
        }
    };
    std::vector<run> runs;
    for (const std::size_t i : order) {
        runs.push_back({wanted[i], 1});
        while (runs.size() > 1) {
            const run last = runs.back(), before = runs[runs.size() - 2];
            const double end = before.first(gap, low, high) + double(before.count) * gap;
            if (last.first(gap, low, high) >= end) break;
            runs.pop_back();
            runs.back() = {before.sum + last.sum - double(last.count) * double(before.count) * gap, before.count + last.count};
        }
    }
    std::vector<double> result(wanted.size());
    std::size_t at = 0;
    for (const run& r : runs)
        for (std::size_t k = 0; k < r.count; ++k) result[order[at++]] = r.first(gap, low, high) + double(k) * gap;
    return result;
}

}  // namespace digits
