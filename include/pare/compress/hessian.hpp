// SPDX-License-Identifier: MIT
// Second moments of a layer's inputs, made definite, factored and inverted: the hessian of its squared output error.
#pragma once

#include <Eigen/Cholesky>
#include <Eigen/Core>

#include <pare/compress/error.hpp>
#include <pare/compress/matrix.hpp>
#include <pare/core/config.hpp>

namespace pare::inline v0::compress::detail {

/// The hessian of one group of outputs, (K + 1) x (K + 1) with the constant 1 last, damped by `damping` of its inputs' mean diagonal.
/// The constant is no measure of the inputs, whose unit may be any; it needs little.
inline Eigen::MatrixXf damped(const Eigen::Ref<const matrix>& hessian, float damping) {
    Eigen::MatrixXf h = hessian;
    const Eigen::Index k = h.rows() - 1;
    const float mean = k > 0 ? h.diagonal().head(k).mean() : 0.0f;
    h.diagonal().head(k).array() += mean > 0 ? damping * mean : 1.0f;
    h(k, k) += 1e-3f;
    return h;
}

/// The mean square of each input, one row for each group of outputs of a stacked hessian.
inline matrix input_squares(const matrix& hessian) {
    const Eigen::Index size = hessian.cols();
    matrix squares(hessian.rows() / size, size - 1);
    for (Eigen::Index g = 0; g < squares.rows(); ++g) squares.row(g) = hessian.middleRows(g * size, size).diagonal().head(size - 1);
    return squares;
}

/// The inverse of a lower triangle in place, by halves: most of the work is products of matrices.
inline void invert_lower(Eigen::Ref<Eigen::MatrixXf> l) {
    const Eigen::Index n = l.rows(), a = n / 2, b = n - a;
    if (n <= 48) {
        for (Eigen::Index j = 0; j < n; ++j) {
            l(j, j) = 1.0f / l(j, j);
            for (Eigen::Index i = j + 1; i < n; ++i) l(i, j) = -l.row(i).segment(j, i - j).dot(l.col(j).segment(j, i - j)) / l(i, i);
        }
        return;
    }
    auto low = l.bottomLeftCorner(b, a);
    invert_lower(l.topLeftCorner(a, a));
    invert_lower(l.bottomRightCorner(b, b));
    const Eigen::MatrixXf half = low * l.topLeftCorner(a, a).triangularView<Eigen::Lower>();
    low.noalias() = l.bottomRightCorner(b, b).triangularView<Eigen::Lower>() * (-half);
}

/// The Cholesky factor of a positive definite matrix, in place in its lower triangle.
inline void factor(Eigen::MatrixXf& h) {
    const Eigen::LLT<Eigen::Ref<Eigen::MatrixXf>> llt(h);
    if (llt.info() != Eigen::Success)
        fail("compress", "the second moments of the inputs must be positive definite", "a matrix that is not", "E[x x^T] of real inputs");
}

/// The upper triangle U with H^-1 = U^T U. Its rows and columns from j on give the inverse of H without what lies left of j: H = R R^T
/// with R = U^-1 an upper triangle, which is the ordinary factor in reversed order.
inline matrix inverse_root(const Eigen::MatrixXf& h) {
    Eigen::MatrixXf l = h.reverse();
    factor(l);
    invert_lower(l);
    l.triangularView<Eigen::StrictlyUpper>().setZero();
    return l.reverse();
}

}  // namespace pare::inline v0::compress::detail
