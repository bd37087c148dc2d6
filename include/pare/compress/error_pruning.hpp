// SPDX-License-Identifier: MIT
// Pruning by the growth of a layer's output error: the layer-wise optimal brain surgeon, in stages.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <Eigen/Core>

#include <pare/compress/hessian.hpp>
#include <pare/compress/matrix.hpp>
#include <pare/compress/parallel.hpp>
#include <pare/compress/prune_problem.hpp>
#include <pare/core/config.hpp>

namespace pare::inline v0::compress {

namespace detail {

/// The state of one layer while units go.
class brain_surgeon {
public:
    brain_surgeon(const prune_problem& p, const unit_grid& g)
        : problem(p), grid(g), n(p.weights.rows()), k(p.weights.cols()), dense(n, k + 1), removed(g.units()), scores(g.units()) {
        for (Eigen::Index at = 0; at < p.hessian.rows(); at += k + 1) moments.push_back(damped(p.hessian.middleRows(at, k + 1), p.damping));
        dense << p.weights, p.bias;
        weights = dense;
    }

    /// The solution after `targets[i]` units have gone, for each i; ascending.
    std::vector<layer_weights> run(std::span<const std::size_t> targets) {
        std::vector<layer_weights> solutions;
        const std::size_t last = targets.empty() ? 0 : targets.back();
        std::size_t gone = 0;
        if (last > 0) {
            if (sweeps()) sweep();
            else score_dense();
        }
        for (const std::size_t target : targets) {
            while (gone < target) {
                gone = std::min(target, next_stage(gone));
                drop(gone, gone == last);
            }
            solutions.push_back({weights.leftCols(k), weights.col(k), mask_of(grid, std::size_t(n), std::size_t(k), removed)});
        }
        return solutions;
    }

    /// The solution for a pattern that leaves no choice.
    layer_weights fit(const presence& pattern) {
        for (std::size_t u = 0; u < removed.size(); ++u) removed[u] = pattern.data()[u] == 0;
        std::vector<std::size_t> bands;
        for (std::size_t b = 0; b < grid.down; ++b)
            if (std::find(removed.begin() + at(b), removed.begin() + at(b + 1), 1) != removed.begin() + at(b + 1)) bands.push_back(b);
        solve(bands, true);
        return {weights.leftCols(k), weights.col(k), (pattern != 0).cast<std::uint8_t>()};
    }

private:
    /// Layers of at most so many weights an output are cheap enough for many stages.
    static constexpr Eigen::Index small = 512;

    /// Whether all groups of N:M are chosen in one sweep along the rows: where there are many weights, each row for itself.
    bool sweeps() const { return grid.of != 0 && grid.rows == 1 && k > small; }

    /// Units gone at the end of the stage after `gone` are.
    std::size_t next_stage(std::size_t gone) const {
        const std::size_t all = grid.units();
        if (sweeps()) return grid.removable();
        if (grid.cols == std::size_t(k)) return all;  // one output knows nothing of another
        if (k <= small) return gone + (all <= 1024 ? 1 : std::max<std::size_t>(1, (all - gone) / 32));
        for (const double rate : {0.5, 0.7, 0.8, 0.85, 0.9, 0.93, 0.95, 0.97})
            if (grid.count(rate) > gone) return grid.count(rate);
        return all;
    }

    /// Scores with nothing gone: all rows of a group share one inverse.
    void score_dense() {
        std::vector<Eigen::Index> all(std::size_t(k) + 1);
        for (std::size_t i = 0; i < all.size(); ++i) all[i] = Eigen::Index(i);
        for (std::size_t g = 0; g < moments.size(); ++g) {
            const Eigen::MatrixXf& h = moments[g];
            const std::size_t first = first_band(g), last = first_band(g + 1);
            if (grid.cols == std::size_t(k)) {
                // What a whole output loses is the variance of what it gave: its bias makes up for the mean.
                const Eigen::MatrixXf centred = h.topLeftCorner(k, k) - h.col(k).head(k) * h.row(k).head(k) / h(k, k);
                const matrix own = dense.middleRows(Eigen::Index(first * grid.rows), Eigen::Index((last - first) * grid.rows)).leftCols(k);
                const Eigen::VectorXf lost = (own * centred).cwiseProduct(own).rowwise().sum();
                for (std::size_t b = first; b < last; ++b)
                    scores[b] = lost.segment(Eigen::Index((b - first) * grid.rows), Eigen::Index(grid.rows)).sum();
                continue;
            }
            Eigen::MatrixXf l = h;
            factor(l);
            invert_lower(l);
            score(l, all, first, last);
        }
    }

    /// Bands [first_band(g), first_band(g + 1)) are those of group `g`.
    std::size_t first_band(std::size_t g) const { return grid.down * g / moments.size(); }
    const Eigen::MatrixXf& moments_of(std::size_t band) const { return moments[band * moments.size() / grid.down]; }

    /// Scores the units of bands [first, last), which all have the weights `support`; `inverse` is that of the factor of their H.
    void score(const Eigen::MatrixXf& inverse, const std::vector<Eigen::Index>& support, std::size_t first, std::size_t last) {
        const Eigen::Index size = inverse.rows(), width = Eigen::Index(grid.cols), high = Eigen::Index(grid.rows);
        for (Eigen::Index i = 0; i < size && support[std::size_t(i)] < Eigen::Index(grid.across) * width; i += width) {
            const Eigen::Index column = support[std::size_t(i)];
            const std::size_t place = std::size_t(column / width);
            if (width == 1) {
                const float variance = inverse.col(i).tail(size - i).squaredNorm();
                for (std::size_t b = first; b < last; ++b)
                    scores[b * grid.across + place] = weights.col(column).segment(Eigen::Index(b) * high, high).squaredNorm() / variance;
                continue;
            }
            const Eigen::MatrixXf columns = inverse.block(i, i, size - i, width).triangularView<Eigen::Lower>();
            Eigen::MatrixXf block = columns.transpose() * columns;
            factor(block);
            for (std::size_t b = first; b < last; ++b) {
                Eigen::MatrixXf w = weights.block(Eigen::Index(b) * high, column, high, width).transpose();
                block.triangularView<Eigen::Lower>().solveInPlace(w);
                scores[b * grid.across + place] = w.squaredNorm();
            }
        }
    }

    /// Removes the lowest units until `target` are gone and solves what remains exactly; scores it unless it is the end.
    void drop(std::size_t target, bool end) {
        const std::vector<std::uint8_t> before = removed;
        remove_lowest<float>(grid, scores, target, removed);
        std::vector<std::size_t> bands;
        for (std::size_t b = 0; b < grid.down; ++b)
            if (!std::equal(before.begin() + at(b), before.begin() + at(b + 1), removed.begin() + at(b))) bands.push_back(b);
        solve(bands, end);
    }

    void solve(const std::vector<std::size_t>& bands, bool end) {
        thread_executor(problem.threads)(bands.size(), [&](std::size_t i) { solve(bands[i], end); });
    }

    std::ptrdiff_t at(std::size_t band) const { return std::ptrdiff_t(band * grid.across); }

    /// The best weights of a band on its support: w_A = dense_A + H_AA^-1 (H_AR dense_R), where R has gone; the bias is in A.
    void solve(std::size_t band, bool end) {
        const Eigen::MatrixXf& h = moments_of(band);
        const Eigen::Index first = Eigen::Index(band * grid.rows), high = Eigen::Index(grid.rows);
        std::vector<Eigen::Index> support, gone;
        for (Eigen::Index j = 0; j <= k; ++j) {
            const std::size_t place = std::size_t(j) / grid.cols;
            (place < grid.across && removed[band * grid.across + place] ? gone : support).push_back(j);
        }
        const Eigen::Index size = Eigen::Index(support.size());
        Eigen::MatrixXf l(size, size), w = Eigen::MatrixXf::Zero(size, high);
        for (Eigen::Index j = 0; j < size; ++j) {
            const float* from = h.col(support[std::size_t(j)]).data();
            float* to = l.col(j).data();
            for (Eigen::Index i = j; i < size; ++i) to[i] = from[support[std::size_t(i)]];
        }
        for (Eigen::Index r = 0; r < high; ++r) {
            Eigen::VectorXf lost = Eigen::VectorXf::Zero(k + 1);
            for (const Eigen::Index j : gone) lost += h.col(j) * dense(first + r, j);
            for (Eigen::Index i = 0; i < size; ++i) w(i, r) = lost(support[std::size_t(i)]);
        }
        factor(l);
        l.triangularView<Eigen::Lower>().solveInPlace(w);
        l.triangularView<Eigen::Lower>().transpose().solveInPlace(w);
        weights.middleRows(first, high).setZero();
        for (Eigen::Index r = 0; r < high; ++r)
            for (Eigen::Index i = 0; i < size; ++i) {
                const Eigen::Index j = support[std::size_t(i)];
                weights(first + r, j) = dense(first + r, j) + w(i, r);
            }
        if (end) return;
        invert_lower(l);
        score(l, support, band, band + 1);
    }

    /// Chooses N:M masks group after group from left to right; what goes is made up for by the weights to the right, which are
    /// chosen from later. The masks are written as scores: 0 goes.
    void sweep() {
        std::ranges::fill(scores, 1.0f);
        for (std::size_t g = 0; g < moments.size(); ++g) sweep(moments[g], first_band(g), first_band(g + 1));
    }

    void sweep(const Eigen::MatrixXf& h, std::size_t begin, std::size_t end_row) {
        const matrix u = inverse_root(h);
        const Eigen::Index of = Eigen::Index(grid.of), end = Eigen::Index(grid.across);
        in_parallel(end_row - begin, problem.threads, [&](std::size_t from, std::size_t to) {
            const std::size_t first = begin + from, last = begin + to;
            const Eigen::Index count = Eigen::Index(last - first);
            matrix w = dense.middleRows(Eigen::Index(first), count);
            for (Eigen::Index j = 0; j < end; j += of) {
                const Eigen::MatrixXf corner = u.block(j, j, of, of), inverse = corner.transpose() * corner;
                matrix push(count, of);
                for (Eigen::Index r = 0; r < count; ++r) {
                    // One weight after the other, the group's others making up for it.
                    Eigen::MatrixXf g = inverse;
                    Eigen::VectorXf v = w.row(r).segment(j, of);
                    std::vector<std::uint8_t> out(grid.of);
                    for (std::size_t step = 0; step < grid.quota; ++step) {
                        Eigen::Index q = 0;
                        while (out[std::size_t(q)]) ++q;
                        for (Eigen::Index i = q + 1; i < of; ++i)
                            if (!out[std::size_t(i)] && v(i) * v(i) * g(q, q) < v(q) * v(q) * g(i, i)) q = i;
                        out[std::size_t(q)] = 1;
                        scores[(first + std::size_t(r)) * grid.across + std::size_t(j + q)] = 0.0f;
                        const Eigen::VectorXf column = g.col(q) / g(q, q);
                        v -= column * v(q);
                        g -= column * g.row(q).eval();
                    }
                    // The group moved by corner^T push, so what lies right moves by the rows of U beside the corner.
                    const Eigen::VectorXf moved = w.row(r).segment(j, of).transpose() - v;
                    push.row(r) = corner.transpose().triangularView<Eigen::Lower>().solve(moved).transpose();
                }
                const Eigen::Index right = j + of;
                w.rightCols(k + 1 - right).noalias() -= push * u.block(j, right, of, k + 1 - right);
            }
        });
    }

    const prune_problem& problem;
    const unit_grid& grid;
    Eigen::Index n, k;
    std::vector<Eigen::MatrixXf> moments;  ///< H of each group of outputs
    matrix dense, weights;
    std::vector<std::uint8_t> removed;
    std::vector<float> scores;
};

}  // namespace detail

/// Removes units whose loss raises the layer's squared output error least and solves the remaining weights and the bias for the least
/// error (B. Hassibi, D. Stork, Second order derivatives for network pruning: optimal brain surgeon, 1993; E. Frantar, D. Alistarh,
/// Optimal brain compression, 2022). Units go in stages. In each, those of lowest saliency over the whole layer go at once; the saliency of
/// weight q of a row whose weights are A is w_q^2 / [H_AA^-1]_qq, that of a block B is w_B^T ([H_AA^-1]_BB)^-1 w_B summed over
/// its rows. H is the problem's hessian, damped by a share of the inputs' mean diagonal. Then each row is solved exactly on what remains.
/// N:M masks of single outputs with more than 512 weights are chosen in one sweep instead (E. Frantar, D. Alistarh, SparseGPT, 2023).
/// `targets` are counts of units gone, ascending; one solution for each.
inline std::vector<layer_weights> prune_by_error(const prune_problem& problem, const detail::unit_grid& grid,
                                                 std::span<const std::size_t> targets) {
    return detail::brain_surgeon(problem, grid).run(targets);
}

/// The weights that exist in a pattern which leaves no choice, solved for the least error. Throws compress::error as prune does.
inline layer_weights fit_pattern(const prune_problem& problem) {
    const detail::unit_grid grid({}, std::size_t(problem.weights.rows()), std::size_t(problem.weights.cols()));
    return detail::brain_surgeon(problem, grid).fit(problem.pattern);
}

}  // namespace pare::inline v0::compress
