// SPDX-License-Identifier: MIT
// Error feedback: each code against exact least squares over the weights still to come, in double precision.
#include <pare/compress.hpp>
#include <pare/pare.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <vector>

#include <Eigen/LU>

#include "support/catch.hpp"
#include "support/lots.hpp"
#include "support/random_layers.hpp"

namespace {

using namespace pare;
using Catch::Matchers::ContainsSubstring;
using compress::calibration;
using compress::matrix;
using compress::presence;
using compress::quantized_weights;
using compress::vector;

constexpr float damping = 0.01f;

/// E[x x^T] of correlated inputs of unlike size, with the constant 1, for each of `groups`.
matrix moments(std::uint64_t seed, Eigen::Index k, std::size_t groups = 1) {
    support::lots r(seed);
    matrix all(Eigen::Index(groups) * (k + 1), k + 1);
    for (std::size_t g = 0; g < groups; ++g) {
        matrix x = support::draw_matrix(r, 40, std::size_t(k + 1), -0.5);
        for (Eigen::Index i = 1; i < k; ++i) x.col(i) = 0.7f * x.col(i - 1) + float(1 + i % 3) * x.col(i);
        x.col(k).setOnes();
        all.middleRows(Eigen::Index(g) * (k + 1), k + 1) = x.transpose() * x / 40.0f;
    }
    return all;
}

/// One row as the definition says: weights in order of their input's mean square; each is rounded, then all later ones and the bias
/// are solved for the least error. `round` gives the value that a weight is written as.
template <class Round>
Eigen::VectorXd by_definition(const Eigen::VectorXd& wanted, const std::vector<bool>& exists, const matrix& hessian, const Round& round) {
    const Eigen::Index k = hessian.rows() - 1;
    Eigen::MatrixXd h = hessian.cast<double>();
    const double mean = h.diagonal().head(k).mean();
    h.diagonal().head(k).array() += double(damping) * mean;
    h(k, k) += 1e-3;
    std::vector<Eigen::Index> order;
    for (Eigen::Index i = 0; i < k; ++i)
        if (exists[std::size_t(i)]) order.push_back(i);
    std::ranges::sort(order, [&](Eigen::Index a, Eigen::Index b) { return h(a, a) != h(b, b) ? h(a, a) > h(b, b) : a < b; });
    order.push_back(k);
    Eigen::VectorXd now = wanted, written = Eigen::VectorXd::Zero(k + 1);
    for (std::size_t step = 0; step < order.size(); ++step) {
        const Eigen::Index at = order[step];
        written(at) = at == k ? now(at) : round(at, now(at));
        const Eigen::Index left = Eigen::Index(order.size() - step) - 1;
        if (left == 0) break;
        Eigen::MatrixXd free(left, left);
        Eigen::VectorXd pull = Eigen::VectorXd::Zero(left);
        for (Eigen::Index i = 0; i < left; ++i) {
            const Eigen::Index to = order[step + 1 + std::size_t(i)];
            for (Eigen::Index j = 0; j < left; ++j) free(i, j) = h(to, order[step + 1 + std::size_t(j)]);
            for (std::size_t done = 0; done <= step; ++done) pull(i) += h(to, order[done]) * (wanted(order[done]) - written(order[done]));
        }
        const Eigen::VectorXd moved = free.fullPivLu().solve(pull);
        for (Eigen::Index i = 0; i < left; ++i) now(order[step + 1 + std::size_t(i)]) = wanted(order[step + 1 + std::size_t(i)]) + moved(i);
    }
    return written;
}

/// Squared error of rows for the inputs of `hessian`.
double output_error(const matrix& w, const vector& bias, const quantized_weights& q, const vector& fitted, const matrix& hessian) {
    matrix d(w.rows(), w.cols() + 1);
    d << w - q.values, bias - fitted;
    return double((d * hessian).cwiseProduct(d).sum());
}

struct outcome {
    matrix w;
    vector bias, fitted;
    quantized_weights q;
};

template <class Format>
outcome written(std::uint64_t seed, const presence& mask, const matrix& hessian, unsigned threads = 1) {
    support::lots r(seed);
    outcome o{support::draw_matrix(r, std::size_t(mask.rows()), std::size_t(mask.cols())),
              support::draw_matrix(r, std::size_t(mask.rows()), 1).col(0),
              {},
              {}};
    o.w = (mask != 0).select(o.w.array(), 0.0f);
    o.fitted = o.bias;
    o.q = compress::quantize_with_feedback(o.w, o.fitted, mask, describe_format<Format>(), calibration::min_max, {},
                                           {hessian, damping, threads}, "layer.weight");
    return o;
}

}  // namespace

TEMPLATE_TEST_CASE("each weight makes up for those before it", "", (weights<int3>), (weights<int4, per_channel>),
                   (weights<int2, per_group<5>>), (weights<int4, per_channel, affine>), (weights<int8, codebook<4>>),
                   (weights<ternary, per_channel>)) {
    constexpr Eigen::Index n = 16, k = 11;
    for (const bool sparse : {false, true}) {
        presence mask = presence::Ones(n, k);
        if (sparse)
            for (Eigen::Index i = 0; i < mask.size(); ++i) mask.data()[i] = std::uint8_t(i % 3 != 0);
        const matrix hessian = moments(3, k, 2);
        const outcome o = written<TestType>(5, mask, hessian);
        // The same scales and books write single values.
        compress::detail::weight_coder coder(o.w, mask, describe_format<TestType>(), calibration::min_max, {}, "layer.weight");
        const auto plain = compress::quantize_weights(o.w, mask, describe_format<TestType>(), calibration::min_max, {}, "layer.weight");
        CHECK(o.q.scales == plain.scales);
        CHECK(o.q.book == plain.book);
        std::size_t moved = 0;
        for (Eigen::Index r = 0; r < n; ++r) {
            Eigen::VectorXd wanted(k + 1);
            wanted << o.w.row(r).cast<double>().transpose(), double(o.bias(r));
            std::vector<bool> exists;
            for (Eigen::Index c = 0; c < k; ++c) exists.push_back(mask(r, c) != 0);
            const Eigen::VectorXd expected =
                by_definition(wanted, exists, hessian.middleRows(r / (n / 2) * (k + 1), k + 1),
                              [&](Eigen::Index c, double x) { return double(coder.write(std::size_t(r), std::size_t(c), float(x))); });
            for (Eigen::Index c = 0; c < k; ++c) {
                CHECK(o.q.values(r, c) == Approx(expected(c)).margin(1e-6));
                moved += o.q.values(r, c) != plain.values(r, c);
            }
            CHECK(o.fitted(r) == Approx(expected(k)).margin(1e-4));
        }
        CHECK(moved > 0);
    }
}

TEST_CASE("feedback lowers the output's error, most where bits are few") {
    constexpr Eigen::Index n = 8, k = 60;
    const matrix hessian = moments(7, k);
    const presence all = presence::Ones(n, k);
    const auto gain = [&]<class Format>(Format) {
        const outcome o = written<Format>(9, all, hessian);
        const auto plain = compress::quantize_weights(o.w, all, describe_format<Format>(), calibration::min_max, {}, "layer.weight");
        return output_error(o.w, o.bias, plain, o.bias, hessian) / output_error(o.w, o.bias, o.q, o.fitted, hessian);
    };
    CHECK(gain(weights<int8, per_channel>{}) > 2);
    CHECK(gain(weights<int4, per_channel>{}) > 2);
    CHECK(gain(weights<int3, per_channel>{}) > 2);
}

TEST_CASE("inputs that have nothing in common leave each weight at its nearest code") {
    constexpr Eigen::Index n = 3, k = 9;
    matrix hessian = matrix::Identity(k + 1, k + 1);
    const presence all = presence::Ones(n, k);
    const outcome o = written<weights<int4, per_channel>>(11, all, hessian);
    const auto plain =
        compress::quantize_weights(o.w, all, describe_format<weights<int4, per_channel>>(), calibration::min_max, {}, "layer.weight");
    CHECK(o.q.codes == plain.codes);
    CHECK(o.fitted.isApprox(o.bias));
}

TEST_CASE("an output without weights keeps its bias, and threads do not matter") {
    constexpr Eigen::Index n = 6, k = 10;
    presence mask = presence::Ones(n, k);
    mask.row(2).setZero();
    const matrix hessian = moments(13, k);
    const outcome one = written<weights<int4, per_channel>>(15, mask, hessian, 1),
                  three = written<weights<int4, per_channel>>(15, mask, hessian, 3);
    CHECK(one.q.codes == three.q.codes);
    CHECK(one.fitted == three.fitted);
    CHECK((one.q.values.row(2).array() == 0).all());
    CHECK(one.fitted(2) == one.bias(2));
}

TEST_CASE("a hessian of another size is refused") {
    const presence mask = presence::Ones(4, 5);
    CHECK_THROWS_WITH(written<weights<int4>>(1, mask, matrix::Identity(5, 5)),
                      "layer.weight: the hessian has a row for each input and the constant 1; got 5 x 5; needs 6 x 6");
    CHECK_THROWS_WITH(written<weights<int4>>(1, mask, matrix()), ContainsSubstring("got 0 x 0; needs 6 x 6"));
    CHECK_THROWS_WITH(written<weights<int4>>(1, mask, moments(1, 5, 3)), ContainsSubstring("got 18 x 6"));
    CHECK_THROWS_WITH(written<weights<int4>>(1, mask, -matrix::Identity(6, 6)), ContainsSubstring("must be positive definite"));
}

TEST_CASE("a recipe rounds by feedback") {
    using net_type = model<input<int8, 6, 6, 4>, conv2d<4, window<3>, same, groups<2>, relu, weights<int3, per_channel>>, flatten,
                           linear<3, weights<int3, per_channel, unstructured<>>>>;
    const compress::network net = support::draw_network<net_type>();
    support::lots r(3);
    const matrix in = support::draw_matrix(r, 100, 144, 0);
    const std::vector<compress::edge_type> types(net.nodes.size() + 1);
    const matrix wanted = compress::evaluate(net, in).back();
    const auto error = [&](const compress::recipe& how) {
        return double((compress::evaluate(compress::compress_network(net, {in}, types, how).net, in).back() - wanted).squaredNorm());
    };
    const double nearest = error({.rate = 0.5}), fed_back = error({.rate = 0.5, .round_weights = compress::weight_rounding::gptq});
    CHECK(fed_back < 0.5 * nearest);
    CHECK(fed_back > 0);
}
