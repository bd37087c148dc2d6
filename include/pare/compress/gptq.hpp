// SPDX-License-Identifier: MIT
// Weights written one after the other, those to come making up for the error of those that are written.
#pragma once

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <numeric>
#include <string>
#include <vector>

#include <Eigen/Core>

#include <pare/compress/error.hpp>
#include <pare/compress/hessian.hpp>
#include <pare/compress/matrix.hpp>
#include <pare/compress/parallel.hpp>
#include <pare/compress/prune_problem.hpp>
#include <pare/compress/quantize.hpp>
#include <pare/core/config.hpp>
#include <pare/model/describe.hpp>

namespace pare::inline v0::compress {

/// What error feedback needs to know of a layer's inputs.
struct feedback {
    const matrix& hessian;  ///< as in prune_problem: (K + 1) x (K + 1) for each group of outputs, one below the other
    float damping = 0.01f;  ///< a share of the inputs' mean diagonal
    unsigned threads = 1;   ///< outputs are divided among them
};

namespace detail {

/// Writes rows whose weights `inputs` exist, in that order; the last column of `w` is the bias, which takes what error is left.
/// U is the root of the inverse hessian of these inputs and the constant: U^T U.
inline void write_with_feedback(weight_coder& coder, const std::vector<Eigen::Index>& inputs, const matrix& u, matrix& w,
                                Eigen::Index first_row) {
    const Eigen::Index count = Eigen::Index(inputs.size());
    Eigen::VectorXf error(w.rows());
    for (Eigen::Index j = 0; j < count; ++j) {
        for (Eigen::Index r = 0; r < w.rows(); ++r)
            error[r] = (w(r, j) - coder.write(std::size_t(first_row + r), std::size_t(inputs[std::size_t(j)]), w(r, j))) / u(j, j);
        w.rightCols(count - j).noalias() -= error * u.row(j).tail(count - j);
    }
}

/// The hessian of `inputs` and the constant.
inline matrix root_of(const Eigen::MatrixXf& h, const std::vector<Eigen::Index>& inputs) {
    const Eigen::Index count = Eigen::Index(inputs.size()), constant = h.rows() - 1;
    const auto at = [&](Eigen::Index i) { return i < count ? inputs[std::size_t(i)] : constant; };
    Eigen::MatrixXf part(count + 1, count + 1);
    for (Eigen::Index j = 0; j <= count; ++j)
        for (Eigen::Index i = 0; i <= count; ++i) part(i, j) = h(at(i), at(j));
    return inverse_root(part);
}

}  // namespace detail

/// Writes `w`, of which `mask` exists, in format `f`, like quantize_weights, with error feedback: each weight is written as what is
/// nearest to it, and the weights of its output that are still to come, and at last the bias, move so that the output's squared error
/// over the inputs grows least (E. Frantar, S. Ashkboos, T. Hoefler, D. Alistarh, GPTQ, 2023). Inputs of large mean square come first.
/// Scales and shared values are those of `w` as it is given. `bias` becomes the one that fits. Absent weights stay absent: outputs with
/// weights missing are solved on those that exist.
inline quantized_weights quantize_with_feedback(const matrix& w, vector& bias, const presence& mask, const format_info& f,
                                                const range_rule& rule, const clustering& share, const feedback& inputs,
                                                const std::string& name) {
    const Eigen::Index n = w.rows(), k = w.cols(), groups = inputs.hessian.rows() / (k + 1);
    if (groups == 0 || inputs.hessian.rows() != groups * (k + 1) || inputs.hessian.cols() != k + 1 || n % groups != 0)
        detail::fail(name, "the hessian has a row for each input and the constant 1",
                     std::to_string(inputs.hessian.rows()) + " x " + std::to_string(inputs.hessian.cols()),
                     std::to_string(k + 1) + " x " + std::to_string(k + 1));
    detail::weight_coder coder(w, mask, f, rule, share, name);
    for (Eigen::Index g = 0; g < groups; ++g) {
        const Eigen::MatrixXf h = detail::damped(inputs.hessian.middleRows(g * (k + 1), k + 1), inputs.damping);
        std::vector<Eigen::Index> order(std::size_t(k), 0);
        std::iota(order.begin(), order.end(), Eigen::Index(0));
        std::ranges::sort(order, [&](Eigen::Index a, Eigen::Index b) { return h(a, a) != h(b, b) ? h(a, a) > h(b, b) : a < b; });
        const Eigen::Index first = g * (n / groups), last = first + n / groups;
        // The columns of `inputs` and the bias, of rows [from, to).
        const auto gather = [&](Eigen::Index from, Eigen::Index to, const std::vector<Eigen::Index>& of) {
            matrix part(to - from, Eigen::Index(of.size()) + 1);
            for (std::size_t i = 0; i < of.size(); ++i) part.col(Eigen::Index(i)) = w.col(of[i]).segment(from, to - from);
            part.rightCols(1) = bias.segment(from, to - from);
            return part;
        };
        const bool whole = (mask.middleRows(first, last - first) != 0).all();
        const matrix shared = whole ? detail::root_of(h, order) : matrix();
        in_parallel(std::size_t(last - first), inputs.threads, [&](std::size_t begin, std::size_t end) {
            if (whole) {
                const Eigen::Index from = first + Eigen::Index(begin), to = first + Eigen::Index(end);
                matrix part = gather(from, to, order);
                detail::write_with_feedback(coder, order, shared, part, from);
                bias.segment(from, to - from) = part.rightCols(1);
                return;
            }
            for (Eigen::Index r = first + Eigen::Index(begin); r < first + Eigen::Index(end); ++r) {
                std::vector<Eigen::Index> existing;
                std::ranges::copy_if(order, std::back_inserter(existing), [&](Eigen::Index i) { return mask(r, i) != 0; });
                matrix part = gather(r, r + 1, existing);
                detail::write_with_feedback(coder, existing, detail::root_of(h, existing), part, r);
                bias[r] = part(0, part.cols() - 1);
            }
        });
    }
    return std::move(coder).result();
}

}  // namespace pare::inline v0::compress
