// SPDX-License-Identifier: MIT
// The results of the comparison as tables, as a summary and as a file.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <system_error>
#include <vector>

#include <nlohmann/json.hpp>

#include <pare/io/error.hpp>

#include "compare_prune.hpp"

namespace digits {

inline const char* name_of(division d) { return d == division::global ? "global" : d == division::per_layer ? "per layer" : "by geometry"; }

/// True where so few whole units could go that the rate was missed by more than half a point.
inline bool falls_short(const result& r) { return r.reached < r.rate - 0.005; }

/// The results of one network, in the order in which they are to be read: a line for each criterion, a column for each rate.
inline void print_table(const std::vector<result>& results, const std::vector<double>& rates) {
    std::printf("%-13s %-11s %-19s", "geometry", "allocation", "criterion");
    for (const double rate : rates) std::printf(" %6.4g %%", 100 * rate);
    std::string before;
    bool short_of = false;
    for (const result& r : results) {
        const std::string line = r.geometry + name_of(r.allocation) + r.criterion;
        if (line != before) std::printf("\n%-13s %-11s %-19s", r.geometry.c_str(), name_of(r.allocation), r.criterion.c_str());
        if (r.allocation == division::by_geometry) std::printf("   %.2f at %.4g %%", r.accuracy, 100 * r.rate);
        else std::printf(" %7.2f%c", r.accuracy, falls_short(r) ? '*' : ' ');
        short_of |= falls_short(r);
        before = line;
    }
    std::printf("\n");
    if (short_of) std::printf("* less was removed than asked: there are not so many whole units\n");
}

/// Below this, in percent, a network has forgotten what it was for: chance is 10.
inline constexpr double forgotten = 25;

/// Results that differ in their criterion only.
inline bool is_same_case(const result& a, const result& b) {
    return a.network == b.network && a.geometry == b.geometry && a.allocation == b.allocation && a.rate == b.rate;
}

/// One line on the results of a case: the best criterion, and where entropy stands.
inline void print_verdict(const std::vector<const result*>& results) {
    const auto less = [](const result* a, const result* b) { return a->accuracy < b->accuracy; };
    const result& best = **std::ranges::max_element(results, less);
    std::printf("%-9s %-13s %-11s ", best.network.c_str(), best.geometry.c_str(), name_of(best.allocation));
    if (best.accuracy < forgotten) {
        std::printf("all is lost by every criterion, at most %.2f is left\n", best.accuracy);
        return;
    }
    std::printf("best %s %.2f", best.criterion.c_str(), best.accuracy);
    for (const result* entropy : results) {
        if (entropy->criterion != "entropy") continue;
        double other = -1;  // the best but entropy
        for (const result* r : results)
            if (r != entropy) other = std::max(other, r->accuracy);
        if (entropy->accuracy < other) std::printf("; entropy %.2f, %.2f points behind", entropy->accuracy, other - entropy->accuracy);
        else if (entropy->accuracy == other) std::printf("; entropy equals it");
        else if (other >= 0) std::printf(", %.2f points ahead", entropy->accuracy - other);
    }
    std::printf("\n");
}

/// For each network, geometry and allocation the best criterion at the rate nearest to 90 %; then how often each is best.
inline void print_summary(const std::vector<result>& results, const std::vector<double>& rates, std::size_t images) {
    const double rate = *std::ranges::min_element(rates, {}, [](double r) { return std::abs(r - 0.9); });
    std::printf(
        "Best criterion at %.4g %% removed (N:M at its own rate), and entropy beside it. At 99 %% right of %zu images one standard "
        "error is %.2f points.\n",
        100 * rate, images, 100 * std::sqrt(0.99 * 0.01 / double(images)));
    std::map<std::string, std::size_t> wins;
    std::size_t cases = 0, compared = 0, entropy_ahead = 0, entropy_equal = 0;
    std::vector<bool> seen(results.size());
    for (std::size_t i = 0; i < results.size(); ++i) {
        if (seen[i]) continue;
        std::vector<const result*> same;
        double best = 0, entropy = -1, magnitude = -1;
        for (std::size_t j = i; j < results.size(); ++j) {
            const result& r = results[j];
            if (!is_same_case(results[i], r)) continue;
            seen[j] = true;
            same.push_back(&r);
            best = std::max(best, r.accuracy);
            if (r.criterion == "entropy") entropy = r.accuracy;
            if (r.criterion == "magnitude") magnitude = r.accuracy;
        }
        if (results[i].allocation == division::by_geometry || results[i].rate == rate) print_verdict(same);
        if (best < forgotten) continue;
        ++cases;
        for (const result* r : same) wins[r->criterion] += r->accuracy == best;
        if (entropy < 0 || magnitude < 0) continue;
        ++compared, entropy_ahead += entropy > magnitude, entropy_equal += entropy == magnitude;
    }
    std::printf("Best, or equal to the best, of the %zu cases at all rates in which more than %.0f %% is left:", cases, forgotten);
    const char* between = " ";
    for (const named_criterion& c : all_criteria)
        if (wins.contains(c.name)) std::printf("%s%s %zu", between, c.name.c_str(), wins[c.name]), between = ", ";
    if (compared > 0) std::printf("; entropy is ahead of magnitude in %zu of %zu, equal in %zu", entropy_ahead, compared, entropy_equal);
    std::printf("\n");
}

/// Refuses a path, before the work, that results cannot be written to after it.
inline void require_writable(const std::filesystem::path& path) {
    std::error_code code;
    if (path.has_parent_path()) create_directories(path.parent_path(), code);
    if (code || !std::ofstream(path, std::ios::app))
        throw pare::io::error(path.string() + ": cannot be written" + (code ? "; got " + code.message() : std::string()) +
                              "; needs a place that can be");
}

inline void write_json(const std::vector<result>& results, const std::vector<result>& originals, std::size_t images,
                       const std::filesystem::path& path) {
    const auto rounded = [](double x, double unit) { return std::round(x / unit) * unit; };
    nlohmann::json rows = nlohmann::json::array(), unpruned = nlohmann::json::array();
    for (const result& r : originals) unpruned.push_back({{"network", r.network}, {"weights", r.criterion}, {"accuracy", r.accuracy}});
    for (const result& r : results)
        rows.push_back({{"network", r.network},
                        {"geometry", r.geometry},
                        {"allocation", name_of(r.allocation)},
                        {"criterion", r.criterion},
                        {"rate", r.rate},
                        {"reached", rounded(r.reached, 1e-6)},
                        {"removed", rounded(r.removed, 1e-6)},
                        {"accuracy", r.accuracy}});
    std::ofstream file(path);
    file << nlohmann::json{{"images", images}, {"unpruned", unpruned}, {"rows", rows}}.dump(1) << "\n";
    if (!file.flush()) throw pare::io::error(path.string() + ": cannot be written");
}

}  // namespace digits
