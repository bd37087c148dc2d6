// SPDX-License-Identifier: MIT
// Layers in float against loops written as their definitions.
#include <pare/compress.hpp>
#include <pare/pare.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/lots.hpp"

namespace {

using namespace pare;
using compress::matrix;
using compress::network;

matrix draw(support::lots& r, std::size_t rows, std::size_t cols) {
    matrix m{Eigen::Index(rows), Eigen::Index(cols)};
    for (Eigen::Index i = 0; i < m.size(); ++i) m.data()[i] = float(r.real(-1, 1));
    return m;
}

/// The float twin of a model, with weights by lot.
template <class Model>
network draw_network(support::lots& r, unsigned threads = 2) {
    constexpr auto nodes = describe_nodes<as_float<Model>>();
    network net{{nodes.begin(), nodes.end()}, {}, threads};
    for (const node_info& n : net.nodes) {
        compress::node_weights w;
        if (has_weights(n.kind)) w = {draw(r, n.weights.rows, n.weights.cols), draw(r, n.weights.rows, 1).col(0)};
        net.weights.push_back(w);
    }
    return net;
}

/// Element (y, x, c) of row `s`, zero outside.
struct image {
    const matrix& m;
    Eigen::Index s;
    shape extent;

    bool inside(long y, long x) const { return 0 <= y && y < long(extent.height) && 0 <= x && x < long(extent.width); }
    double at(long y, long x, std::size_t c) const {
        return inside(y, x) ? double(m(s, Eigen::Index((std::size_t(y) * extent.width + std::size_t(x)) * extent.channels + c))) : 0.0;
    }
};

/// Where tap (ky, kx) of output (y, x) lies.
struct place {
    long y, x;
};
template <class F>
void taps(const window_geometry& w, std::size_t y, std::size_t x, const F& f) {
    for (std::size_t ky = 0; ky < w.kernel_height; ++ky)
        for (std::size_t kx = 0; kx < w.kernel_width; ++kx)
            f(place{long(y * w.stride_y + ky * w.dilation_y) - long(w.pad_top),
                    long(x * w.stride_x + kx * w.dilation_x) - long(w.pad_left)});
}

/// The inputs of output `o` at (y, x), in the order of its weights.
std::vector<double> inputs(const node_info& n, const image& in, std::size_t o, std::size_t y, std::size_t x) {
    std::vector<double> values;
    if (n.kind == layer_kind::linear) {
        for (std::size_t k = 0; k < n.in.size(); ++k) values.push_back(double(in.m(in.s, Eigen::Index(k))));
    } else if (n.kind == layer_kind::conv2d) {
        const std::size_t channels = n.in.channels / n.groups, group = o / (n.out.channels / n.groups);
        taps(n.window, y, x, [&](place p) {
            for (std::size_t c = 0; c < channels; ++c) values.push_back(in.at(p.y, p.x, group * channels + c));
        });
    } else {
        taps(n.window, y, x, [&](place p) { values.push_back(in.at(p.y, p.x, o / n.depth_multiplier)); });
    }
    return values;
}

double clamped(const node_info& n, double v) {
    if (n.has_low) v = std::max(v, double(n.low));
    if (n.has_high) v = std::min(v, double(n.high));
    return v;
}

/// Output (y, x, c) of a node by its definition.
double reference(const network& net, std::size_t i, const image& in, const image& second, std::size_t y, std::size_t x, std::size_t c) {
    const node_info& n = net.nodes[i];
    if (has_weights(n.kind)) {
        const std::vector<double> values = inputs(n, in, c, y, x);
        double sum = double(net.weights[i].bias[Eigen::Index(c)]);
        for (std::size_t k = 0; k < values.size(); ++k) sum += values[k] * double(net.weights[i].weights(Eigen::Index(c), Eigen::Index(k)));
        return sum;
    }
    if (n.kind == layer_kind::add) return in.at(long(y), long(x), c) + second.at(long(y), long(x), c);
    if (n.kind == layer_kind::softmax) {
        double sum = 0;
        for (std::size_t k = 0; k < n.in.channels; ++k) sum += std::exp(in.at(long(y), long(x), k));
        return std::exp(in.at(long(y), long(x), c)) / sum;
    }
    double largest = -std::numeric_limits<double>::infinity(), sum = 0, count = 0;
    taps(n.window, y, x, [&](place p) {
        if (!in.inside(p.y, p.x)) return;
        largest = std::max(largest, in.at(p.y, p.x, c)), sum += in.at(p.y, p.x, c), ++count;
    });
    return n.kind == layer_kind::max_pool2d ? largest : sum / count;
}

/// Every node that is not a mere copy agrees with its definition, given the edges before it.
void check(const network& net, const matrix& samples) {
    const compress::activations edges = compress::evaluate(net, samples);
    REQUIRE(edges.size() == net.nodes.size() + 1);
    CHECK(edges[0] == samples);
    for (std::size_t i = 0; i < net.nodes.size(); ++i) {
        const node_info& n = net.nodes[i];
        INFO("node " << i << ", " << std::string(name_of(n.kind)));
        const matrix &from = edges[n.inputs[0]], &to = edges[i + 1];
        REQUIRE(std::size_t(to.cols()) == n.out.size());
        double worst = 0;
        for (Eigen::Index s = 0; s < samples.rows(); ++s) {
            const image in{from, s, n.in}, second{edges[n.inputs[n.kind == layer_kind::add]], s, n.in}, out{to, s, n.out};
            for (std::size_t y = 0; y < n.out.height; ++y)
                for (std::size_t x = 0; x < n.out.width; ++x)
                    for (std::size_t c = 0; c < n.out.channels; ++c) {
                        const std::size_t k = (y * n.out.width + x) * n.out.channels + c;
                        const bool copies = n.kind == layer_kind::activation || n.kind == layer_kind::flatten;
                        const double expected = copies ? double(from(s, Eigen::Index(k))) : reference(net, i, in, second, y, x, c);
                        worst = std::max(worst, std::abs(clamped(n, expected) - out.at(long(y), long(x), c)));
                    }
        }
        CHECK(worst < 1e-5);
    }
}

template <class Model>
void check_model() {
    support::lots r(5);
    const network net = draw_network<Model>(r);
    check(net, draw(r, 5, as_float<Model>::input_shape.size()));
}

}  // namespace

TEST_CASE("linear layers and activations") {
    check_model<model<input<int8, 9>, linear<7, relu>, linear<5>, relu6, linear<3>>>();
    check_model<model<input<int8, 3, 2, 2>, flatten, linear<4, relu6>>>();
}

TEST_CASE("convolutions") {
    check_model<model<input<int8, 6, 5, 3>, conv2d<4, window<3, 2>>>>();
    check_model<model<input<int8, 6, 5, 3>, conv2d<4, window<3>, same, relu>, conv2d<2, window<1>>>>();
    check_model<model<input<int8, 7, 6, 2>, conv2d<3, window<3, 2>, stride<2, 1>, pad<1, 0, 2, 1>>>>();
    check_model<model<input<int8, 9, 8, 2>, conv2d<3, window<3, 2>, dilation<2, 3>, pad<0, 2, 1, 1>, stride<1, 2>>>>();
    check_model<model<input<int8, 5, 6, 4>, conv2d<6, window<3, 3>, groups<2>, same>>>();
    check_model<model<input<int8, 5, 6, 6>, conv2d<6, window<2, 3>, groups<3>, stride<2>, dilation<1, 2>>>>();
}

TEST_CASE("depthwise convolutions") {
    check_model<model<input<int8, 6, 5, 3>, depthwise_conv2d<window<3>, same>>>();
    check_model<model<input<int8, 6, 7, 3>, depthwise_conv2d<window<3, 2>, depth_multiplier<2>, stride<2, 1>, pad<1, 1, 0, 0>, relu>>>();
    check_model<model<input<int8, 8, 7, 2>, depthwise_conv2d<window<2, 3>, depth_multiplier<3>, dilation<3, 2>>>>();
}

TEST_CASE("pooling, of which padding is no part") {
    check_model<model<input<int8, 6, 4, 3>, max_pool2d<2>, avg_pool2d<2>>>();
    check_model<model<input<int8, 7, 5, 2>, max_pool2d<3, stride<2, 1>, pad<1, 2, 1, 0>>>>();
    check_model<model<input<int8, 7, 5, 2>, avg_pool2d<3, stride<2, 3>, pad<1, 2, 1, 1>>>>();
    check_model<model<input<int8, 7, 5, 2>, global_avg_pool2d<>>>();
}

TEST_CASE("sums and softmax") {
    check_model<model<input<int8, 4, 4, 3>, residual<conv2d<3, window<3>, same, relu>>, global_avg_pool2d<>, softmax<>>>();
    check_model<model<input<int8, 4, 4, 3>, residual<conv2d<5>, shortcut<conv2d<5, relu>>, add<relu>>, softmax<>>>();
    check_model<model<input<int8, 6>, residual<linear<6>>, softmax<>>>();
}

TEST_CASE("a softmax of large numbers is finite") {
    using net = model<input<int8, 3>, softmax<>>;
    support::lots r(1);
    const compress::activations edges = compress::evaluate(draw_network<net>(r), matrix{{1000, 1000, -1000}});
    CHECK(edges[1] == matrix{{0.5f, 0.5f, 0}});
}

TEST_CASE("threads change nothing, nor do other samples") {
    using net = model<input<int8, 6, 6, 2>, conv2d<3, window<3>, relu>, max_pool2d<2>, flatten, linear<4>, softmax<>>;
    support::lots r(3);
    network n = draw_network<net>(r, 1);
    const matrix samples = draw(r, 300, 72);  // more than a block of 4096 places
    const matrix one = compress::evaluate(n, samples).back();
    n.threads = 3;
    CHECK((compress::evaluate(n, samples).back() - one).cwiseAbs().maxCoeff() < 1e-6f);
    for (const Eigen::Index s : {0, 255, 256, 299})
        CHECK((compress::evaluate(n, samples.row(s)).back() - one.row(s)).cwiseAbs().maxCoeff() < 1e-6f);
}

TEST_CASE("edges may be recomputed from a node on") {
    using net = model<input<int8, 5>, linear<4, relu>, linear<4>, linear<2>>;
    support::lots r(4);
    network n = draw_network<net>(r);
    const matrix samples = draw(r, 6, 5);
    compress::activations edges = compress::evaluate(n, samples);
    const matrix first = edges[1];
    n.weights[1].bias.array() += 1;
    compress::evaluate_from(n, edges, 1);
    CHECK(edges[1] == first);
    CHECK(edges.back() == compress::evaluate(n, samples).back());
}

namespace {

template <class Model>
void check_moments(std::size_t groups) {
    support::lots r(6);
    const network net = draw_network<Model>(r);
    const node_info& n = net.nodes[0];
    const matrix samples = draw(r, 4, n.in.size());
    const std::size_t cols = n.weights.cols;
    for (std::size_t g = 0; g < groups; ++g) {
        const matrix moments = compress::input_moments(net, 0, samples, g);
        REQUIRE(moments.rows() == Eigen::Index(cols + 1));
        REQUIRE(moments.cols() == Eigen::Index(cols + 1));
        Eigen::MatrixXd sum = Eigen::MatrixXd::Zero(moments.rows(), moments.cols());
        double count = 0;
        for (Eigen::Index s = 0; s < samples.rows(); ++s)
            for (std::size_t y = 0; y < n.out.height; ++y)
                for (std::size_t x = 0; x < n.out.width; ++x, ++count) {
                    std::vector<double> v = inputs(n, {samples, s, n.in}, g * (n.weights.rows / groups), y, x);
                    v.push_back(1);
                    for (std::size_t a = 0; a <= cols; ++a)
                        for (std::size_t b = 0; b <= cols; ++b) sum(Eigen::Index(a), Eigen::Index(b)) += v[a] * v[b];
                }
        CHECK((moments.cast<double>() - sum / count).cwiseAbs().maxCoeff() < 1e-5);
        CHECK(moments == matrix(moments.transpose()));
    }
}

}  // namespace

TEST_CASE("moments of inputs, with a constant for the bias") {
    check_moments<model<input<int8, 6>, linear<3>>>(1);
    check_moments<model<input<int8, 5, 6, 2>, conv2d<3, window<3, 2>, stride<2, 1>, pad<1, 0, 2, 1>>>>(1);
    check_moments<model<input<int8, 5, 6, 4>, conv2d<6, window<3>, groups<2>, same>>>(2);
    check_moments<model<input<int8, 6, 7, 3>, depthwise_conv2d<window<3, 2>, depth_multiplier<2>, dilation<1, 2>>>>(3);
}
