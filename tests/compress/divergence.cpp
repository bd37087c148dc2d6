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
    using compress::detail::divergence;
    const network plain = support::draw_network<model<input<int8, 4>, linear<2>>>();
    const network probabilities = support::draw_network<model<input<int8, 4>, linear<2>, softmax<>>>();
    matrix a(2, 2), b(2, 2);
    a << 0, 0, 5, 5;
    b << std::log(3.0f), 0, 5, 5;  // (1/2, 1/2) and (3/4, 1/4); the second row is the same
    CHECK(divergence(plain, a, b) == Approx(0.5 * (0.5 * std::log(4.0 / 3.0))).epsilon(1e-5));
    CHECK(divergence(plain, a, a) == 0.0);
    a << 0.5f, 0.5f, 1, 0;
    b << 0.75f, 0.25f, 0.5f, 0.5f;  // already shares; 0 ln 0 is 0
    CHECK(divergence(probabilities, a, b) == Approx(0.5 * (0.5 * std::log(4.0 / 3.0) + std::log(2.0))).epsilon(1e-5));
    b << 0.75f, 0.25f, 0, 1;  // what was sure has become impossible: much, and finite
    CHECK(divergence(probabilities, a, b) == Approx(0.5 * (0.5 * std::log(4.0 / 3.0) + std::log(1e30))).epsilon(1e-5));
    const network one = support::draw_network<model<input<int8, 4>, linear<1>>>();
    matrix x(2, 1), y(2, 1);
    x << 1, 2;
    y << 3, 1;
    CHECK(divergence(one, x, y) == Approx(2.5));  // squares: (4 + 1) / 2
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
