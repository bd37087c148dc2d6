// SPDX-License-Identifier: MIT
// Entropy of outputs' responses: histograms by hand, what goes first, what a layer's responses are, and what is refused.
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <utility>
#include <vector>

#include <pare/compress/run.hpp>
#include <pare/model/model.hpp>

#include "support/catch.hpp"
#include "support/lots.hpp"
#include "support/random_layers.hpp"

using namespace pare;
using Catch::Matchers::ContainsSubstring;
using compress::criterion;
using compress::matrix;
using compress::network;
using compress::prune_problem;
using compress::response_entropy;
using compress::vector;

namespace {

vector list(const std::vector<float>& values) { return Eigen::Map<const vector>(values.data(), Eigen::Index(values.size())); }

constexpr pruning_unit outputs = channels::unit;

prune_problem told(const matrix& responses, Eigen::Index k = 1) {
    const Eigen::Index n = responses.cols();
    return {.weights = matrix::Ones(n, k), .bias = vector::Zero(n), .unit = outputs, .responses = responses};
}

/// Outputs that are left, one bit each, output 0 the lowest.
std::uint32_t left(const prune_problem& p, double rate) {
    const compress::presence mask = prune(p, criterion::activation_entropy, std::vector<double>{rate}).front().mask;
    std::uint32_t bits = 0;
    for (Eigen::Index n = 0; n < mask.rows(); ++n) {
        CHECK((mask.row(n) == mask(n, 0)).all());
        bits |= std::uint32_t(mask(n, 0)) << n;
    }
    return bits;
}

}  // namespace

TEST_CASE("entropies of histograms by hand") {
    CHECK(compress::response_bins == 32);
    CHECK(response_entropy(list({5, 5, 5})) == 0);
    CHECK(response_entropy(list({-3})) == 0);
    CHECK(response_entropy(list({0, 1, 1, 0})) == Approx(0.6931471805599453));        // ln 2
    CHECK(response_entropy(list({0, 1, 1, 1})) == Approx(0.5623351446188083));        // 1/4 ln 4 + 3/4 ln 4/3
    CHECK(response_entropy(list({0, 0, 1, 2, 2, 2, 2, 2})) == Approx(0.9002560917));  // 1/4, 1/8, 5/8
    std::vector<float> even;
    for (int i = 0; i < 96; ++i) even.push_back(float(i) / 95);
    CHECK(response_entropy(list(even)) == Approx(std::log(32.0)));  // three in each bin: no output has more
    // Of 32 bins over [0, 32] the first holds [0, 1), and the last 32 itself: counts 2, 1, 2.
    CHECK(response_entropy(list({0, 0.9f, 1, 31.5f, 32})) == Approx(2 * 0.4 * std::log(2.5) + 0.2 * std::log(5.0)));
}

TEST_CASE("scale, offset, sign and order do not count") {
    const std::vector<float> values{1, 2, 2, 3, 5, 5, 5, 8, 12, 30};
    const double entropy = response_entropy(list(values));
    const auto changed = [&](const auto& change) {
        vector v = list(values);
        for (float& x : v) x = change(x);
        return response_entropy(v);
    };
    CHECK(entropy > 1);
    CHECK(changed([](float x) { return 1024 * x; }) == entropy);
    CHECK(changed([](float x) { return x + 64; }) == entropy);
    CHECK(changed([](float x) { return -x; }) == entropy);  // to the last bit: ties must not hang on the order of a sum
    CHECK(response_entropy(list({30, 1, 5, 2, 12, 5, 3, 8, 5, 2})) == entropy);
    const float largest = std::numeric_limits<float>::max();
    CHECK(response_entropy(list({-largest, largest})) == Approx(std::log(2.0)));
}

TEST_CASE("outputs of lowest entropy go first, the first of equal ones") {
    // Entropies ln 2, 0, ln 2, ln 4, 0.5623; weights and the size of responses say otherwise.
    prune_problem p = told(matrix{{1, 900, -1, 0, 0}, {0, 900, 1, 1, 0}, {1, 900, -1, 2, 0}, {0, 900, 1, 3, 100}}, 3);
    p.weights.row(1).setConstant(50);
    CHECK(left(p, 0.0) == 0b11111);
    CHECK(left(p, 0.2) == 0b11101);
    CHECK(left(p, 0.4) == 0b01101);
    CHECK(left(p, 0.6) == 0b01100);
    CHECK(left(p, 0.8) == 0b01000);
}

TEST_CASE("outputs that go have the least entropy of all sets of as many") {
    support::lots r(3);
    for (int round = 0; round < 30; ++round) {
        const matrix responses =
            support::draw_matrix(r, 40, 6).cwiseAbs2().cwiseAbs2().array() * support::draw_matrix(r, 1, 6).replicate(40, 1).array();
        std::vector<double> entropy;
        for (Eigen::Index n = 0; n < 6; ++n) {
            std::map<int, double> bins;
            const double low = double(responses.col(n).minCoeff()), high = double(responses.col(n).maxCoeff());
            for (Eigen::Index s = 0; s < 40; ++s)
                bins[std::min(31, int(std::floor((double(responses(s, n)) - low) * 32 / (high - low))))] += 1.0 / 40;
            entropy.push_back(0);
            for (const auto& [bin, p] : bins) entropy.back() -= p * std::log(p);
        }
        for (int gone = 1; gone < 6; ++gone) {
            double least = 1e9;
            for (std::uint32_t set = 0; set < 64; ++set) {
                double sum = 0;
                for (std::size_t n = 0; n < 6; ++n) sum += (set >> n & 1) ? entropy[n] : 0.0;
                if (std::popcount(set) == gone) least = std::min(least, sum);
            }
            const std::uint32_t stay = left(told(responses, 2), gone / 6.0);
            CHECK(std::popcount(stay) == 6 - gone);
            double sum = 0;
            for (std::size_t n = 0; n < 6; ++n) sum += (stay >> n & 1) ? 0.0 : entropy[n];
            CHECK(sum == Approx(least));
        }
    }
}

TEST_CASE("a response is the mean over places, after what stands alone behind the layer") {
    using net_type = model<input<int8, 5, 4, 2>, conv2d<3, window<2>, weights<channels>>, batch_norm<>, relu, max_pool2d<2>, flatten,
                           linear<4, weights<channels>, relu>, linear<2>>;
    const network net = support::draw_network<net_type>();
    support::lots r(4);
    const compress::activations edges = compress::evaluate(net, support::draw_matrix(r, 7, 40));
    const matrix conv = compress::detail::output_responses(net, 0, edges[0]), last = compress::detail::output_responses(net, 5, edges[5]);
    REQUIRE((conv.rows() == 7 && conv.cols() == 3 && last.rows() == 7 && last.cols() == 4));
    for (Eigen::Index s = 0; s < 7; ++s)
        for (Eigen::Index n = 0; n < 3; ++n) {
            double sum = 0;
            for (Eigen::Index place = 0; place < 12; ++place) sum += std::max(0.0, double(edges[1](s, place * 3 + n)));
            CHECK(double(conv(s, n)) == Approx(sum / 12).margin(1e-6));
        }
    CHECK(last.isApprox(edges[6], 1e-6f));  // a linear layer has one place; its own activation counts
}

TEST_CASE("what one of several readers does is not the layer's own") {
    using net_type = graph<input<int8, 6>, node<linear<6, weights<channels>>, 0>, node<linear<6>, 1>, node<relu, 1>, node<add<>, 2, 3>>;
    const network net = support::draw_network<net_type>();
    support::lots r(5);
    const compress::activations edges = compress::evaluate(net, support::draw_matrix(r, 7, 6));
    CHECK(compress::detail::output_responses(net, 0, edges[0]).isApprox(edges[1], 1e-6f));
    CHECK(edges[1].minCoeff() < 0);
}

TEST_CASE("layers of a network lose the outputs that say least") {
    using net_type = model<input<int8, 4>, linear<4, weights<channels>, relu>, linear<2>>;
    network net = support::draw_network<net_type>();
    net.weights[0].weights.setIdentity();
    net.weights[0].bias = list({-10, 0, 5, -0.9f});  // output 0 is never on, 3 hardly ever
    support::lots r(6);
    const matrix in = support::draw_matrix(r, 200, 4);
    const auto pruned = [&](std::size_t i, double rate) -> compress::presence {
        return compress::detail::prune_node(net, i, {in, in}, {}, {.prune_by = criterion::activation_entropy}, {rate}).front().mask.col(0);
    };
    CHECK((pruned(0, 0.25) == Eigen::Array<std::uint8_t, 4, 1>{0, 1, 1, 1}).all());
    CHECK((pruned(0, 0.5) == Eigen::Array<std::uint8_t, 4, 1>{0, 1, 1, 0}).all());
    CHECK((pruned(1, 0.5) == 1).all());  // a dense layer stays
}

TEST_CASE("a recipe prunes the outputs of every open layer by what the network compressed so far says") {
    using net_type = model<input<int8, 4>, linear<4, weights<channels>, relu>, linear<4, weights<channels>>, linear<2>>;
    const network net = support::draw_network<net_type>();
    support::lots r(7);
    const matrix in = support::draw_matrix(r, 200, 4);
    const compress::recipe by{.prune_by = criterion::activation_entropy, .rate = 0.5, .allocate = compress::allocation::per_layer};
    const compress::compressed_network c = compress::compress_network(net, {in}, std::vector<compress::edge_type>(4), by);
    const compress::activations edges = compress::evaluate(c.net, in);
    for (const std::size_t i : {0u, 1u}) {
        const matrix whole = compress::evaluate_node(net, i, edges[i], nullptr, 1);
        std::vector<std::pair<double, Eigen::Index>> order;
        for (Eigen::Index n = 0; n < 4; ++n) order.emplace_back(response_entropy(whole.col(n)), n);
        std::ranges::sort(order);
        for (std::size_t at = 0; at < 4; ++at) CHECK(c.quantized[i].mask(order[at].second, 0) == (at >= 2));
    }
}

TEST_CASE("other masks and missing responses are refused") {
    const auto asked = [](const pruning_unit& unit) {
        prune_problem p = told(matrix::Ones(3, 2), 8);
        p.unit = unit;
        prune(p, criterion::activation_entropy, std::vector<double>{0.5});
    };
    CHECK_NOTHROW(asked(outputs));
    CHECK_NOTHROW(asked({.fixed = true}));
    CHECK_THROWS_WITH(asked({}), "prune: activation entropy ranks whole outputs; got a mask of 1 x 1; needs a mask of channels, 1 x 0");
    CHECK_THROWS_WITH(asked({.rows = 2, .cols = 4}), ContainsSubstring("got a mask of 2 x 4;"));
    CHECK_THROWS_WITH(asked({.rows = 2, .cols = 0}), ContainsSubstring("got a mask of 2 x 0;"));
    CHECK_THROWS_WITH(asked({.keep = 2, .of = 4}), ContainsSubstring("got a mask of 2:4;"));

    prune_problem p = told(matrix::Ones(3, 2));
    p.responses = matrix::Ones(3, 4);
    CHECK_THROWS_WITH(left(p, 0.5), "prune: every calibration input has a response of each output; got 3 x 4; needs at least 1 x 2");
    p.responses.resize(0, 2);
    CHECK_THROWS_WITH(left(p, 0.5), ContainsSubstring("got 0 x 2; needs at least 1 x 2"));
    p.responses = matrix{{1, 2}, {3, std::numeric_limits<float>::quiet_NaN()}};
    CHECK_THROWS_WITH(left(p, 0.5), ContainsSubstring("prune: responses must be finite; got ") && ContainsSubstring("nan at index 3"));

    using net_type = model<input<int8, 4>, linear<4, weights<unstructured<>>, named<"first">>>;
    CHECK_THROWS_WITH(compress::detail::prune_node(support::draw_network<net_type>(), 0, {matrix::Ones(2, 4)}, {},
                                                   {.prune_by = criterion::activation_entropy}, {0.5}),
                      "first.weight: activation entropy ranks whole outputs; got a mask of 1 x 1; needs a mask of channels, 1 x 0");
}
