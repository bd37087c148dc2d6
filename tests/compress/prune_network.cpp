// SPDX-License-Identifier: MIT
// Pruning inside a network: groups of convolutions, masks whose type leaves no choice, and rates divided among layers, against
// windows, normal equations and divergences written anew in double precision.
#include <pare/compress/prune_network.hpp>
#include <pare/model/model.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <Eigen/Cholesky>

#include "support/catch.hpp"
#include "support/lots.hpp"

namespace {

using namespace pare;
using compress::allocation;
using compress::criterion;
using compress::layer_weights;
using compress::matrix;
using compress::network;
using compress::recipe;

/// Every other weight.
struct checkerboard {
    using axis = pare::axis::mask;
    static constexpr bool present(std::size_t, std::size_t, std::size_t n, std::size_t k) { return (n + k) % 2 == 0; }
};

matrix draw(support::lots& r, std::size_t rows, std::size_t cols) {
    matrix m{Eigen::Index(rows), Eigen::Index(cols)};
    for (Eigen::Index i = 0; i < m.size(); ++i) m.data()[i] = float(r.real(-1, 1));
    return m;
}

template <class Model>
network draw_network(unsigned seed = 1) {
    support::lots r(seed);
    constexpr auto nodes = describe_nodes<Model>();
    network net{{nodes.begin(), nodes.end()}, {}, 2};
    for (const node_info& n : net.nodes) {
        net.weights.emplace_back();
        if (has_weights(n.kind)) net.weights.back() = {draw(r, n.weights.rows, n.weights.cols), draw(r, n.weights.rows, 1).col(0)};
    }
    return net;
}

/// What output `o` at (y, x) sees, then the constant 1: all inputs, or by the definition of a convolution, zeros outside.
Eigen::VectorXd window_at(const node_info& n, const matrix& in, Eigen::Index sample, std::size_t o, std::size_t y, std::size_t x) {
    if (n.kind == layer_kind::linear) return (Eigen::VectorXd(in.cols() + 1) << in.row(sample).transpose().cast<double>(), 1.0).finished();
    const std::size_t groups = n.kind == layer_kind::depthwise_conv2d ? n.in.channels : n.groups;
    const std::size_t channels = n.in.channels / groups, group = o / (n.weights.rows / groups);
    Eigen::VectorXd v(Eigen::Index(n.weights.cols) + 1);
    Eigen::Index at = 0;
    for (std::size_t ky = 0; ky < n.window.kernel_height; ++ky)
        for (std::size_t kx = 0; kx < n.window.kernel_width; ++kx)
            for (std::size_t c = 0; c < channels; ++c) {
                const long iy = long(y * n.window.stride_y + ky) - long(n.window.pad_top);
                const long ix = long(x * n.window.stride_x + kx) - long(n.window.pad_left);
                const bool inside = 0 <= iy && iy < long(n.in.height) && 0 <= ix && ix < long(n.in.width);
                const std::size_t k = (std::size_t(iy) * n.in.width + std::size_t(ix)) * n.in.channels + group * channels + c;
                v(at++) = inside ? double(in(sample, Eigen::Index(k))) : 0.0;
            }
    v(at) = 1.0;
    return v;
}

/// How far the weights of node `i` lie from those of least squared output error on their mask, found output by output.
double distance_to_best(const network& net, std::size_t i, const matrix& in, const layer_weights& w, double damping) {
    const node_info& n = net.nodes[i];
    const Eigen::Index k = Eigen::Index(n.weights.cols);
    double worst = 0;
    for (Eigen::Index o = 0; o < Eigen::Index(n.weights.rows); ++o) {
        Eigen::MatrixXd h = Eigen::MatrixXd::Zero(k + 1, k + 1);
        for (Eigen::Index s = 0; s < in.rows(); ++s)
            for (std::size_t y = 0; y < n.out.height; ++y)
                for (std::size_t x = 0; x < n.out.width; ++x) {
                    const Eigen::VectorXd v = window_at(n, in, s, std::size_t(o), y, x);
                    h += v * v.transpose();
                }
        h /= double(in.rows()) * double(n.out.height * n.out.width);
        h.diagonal().head(k).array() += damping * h.diagonal().head(k).mean();
        h(k, k) += 1e-3;
        Eigen::VectorXd old(k + 1), got(k + 1), best = Eigen::VectorXd::Zero(k + 1);
        old << net.weights[i].weights.row(o).transpose().cast<double>(), double(net.weights[i].bias(o));
        got << w.weights.row(o).transpose().cast<double>(), double(w.bias(o));
        std::vector<Eigen::Index> a;
        for (Eigen::Index j = 0; j <= k; ++j)
            if (j == k || w.mask(o, j)) a.push_back(j);
        const Eigen::VectorXd right = h * old, solved = h(a, a).ldlt().solve(right(a));
        for (std::size_t j = 0; j < a.size(); ++j) best(a[j]) = solved(Eigen::Index(j));
        worst = std::max(worst, (got - best).norm() / old.norm());
    }
    return worst;
}

/// Mean of KL(softmax(a) || softmax(b)) in double precision.
double divergence_of(const matrix& a, const matrix& b) {
    double sum = 0;
    for (Eigen::Index r = 0; r < a.rows(); ++r) {
        const Eigen::ArrayXd x = a.row(r).cast<double>().array().exp(), y = b.row(r).cast<double>().array().exp();
        sum += (x / x.sum() * ((x / x.sum()).log() - (y / y.sum()).log())).sum();
    }
    return sum / double(a.rows());
}

template <class... Format>
using three_layers =
    model<input<int8, 10>, linear<8, weights<Format...>, relu>, linear<6, weights<Format...>, relu>, linear<4, weights<Format...>>>;

}  // namespace

TEST_CASE("rates are open where a mask chooses freely") {
    const auto open = []<class Mask>(Mask) {
        return compress::detail::has_open_rate(describe_nodes<model<input<int8, 8>, linear<4, weights<Mask>>>>()[0]);
    };
    CHECK((open(unstructured<>{}) && open(blocks<2, 2>{}) && open(channels{})));
    CHECK_FALSE((open(dense{}) || open(n_of_m<2, 4>{}) || open(unstructured<9>{}) || open(checkerboard{})));
    CHECK_FALSE(compress::detail::has_open_rate(describe_nodes<model<input<int8, 8>, relu>>()[0]));
}

TEST_CASE("groups of a convolution are solved for the channels that they see") {
    const auto check = []<class Model>(Model, double rate, std::size_t gone) {
        const network net = draw_network<Model>();
        support::lots r(4);
        const matrix in = draw(r, 30, net.nodes[0].in.size());
        const layer_weights w =
            compress::detail::prune_node(net, 0, {in}, compress::detail::stacked_moments(net, 0, in), {.damping = 0.05f}, {rate}).front();
        CHECK(std::size_t((w.mask == 0).count()) == gone);
        CHECK(distance_to_best(net, 0, in, w, double(0.05f)) < 1e-4);
        CHECK((w.weights - net.weights[0].weights).cwiseAbs().maxCoeff() > 0.1f);
    };
    using image = input<int8, 4, 5, 6>;
    check(model<image, conv2d<4, window<2>, weights<unstructured<>>>>{}, 0.5, 4 * 24 / 2);
    check(model<image, conv2d<6, window<2, 3>, same, groups<3>, weights<unstructured<>>>>{}, 0.5, 6 * 12 / 2);
    check(model<image, conv2d<6, window<2>, stride<2>, groups<2>, weights<n_of_m<1, 3>>>>{}, 0.0, 6 * 8);
    check(model<image, conv2d<6, window<2>, groups<3>, weights<blocks<2, 2>>>>{}, 0.25, 12);
    check(model<image, depthwise_conv2d<window<3>, same, weights<unstructured<>>>>{}, 0.5, 27);
    check(model<image, depthwise_conv2d<window<3>, depth_multiplier<2>, weights<blocks<2, 1>>>>{}, 0.5, 54);
}

TEST_CASE("a fixed mask is applied, and by error refitted") {
    using net_type =
        model<input<int8, 4, 4, 4>, conv2d<4, window<2>, groups<2>, weights<checkerboard>>, linear<3, weights<checkerboard>>, linear<2>>;
    const network net = draw_network<net_type>();
    support::lots r(6);
    const matrix alike = draw(r, 60, 6) * draw(r, 6, 64) + 0.2f * draw(r, 60, 64);  // else no weight could make up for another
    const compress::activations edges = compress::evaluate(net, alike);
    for (const std::size_t i : {0u, 1u}) {
        const layer_weights plain = compress::detail::prune_node(net, i, edges, {}, {.prune_by = criterion::magnitude}, {0.9}).front();
        const matrix moments = compress::detail::stacked_moments(net, i, edges[i]);
        const layer_weights fitted = compress::detail::prune_node(net, i, edges, moments, {}, {0.9}).front();
        for (Eigen::Index n = 0; n < plain.mask.rows(); ++n)
            for (Eigen::Index k = 0; k < plain.mask.cols(); ++k) {
                const bool present = (n + k) % 2 == 0;
                REQUIRE((plain.mask(n, k) == present && fitted.mask(n, k) == present));
                REQUIRE(plain.weights(n, k) == (present ? net.weights[i].weights(n, k) : 0.0f));
            }
        CHECK(distance_to_best(net, i, edges[i], fitted, double(0.01f)) < 1e-4);
        // The layer's own output is nearer to what it was.
        const matrix whole = edges[i + 1];
        const auto lost = [&](const layer_weights& w) {
            network changed = net;
            changed.weights[i] = {w.weights, w.bias};
            return double((compress::evaluate_node(changed, i, edges[i], nullptr, 1) - whole).squaredNorm());
        };
        CHECK(lost(fitted) < (i == 0 ? 0.95 : 0.5) * lost(plain));
    }
    const layer_weights dense = compress::detail::prune_node(net, 2, edges, {}, {}, {0.9}).front();
    CHECK((dense.mask == 1).all());
    CHECK(dense.weights == net.weights[2].weights);
}

TEST_CASE("chance differs from node to node, by the recipe's seed") {
    using same_twice = model<input<int8, 12>, linear<12, weights<unstructured<>>>, linear<12, weights<unstructured<>>>>;
    const network net = draw_network<same_twice>();
    const auto mask = [&](std::size_t i, std::uint64_t seed) {
        return compress::detail::prune_node(net, i, {matrix(), matrix()}, {}, {.prune_by = criterion::random, .seed = seed}, {0.5})
            .front()
            .mask;
    };
    CHECK_FALSE((mask(0, 5) == mask(1, 5)).all());
    CHECK((mask(0, 6) == mask(1, 5)).all());  // seed + node
}

TEST_CASE("the same rate for each layer") {
    using mixed =
        model<input<int8, 16>, linear<8, weights<unstructured<>>>, linear<8, weights<n_of_m<2, 4>>>, linear<8, weights<unstructured<16>>>,
              relu, linear<8, weights<checkerboard>>, linear<8, weights<channels>>, linear<4>>;
    const network net = draw_network<mixed>();
    support::lots r(2);
    const compress::activations edges = compress::evaluate(net, draw(r, 20, 16));
    CHECK(compress::allocate_rates(net, edges, {.rate = 0.7, .allocate = allocation::per_layer}) ==
          std::vector<double>{0.7, 0.5, 0.75, 0, 0.5, 0.7, 0});
    // Nothing removed is nothing to divide, and one open layer takes all.
    CHECK(compress::allocate_rates(net, edges, {}) == std::vector<double>{0, 0.5, 0.75, 0, 0.5, 0, 0});
    using single = model<input<int8, 16>, linear<8, weights<unstructured<>>>, linear<4>>;
    const network alone = draw_network<single>();
    CHECK(compress::allocate_rates(alone, compress::evaluate(alone, edges[0]), {.rate = 0.6}) == std::vector<double>{0.6, 0});
}

TEST_CASE("global allocation takes what costs least, by exhaustion") {
    const network net = draw_network<three_layers<unstructured<>>>(5);
    support::lots r(9);
    const compress::activations edges = compress::evaluate(net, draw(r, 50, 10));
    const double sizes[] = {80, 48, 24};
    // The curves, written anew: magnitude by sorting, the network's output, its divergence.
    const std::vector<double> tried{0.0, 0.2, 0.35, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.93, 0.95, 0.97};
    std::vector<std::vector<double>> curves(3);
    for (std::size_t i = 0; i < 3; ++i)
        for (const double rate : tried) {
            network changed = net;
            matrix& w = changed.weights[i].weights;
            std::vector<float> sizes_of(w.data(), w.data() + w.size());
            for (float& v : sizes_of) v = std::abs(v);
            std::ranges::sort(sizes_of);
            const auto gone = std::size_t(rate * sizes[i] + 0.5);
            for (Eigen::Index k = 0; k < w.size(); ++k)
                if (gone > 0 && std::abs(w.data()[k]) <= sizes_of[gone - 1]) w.data()[k] = 0;
            const double loss = divergence_of(edges.back(), compress::evaluate(changed, edges[0]).back());
            curves[i].push_back(curves[i].empty() ? loss : std::max(loss, curves[i].back()));
        }
    const auto loss_at = [&](std::size_t i, double rate) {
        for (std::size_t k = 1; k < tried.size(); ++k)
            if (rate <= tried[k])
                return curves[i][k - 1] + (curves[i][k] - curves[i][k - 1]) * (rate - tried[k - 1]) / (tried[k] - tried[k - 1]);
        return curves[i].back();
    };
    for (const double rate : {0.3, 0.6, 0.9}) {
        const std::vector<double> rates =
            compress::allocate_rates(net, edges, {.prune_by = criterion::magnitude, .rate = rate, .allocate = allocation::global});
        REQUIRE(rates.size() == 3);
        CHECK(rates[0] * 80 + rates[1] * 48 + rates[2] * 24 == Approx(rate * 152));
        const double loss = loss_at(0, rates[0]) + loss_at(1, rates[1]) + loss_at(2, rates[2]);
        double best = 1e30;
        for (int a = 0; a <= 194; ++a)
            for (int b = 0; b <= 194; ++b) {
                const double c = (rate * 152 - a * 0.4 - b * 0.24) / 24;
                if (c >= 0 && c <= 0.97) best = std::min(best, loss_at(0, a / 200.0) + loss_at(1, b / 200.0) + loss_at(2, c));
            }
        CHECK(loss <= best * (1 + 1e-4) + 1e-9);
        CHECK(loss < loss_at(0, rate) + loss_at(1, rate) + loss_at(2, rate));
    }
}

TEST_CASE("a rate of multiplications counts a weight once for each place of its output") {
    using net_type = model<input<int8, 4, 5, 2>, conv2d<4, window<3, 3>, same, weights<unstructured<>>, relu>, flatten,
                           linear<16, weights<unstructured<>>, relu>, linear<3>>;
    const network net = draw_network<net_type>(5);
    constexpr double conv_weights = 4 * 18, conv_macs = conv_weights * 20, linear_macs = 16 * 80;
    support::lots r(4);
    const compress::activations edges = compress::evaluate(net, draw(r, 50, 40));
    for (const double rate : {0.3, 0.6, 0.9}) {
        const auto rates = [&](compress::rate_base of) {
            return compress::allocate_rates(net, edges, {.prune_by = criterion::magnitude, .rate = rate, .rate_of = of});
        };
        const std::vector<double> macs = rates(compress::rate_base::macs), weights = rates(compress::rate_base::weights);
        CHECK(macs[0] * conv_macs + macs[2] * linear_macs == Approx(rate * (conv_macs + linear_macs)));
        CHECK(weights[0] * conv_weights + weights[2] * linear_macs == Approx(rate * (conv_weights + linear_macs)));
        CHECK(macs[0] > weights[0]);
        // Where the rate is the same for each layer, it is the same share of both.
        CHECK(
            compress::allocate_rates(net, edges, {.rate = rate, .rate_of = compress::rate_base::macs, .allocate = allocation::per_layer}) ==
            std::vector<double>{rate, 0, rate, 0});
    }
}

TEST_CASE("a layer that does nothing gives all that is asked") {
    network net = draw_network<three_layers<unstructured<>>>(7);
    net.weights[1].weights.rightCols(6).setZero();  // 36 of 152 weights cost nothing; 27.36 are asked
    support::lots r(3);
    const compress::activations edges = compress::evaluate(net, draw(r, 50, 10));
    const std::vector<double> rates = compress::allocate_rates(net, edges, {.prune_by = criterion::magnitude, .rate = 0.18});
    CHECK(rates[1] * 48 == Approx(27.36));
    CHECK(std::abs(rates[0]) + std::abs(rates[2]) < 1e-9);
}

TEST_CASE("rates above those tried, layers that fix their own, and what is told") {
    using mixed =
        model<input<int8, 16>, linear<8, weights<unstructured<>>>, linear<8, weights<n_of_m<2, 4>>>, linear<8, weights<blocks<2, 2>>>>;
    const network net = draw_network<mixed>();
    support::lots r(2);
    const compress::activations edges = compress::evaluate(net, draw(r, 20, 16));
    std::string told;
    recipe with{.rate = 0.98, .progress = [&](std::string_view what, double share) {
                    told += std::string(what) + " " + std::to_string(int(share * 10)) + "; ";
                }};
    const std::vector<double> rates = compress::allocate_rates(net, edges, with);
    CHECK(told == "trying rates on linear.0 0; trying rates on linear.2 3; ");
    CHECK(rates[1] == 0.5);
    CHECK(rates[0] * 128 + rates[2] * 64 == Approx(0.98 * 192));
    for (const node_info& n : net.nodes) {
        const std::vector<double> tried = compress::detail::trial_rates(n);
        CHECK((tried.front() == 0.0 && tried.back() < 1.0 && std::ranges::is_sorted(tried)));
    }
}
