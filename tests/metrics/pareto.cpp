// SPDX-License-Identifier: MIT
// The Pareto front of a few choices, by hand.
#include <pare/metrics/pareto.hpp>

#include <limits>
#include <vector>

#include "support/catch.hpp"

using pare::metrics::dominates;
using pare::metrics::pareto_front;
using pare::metrics::trade;
using indices = std::vector<std::size_t>;

TEST_CASE("one choice dominates another that it equals in one figure and beats in the other") {
    CHECK(dominates({1, 5}, {2, 5}));
    CHECK(dominates({1, 5}, {1, 4}));
    CHECK_FALSE(dominates({1, 5}, {1, 5}));
    CHECK_FALSE(dominates({1, 4}, {2, 5}));
    CHECK_FALSE(dominates({2, 5}, {1, 5}));
}

TEST_CASE("the front runs from the cheapest choice to the one that gains most") {
    const std::vector<trade> trades{{8, 9}, {3, 4}, {1, 1}, {5, 4}, {8, 8}, {2, 0.5}, {4, 7}};
    CHECK(pareto_front(trades) == indices{2, 1, 6, 0});
}

TEST_CASE("equal choices are on the front together, in their order") {
    const std::vector<trade> trades{{2, 3}, {1, 1}, {2, 3}, {2, 2}};
    CHECK(pareto_front(trades) == indices{1, 0, 2});
    CHECK(pareto_front({}).empty());
    CHECK(pareto_front(std::vector<trade>{{7, -1}}) == indices{0});
}

TEST_CASE("costs within a tolerance are equal") {
    CHECK(dominates({101, 5}, {100, 4}, 0.02));
    CHECK_FALSE(dominates({103, 5}, {100, 4}, 0.02));
    CHECK_FALSE(dominates({100, 5}, {101, 5}, 0.02));
    CHECK(dominates({100, 5}, {103, 5}, 0.02));

    const std::vector<trade> trades{{88, 9}, {31.4, 9}, {31.7, 9}, {31.2, 8}, {30, 7}};
    CHECK(pareto_front(trades) == indices{4, 3, 1});
    CHECK(pareto_front(trades, 0.02) == indices{4, 1, 2});
    CHECK_THROWS_WITH(pareto_front(trades, -0.5),
                      "pareto front: a tolerance is a positive share of positive costs; got -0.500000 and a cost of 88.000000; needs none "
                      "below zero");
    CHECK_THROWS_AS(pareto_front(std::vector<trade>{{-1, 1}}, 0.1), pare::io::error);
}

TEST_CASE("what is no number is refused, an infinite cost is not") {
    const double nan = std::numeric_limits<double>::quiet_NaN(), infinity = std::numeric_limits<double>::infinity();
    CHECK_THROWS_WITH(pareto_front(std::vector<trade>{{1, 1}, {nan, 2}}),
                      "pareto front: cost and gain must be numbers; got nan of choice 1; needs numbers");
    CHECK_THROWS_AS(pareto_front(std::vector<trade>{{1, nan}}), pare::io::error);
    CHECK(pareto_front(std::vector<trade>{{1, 1}, {infinity, 2}}) == indices{0, 1});
}
