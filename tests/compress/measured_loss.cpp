// SPDX-License-Identifier: MIT
// Leave one out: the measured loss of each unit against networks written out by hand.
#include <pare/compress.hpp>
#include <pare/pare.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include "support/catch.hpp"
#include "support/lots.hpp"
#include "support/random_layers.hpp"

namespace {

using namespace pare;
using Catch::Matchers::ContainsSubstring;
using compress::criterion;
using compress::matrix;
using compress::network;
using compress::presence;
using compress::prune_problem;
using compress::vector;

std::vector<double> probabilities(const matrix& row) {
    std::vector<double> p;
    double sum = 0;
    for (Eigen::Index i = 0; i < row.cols(); ++i) p.push_back(std::exp(double(row(0, i)))), sum += p.back();
    for (double& x : p) x /= sum;
    return p;
}

}  // namespace

TEST_CASE("the loss of a unit is the divergence of the output without it") {
    using net_type = model<input<int8, 4>, linear<6, weights<blocks<2, 2>>, relu>, linear<3>>;
    const network net = support::draw_network<net_type>();
    support::lots r(2);
    const matrix in = support::draw_matrix(r, 20, 4);
    const auto edges = compress::evaluate(net, in);
    const std::vector<double> losses = compress::measured_losses(net, edges, 0);
    REQUIRE(losses.size() == 6);  // three bands of two blocks
    for (std::size_t u = 0; u < 6; ++u) {
        matrix w = net.weights[0].weights;
        w.block(Eigen::Index(u / 2 * 2), Eigen::Index(u % 2 * 2), 2, 2).setZero();
        double expected = 0;
        for (Eigen::Index s = 0; s < in.rows(); ++s) {
            const vector hidden = (w * in.row(s).transpose() + net.weights[0].bias).cwiseMax(0);
            const matrix out = (net.weights[1].weights * hidden + net.weights[1].bias).transpose();
            const auto p = probabilities(edges.back().row(s)), q = probabilities(out);
            for (std::size_t c = 0; c < 3; ++c) expected += p[c] * std::log(p[c] / q[c]) / double(in.rows());
        }
        CHECK(losses[u] == Approx(expected).epsilon(1e-3).margin(1e-7));
    }
}

TEST_CASE("the units of least loss go, by brute force") {
    using net_type = model<input<int8, 3>, linear<4, weights<channels>, relu>, linear<3>>;
    const network net = support::draw_network<net_type>();
    support::lots r(5);
    const matrix in = support::draw_matrix(r, 30, 3);
    const auto edges = compress::evaluate(net, in);
    const std::vector<double> losses = compress::measured_losses(net, edges, 0);
    const auto removed = [&](double rate) {
        const compress::recipe how{.prune_by = criterion::measured_loss, .rate = rate, .allocate = compress::allocation::per_layer};
        return compress::compress_network(net, {in}, std::vector<compress::edge_type>(3), how).quantized[0].mask;
    };
    for (const std::size_t count : {1u, 2u, 3u}) {
        const presence mask = removed(double(count) / 4);
        double worst_gone = 0, least_kept = std::numeric_limits<double>::infinity();
        for (Eigen::Index u = 0; u < 4; ++u) {
            if (mask(u, 0) == 0) worst_gone = std::max(worst_gone, losses[std::size_t(u)]);
            else least_kept = std::min(least_kept, losses[std::size_t(u)]);
        }
        CHECK(std::size_t((mask.col(0) == 0).count()) == count);
        CHECK(worst_gone < least_kept);
    }
}

TEST_CASE("single weights, and losses that do not fit, are refused") {
    using net_type = model<input<int8, 3>, linear<4, weights<unstructured<>>, named<"first">>>;
    const network net = support::draw_network<net_type>();
    const compress::recipe how{.prune_by = criterion::measured_loss, .rate = 0.5};
    CHECK_THROWS_WITH(compress::compress_network(net, {matrix::Ones(2, 3)}, std::vector<compress::edge_type>(2), how),
                      "first.weight: the measured loss ranks blocks and whole outputs, one run of the calibration set for each; got a mask "
                      "of 1 x 1; needs "
                      "a mask of blocks or channels");
    prune_problem p{.weights = matrix::Ones(2, 4), .bias = vector::Zero(2), .unit = {1, 2}};
    const auto prune = [&] { return compress::prune(p, criterion::measured_loss, std::vector<double>{0.5}); };
    CHECK_THROWS_WITH(prune(), "prune: each unit has a measured loss; got 0; needs 4");
    p.losses = {1, 2, std::numeric_limits<double>::quiet_NaN(), 4};
    CHECK_THROWS_WITH(prune(), ContainsSubstring("prune: losses must be finite; got ") && ContainsSubstring("nan at index 2"));
    p.unit = {.rows = 1, .cols = 1, .keep = 2, .of = 4};
    CHECK_THROWS_WITH(prune(), ContainsSubstring("got a mask of 2:4"));
}
