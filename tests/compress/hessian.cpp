// SPDX-License-Identifier: MIT
// Damping, factors and inverses of second moments against Eigen's own in double precision.
#include <pare/compress/hessian.hpp>

#include <Eigen/LU>

#include "support/catch.hpp"
#include "support/lots.hpp"
#include "support/random_layers.hpp"

namespace {

using namespace pare::compress;

matrix moments(Eigen::Index k) {
    support::lots r(3);
    const matrix x = support::draw_matrix(r, std::size_t(3 * k), std::size_t(k));
    return x.transpose() * x / float(3 * k);
}

}  // namespace

TEST_CASE("damping adds a share of the inputs' mean square, and little to the constant") {
    matrix h = matrix::Zero(3, 3);
    h.diagonal() << 2, 6, 1;
    const Eigen::MatrixXf d = detail::damped(h, 0.5f);
    CHECK(d.diagonal().isApprox(Eigen::Vector3f(4, 8, 1.001f)));
    CHECK(d(0, 1) == 0);
    CHECK(detail::damped(matrix::Zero(3, 3), 0.5f).diagonal().isApprox(Eigen::Vector3f(1, 1, 0.001f)));  // inputs that are never on
}

TEST_CASE("the inverse of a triangle, below and above the size of a leaf") {
    for (const Eigen::Index n : {1, 7, 48, 49, 130}) {
        Eigen::MatrixXf l = moments(n);
        l.diagonal().array() += 1;
        detail::factor(l);
        const Eigen::MatrixXd whole = Eigen::MatrixXd(l.triangularView<Eigen::Lower>().toDenseMatrix().cast<double>());
        detail::invert_lower(l);
        const Eigen::MatrixXd inverse = l.triangularView<Eigen::Lower>().toDenseMatrix().cast<double>();
        CHECK((whole * inverse - Eigen::MatrixXd::Identity(n, n)).cwiseAbs().maxCoeff() < 1e-4);
    }
}

TEST_CASE("the root of the inverse holds the inverses of all trailing parts") {
    constexpr Eigen::Index n = 60;
    Eigen::MatrixXf h = moments(n);
    h.diagonal().array() += 0.1f;
    const Eigen::MatrixXd u = detail::inverse_root(h).cast<double>();
    CHECK(u.isUpperTriangular());
    for (const Eigen::Index j : {0, 13, 59}) {
        const Eigen::MatrixXd part = u.bottomRightCorner(n - j, n - j);
        const Eigen::MatrixXd expected = h.cast<double>().bottomRightCorner(n - j, n - j).inverse();
        CHECK((part.transpose() * part - expected).norm() / expected.norm() < 1e-4);
    }
}

TEST_CASE("mean squares of inputs, group by group") {
    matrix stacked(6, 3);
    stacked << 1, 9, 9, 9, 2, 9, 9, 9, 1, 3, 9, 9, 9, 4, 9, 9, 9, 1;
    CHECK(detail::input_squares(stacked) == matrix{{1, 2}, {3, 4}});
}
