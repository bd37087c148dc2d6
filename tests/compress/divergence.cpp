// SPDX-License-Identifier: MIT
// How far outputs are apart, by hand, and the outputs of a network of which one layer changed.
#include <pare/compress/divergence.hpp>
#include <pare/pare.hpp>

#include <cmath>
#include <cstddef>

#include "support/catch.hpp"
#include "support/lots.hpp"
#include "support/random_layers.hpp"

using namespace pare;
using compress::matrix;
using compress::network;

TEST_CASE("scores diverge as their softmax does, probabilities as they are, one output by its square") {
    const network scores = support::draw_network<model<input<int8, 2>, linear<2>>>();
    const matrix a{{0, std::log(3.0f)}}, b{{0, 0}};
    CHECK(compress::detail::divergence(scores, a, b) == Approx(0.25 * std::log(0.5) + 0.75 * std::log(1.5)).epsilon(1e-5));
    CHECK(compress::detail::divergence(scores, a, a) == 0);
    const network shares = support::draw_network<model<input<int8, 2>, linear<2>, softmax<>>>();
    CHECK(compress::detail::divergence(shares, matrix{{0.25f, 0.75f}}, matrix{{0.5f, 0.5f}}) ==
          Approx(0.25 * std::log(0.5) + 0.75 * std::log(1.5)).epsilon(1e-5));
    const network one = support::draw_network<model<input<int8, 2>, linear<1>>>();
    CHECK(compress::detail::divergence(one, matrix{{1}, {2}}, matrix{{0}, {4}}) == 2.5);
}

TEST_CASE("the output with one layer changed is that of the changed network, residual edges and all") {
    using net_type = model<input<int8, 4>, linear<4, relu>, residual<linear<4>, relu>, linear<3>>;
    const network net = support::draw_network<net_type>();
    support::lots r(2);
    const matrix in = support::draw_matrix(r, 37, 4);
    const auto edges = compress::evaluate(net, in);
    for (std::size_t i = 0; i < net.nodes.size(); ++i) {
        if (!has_weights(net.nodes[i].kind)) continue;
        network changed = net;
        changed.weights[i].weights *= 0.5f;
        changed.weights[i].bias.array() += 1;
        CHECK(compress::detail::output_with(net, edges, i, changed.weights[i]).isApprox(compress::evaluate(changed, in).back(), 1e-5f));
    }
}
