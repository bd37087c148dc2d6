// SPDX-License-Identifier: MIT
// What cross-validation found, as a table and as JSON.
#pragma once

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include <pare/compress/choose_rate.hpp>
#include <pare/io/error.hpp>

namespace digits {

inline void print(const std::vector<pare::compress::rate_choice>& choices) {
    for (const auto& c : choices) {
        std::printf("\n%s: %.1f %% of the weights can go (the best mean is at %.1f %%)\n", std::string(name_of(c.by)).c_str(),
                    100 * c.chosen, 100 * c.best);
        std::printf("  removed     mean   error   folds\n");
        for (const auto& s : c.scores) {
            std::printf("  %6.2f %%  %6.2f  %6.3f  ", 100 * s.rate, s.mean, s.standard_error);
            for (const double x : s.folds) std::printf(" %6.2f", x);
            std::printf("%s%s\n", s.rate == c.chosen ? "  chosen" : "", s.rate == c.best ? "  best" : "");
        }
    }
}

/// The same scores give the same bytes: no times, no paths.
inline void write_json(const std::vector<pare::compress::rate_choice>& choices, const std::string& network, std::uint64_t seed,
                       std::size_t folds, const std::filesystem::path& path) {
    using json = nlohmann::ordered_json;
    json criteria = json::array();
    for (const auto& c : choices) {
        json rates = json::array();
        for (const auto& s : c.scores)
            rates.push_back({{"rate", s.rate}, {"folds", s.folds}, {"mean", s.mean}, {"standard_error", s.standard_error}});
        criteria.push_back({{"criterion", name_of(c.by)}, {"chosen", c.chosen}, {"best", c.best}, {"rates", rates}});
    }
    if (path.has_parent_path()) create_directories(path.parent_path());
    std::ofstream file(path);
    file << json{{"network", network}, {"seed", seed}, {"folds", folds}, {"metric", "accuracy"}, {"criteria", criteria}}.dump(1) << '\n';
    if (!file.flush()) throw pare::io::error(path.string() + ": cannot be written");
}

}  // namespace digits
