// SPDX-License-Identifier: MIT
// Cross-layer equalisation: by hand, outputs that stay, and a network that per-tensor int8 breaks without it.
#include <pare/compress.hpp>
#include <pare/pare.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include "support/catch.hpp"
#include "support/lots.hpp"
#include "support/random_layers.hpp"

namespace {

using namespace pare;
using compress::matrix;
using compress::network;
using compress::vector;

/// Largest difference of two networks' outputs over the largest output.
double difference(const network& a, const network& b, const matrix& in) {
    const matrix x = compress::evaluate(a, in).back(), y = compress::evaluate(b, in).back();
    return double((x - y).cwiseAbs().maxCoeff()) / double(x.cwiseAbs().maxCoeff());
}

}  // namespace

TEST_CASE("ranges of both sides of a channel meet in the middle, by hand") {
    using net_type = model<input<int8, 2>, linear<2, relu>, linear<2>>;
    network net = support::draw_network<net_type>();
    net.weights[0] = {matrix{{8, -2}, {0.5f, 0.25f}}, vector{{4, 1}}};
    net.weights[1] = {matrix{{0.5f, 1}, {-0.25f, 8}}, vector{{3, 5}}};
    CHECK(compress::equalize(net) == 1);
    // Channel 0: ranges 8 and 0.5, s = 4; channel 1: 0.5 and 8, s = 1 / 4.
    CHECK(net.weights[0].weights.isApprox(matrix{{2, -0.5f}, {2, 1}}));
    CHECK(net.weights[0].bias.isApprox(vector{{1, 4}}));
    CHECK(net.weights[1].weights.isApprox(matrix{{2, 0.25f}, {-1, 2}}));
    CHECK(net.weights[1].bias == vector{{3, 5}});
    const network once = net;
    compress::equalize(net);
    CHECK(net.weights[0].weights == once.weights[0].weights);
}

TEST_CASE("chains of convolutions, depthwise ones, pools and flatten become equal and give the same outputs") {
    using net_type =
        model<input<int8, 8, 8, 4>, conv2d<6, window<3>, same, relu>, depthwise_conv2d<window<3>, same, depth_multiplier<2>, relu>,
              conv2d<8, window<1>, groups<2>>, relu, max_pool2d<2>, avg_pool2d<2>, flatten, linear<5, relu>, linear<3>>;
    network net = support::draw_network<net_type>();
    for (Eigen::Index c = 0; c < 6; ++c) net.weights[0].weights.row(c) *= std::pow(10.0f, float(c - 3));
    const network before = net;
    support::lots r(3);
    CHECK(compress::equalize(net, 500) == 4);
    CHECK(difference(before, net, support::draw_matrix(r, 10, 8 * 8 * 4)) < 1e-4);
    std::vector<double> made, read(6, 0.0);
    for (Eigen::Index c = 0; c < 6; ++c) {
        made.push_back(double(net.weights[0].weights.row(c).cwiseAbs().maxCoeff()));
        read[std::size_t(c)] = double(net.weights[1].weights.middleRows(2 * c, 2).cwiseAbs().maxCoeff());
        CHECK(made.back() == Approx(read[std::size_t(c)]).epsilon(0.03));
    }
    CHECK(*std::ranges::max_element(made) / *std::ranges::min_element(made) < 100);  // 10^5 before
}

TEST_CASE("what cannot be scaled stays") {
    // ReLU6 is no multiple of itself; an output that is added, or read twice, has more than one reader; zeros have no range.
    network bounded = support::draw_network<model<input<int8, 3>, linear<3, relu6>, linear<2>>>();
    network added = support::draw_network<model<input<int8, 3>, residual<linear<3>>, linear<2>>>();
    for (network* net : {&bounded, &added}) {
        const network before = *net;
        CHECK(compress::equalize(*net) == 0);
        CHECK(net->weights[0].weights == before.weights[0].weights);
    }
    network dead = support::draw_network<model<input<int8, 3>, linear<3, relu>, linear<2>>>();
    dead.weights[1].weights.col(1).setZero();
    const vector row = dead.weights[0].weights.row(1);
    CHECK(compress::equalize(dead) == 1);
    CHECK(dead.weights[0].weights.row(1).transpose() == row);
    CHECK(dead.weights[0].weights.allFinite());
}

TEST_CASE("one badly scaled channel breaks int8 per tensor, and equalisation mends it") {
    using net_type = model<input<int8, 6>, linear<8, relu, weights<int8, per_tensor>>, linear<4, weights<int8, per_tensor>>>;
    network net = support::draw_network<net_type>();
    net.weights[0].weights.row(2) *= 1000;
    net.weights[0].bias[2] *= 1000;
    net.weights[1].weights.col(2) /= 1000;
    support::lots r(6);
    const matrix in = support::draw_matrix(r, 100, 6);
    const matrix wanted = compress::evaluate(net, in).back();
    const auto error = [&](const compress::recipe& how) {
        const auto c = compress::compress_network(net, {in}, std::vector<compress::edge_type>(3), how);
        return double((compress::evaluate(c.net, in).back() - wanted).norm() / wanted.norm());
    };
    CHECK(error({}) > 0.3);
    CHECK(error({.equalize = true}) < 0.02);
}
