// SPDX-License-Identifier: MIT
// Units and their ranking by hand; groups of outputs, damping and fixed patterns against normal equations in double precision.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include <Eigen/Cholesky>

#include <pare/compress/prune.hpp>
#include <pare/compress/prune_problem.hpp>

#include "support/catch.hpp"
#include "support/random_layers.hpp"

using namespace pare::compress;
using Catch::Matchers::ContainsSubstring;
using pare::pruning_unit;

namespace {

/// `groups` groups of `rows` outputs, each with inputs of its own, of ever larger size.
prune_problem problem(int groups, int rows, int k, const pruning_unit& unit, unsigned seed = 1) {
    support::normal_numbers numbers(seed);
    prune_problem p{.weights = numbers(groups * rows, k), .bias = numbers(groups * rows, 1)};
    p.hessian.resize(groups * (k + 1), k + 1);
    for (int g = 0; g < groups; ++g) {
        matrix x(150, k + 1);
        const matrix own = numbers(150, k), shares = numbers(2, k), common = numbers(150, 2);
        x << (common * shares + own) * (0.5f + float(g)), matrix::Ones(150, 1);
        p.hessian.middleRows(g * (k + 1), k + 1) = x.transpose() * x / 150.0f;
    }
    p.unit = unit;
    p.threads = 2;
    return p;
}

Eigen::MatrixXd damped(const prune_problem& p, Eigen::Index row) {
    const Eigen::Index k = p.weights.cols(), groups = p.hessian.rows() / (k + 1);
    Eigen::MatrixXd h = p.hessian.middleRows(row / (p.weights.rows() / groups) * (k + 1), k + 1).cast<double>();
    h.diagonal().head(k).array() += double(p.damping) * h.diagonal().head(k).mean();
    h(k, k) += 1e-3;
    return h;
}

Eigen::MatrixXd joined(const matrix& weights, const vector& bias) {
    Eigen::MatrixXd m(weights.rows(), weights.cols() + 1);
    m << weights.cast<double>(), bias.cast<double>();
    return m;
}

/// The weights and biases of least error on `mask`: H_AA w_A = (H w_old)_A.
Eigen::MatrixXd refit(const prune_problem& p, const presence& mask) {
    const Eigen::MatrixXd old = joined(p.weights, p.bias);
    Eigen::MatrixXd result = Eigen::MatrixXd::Zero(old.rows(), old.cols());
    for (Eigen::Index r = 0; r < old.rows(); ++r) {
        std::vector<Eigen::Index> a;
        for (Eigen::Index j = 0; j < old.cols(); ++j)
            if (j + 1 == old.cols() || mask(r, j)) a.push_back(j);
        const Eigen::MatrixXd h = damped(p, r);
        const Eigen::VectorXd right = h * old.row(r).transpose(), w = h(a, a).ldlt().solve(right(a));
        for (std::size_t i = 0; i < a.size(); ++i) result(r, a[i]) = w(Eigen::Index(i));
    }
    return result;
}

double loss_of(const prune_problem& p, const Eigen::MatrixXd& w) {
    double sum = 0;
    for (Eigen::Index r = 0; r < w.rows(); ++r) {
        const Eigen::VectorXd d = (w.row(r) - joined(p.weights, p.bias).row(r)).transpose();
        sum += d.dot(damped(p, r) * d);
    }
    return sum;
}

double distance_to_best(const prune_problem& p, const layer_weights& w) {
    return (joined(w.weights, w.bias) - refit(p, w.mask)).norm() / double(p.weights.norm());
}

/// Group `g` as a problem of its own.
prune_problem part(const prune_problem& p, int groups, int g) {
    const Eigen::Index rows = p.weights.rows() / groups, size = p.weights.cols() + 1;
    prune_problem one = p;
    one.weights = p.weights.middleRows(g * rows, rows);
    one.bias = p.bias.segment(g * rows, rows);
    one.hessian = p.hessian.middleRows(g * size, size);
    if (p.pattern.size() > 0) one.pattern = p.pattern.middleRows(g * rows, rows);
    return one;
}

}  // namespace

TEST_CASE("whole units of a layer") {
    const detail::unit_grid single({}, 5, 7);
    CHECK((single.down == 5 && single.across == 7 && single.units() == 35 && single.removable() == 35));
    CHECK(single.count(0.5) == 18);  // 17.5, rounded up
    const detail::unit_grid block({.rows = 2, .cols = 3}, 5, 7);
    CHECK((block.down == 2 && block.across == 2 && block.units() == 4));
    CHECK(block.count(0.0) == 0);
    CHECK(block.count(0.5) == 3);   // 17.5 weights are 2.9 blocks
    CHECK(block.count(0.99) == 4);  // more than there are whole ones
    const detail::unit_grid output({.rows = 1, .cols = 0}, 5, 7);
    CHECK((output.cols == 7 && output.units() == 5 && output.count(0.4) == 2));
    const detail::unit_grid column({.rows = 0, .cols = 1}, 5, 7);
    CHECK((column.rows == 5 && column.units() == 7));
    const detail::unit_grid two_of_four({.keep = 2, .of = 4}, 3, 10);
    CHECK((two_of_four.across == 8 && two_of_four.units() == 24 && two_of_four.quota == 2));
    CHECK((two_of_four.removable() == 12 && two_of_four.count(0.9) == 12));
    CHECK(detail::unit_grid({.rows = 8}, 5, 7).units() == 0);
}

TEST_CASE("the lowest go, the first of equals, at most a group's quota") {
    const auto after = [](const detail::unit_grid& grid, std::vector<float> scores, std::size_t target, std::vector<std::uint8_t> removed) {
        detail::remove_lowest<float>(grid, scores, target, removed);
        return removed;
    };
    using bytes = std::vector<std::uint8_t>;
    const detail::unit_grid row({}, 1, 4), pairs({.keep = 1, .of = 2}, 1, 4);
    CHECK(after(row, {3, 1, 2, 1}, 2, {0, 0, 0, 0}) == bytes{0, 1, 0, 1});
    CHECK(after(row, {3, 1, 1, 1}, 2, {0, 0, 0, 0}) == bytes{0, 1, 1, 0});
    CHECK(after(row, {3, 1, 2, 1}, 2, {1, 0, 0, 0}) == bytes{1, 1, 0, 0});  // what has gone counts
    CHECK(after(row, {3, 1, 2, 1}, 1, {1, 0, 0, 0}) == bytes{1, 0, 0, 0});
    CHECK(after(pairs, {1, 2, 9, 8}, 2, {0, 0, 0, 0}) == bytes{1, 0, 0, 1});
    CHECK(after(pairs, {1, 2, 9, 8}, 2, {0, 1, 0, 0}) == bytes{0, 1, 0, 1});
}

TEST_CASE("a mask of removed units") {
    const detail::unit_grid grid({.rows = 2, .cols = 3}, 5, 7);
    const presence mask = detail::mask_of(grid, 5, 7, std::vector<std::uint8_t>{0, 1, 1, 0});
    for (int i = 0; i < 5; ++i)
        for (int j = 0; j < 7; ++j) {
            const bool gone = i < 4 && j < 6 && (i < 2) == (j >= 3);
            REQUIRE(int(mask(i, j)) == int(!gone));
        }
}

TEST_CASE("each group of outputs is solved for inputs of its own") {
    const pruning_unit units[] = {{}, {.rows = 2, .cols = 2}, {.rows = 1, .cols = 3}, {.rows = 1, .cols = 0}, {.keep = 1, .of = 3}};
    const std::vector<double> rates{0.2, 0.5, 0.8};
    for (const pruning_unit& unit : units)
        for (unsigned seed = 1; seed <= 4; ++seed) {
            const prune_problem p = problem(3, 2, 7, unit, seed);
            for (const layer_weights& w : prune(p, criterion::error, rates)) {
                CHECK(distance_to_best(p, w) < 1e-4);
                for (Eigen::Index r = 0; r < 6; ++r)  // what lost nothing stays as it was, to the bit
                    if ((w.mask.row(r) == 1).all() && unit.rows == 1) CHECK(w.weights.row(r) == p.weights.row(r));
            }
        }
}

TEST_CASE("the first unit to go is the least of all groups, by exhaustion") {
    for (const pruning_unit unit : {pruning_unit{}, {.rows = 2, .cols = 2}, {.rows = 1, .cols = 0}}) {
        std::vector<int> taken(3);
        for (unsigned seed = 1; seed <= 12; ++seed) {
            prune_problem p = problem(3, 2, 4, unit, seed);
            for (int g = 0; g < 3; ++g) p.weights.middleRows(2 * g, 2) /= 0.5f + float(g);  // so that no group always wins
            const Eigen::Index rows = Eigen::Index(unit.rows), cols = unit.cols ? Eigen::Index(unit.cols) : 4;
            double least = std::numeric_limits<double>::infinity();
            presence wanted;
            for (Eigen::Index i = 0; i < 6; i += rows)
                for (Eigen::Index j = 0; j < 4; j += cols) {
                    presence mask = presence::Ones(6, 4);
                    mask.block(i, j, rows, cols).setZero();
                    const double loss = loss_of(p, refit(p, mask));
                    if (loss < least) least = loss, wanted = mask;
                }
            const layer_weights w = prune(p, criterion::error, std::vector<double>{double(rows * cols) / 24.0})[0];
            CHECK((w.mask == wanted).all());
            for (int g = 0; g < 3; ++g) taken[std::size_t(g)] += (w.mask.middleRows(2 * g, 2) == 0).any();
        }
        CHECK(((taken[0] > 0) + (taken[1] > 0) + (taken[2] > 0)) >= 2);
    }
}

TEST_CASE("N:M of a group is that of the group alone, in stages and in one sweep") {
    for (const int k : {11, 515}) {
        const prune_problem p = problem(2, 2, k, {.keep = 2, .of = 4}, 5);
        const layer_weights whole = prune(p, criterion::error, {})[0];
        CHECK(distance_to_best(p, whole) < 5e-3);
        for (int g = 0; g < 2; ++g) {
            const layer_weights alone = prune(part(p, 2, g), criterion::error, {})[0];
            CHECK((whole.mask.middleRows(2 * g, 2) == alone.mask).all());
            CHECK((whole.weights.middleRows(2 * g, 2) - alone.weights).cwiseAbs().maxCoeff() < 1e-5f);
        }
    }
}

TEST_CASE("damping holds weights to their old values, as the problem says") {
    double moved_before = std::numeric_limits<double>::infinity();
    for (const float damping : {1e-3f, 0.01f, 0.3f, 30.0f}) {
        prune_problem p = problem(1, 4, 9, {}, 3);
        p.damping = damping;
        const layer_weights w = prune(p, criterion::error, std::vector<double>{0.5})[0];
        CHECK(distance_to_best(p, w) < 1e-3);

        p.unit = {.fixed = true};
        p.pattern = presence::Ones(4, 9);
        p.pattern.leftCols(4).setZero();
        const layer_weights fitted = prune(p, criterion::error, {})[0];
        CHECK(distance_to_best(p, fitted) < 1e-3);
        const double moved = double((fitted.weights - p.weights).rightCols(5).norm());
        CHECK(moved < moved_before);
        moved_before = moved;
    }
    CHECK(moved_before < 0.3);
}

TEST_CASE("a fixed pattern is refitted, group by group") {
    prune_problem p = problem(3, 2, 8, {.fixed = true}, 7);
    p.pattern = presence::Ones(6, 8);
    for (Eigen::Index i = 0; i < 48; ++i) p.pattern.data()[i] = i % 3 != 0;
    p.pattern.row(1).setOnes();
    p.pattern.row(4).setZero();
    p.pattern(5, 0) = 2;  // any number but 0 means that a weight exists
    const layer_weights w = prune(p, criterion::error, {})[0];
    CHECK((w.mask == (p.pattern != 0).cast<std::uint8_t>()).all());
    CHECK(((w.mask != 0) || (w.weights.array() == 0.0f)).all());
    CHECK(distance_to_best(p, w) < 1e-4);
    CHECK(w.weights.row(1) == p.weights.row(1));  // nothing went
    CHECK(w.bias(1) == p.bias(1));
    CHECK(std::abs(double(w.bias(4)) - refit(p, w.mask)(4, 8)) < 1e-4);  // nothing stayed but the mean
    // It is worth it: the mask alone loses much more.
    const layer_weights masked = prune(p, criterion::magnitude, {})[0];
    CHECK(loss_of(p, joined(w.weights, w.bias)) < 0.8 * loss_of(p, joined(masked.weights, masked.bias)));
    CHECK(loss_of(p, joined(w.weights, w.bias)) == Approx(loss_of(p, refit(p, w.mask))).epsilon(1e-3));
}

TEST_CASE("moments that do not fit are refused") {
    const auto said = [](prune_problem p) { return [p] { prune(p, criterion::error, std::vector<double>{0.5}); }; };
    prune_problem p = problem(2, 3, 4, {});
    CHECK_NOTHROW(said(p)());
    p.hessian.conservativeResize(9, 5);
    CHECK_THROWS_WITH(said(p)(), "prune: the hessian has a row for each input and the constant 1; got 9 x 5; needs 5 x 5");
    p = problem(4, 1, 4, {});
    p.weights.conservativeResize(3, 4), p.bias.conservativeResize(3);  // four groups of three outputs
    CHECK_THROWS_WITH(said(p)(), ContainsSubstring("got 20 x 5; needs 5 x 5"));
    p.hessian.resize(0, 0);
    CHECK_THROWS_WITH(said(p)(), ContainsSubstring("got 0 x 0; needs 5 x 5"));
    CHECK_NOTHROW(prune(p, criterion::magnitude, std::vector<double>{0.5}));  // which has no need of them
    CHECK_THROWS_WITH(said(problem(2, 3, 4, {.rows = 2, .cols = 2}))(),
                      "prune: blocks lie within a group of outputs; got 2 rows; needs a divisor of 3");
    CHECK_NOTHROW(said(problem(2, 3, 4, {.rows = 3, .cols = 2}))());
    p = problem(2, 3, 4, {.fixed = true});
    p.pattern = presence::Zero(6, 4);
    CHECK_NOTHROW(said(p)());
    p.hessian.resize(0, 0);
    CHECK_THROWS_WITH(said(p)(), ContainsSubstring("got 0 x 0; needs 5 x 5"));
    for (const float damping : {0.0f, -1.0f, std::numeric_limits<float>::quiet_NaN()}) {
        p = problem(1, 3, 4, {});
        p.damping = damping;
        CHECK_THROWS_WITH(said(p)(), ContainsSubstring("prune: the damping is a share of the inputs' mean diagonal; got ") &&
                                         ContainsSubstring("needs a positive number"));
    }
}
