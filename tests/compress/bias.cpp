// SPDX-License-Identifier: MIT
// Bias correction: by hand, and means of a compressed network's outputs against those of the float network.
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
using compress::activations;
using compress::compressed_network;
using compress::criterion;
using compress::matrix;
using compress::network;
using compress::recipe;

compressed_network compressed(const network& net, const matrix& in, const recipe& r) {
    return compress::compress_network(net, {in}, std::vector<compress::edge_type>(net.nodes.size() + 1), r);
}

/// Means over samples and places of each output of node `i`, before its activation.
std::vector<double> means(network net, std::size_t i, const matrix& in) {
    const matrix input = compress::evaluate(net, in)[net.nodes[i].inputs[0]];
    net.nodes[i].has_low = net.nodes[i].has_high = false;
    const matrix out = compress::evaluate_node(net, i, input, nullptr, 1);
    const std::size_t outputs = net.nodes[i].weights.rows;
    std::vector<double> sums(outputs, 0.0);
    for (std::size_t at = 0; at < std::size_t(out.size()); ++at)
        sums[at % outputs] += double(out.data()[at]) / double(out.size()) * double(outputs);
    return sums;
}

double largest_difference(const std::vector<double>& a, const std::vector<double>& b) {
    double worst = 0;
    for (std::size_t i = 0; i < a.size(); ++i) worst = std::max(worst, std::abs(a[i] - b[i]));
    return worst;
}

template <class... Format>
using net_of = model<input<int8, 5, 5, 4>, conv2d<4, window<3>, same, groups<2>, relu, weights<Format...>>,
                     depthwise_conv2d<window<2>, stride<2>, weights<Format...>>, relu6, flatten, linear<3, weights<Format...>>>;

}  // namespace

TEST_CASE("a bias takes in the mean error by hand") {
    using net_type = model<input<int8, 2>, linear<2>>;
    network net = support::draw_network<net_type>();
    net.weights[0].weights = matrix{{2, -1}, {0, 3}};
    net.weights[0].bias << 0.5f, 1;
    const matrix in{{3, 0}, {5, 2}};  // means 4 and 1
    const Eigen::VectorXd wanted = compress::output_means(net, 0, in);
    CHECK(wanted == Eigen::Vector2d(7.5, 4));
    net.weights[0].weights = matrix{{2.5f, -1}, {0, 2}};
    compress::correct_bias(net, 0, in, wanted);
    CHECK(net.weights[0].bias == Eigen::Vector2f(-1.5f, 2));
    CHECK(compress::output_means(net, 0, in) == wanted);
}

TEST_CASE("outputs of every kind of layer keep their means") {
    support::lots r(2);
    const matrix in = support::draw_matrix(r, 40, 100, -0.2);
    const auto check = [&](const network& net, const recipe& plain) {
        recipe correcting = plain;
        correcting.correct_bias = true;
        const compressed_network a = compressed(net, in, plain), b = compressed(net, in, correcting);
        for (const std::size_t i : {0u, 1u, 4u}) {
            const std::vector<double> wanted = means(net, i, in);
            CHECK(largest_difference(means(b.net, i, in), wanted) < 1e-5);
            CHECK(largest_difference(means(a.net, i, in), wanted) > 1e-2);
            CHECK(a.quantized[i].codes == b.quantized[i].codes);  // nothing else changes
            CHECK(a.quantized[i].scales == b.quantized[i].scales);
        }
        const auto error = [&](const compressed_network& c) {
            return double((compress::evaluate(c.net, in).back() - compress::evaluate(net, in).back()).squaredNorm());
        };
        CHECK(error(b) < error(a));
    };
    check(support::draw_network<net_of<int4>>(), {});
    check(support::draw_network<net_of<ternary, per_channel>>(), {});
    check(support::draw_network<net_of<int8, unstructured<>>>(),
          {.prune_by = criterion::magnitude, .rate = 0.5, .allocate = compress::allocation::per_layer});
}

TEST_CASE("a channel that is removed says 0, and its readers take its mean in, asked or not") {
    using net_type = model<input<int8, 6>, linear<4, weights<int8, channels>>, relu, linear<2, weights<int8>>, linear<2>>;
    support::lots r(3);
    const matrix in = support::draw_matrix(r, 50, 6, 0);
    const network net = support::draw_network<net_type>();
    for (const bool asked : {false, true}) {
        const compressed_network c = compressed(net, in, {.prune_by = criterion::magnitude, .rate = 0.5, .correct_bias = asked});
        int removed = 0;
        for (Eigen::Index n = 0; n < 4; ++n) {
            if (c.quantized[0].mask(n, 0)) continue;
            ++removed;
            CHECK(c.net.weights[0].bias[n] == 0.0f);
        }
        CHECK(removed == 2);
        CHECK(largest_difference(means(c.net, 2, in), means(net, 2, in)) < 1e-5);
        CHECK((c.net.weights[3].bias == net.weights[3].bias) == !asked);  // reads no channel that is removed
    }
}

TEST_CASE("where there is no error, no bit changes; by default none does") {
    support::lots r(4);
    const matrix in = support::draw_matrix(r, 20, 100);
    const network floats = support::draw_network<as_float<net_of<int8>>>();
    const compressed_network same = compressed(floats, in, {.correct_bias = true});
    for (const std::size_t i : {0u, 1u, 4u}) CHECK(same.net.weights[i].bias == floats.weights[i].bias);

    const network net = support::draw_network<net_of<int4>>();
    const compressed_network plain = compressed(net, in, {});
    for (const std::size_t i : {0u, 1u, 4u}) CHECK(plain.net.weights[i].bias == net.weights[i].bias);
}

TEST_CASE("the same biases on any number of threads") {
    support::lots r(5);
    const matrix in = support::draw_matrix(r, 33, 100);
    network net = support::draw_network<net_of<int4>>();
    const recipe correcting{.correct_bias = true};
    net.threads = 1;
    const compressed_network one = compressed(net, in, correcting);
    net.threads = 3;
    const compressed_network three = compressed(net, in, correcting);
    for (const std::size_t i : {0u, 1u, 4u}) CHECK(one.net.weights[i].bias == three.net.weights[i].bias);
}
