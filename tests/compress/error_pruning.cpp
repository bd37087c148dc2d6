// SPDX-License-Identifier: MIT
// Pruning by error against exhaustive search and normal equations in double precision.
#include <cmath>
#include <cstddef>
#include <random>
#include <vector>

#include <Eigen/Cholesky>

#include <pare/compress/prune.hpp>

#include "support/catch.hpp"
#include "support/random_layers.hpp"

using namespace pare::compress;
using pare::pruning_unit;

namespace {

prune_problem problem(int n, int k, const pruning_unit& unit, unsigned seed, int samples = 200) {
    support::normal_numbers numbers(seed);
    prune_problem p;
    p.weights = numbers(n, k);
    p.bias = numbers(n, 1);
    matrix x(samples, k + 1);
    const int sources = k / 8 + 2;  // inputs that resemble one another
    const matrix own = numbers(samples, k), shares = numbers(sources, k), common = numbers(samples, sources);
    x << (common * shares + 0.5f * own).array() + 0.7f, matrix::Ones(samples, 1);
    for (int j = 0; j < k; ++j) x.col(j) *= 0.2f + float(j % 7) / 3.0f;  // and differ in size
    p.hessian = x.transpose() * x / float(samples);
    p.unit = unit;
    p.threads = 2;
    return p;
}

Eigen::MatrixXd damped(const prune_problem& p) {
    Eigen::MatrixXd h = p.hessian.cast<double>();
    const Eigen::Index k = h.rows() - 1;
    h.diagonal().head(k).array() += 0.01 * h.diagonal().head(k).mean();
    h(k, k) += 1e-3;
    return h;
}

Eigen::VectorXd row_of(const matrix& weights, const vector& bias, Eigen::Index r) {
    Eigen::VectorXd w(weights.cols() + 1);
    w << weights.row(r).transpose().cast<double>(), double(bias(r));
    return w;
}

/// The best weights and biases, outputs x (K + 1), where `mask` is 1, from normal equations.
Eigen::MatrixXd refit(const prune_problem& p, const presence& mask) {
    const Eigen::MatrixXd h = damped(p);
    const Eigen::Index k = p.weights.cols();
    Eigen::MatrixXd result = Eigen::MatrixXd::Zero(p.weights.rows(), k + 1);
    for (Eigen::Index r = 0; r < p.weights.rows(); ++r) {
        std::vector<Eigen::Index> a;
        for (Eigen::Index j = 0; j <= k; ++j)
            if (j == k || mask(r, j)) a.push_back(j);
        const Eigen::VectorXd right = h * row_of(p.weights, p.bias, r);
        const Eigen::VectorXd w = h(a, a).ldlt().solve(right(a));
        for (std::size_t i = 0; i < a.size(); ++i) result(r, a[i]) = w(Eigen::Index(i));
    }
    return result;
}

/// The squared output error of outputs x (K + 1).
double loss_of(const prune_problem& p, const Eigen::MatrixXd& w) {
    double sum = 0;
    for (Eigen::Index r = 0; r < w.rows(); ++r) {
        const Eigen::VectorXd d = w.row(r).transpose() - row_of(p.weights, p.bias, r);
        sum += d.dot(damped(p) * d);
    }
    return sum;
}

Eigen::MatrixXd joined(const layer_weights& w) {
    Eigen::MatrixXd m(w.weights.rows(), w.weights.cols() + 1);
    m << w.weights.cast<double>(), w.bias.cast<double>();
    return m;
}

/// How far a solution lies from the best one on its mask, against the size of the weights.
double distance_to_best(const prune_problem& p, const layer_weights& w) {
    return (joined(w) - refit(p, w.mask)).norm() / p.weights.cast<double>().norm();
}

}  // namespace

TEST_CASE("a lower triangle is inverted", "[error_pruning]") {
    for (const int n : {1, 2, 48, 49, 131}) {
        std::mt19937 random(5);
        std::normal_distribution<float> normal;
        Eigen::MatrixXf l = Eigen::MatrixXf::Zero(n, n);
        for (int j = 0; j < n; ++j)
            for (int i = j; i < n; ++i) l(i, j) = i == j ? 2.0f + std::abs(normal(random)) : 0.1f * normal(random);
        Eigen::MatrixXf inverse = l;
        detail::invert_lower(inverse);
        CHECK((l * inverse - Eigen::MatrixXf::Identity(n, n)).cwiseAbs().maxCoeff() < 1e-4f);
    }
}

TEST_CASE("what remains is the solution of the normal equations", "[error_pruning]") {
    const std::vector<double> rates{0.1, 0.3, 0.5, 0.8, 0.95};
    const pruning_unit units[] = {{}, {.rows = 2, .cols = 2}, {.rows = 1, .cols = 3}, {.rows = 1, .cols = 0}, {.keep = 1, .of = 3}};
    for (const pruning_unit& unit : units)
        for (unsigned seed = 1; seed <= 5; ++seed) {
            const prune_problem p = problem(3, 4, unit, seed);
            for (const layer_weights& w : prune(p, criterion::error, rates)) CHECK(distance_to_best(p, w) < 1e-4);
        }
}

TEST_CASE("the unit that goes first is the one of least error after refitting, by exhaustion", "[error_pruning]") {
    const pruning_unit units[] = {{}, {.rows = 2, .cols = 2}, {.rows = 1, .cols = 2}, {.rows = 1, .cols = 0}, {.rows = 2, .cols = 1}};
    int not_least_magnitude = 0;
    for (const pruning_unit& unit : units)
        for (unsigned seed = 1; seed <= 20; ++seed) {
            const prune_problem p = problem(4, 3, unit, seed);
            const Eigen::Index rows = Eigen::Index(unit.rows), cols = unit.cols ? Eigen::Index(unit.cols) : 3;
            double best = 1e30;
            presence wanted;
            for (Eigen::Index i = 0; i + rows <= 4; i += rows)
                for (Eigen::Index j = 0; j + cols <= 3; j += cols) {
                    presence mask = presence::Ones(4, 3);
                    mask.block(i, j, rows, cols).setZero();
                    const double loss = loss_of(p, refit(p, mask));
                    if (loss < best) best = loss, wanted = mask;
                }
            const std::vector<double> one{double(rows * cols) / 12.0};
            CHECK((prune(p, criterion::error, one)[0].mask == wanted).all());
            not_least_magnitude += !(prune(p, criterion::magnitude, one)[0].mask == wanted).all();
        }
    CHECK(not_least_magnitude > 20);  // else the choice would prove little
}

TEST_CASE("every later weight of a small layer goes at least error as well", "[error_pruning]") {
    for (unsigned seed = 1; seed <= 10; ++seed) {
        const prune_problem p = problem(3, 4, {}, seed);
        std::vector<double> rates;
        for (int i = 1; i <= 11; ++i) rates.push_back(i / 12.0);
        presence mask = presence::Ones(3, 4);
        for (const layer_weights& w : prune(p, criterion::error, rates)) {
            double best = 1e30;
            Eigen::Index least = -1;
            for (Eigen::Index i = 0; i < 12; ++i) {
                if (!mask.data()[i]) continue;
                presence without = mask;
                without.data()[i] = 0;
                const double loss = loss_of(p, refit(p, without));
                if (loss < best) best = loss, least = i;
            }
            mask.data()[least] = 0;
            REQUIRE((w.mask == mask).all());
        }
    }
}

TEST_CASE("layers of many weights go in few stages and stay exact", "[error_pruning]") {
    const std::vector<double> rates{0.0, 0.3, 0.6, 0.9};
    const prune_problem p = problem(3, 520, {}, 3, 300);
    const std::vector<layer_weights> by_error = prune(p, criterion::error, rates), by_magnitude = prune(p, criterion::magnitude, rates);
    REQUIRE(by_error.size() == 4);
    CHECK(by_error[0].weights == p.weights);
    for (std::size_t i = 1; i < 4; ++i) {
        CHECK(distance_to_best(p, by_error[i]) < 2e-3);
        CHECK(loss_of(p, joined(by_error[i])) < 0.97 * loss_of(p, refit(p, by_magnitude[i].mask)));
    }
}

TEST_CASE("N:M masks by error beat those by magnitude, refitted alike", "[error_pruning]") {
    for (const int k : {64, 516})
        for (const pruning_unit unit : {pruning_unit{.keep = 2, .of = 4}, pruning_unit{.keep = 1, .of = 4}}) {
            // One small problem may go either way; three together do not.
            double by_error = 0, by_magnitude = 0;
            for (unsigned seed = 7; seed < 10; ++seed) {
                const prune_problem p = problem(4, k, unit, seed, 300);
                const layer_weights w = prune(p, criterion::error, {})[0];
                CHECK(distance_to_best(p, w) < 2e-3);
                by_error += loss_of(p, joined(w));
                by_magnitude += loss_of(p, refit(p, prune(p, criterion::magnitude, {})[0].mask));
            }
            CHECK(by_error < 0.97 * by_magnitude);
        }
}

TEST_CASE("the weights of a fixed pattern are those of least error", "[error_pruning]") {
    prune_problem p = problem(4, 12, {.fixed = true}, 3);
    p.pattern = presence::Ones(4, 12);
    for (Eigen::Index i = 0; i < 48; ++i) p.pattern.data()[i] = i % 5 != 0;
    const layer_weights w = prune(p, criterion::error, {})[0];
    CHECK((w.mask == p.pattern).all());
    CHECK(distance_to_best(p, w) < 2e-3);
}

TEST_CASE("the sweep's masks are those of eliminating one weight after the other in double precision", "[error_pruning]") {
    const Eigen::Index k = 516;
    const prune_problem p = problem(2, int(k), {.keep = 2, .of = 4}, 8, 300);
    const presence mask = prune(p, criterion::error, {})[0].mask;
    const auto eliminate = [](Eigen::MatrixXd& m, Eigen::Index q) { m -= (m.col(q) * (m.row(q) / m(q, q))).eval(); };
    Eigen::MatrixXd inverse = damped(p).llt().solve(Eigen::MatrixXd::Identity(k + 1, k + 1));
    std::vector<Eigen::VectorXd> rows{row_of(p.weights, p.bias, 0), row_of(p.weights, p.bias, 1)};
    int different = 0;
    for (Eigen::Index j = 0; j < k; j += 4) {
        for (Eigen::Index r = 0; r < 2; ++r) {
            Eigen::VectorXd& w = rows[std::size_t(r)];
            Eigen::MatrixXd own = inverse.middleCols(j, 4);  // the group's columns; no other is looked at
            std::vector<bool> out(4);
            for (int step = 0; step < 2; ++step) {
                Eigen::Index best = -1;
                const auto saliency = [&](Eigen::Index i) { return w(j + i) * w(j + i) / own(j + i, i); };
                for (Eigen::Index i = 0; i < 4; ++i)
                    if (!out[std::size_t(i)] && (best < 0 || saliency(i) < saliency(best))) best = i;
                out[std::size_t(best)] = true;
                const Eigen::VectorXd column = own.col(best) / own(j + best, best);
                w -= column * w(j + best);
                own -= (column * own.row(j + best)).eval();
            }
            for (Eigen::Index i = 0; i < 4; ++i) different += (mask(r, j + i) == 0) != out[std::size_t(i)];
        }
        for (Eigen::Index i = 0; i < 4; ++i) eliminate(inverse, j + i);  // what lies left stays as it is from here on
    }
    CHECK(different <= 4);  // two near ties may fall otherwise in single precision
}

TEST_CASE("an absent output gives its mean", "[error_pruning]") {
    prune_problem p = problem(2, 4, {.rows = 1, .cols = 0}, 2);
    p.weights.row(1) *= 0.01f;
    const layer_weights w = prune(p, criterion::error, std::vector<double>{0.5})[0];
    CHECK(w.weights.row(0) == p.weights.row(0));
    CHECK(w.weights.row(1).isZero(0.0f));
    const Eigen::MatrixXd h = damped(p);
    CHECK(std::abs(double(w.bias(1)) - h.row(4).dot(row_of(p.weights, p.bias, 1)) / h(4, 4)) < 1e-4);
}

TEST_CASE("inputs that are always 0 do no harm", "[error_pruning]") {
    prune_problem p = problem(3, 8, {}, 4);
    p.weights.col(2).setConstant(0.5f);
    p.hessian.row(2).setZero();
    p.hessian.col(2).setZero();
    const layer_weights w = prune(p, criterion::error, std::vector<double>{0.5})[0];
    CHECK((w.mask.col(2) == 0).all());
    CHECK(w.weights.allFinite());
    p.hessian.setZero();
    CHECK(prune(p, criterion::error, std::vector<double>{0.5})[0].weights.allFinite());
}

TEST_CASE("threads change nothing", "[error_pruning]") {
    for (const pruning_unit unit : {pruning_unit{}, pruning_unit{.rows = 2, .cols = 4}, pruning_unit{.keep = 2, .of = 4}}) {
        prune_problem p = problem(9, 40, unit, 6);
        const std::vector<double> rates{0.4, 0.8};
        const std::vector<layer_weights> two = prune(p, criterion::error, rates), again = prune(p, criterion::error, rates);
        p.threads = 1;
        const std::vector<layer_weights> one = prune(p, criterion::error, rates);
        REQUIRE(one.size() == two.size());
        for (std::size_t i = 0; i < one.size(); ++i) {
            CHECK(one[i].weights == two[i].weights);
            CHECK(again[i].weights == two[i].weights);
            CHECK(one[i].bias == two[i].bias);
        }
    }
}
