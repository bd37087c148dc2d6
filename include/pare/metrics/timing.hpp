// SPDX-License-Identifier: MIT
// How long something takes, and how long its arithmetic alone would.
#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include <pare/core/config.hpp>

namespace pare::inline v0::metrics {

/// Seconds of one call, over many samples.
struct timing {
    double median = 0;        ///< of an even number, the mean of the middle two
    double p99 = 0;           ///< the smallest that is not below 99 % of the samples (nearest rank)
    double best = 0;          ///< the shortest sample
    std::size_t samples = 0;  ///< how many there were
};

/// The figures of some samples; all zero where there is none.
inline timing summarize(std::vector<double> seconds) {
    if (seconds.empty()) return {};
    std::sort(seconds.begin(), seconds.end());
    const std::size_t n = seconds.size();
    const auto rank = std::size_t(std::ceil(0.99 * double(n)));
    return {(seconds[(n - 1) / 2] + seconds[n / 2]) / 2, seconds[rank - 1], seconds.front(), n};
}

/// How to measure.
struct timing_options {
    std::size_t rounds = 20;        ///< all are measured in each round
    std::size_t samples = 20;       ///< of each in each round
    double sample_seconds = 2e-5;   ///< a sample is as many calls as take this long, so that the clock does not count
    double warm_up_seconds = 0.02;  ///< before the first round; calls that are not counted
};

/// Makes the compiler believe that `value` is read.
template <class T>
PARE_INLINE void keep(const T& value) {
    asm volatile("" : : "g"(&value) : "memory");
}

namespace detail {

template <class F>
double seconds_of(const F& f, std::size_t calls) {
    const auto begin = std::chrono::steady_clock::now();
    for (std::size_t i = 0; i < calls; ++i) f();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

/// Warms up, and finds how many calls make a sample.
template <class F>
std::size_t calls_of_sample(const F& f, const timing_options& options) {
    std::size_t calls = 1;
    double spent = 0;
    while (true) {
        const double seconds = seconds_of(f, calls);
        spent += seconds;
        if (seconds < options.sample_seconds) calls *= 2;
        else if (spent >= options.warm_up_seconds) return calls;
    }
}

}  // namespace detail

/// Measures several things in turn, round by round: what slows the machine for a while slows all of them, and ratios stay.
inline std::vector<timing> measure_in_turn(std::span<const std::function<void()>> things, const timing_options& options = {}) {
    std::vector<std::size_t> calls;
    for (const auto& f : things) calls.push_back(detail::calls_of_sample(f, options));
    std::vector<std::vector<double>> seconds(things.size());
    for (std::size_t round = 0; round < options.rounds; ++round)
        for (std::size_t i = 0; i < things.size(); ++i) {
            detail::seconds_of(things[i], calls[i]);  // brings its own data back into the caches
            for (std::size_t s = 0; s < options.samples; ++s)
                seconds[i].push_back(detail::seconds_of(things[i], calls[i]) / double(calls[i]));
        }
    std::vector<timing> all;
    for (std::vector<double>& s : seconds) all.push_back(summarize(std::move(s)));
    return all;
}

/// Measures one thing.
template <class F>
timing measure(const F& f, const timing_options& options = {}) {
    const std::size_t calls = detail::calls_of_sample(f, options);
    std::vector<double> seconds;
    for (std::size_t s = 0; s < options.rounds * options.samples; ++s) seconds.push_back(detail::seconds_of(f, calls) / double(calls));
    return summarize(std::move(seconds));
}

/// A measured time beside the time of its arithmetic on a machine that does `operations_per_second`.
struct rated_timing {
    timing measured{};                 ///< of one call
    double operations = 0;             ///< of one call
    double operations_per_second = 0;  ///< of the machine

    /// Seconds: operations / (operations per second).
    double estimated() const { return operations / operations_per_second; }
    /// Operations in a second, as measured.
    double achieved() const { return operations / measured.median; }
    /// The share of what the machine does that was achieved.
    double utilization() const { return achieved() / operations_per_second; }
};

}  // namespace pare::inline v0::metrics
