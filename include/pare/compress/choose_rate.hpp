// SPDX-License-Identifier: MIT
// The share of weights to remove, chosen by cross-validation and the rule of one standard error.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include <pare/compress/cross_validation.hpp>
#include <pare/compress/error.hpp>
#include <pare/core/config.hpp>

namespace pare::inline v0::compress {

/// What is tried.
struct rate_search {
    std::vector<criterion> criteria{criterion::error};               ///< each is chosen for apart
    std::vector<double> grid{0.5, 0.7, 0.8, 0.85, 0.9, 0.95, 0.97};  ///< rates, ascending in [0, 1)
    std::size_t bisections = 3;                                      ///< rates tried besides, between the last good one and the first bad
};

/// How a rate does.
struct rate_score {
    double rate = 0;            ///< share of weights REMOVED
    std::vector<double> folds;  ///< score of each fold
    double mean = 0;            ///< of the folds
    double standard_error = 0;  ///< of the mean: the standard deviation over folds / sqrt(folds)
};

/// What was found out about one criterion.
struct rate_choice {
    criterion by = criterion::error;  ///< what ranked weights
    std::vector<rate_score> scores;   ///< by rate, ascending
    double best = 0;                  ///< the rate of the highest mean, the highest of equal ones
    double chosen = 0;                ///< the highest rate within one standard error of the best
};

namespace detail {

inline rate_score summarise(double rate, std::vector<double> folds) {
    rate_score s{rate, std::move(folds)};
    const double count = double(s.folds.size());
    for (const double x : s.folds) s.mean += x / count;
    double squares = 0;
    for (const double x : s.folds) squares += (x - s.mean) * (x - s.mean);
    s.standard_error = std::sqrt(squares / (count - 1) / count);
    return s;
}

/// Fills in `best` and `chosen`; returns the lowest rate above the chosen one, or the chosen one where none is.
inline double choose(rate_choice& c) {
    const rate_score* best = &c.scores.front();
    for (const rate_score& s : c.scores)
        if (s.mean >= best->mean) best = &s;
    c.best = best->rate;
    for (const rate_score& s : c.scores)
        if (s.mean >= best->mean - best->standard_error) c.chosen = s.rate;
    double next = c.chosen;
    for (const rate_score& s : c.scores)
        if (s.rate > c.chosen) {
            next = s.rate;
            break;
        }
    return next;
}

inline void require_search(const rate_search& search) {
    if (search.criteria.empty()) fail("choose_rate", "there is something to choose by", "no criterion", "at least one");
    if (search.grid.empty()) fail("choose_rate", "the grid has rates", "none", "at least one");
    for (std::size_t i = 0; i < search.grid.size(); ++i)
        if (!(search.grid[i] >= 0 && search.grid[i] < 1) || (i > 0 && !(search.grid[i] > search.grid[i - 1])))
            fail("choose_rate", "the rates of the grid ascend in [0, 1)", std::to_string(search.grid[i]) + " at " + std::to_string(i),
                 "ascending rates");
}

}  // namespace detail

/// The highest rate whose mean score is within one standard error of the best mean, for each criterion (L. Breiman, J. Friedman,
/// R. Olshen, C. Stone, Classification and Regression Trees, 1984, section 3.4.3): what is lost cannot be told from chance. First the
/// grid is scored, then, by bisection, rates between the highest that is good enough and the next. `run(tasks)` returns a score for each
/// of some tasks, higher being better; it may spread them over threads, processes or machines, and take from a file what it knows.
/// Scores alone decide, so the same scores give the same choice. Throws compress::error for a grid that does not ascend in [0, 1).
template <class Run>
std::vector<rate_choice> choose_rate(const rate_search& search, std::size_t folds, const Run& run) {
    detail::require_search(search);
    std::vector<rate_choice> choices;
    std::vector<rate_task> tasks;
    const auto ask = [&](criterion by, double rate) {
        for (std::size_t f = 0; f < folds; ++f) tasks.push_back({by, f, rate});
    };
    // Runs what was asked for and adds it to the choices, which come in the order of the criteria.
    const auto answer = [&] {
        const std::vector<double> scores = run(std::span<const rate_task>(tasks));
        for (std::size_t t = 0; t < tasks.size(); t += folds) {
            const auto first = scores.begin() + std::ptrdiff_t(t);
            for (rate_choice& c : choices)
                if (c.by == tasks[t].by) c.scores.push_back(detail::summarise(tasks[t].rate, {first, first + std::ptrdiff_t(folds)}));
        }
        tasks.clear();
        for (rate_choice& c : choices) std::ranges::sort(c.scores, {}, &rate_score::rate);
    };
    for (const criterion by : search.criteria) {
        choices.push_back({by, {}, 0, 0});
        for (const double rate : search.grid) ask(by, rate);
    }
    answer();
    for (std::size_t round = 0; round < search.bisections; ++round) {
        for (rate_choice& c : choices)
            if (const double next = detail::choose(c); next > c.chosen) ask(c.by, (c.chosen + next) / 2);
        if (tasks.empty()) break;
        answer();
    }
    for (rate_choice& c : choices) detail::choose(c);
    return choices;
}

}  // namespace pare::inline v0::compress
