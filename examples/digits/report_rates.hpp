// SPDX-License-Identifier: MIT
// What `choose_rate` found: accuracy over the share of weights removed, on folds, and the rate that it chose.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace digits {

/// Figures of one rate: percent, over folds.
struct rate_figures {
    double rate = 0;  ///< share of weights removed
    double mean = 0;
    double standard_error = 0;
};

/// One criterion of pruning.
struct rate_choice {
    std::string criterion;
    double chosen = 0;  ///< the rate taken: the largest that is within one standard error of the best
    double best = 0;    ///< the rate of the greatest mean
    std::vector<rate_figures> rates;

    /// The figures of a rate; the first ones where it is none of these.
    const rate_figures& at(double rate) const;
};

struct rate_choices {
    std::string network, metric;
    std::size_t folds = 0;
    std::vector<rate_choice> criteria;
    std::filesystem::path source;
};

/// Reads a file of choose_rate; throws pare::io::error where it is not what it should be.
rate_choices read_rate_choices(const std::filesystem::path& path);

}  // namespace digits
