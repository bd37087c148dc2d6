// SPDX-License-Identifier: MIT
// Batch norm folded into weights: the layer alone gives what both gave.
#include <pare/compress/fold.hpp>

#include <cmath>
#include <limits>
#include <string>

#include "support/catch.hpp"
#include "support/lots.hpp"

namespace {

using namespace pare::compress;
using Catch::Matchers::Equals;

constexpr Eigen::Index outputs = 4, inputs = 7;

vector draw(support::lots& r, Eigen::Index count, double low, double high) {
    vector v(count);
    for (Eigen::Index i = 0; i < count; ++i) v[i] = float(r.real(low, high));
    return v;
}

normalization draw_norm(support::lots& r) {
    return {draw(r, outputs, -2, 2), draw(r, outputs, -1, 1), draw(r, outputs, -1, 1), draw(r, outputs, 0.01, 3), 1e-3f};
}

node_weights draw_layer(support::lots& r) {
    node_weights w{matrix(outputs, inputs), draw(r, outputs, -1, 1)};
    for (Eigen::Index i = 0; i < w.weights.size(); ++i) w.weights.data()[i] = float(r.real(-1, 1));
    return w;
}

std::string refused(node_weights w, const normalization& n) {
    try {
        fold(w, n, "norm");
    } catch (const error& e) {
        return e.what();
    }
    return "";
}

}  // namespace

TEST_CASE("folded and unfolded agree") {
    support::lots r(1);
    for (int round = 0; round < 10; ++round) {
        const node_weights before = draw_layer(r);
        const normalization n = draw_norm(r);
        node_weights after = before;
        fold(after, n, "norm");
        const vector x = draw(r, inputs, -3, 3);
        for (Eigen::Index c = 0; c < outputs; ++c) {
            double sum = double(before.bias[c]), folded = double(after.bias[c]);
            for (Eigen::Index k = 0; k < inputs; ++k) {
                sum += double(before.weights(c, k)) * double(x[k]);
                folded += double(after.weights(c, k)) * double(x[k]);
            }
            const double normal =
                double(n.gamma[c]) * (sum - double(n.mean[c])) / std::sqrt(double(n.variance[c]) + 1e-3) + double(n.beta[c]);
            CHECK(std::abs(folded - normal) < 1e-5 * (1 + std::abs(normal)) * 10);
        }
    }
}

TEST_CASE("one channel by hand") {
    node_weights w{matrix::Constant(1, 1, 3.0f), vector::Constant(1, 5.0f)};
    fold(w, {vector::Constant(1, 2.0f), vector::Constant(1, 0.5f), vector::Constant(1, 1.0f), vector::Constant(1, 15.0f), 1.0f}, "norm");
    CHECK(w.weights(0, 0) == 1.5f);
    CHECK(w.bias[0] == 2.5f);
}

TEST_CASE("statistics that cannot be are refused in words") {
    support::lots r(2);
    const node_weights w = draw_layer(r);
    normalization n = draw_norm(r);
    CHECK(refused(w, n).empty());
    n.gamma.resize(3);
    CHECK_THAT(refused(w, n), Equals("norm: a batch norm has one channel for each output of the layer before it; got 3; needs 4"));
    n = draw_norm(r);
    n.variance[2] = -1;
    CHECK_THAT(refused(w, n), Equals("norm: a variance must be positive; got -1.000000 in channel 2; needs a positive number"));
    n.variance[2] = std::numeric_limits<float>::quiet_NaN();
    CHECK_THAT(refused(w, n), Equals("norm: a variance must be positive; got nan in channel 2; needs a positive number"));
}
