// SPDX-License-Identifier: MIT
// Contestants that take turns: a busy machine slows all of them alike, so ratios hold where times do not.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <functional>
#include <numeric>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace bench {

#if defined(__clang__)
inline const std::string compiler = "clang " + std::to_string(__clang_major__);
#else
inline const std::string compiler = "g++ " + std::to_string(__GNUC__);
#endif

/// Somebody who does the work of a row.
struct contestant {
    std::string name;
    std::function<void()> run;
    bool is_peer = true;  ///< otherwise it does other work, and is only printed beside
};

/// Nanoseconds of one call, over `calls` of them.
template <class F>
double nanoseconds(std::size_t calls, const F& f) {
    const auto begin = std::chrono::steady_clock::now();
    for (std::size_t i = 0; i < calls; ++i) f();
    return std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - begin).count() / double(calls);
}

inline double median(std::vector<double> values) {
    std::nth_element(values.begin(), values.begin() + std::ptrdiff_t(values.size() / 2), values.end());
    return values[values.size() / 2];
}

/// How often f must be called for about `window` nanoseconds; not a few times only, of which the first ones find in the caches what others
/// left there (16 MB of weights behind others: 529, 336, 266, 206, 198, 196 us).
template <class F>
std::size_t calls_for(double window, const F& f) {
    f();
    const double once = nanoseconds(1, f);
    const double one = nanoseconds(std::size_t(std::clamp(window / 20 / once, 1.0, 1e6)), f);
    return std::max<std::size_t>(32, std::size_t(window / one) + 1);
}

/// Medians over `rounds` rounds, in nanoseconds; in each round every contestant runs for about `window` nanoseconds. Each round has an
/// order of its own: what runs before one leaves it warmer or colder caches (of 16 MB of weights it is a fifth of the time).
inline std::vector<double> take_turns(const std::vector<contestant>& all, std::size_t rounds, double window) {
    std::vector<std::size_t> calls;
    for (const contestant& c : all) calls.push_back(calls_for(window, c.run));
    std::vector<std::vector<double>> times(all.size());
    std::vector<std::size_t> order(all.size());
    std::iota(order.begin(), order.end(), std::size_t(0));
    std::mt19937 random(1);
    for (std::size_t r = 0; r < rounds; ++r) {
        std::shuffle(order.begin(), order.end(), random);
        for (const std::size_t i : order) times[i].push_back(nanoseconds(calls[i], all[i].run));
    }
    std::vector<double> medians;
    for (std::vector<double>& t : times) medians.push_back(median(std::move(t)));
    return medians;
}

}  // namespace bench
