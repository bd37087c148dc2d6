// SPDX-License-Identifier: MIT
// Reads what `choose_rate` wrote.
#include "report_rates.hpp"

#include <algorithm>
#include <fstream>

#include <nlohmann/json.hpp>

#include <pare/io/error.hpp>

namespace digits {

namespace {

[[noreturn]] void fail(const std::filesystem::path& path, const std::string& rule, const std::string& got, const std::string& needs) {
    pare::io::detail::fail(path.string(), rule, got, needs);
}

rate_choice read_criterion(const nlohmann::json& from, const std::filesystem::path& path) {
    rate_choice c{from.at("criterion"), from.at("chosen"), from.at("best"), {}};
    bool has_chosen = false, has_best = false;
    for (const auto& r : from.at("rates")) {
        const rate_figures f{r.at("rate"), r.at("mean"), r.at("standard_error")};
        if (!(f.rate >= 0 && f.rate < 1)) fail(path, "a rate lies in [0, 1)", std::to_string(f.rate), "such a number");
        if (!(f.standard_error >= 0)) fail(path, "a standard error is not negative", std::to_string(f.standard_error), "0 or more");
        has_chosen = has_chosen || f.rate == c.chosen;
        has_best = has_best || f.rate == c.best;
        c.rates.push_back(f);
    }
    std::sort(c.rates.begin(), c.rates.end(), [](const rate_figures& a, const rate_figures& b) { return a.rate < b.rate; });
    if (!has_chosen || !has_best)
        fail(path, "the chosen and the best rate of " + c.criterion + " are among its rates",
             std::to_string(c.chosen) + " and " + std::to_string(c.best), "two of its " + std::to_string(c.rates.size()) + " rates");
    return c;
}

}  // namespace

const rate_figures& rate_choice::at(double rate) const {
    for (const rate_figures& f : rates)
        if (f.rate == rate) return f;
    return rates.front();
}

rate_choices read_rate_choices(const std::filesystem::path& path) {
    std::ifstream file(path);
    if (!file) throw pare::io::error(path.string() + ": cannot be read");
    try {
        const nlohmann::json from = nlohmann::json::parse(file);
        rate_choices result{from.at("network"), from.at("metric"), from.at("folds"), {}, path};
        for (const auto& c : from.at("criteria")) result.criteria.push_back(read_criterion(c, path));
        if (result.criteria.empty()) fail(path, "there is a criterion", "none", "at least one");
        return result;
    } catch (const nlohmann::json::exception& e) {
        fail(path, "it must be a file of choose_rate", e.what(), "its keys");
    }
}

}  // namespace digits
