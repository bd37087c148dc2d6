// SPDX-License-Identifier: MIT
// A removal rate divided among layers.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <random>
#include <string>
#include <vector>

#include <pare/compress/allocate.hpp>

#include "support/catch.hpp"

using namespace pare::compress;
using Catch::Matchers::ContainsSubstring;

namespace {

/// Linear interpolation in the running maximum, written anew.
double loss_at(const rate_curve& c, double rate) {
    std::vector<double> loss = c.loss;
    for (std::size_t i = 1; i < loss.size(); ++i) loss[i] = std::max(loss[i], loss[i - 1]);
    for (std::size_t i = 1; i < loss.size(); ++i)
        if (rate <= c.rates[i]) return loss[i - 1] + (loss[i] - loss[i - 1]) * (rate - c.rates[i - 1]) / (c.rates[i] - c.rates[i - 1]);
    return loss.back();
}

double summed(const std::vector<rate_curve>& curves, const std::vector<double>& rates) {
    double sum = 0;
    for (std::size_t i = 0; i < curves.size(); ++i) sum += loss_at(curves[i], rates[i]);
    return sum;
}

double removed(const std::vector<rate_curve>& curves, const std::vector<double>& rates) {
    double sum = 0;
    for (std::size_t i = 0; i < curves.size(); ++i) sum += rates[i] * double(curves[i].weights);
    return sum;
}

std::vector<rate_curve> random_curves(std::size_t count, unsigned seed) {
    std::mt19937 random(seed);
    std::vector<rate_curve> curves;
    for (std::size_t i = 0; i < count; ++i) {
        rate_curve c{50 + random() % 2000, {0.0, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95}, {}};
        double loss = 0;
        for (std::size_t k = 0; k < c.rates.size(); ++k) {
            c.loss.push_back(loss);
            loss += (double(random() % 1000) - 100.0) / 1000.0 * double(k + 1);  // falls now and then
        }
        curves.push_back(c);
    }
    return curves;
}

}  // namespace

TEST_CASE("a budget goes where it costs least", "[allocate]") {
    const std::vector<rate_curve> curves{{100, {0.0, 0.5, 0.9}, {0.0, 10.0, 20.0}}, {300, {0.0, 0.5, 0.9}, {0.0, 0.1, 5.0}}};
    const std::vector<double> rates = allocate(curves, 0.375);
    CHECK(std::abs(rates[0]) < 1e-9);
    CHECK(std::abs(rates[1] - 0.5) < 1e-9);
    // 40 more: 0.08 of a weight each in the second layer is less than 0.2 in the first.
    const std::vector<double> more = allocate(curves, 0.475);
    CHECK(std::abs(more[0]) < 1e-9);
    CHECK(std::abs(more[1] - 190.0 / 300.0) < 1e-9);
}

TEST_CASE("no division of a budget is better, by exhaustion", "[allocate]") {
    for (unsigned seed = 1; seed <= 20; ++seed) {
        const std::vector<rate_curve> curves = random_curves(3, seed);
        const double total = double(curves[0].weights + curves[1].weights + curves[2].weights);
        for (const double rate : {0.1, 0.45, 0.62, 0.9}) {
            const std::vector<double> rates = allocate(curves, rate);
            REQUIRE(rates.size() == 3);
            CHECK(std::abs(removed(curves, rates) - rate * total) < 1e-6);
            for (const double r : rates) CHECK((r >= 0.0 && r <= 0.95 + 1e-12));
            const double loss = summed(curves, rates);
            double best = 1e30;
            for (int a = 0; a <= 190; ++a)
                for (int b = 0; b <= 190; ++b) {
                    const double ra = a / 200.0, rb = b / 200.0;
                    const double rc =
                        (rate * total - ra * double(curves[0].weights) - rb * double(curves[1].weights)) / double(curves[2].weights);
                    if (rc >= 0.0 && rc <= 0.95) best = std::min(best, summed(curves, {ra, rb, rc}));
                }
            CHECK(loss <= best + 1e-9);
        }
    }
}

TEST_CASE("many layers keep the budget and beat equal rates", "[allocate]") {
    for (unsigned seed = 1; seed <= 3; ++seed) {
        const std::vector<rate_curve> curves = random_curves(14, seed);
        double total = 0;
        for (const rate_curve& c : curves) total += double(c.weights);
        for (const double rate : {0.5, 0.9, 0.95}) {
            const std::vector<double> rates = allocate(curves, rate);
            CHECK(std::abs(removed(curves, rates) - rate * total) < 1e-6);
            CHECK(summed(curves, rates) <= summed(curves, std::vector<double>(curves.size(), rate)) + 1e-9);
            CHECK(rates == allocate(curves, rate));
        }
    }
}

TEST_CASE("a loss that falls at a higher rate counts as noise", "[allocate]") {
    // Without the running maximum, 0.9 of the first layer would be free.
    const std::vector<rate_curve> curves{{100, {0.0, 0.5, 0.9}, {0.0, 8.0, 0.0}}, {100, {0.0, 0.5, 0.9}, {0.0, 1.0, 3.0}}};
    const std::vector<double> rates = allocate(curves, 0.45);
    CHECK(std::abs(rates[0]) < 1e-9);
    CHECK(std::abs(rates[1] - 0.9) < 1e-9);
}

TEST_CASE("the ends of the budget", "[allocate]") {
    const std::vector<rate_curve> curves{{100, {0.0, 0.5}, {0.0, 1.0}}, {300, {0.0, 0.9}, {0.0, 1.0}}};
    CHECK(allocate(curves, 0.0) == std::vector<double>{0.0, 0.0});
    const std::vector<double> all = allocate(curves, 0.8);
    CHECK(std::abs(all[0] - 0.5) < 1e-9);
    CHECK(std::abs(all[1] - 0.9) < 1e-9);
    CHECK_THROWS_WITH(allocate(curves, 0.81),
                      "allocate: the layers' curves reach the budget; got 0.810000 of all weights; needs at most 0.800000");
}

TEST_CASE("allocation refuses bad curves", "[allocate]") {
    const auto with = [](rate_curve c) { return std::vector<rate_curve>{std::move(c)}; };
    CHECK_THROWS_WITH(allocate(with({10, {0.0, 0.5}, {0.0, 1.0}}), 1.0), ContainsSubstring("lies in [0, 1); got 1.000000"));
    CHECK_THROWS_WITH(allocate(with({10, {0.0, 0.5}, {0.0, 1.0}}), -0.1), ContainsSubstring("lies in [0, 1); got -0.100000"));
    CHECK_THROWS_WITH(allocate(with({10, {0.0, 0.5}, {0.0, 1.0}}), std::nan("")), ContainsSubstring("lies in [0, 1); got "));
    CHECK_THROWS_WITH(allocate(with({0, {0.0, 0.5}, {0.0, 1.0}}), 0.1), ContainsSubstring("a layer has weights; got 0"));
    CHECK_THROWS_WITH(allocate(with({10, {0.0, 0.5}, {0.0}}), 0.1), ContainsSubstring("got 2 rates and 1 losses"));
    CHECK_THROWS_WITH(allocate(with({10, {0.1, 0.5}, {0.0, 1.0}}), 0.1), ContainsSubstring("ascend from 0 below 1; got 0.100000 at 0"));
    CHECK_THROWS_WITH(allocate(with({10, {0.0, 0.5, 0.5}, {0.0, 1.0, 1.0}}), 0.1), ContainsSubstring("got 0.500000 at 2"));
    CHECK_THROWS_WITH(allocate(with({10, {0.0, 0.5}, {0.0, std::nan("")}}), 0.1), ContainsSubstring("losses must be finite"));
}
