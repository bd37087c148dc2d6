// SPDX-License-Identifier: MIT
// Every criterion for every geometry: counts, tails, order, errors.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

#include <pare/compress/prune.hpp>

#include "support/catch.hpp"
#include "support/random_layers.hpp"

using namespace pare::compress;
using Catch::Matchers::ContainsSubstring;
using pare::pruning_unit;

namespace {

prune_problem problem(int n, int k, const pruning_unit& unit, unsigned seed = 1) {
    support::normal_numbers numbers(seed);
    prune_problem p;
    p.weights = numbers(n, k);
    p.bias = numbers(n, 1);
    matrix x(60, k + 1);
    const matrix shares = numbers(1, k), common = numbers(60, 1), own = numbers(60, k);
    x << own + common * shares, matrix::Ones(60, 1);
    p.hessian = x.transpose() * x / 60.0f;
    p.unit = unit;
    p.seed = seed;
    return p;
}

std::size_t gone(const layer_weights& w) { return std::size_t((w.mask == 0).count()); }

constexpr criterion four_criteria[] = {criterion::magnitude, criterion::error, criterion::random, criterion::entropy};

/// What holds for every solution: zeros where the mask is 0, and whole units only, tails kept.
void check_shape(const prune_problem& p, const layer_weights& w) {
    const Eigen::Index n = p.weights.rows(), k = p.weights.cols();
    const Eigen::Index rows = Eigen::Index(p.unit.rows), cols = p.unit.cols ? Eigen::Index(p.unit.cols) : k;
    REQUIRE((w.mask.rows() == n && w.mask.cols() == k && w.weights.rows() == n && w.weights.cols() == k && w.bias.size() == n));
    CHECK((w.mask <= 1).all());
    CHECK(((w.mask != 0) || (w.weights.array() == 0.0f)).all());
    CHECK(w.weights.allFinite());
    for (Eigen::Index i = 0; i < n; ++i)
        for (Eigen::Index j = 0; j < k; ++j) {
            const bool tail = i >= n / rows * rows || j >= k / cols * cols;
            if (tail ? w.mask(i, j) != 1 : w.mask(i, j) != w.mask(i / rows * rows, j / cols * cols)) FAIL("weight " << i << ", " << j);
        }
}

}  // namespace

TEST_CASE("rates remove their count of whole units by every criterion", "[prune]") {
    const pruning_unit units[] = {
        {}, {.rows = 2, .cols = 3}, {.rows = 1, .cols = 4}, {.rows = 3, .cols = 1}, {.rows = 1, .cols = 0}, {.rows = 2, .cols = 0}};
    const std::vector<double> rates{0.0, 0.1, 0.25, 0.5, 0.5, 0.77, 0.97};
    for (const pruning_unit& unit : units)
        for (const criterion by : four_criteria) {
            const prune_problem p = problem(7, 11, unit);
            const std::size_t cols = unit.cols ? unit.cols : 11, size = unit.rows * cols, most = 7 / unit.rows * (11 / cols);
            const std::vector<layer_weights> solutions = prune(p, by, rates);
            REQUIRE(solutions.size() == rates.size());
            for (std::size_t i = 0; i < rates.size(); ++i) {
                check_shape(p, solutions[i]);
                const auto wanted = std::min(most, std::size_t(std::floor(rates[i] * 77.0 / double(size) + 0.5)));
                CHECK(gone(solutions[i]) == wanted * size);
                if (i > 0) CHECK(((solutions[i - 1].mask != 0) || (solutions[i].mask == 0)).all());
            }
            CHECK(solutions[0].weights == p.weights);
            CHECK(solutions[0].bias == p.bias);
        }
}

TEST_CASE("N:M keeps exactly N of each whole group by every criterion", "[prune]") {
    struct shape {
        int n, k;
        std::size_t keep, of;
    };
    for (const shape s : {shape{3, 10, 2, 4}, {5, 7, 1, 3}, {1, 3, 2, 4}, {4, 16, 3, 5}, {2, 17, 1, 16}, {2, 515, 2, 4}, {2, 514, 3, 8}})
        for (const criterion by : four_criteria) {
            const prune_problem p = problem(s.n, s.k, {.keep = s.keep, .of = s.of});
            const std::vector<layer_weights> solutions = prune(p, by, std::vector<double>{0.1, 0.9});
            REQUIRE(solutions.size() == 1);
            const layer_weights& w = solutions[0];
            CHECK(((w.mask != 0) || (w.weights.array() == 0.0f)).all());
            const Eigen::Index of = Eigen::Index(s.of), whole = s.k / of * of;
            for (Eigen::Index i = 0; i < s.n; ++i) {
                for (Eigen::Index j = 0; j < whole; j += of)
                    if (w.mask.row(i).segment(j, of).cast<int>().sum() != int(s.keep)) FAIL("group " << i << ", " << j);
                CHECK((w.mask.row(i).tail(s.k - whole) == 1).all());
            }
            CHECK(w.mask.rows() == s.n);
        }
}

TEST_CASE("magnitude takes the least squares over the whole layer", "[prune]") {
    SECTION("weights") {
        prune_problem p;
        p.weights.resize(2, 4);
        p.weights << 5, -1, 3, 8, -2, 7, 4, -6;
        p.bias = vector::Constant(2, 9.0f);
        const layer_weights w = prune(p, criterion::magnitude, std::vector<double>{0.5})[0];
        matrix wanted(2, 4);
        wanted << 5, 0, 0, 8, 0, 7, 0, -6;
        CHECK(w.weights == wanted);
        CHECK(w.bias == p.bias);
    }
    SECTION("blocks") {
        prune_problem p;
        p.weights.resize(2, 5);
        p.weights << 1, 1, 4, 0, 1, 1, 1, 0, 0, 1;  // 2 x 2 blocks of squares 4 and 16; the last column is a tail
        p.bias = vector::Zero(2);
        p.unit = {.rows = 2, .cols = 2};
        matrix wanted(2, 5);
        wanted << 0, 0, 4, 0, 1, 0, 0, 0, 0, 1;
        CHECK(prune(p, criterion::magnitude, std::vector<double>{0.4})[0].weights == wanted);
    }
    SECTION("groups") {
        prune_problem p;
        p.weights.resize(1, 6);
        p.weights << 9, 8, 7, 1, 2, 3;
        p.bias = vector::Zero(1);
        p.unit = {.keep = 1, .of = 2};
        matrix wanted(1, 6);
        wanted << 9, 0, 7, 0, 0, 3;
        CHECK(prune(p, criterion::magnitude, {})[0].weights == wanted);
    }
    SECTION("the first of equals goes") {
        prune_problem p;
        p.weights = matrix::Ones(2, 3);
        p.bias = vector::Zero(2);
        matrix wanted(2, 3);
        wanted << 0, 0, 0, 0, 1, 1;
        CHECK(prune(p, criterion::magnitude, std::vector<double>{0.67})[0].weights == wanted);
    }
}

TEST_CASE("chance depends on the seed alone and leaves what remains", "[prune]") {
    prune_problem p = problem(20, 30, {});
    const std::vector<double> rates{0.5};
    const layer_weights a = prune(p, criterion::random, rates)[0], b = prune(p, criterion::random, rates)[0];
    CHECK((a.mask == b.mask).all());
    CHECK(((a.mask == 0) || (a.weights.array() == p.weights.array())).all());
    p.seed = 2;
    CHECK_FALSE((a.mask == prune(p, criterion::random, rates)[0].mask).all());
    // The order is part of what a seed means: mt19937_64 and Fisher-Yates from the end, remainders of its numbers.
    std::mt19937_64 random(2);
    std::vector<int> order(600);
    for (int i = 0; i < 600; ++i) order[std::size_t(i)] = i;
    for (std::size_t i = 600; i > 1; --i) std::swap(order[i - 1], order[std::size_t(random() % i)]);
    const presence mask = prune(p, criterion::random, rates)[0].mask;
    for (std::size_t i = 0; i < 600; ++i)
        if ((mask.data()[i] == 0) != (order[i] < 300)) FAIL("weight " << i);
}

TEST_CASE("a fixed mask is applied, not chosen", "[prune]") {
    prune_problem p = problem(3, 4, {.fixed = true});
    for (const criterion by : four_criteria) {
        p.pattern.resize(0, 0);
        const std::vector<layer_weights> dense = prune(p, by, std::vector<double>{0.5, 0.9});
        REQUIRE(dense.size() == 1);
        CHECK(dense[0].weights == p.weights);
        CHECK((dense[0].mask == 1).all());
        p.pattern = presence::Ones(3, 4);
        p.pattern(1, 2) = 0;
        const layer_weights w = prune(p, by, {})[0];
        CHECK(gone(w) == 1);
        CHECK(w.weights(1, 2) == 0.0f);
        if (by != criterion::error) CHECK(w.weights(1, 1) == p.weights(1, 1));  // by error the others make up for it
    }
    p.pattern = presence::Ones(4, 3);
    CHECK_THROWS_WITH(prune(p, criterion::magnitude, {}), "prune: a pattern has the shape of the weights; got 4 x 3; needs 3 x 4");
}

TEST_CASE("pruning refuses bad input", "[prune]") {
    const prune_problem good = problem(3, 4, {});
    const auto with = [&](double rate, criterion by = criterion::magnitude) { return prune(good, by, std::vector<double>{rate}); };
    CHECK_THROWS_WITH(with(1.0), "prune: a rate, the share of weights removed, lies in [0, 1); got 1.000000; needs such a number");
    CHECK_THROWS_WITH(with(-0.5), ContainsSubstring("got -0.500000"));
    CHECK_THROWS_WITH(with(std::nan("")), ContainsSubstring("lies in [0, 1); got "));
    CHECK_THROWS_WITH(prune(good, criterion::error, std::vector<double>{0.5, 0.4}),
                      ContainsSubstring("rates ascend; got 0.400000 after 0.500000"));
    CHECK_THROWS_AS(with(2.0), error);
    for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
        prune_problem p = good;
        p.weights(1, 2) = bad;
        CHECK_THROWS_WITH(prune(p, criterion::magnitude, {}),
                          ContainsSubstring("prune: weights must be finite; got ") && ContainsSubstring("at index 6"));
        p = good;
        p.bias(2) = bad;
        CHECK_THROWS_WITH(prune(p, criterion::random, {}),
                          ContainsSubstring("biases must be finite; got ") && ContainsSubstring("at index 2"));
        p = good;
        p.hessian(0, 1) = bad;
        CHECK_THROWS_WITH(prune(p, criterion::error, {}),
                          ContainsSubstring("the hessian must be finite; got ") && ContainsSubstring("at index 1"));
    }
    prune_problem p = good;
    p.hessian.resize(4, 4);
    CHECK_THROWS_WITH(prune(p, criterion::error, {}),
                      "prune: the hessian has a row for each input and the constant 1; got 4 x 4; needs 5 x 5");
    p = good;
    p.hessian = -p.hessian;
    CHECK_THROWS_WITH(prune(p, criterion::error, std::vector<double>{0.5}), ContainsSubstring("must be positive definite"));
    p = good;
    p.bias.resize(2);
    p.bias.setZero();
    CHECK_THROWS_WITH(prune(p, criterion::magnitude, {}), ContainsSubstring("each output has one bias; got 2 biases; needs 3"));
    p = good;
    p.unit = {.keep = 4, .of = 4};
    CHECK_THROWS_WITH(prune(p, criterion::magnitude, {}), ContainsSubstring("N:M keeps fewer than M; got 4:4"));
    p.unit = {.cols = 2, .keep = 2, .of = 4};
    CHECK_THROWS_WITH(prune(p, criterion::magnitude, {}),
                      ContainsSubstring("N:M removes single weights of some outputs; got units of 1 x 2"));
}

TEST_CASE("N:M patterns that outputs share are those of most magnitude together") {
    prune_problem p;
    p.weights.resize(5, 6);
    // Pairs of outputs share; of columns 0 to 3 two stay: by sums of squares 1 and 3 of the first pair, 0 and 2 of the second.
    p.weights << 1, 3, 2, 0, 7, 8,  //
        1, 0, 2, 5, 7, 8,           //
        4, 1, 3, 1, 7, 8,           //
        4, 1, 0, 2, 7, 8,           //
        1, 1, 1, 1, 7, 8;
    p.bias = vector::Zero(5);
    p.unit = {.rows = 2, .keep = 2, .of = 4};
    presence wanted = presence::Ones(5, 6);
    wanted.block(0, 0, 2, 1).setZero(), wanted.block(0, 2, 2, 1).setZero();
    wanted.block(2, 1, 2, 1).setZero(), wanted.block(2, 3, 2, 1).setZero();
    const auto solutions = prune(p, criterion::magnitude, {});
    REQUIRE(solutions.size() == 1);
    CHECK((solutions[0].mask == wanted).all());
    // By error with inputs that know nothing of one another, the same; the others do not move.
    p.hessian = matrix::Identity(7, 7);
    p.damping = 1e-6f;
    const auto by_error = prune(p, criterion::error, {});
    CHECK((by_error[0].mask == wanted).all());
    CHECK(by_error[0].weights.isApprox((wanted != 0).select(p.weights.array(), 0.0f).matrix(), 1e-5f));
}
