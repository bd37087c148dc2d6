// SPDX-License-Identifier: MIT
// The choice of a rate out of scores: by hand, by bisection, and the same again from what is known.
#include <pare/compress/choose_rate.hpp>

#include <cmath>
#include <cstddef>
#include <map>
#include <span>
#include <vector>

#include "support/catch.hpp"

namespace {

using namespace pare::compress;
using Catch::Matchers::ContainsSubstring;

/// Two folds around a mean that is 99 up to `knee` and falls by one for each 1 % beyond; the folds lie `spread` to either side.
struct slope {
    double knee, spread;
    mutable std::vector<rate_task> asked{};

    std::vector<double> operator()(std::span<const rate_task> tasks) const {
        std::vector<double> scores;
        for (const rate_task& t : tasks) {
            asked.push_back(t);
            scores.push_back(99 - std::max(0.0, t.rate - knee) * 100 + (t.fold == 0 ? spread : -spread));
        }
        return scores;
    }
};

}  // namespace

TEST_CASE("means and standard errors, by hand") {
    const rate_choice c = choose_rate({{criterion::error}, {0.5}, 3}, 4, [](std::span<const rate_task> tasks) {
                              std::vector<double> scores;
                              for (const rate_task& t : tasks) scores.push_back(double(90 + 2 * t.fold));
                              return scores;
                          }).front();
    REQUIRE(c.scores.size() == 1);
    CHECK(c.scores[0].folds == std::vector<double>{90, 92, 94, 96});
    CHECK(c.scores[0].mean == 93);
    CHECK(c.scores[0].standard_error == Approx(std::sqrt(20.0 / 3 / 4)));
    CHECK(c.best == 0.5);
    CHECK(c.chosen == 0.5);
}

TEST_CASE("the highest rate within one standard error of the best mean is chosen") {
    // The standard error of two folds that lie s to either side is s.
    const auto chosen = [](double spread, std::size_t bisections) {
        return choose_rate({{criterion::error}, {0.5, 0.8, 0.9, 0.95}, bisections}, 2, slope{0.8, spread}).front();
    };
    CHECK(chosen(1, 0).chosen == 0.8);
    CHECK(chosen(1, 0).best == 0.8);  // of equal means the highest rate
    CHECK(chosen(11, 0).chosen == 0.9);
    CHECK(chosen(16, 0).chosen == 0.95);
    CHECK(chosen(16, 5).scores.size() == 4);  // nothing lies above
    // 0.85 (5 below) is good, 0.875 (7.5 below) is not, then 0.8625 is good.
    const rate_choice c = chosen(7, 3);
    CHECK(c.chosen == Approx(0.8625));
    std::vector<double> rates;
    for (const rate_score& s : c.scores) rates.push_back(s.rate);
    REQUIRE(rates.size() == 7);
    CHECK(rates[2] == Approx(0.85));
    CHECK(rates[3] == Approx(0.8625));
    CHECK(rates[4] == Approx(0.875));
    CHECK(std::ranges::is_sorted(rates));
}

TEST_CASE("criteria are chosen for apart and keep their order") {
    const slope s{0.8, 1};
    const auto choices = choose_rate({{criterion::random, criterion::error}, {0.5, 0.9}, 2}, 2, [&](std::span<const rate_task> tasks) {
        std::vector<double> scores = s(tasks);
        for (std::size_t i = 0; i < tasks.size(); ++i)
            if (tasks[i].by == criterion::random) scores[i] -= 200 * tasks[i].rate;  // falls from the start
        return scores;
    });
    REQUIRE(choices.size() == 2);
    CHECK(choices[0].by == criterion::random);
    CHECK(choices[0].chosen == 0.5);
    CHECK(choices[1].by == criterion::error);
    CHECK(choices[1].chosen == Approx(0.8));
    CHECK(choices[0].scores.size() == 4);
    // Nothing is asked twice.
    std::map<rate_task, int> times;
    for (const rate_task& t : s.asked) ++times[t];
    CHECK(times.size() == s.asked.size());
}

TEST_CASE("a grid that is none is refused") {
    const auto choose = [](rate_search search) { return choose_rate(search, 2, slope{0.8, 1}); };
    CHECK_THROWS_WITH(choose({{}, {0.5}, 1}), "choose_rate: there is something to choose by; got no criterion; needs at least one");
    CHECK_THROWS_WITH(choose({{criterion::error}, {}, 1}), "choose_rate: the grid has rates; got none; needs at least one");
    CHECK_THROWS_WITH(choose({{criterion::error}, {0.5, 0.5}, 1}), ContainsSubstring("ascend in [0, 1); got 0.5"));
    CHECK_THROWS_WITH(choose({{criterion::error}, {0.5, 1.0}, 1}), ContainsSubstring("got 1.0"));
}
