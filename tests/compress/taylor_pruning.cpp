// SPDX-License-Identifier: MIT
// First-order Taylor expansion of the loss: by hand, and against losses measured on a problem where the expansion is exact.
#include <pare/compress.hpp>
#include <pare/pare.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <vector>

#include "support/catch.hpp"
#include "support/lots.hpp"
#include "support/random_layers.hpp"

namespace {

using namespace pare;
using Catch::Matchers::ContainsSubstring;
using compress::criterion;
using compress::matrix;
using compress::presence;
using compress::prune_problem;
using compress::vector;

presence kept(const prune_problem& p, double rate) { return compress::prune(p, criterion::taylor, std::vector<double>{rate}).front().mask; }

}  // namespace

TEST_CASE("the square of gradient times weight, by hand") {
    const matrix w{{1, -2, 3}, {4, 0.5f, -1}};
    const matrix g{{3, 1, 0.5f}, {-0.25f, 1, 2}};  // changes 3, -2, 1.5; -1, 0.5, -2
    prune_problem p{.weights = w, .bias = vector::Zero(2), .unit = {1, 1}, .gradients = {g}};
    CHECK((kept(p, 1.0 / 6) == presence{{1, 1, 1}, {1, 0, 1}}).all());
    CHECK((kept(p, 2.0 / 6) == presence{{1, 1, 1}, {0, 0, 1}}).all());
    CHECK((kept(p, 3.0 / 6) == presence{{1, 1, 0}, {0, 0, 1}}).all());
    CHECK((kept(p, 4.0 / 6) == presence{{1, 0, 0}, {0, 0, 1}}).all());  // of equal ones the first
    // Units sum their changes before they are squared: rows 3 - 2 + 1.5 and -1 + 0.5 - 2, columns 2, -1.5 and -0.5.
    p.unit = {1, 0};
    CHECK((kept(p, 0.5).col(0) == Eigen::Array<std::uint8_t, 2, 1>{0, 1}).all());  // 6.25 both
    p.unit = {2, 1};
    CHECK((kept(p, 1.0 / 3).row(0) == Eigen::Array<std::uint8_t, 1, 3>{1, 1, 0}).all());
    CHECK((kept(p, 2.0 / 3).row(0) == Eigen::Array<std::uint8_t, 1, 3>{1, 0, 0}).all());
    // Sets that cancel in the mean still count: 3 and -3 are a change of 9 on average, not 0.
    p.unit = {1, 1};
    p.gradients = {matrix{{3, 1, 1}, {1, 1, 1}}, matrix{{-3, 1, 1}, {1, 1, 1}}};
    CHECK(kept(p, 5.0 / 6)(1, 0) == 1);  // 16
    CHECK(kept(p, 4.0 / 6)(0, 0) == 0);  // 9, as is weight (0, 2), which comes later
    CHECK(kept(p, 4.0 / 6)(0, 2) == 1);
}

TEST_CASE("where the loss is linear the ranking is that of the measured changes, by brute force") {
    // The loss of one input is sum of c_n * output_n: removing weight (n, k) changes it by -c_n x_k w_nk.
    support::lots r(4);
    const matrix w = support::draw_matrix(r, 3, 4), x = support::draw_matrix(r, 6, 4), c = support::draw_matrix(r, 1, 3);
    prune_problem p{.weights = w, .bias = vector::Zero(3), .unit = {1, 1}};
    for (Eigen::Index s = 0; s < x.rows(); ++s) p.gradients.push_back(c.transpose() * x.row(s));
    const auto loss = [&](const matrix& weights, Eigen::Index s) { return double((c * weights * x.row(s).transpose()).value()); };
    std::vector<double> change(12, 0.0);
    for (std::size_t u = 0; u < 12; ++u) {
        matrix without = w;
        without.data()[u] = 0;
        for (Eigen::Index s = 0; s < x.rows(); ++s) change[u] += std::pow(loss(without, s) - loss(w, s), 2);
    }
    for (std::size_t removed = 1; removed < 12; ++removed) {
        const presence mask = kept(p, double(removed) / 12);
        double worst_gone = 0, least_kept = std::numeric_limits<double>::infinity();
        for (std::size_t u = 0; u < 12; ++u) {
            if (mask.data()[u] == 0) worst_gone = std::max(worst_gone, change[u]);
            else least_kept = std::min(least_kept, change[u]);
        }
        CHECK(worst_gone < least_kept);
        CHECK(std::size_t((mask == 0).count()) == removed);
    }
}

TEST_CASE("gradients are loaded like weights and used by a recipe") {
    using net_type =
        model<input<int8, 2>, linear<2, weights<unstructured<>>, named<"first">>, linear<2, weights<unstructured<>>, named<"last">>>;
    const compress::network net = support::draw_network<net_type>();
    io::safetensors file;
    const std::vector<float> first{1, 1, 1, 0}, last{0, 1, 1, 1};  // one gradient of zero in each
    file.tensors["first.weight"] = io::make_tensor<float>("first.weight", std::span<const float>(first), {2, 2});
    CHECK_THROWS_WITH(compress::load_gradients(net.nodes, file), ContainsSubstring("last.weight"));
    file.tensors["last.weight"] = io::make_tensor<float>("last.weight", std::span<const float>(last), {2, 2});
    compress::recipe how{.prune_by = criterion::taylor, .rate = 0.25, .allocate = compress::allocation::per_layer};
    how.gradients = {compress::load_gradients(net.nodes, file)};
    support::lots r(1);
    const auto c = compress::compress_network(net, {support::draw_matrix(r, 8, 2)}, std::vector<compress::edge_type>(3), how);
    CHECK((c.quantized[0].mask == presence{{1, 1}, {1, 0}}).all());
    CHECK((c.quantized[1].mask == presence{{0, 1}, {1, 1}}).all());
}

TEST_CASE("gradients that are missing, of another shape or not finite are refused") {
    prune_problem p{.weights = matrix::Ones(2, 3), .bias = vector::Zero(2), .unit = {1, 1}};
    CHECK_THROWS_WITH(kept(p, 0.5), "prune: Taylor expansion takes gradients of the loss; got none; needs at least one set");
    p.gradients = {matrix::Ones(3, 2)};
    CHECK_THROWS_WITH(kept(p, 0.5), "prune: gradients have the shape of the weights; got 3 x 2; needs 2 x 3");
    p.gradients = {matrix::Constant(2, 3, std::numeric_limits<float>::infinity())};
    CHECK_THROWS_WITH(kept(p, 0.5), ContainsSubstring("prune: gradients must be finite; got inf at index 0"));
}
