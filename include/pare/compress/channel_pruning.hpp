// SPDX-License-Identifier: MIT
// Which channels go: choosing among sets of tied ones.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <numeric>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <pare/compress/channel_ties.hpp>
#include <pare/compress/error.hpp>
#include <pare/compress/matrix.hpp>
#include <pare/compress/network.hpp>
#include <pare/compress/prune.hpp>
#include <pare/core/config.hpp>

namespace pare::inline v0::compress {

namespace detail {

/// True where a node's channels are chosen among: a mask of channels whose type fixes no count.
inline bool chooses_channels(const node_info& n) { return has_weights(n.kind) && removes_channels(n.format) && n.kept == dynamic; }

}  // namespace detail

/// Layers with masks of channels whose outputs are tied, and the sets among which is chosen for all of them at once.
struct channel_group {
    std::vector<std::size_t> nodes;  ///< in order
    std::vector<std::size_t> sets;   ///< ascending; all may go
    std::size_t all = 0;             ///< sets of these layers, those that stay included
};

/// The groups of a network, in the order of their first layers. A layer none of whose channels may go is a group without sets.
inline std::vector<channel_group> channel_groups(std::span<const node_info> nodes, const channel_ties& ties) {
    std::vector<channel_group> groups;
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        if (!detail::chooses_channels(nodes[i])) continue;
        channel_group g{{i}, {}, 0};
        for (std::size_t n = 0; n < nodes[i].weights.rows; ++n) g.sets.push_back(ties.of(i + 1, n));
        std::ranges::sort(g.sets);
        g.sets.erase(std::unique(g.sets.begin(), g.sets.end()), g.sets.end());
        g.all = g.sets.size();
        std::erase_if(g.sets, [&](std::size_t s) { return !ties.kept_by[s].empty(); });
        for (auto other = groups.begin(); other != groups.end();) {
            std::vector<std::size_t> both, either;
            std::ranges::set_intersection(g.sets, other->sets, std::back_inserter(both));
            if (both.empty()) {
                ++other;
                continue;
            }
            std::ranges::set_union(g.sets, other->sets, std::back_inserter(either));
            g.all += other->all - both.size();
            g.sets = either;
            g.nodes.insert(g.nodes.begin(), other->nodes.begin(), other->nodes.end());
            other = groups.erase(other);
        }
        std::ranges::sort(g.nodes);
        groups.push_back(std::move(g));
    }
    std::ranges::sort(groups, {}, [](const channel_group& g) { return g.nodes.front(); });
    return groups;
}

/// Refuses a group of which nothing may go.
inline void require_removable(std::span<const node_info> nodes, const channel_ties& ties, const channel_group& g) {
    if (!g.sets.empty()) return;
    detail::fail(name_of_node(nodes[g.nodes.front()]) + ".weight",
                 "a mask of channels stands where channels may go: with all that are tied to them",
                 "channels tied to " + ties.kept_by[ties.of(g.nodes.front() + 1, 0)], "another mask here, or masks of channels there too");
}

/// What the sets of a group count, in their order: the sum over the group's layers of what the outputs of the set count there,
/// `of_outputs[layer][output]`. Before that each layer's numbers are divided by their mean, so that layers count alike whatever the
/// unit and size of their numbers: an average output of any layer counts 1.
inline std::vector<double> set_scores(const channel_ties& ties, const channel_group& g,
                                      const std::vector<std::vector<double>>& of_outputs) {
    std::vector<double> scores(g.sets.size());
    for (std::size_t k = 0; k < g.nodes.size(); ++k) {
        const std::vector<double>& own = of_outputs[k];
        const double mean = std::accumulate(own.begin(), own.end(), 0.0) / double(own.size());
        if (!(mean > 0)) continue;
        for (std::size_t n = 0; n < own.size(); ++n) {
            const auto at = std::ranges::lower_bound(g.sets, ties.of(g.nodes[k] + 1, n));
            if (at != g.sets.end() && *at == ties.of(g.nodes[k] + 1, n)) scores[std::size_t(at - g.sets.begin())] += own[n] / mean;
        }
    }
    return scores;
}

/// The sets of a group that go at a rate: those of lowest score, the first of equal ones; as many as come nearest to `rate` of all,
/// but one set at least stays, since a layer without outputs is none.
inline std::vector<std::size_t> lowest_sets(const channel_group& g, const std::vector<double>& scores, double rate) {
    const auto wanted = std::size_t(std::floor(rate * double(g.all) + 0.5));
    std::vector<std::size_t> order(g.sets.size());
    std::iota(order.begin(), order.end(), std::size_t(0));
    std::ranges::sort(order, [&](std::size_t a, std::size_t b) { return scores[a] != scores[b] ? scores[a] < scores[b] : a < b; });
    order.resize(std::min({wanted, order.size(), g.all - 1}));
    for (std::size_t& s : order) s = g.sets[s];
    std::ranges::sort(order);
    return order;
}

namespace detail {

/// A number for each output; the lowest goes first. By error it is the variance of the output, since its mean can be made up for.
inline std::vector<double> output_scores(const prune_problem& p, criterion by) {
    require_prunable(p, by, {});
    const unit_grid grid(p.unit, std::size_t(p.weights.rows()), std::size_t(p.weights.cols()));
    if (by != criterion::error) return scores_of(p, by, grid);
    const Eigen::Index k = p.weights.cols(), groups = p.hessian.rows() / (k + 1), share = p.weights.rows() / groups;
    std::vector<double> scores;
    for (Eigen::Index g = 0; g < groups; ++g) {
        const Eigen::MatrixXd h = p.hessian.middleRows(g * (k + 1), k + 1).cast<double>();
        const Eigen::MatrixXd centred = h.topLeftCorner(k, k) - h.col(k).head(k) * h.row(k).head(k) / h(k, k);
        const Eigen::MatrixXd own = p.weights.middleRows(g * share, share).cast<double>();
        const Eigen::VectorXd lost = (own * centred).cwiseProduct(own).rowwise().sum();
        for (const double v : lost) scores.push_back(std::max(0.0, v));
    }
    return scores;
}

/// The weights of node `i` without the outputs that are gone; their biases are `said`, or 0.
inline layer_weights without_channels(const node_weights& w, const absent_channels& absent, std::size_t i, const vector* said = nullptr) {
    layer_weights result{w.weights, w.bias, presence::Ones(w.weights.rows(), w.weights.cols())};
    for (Eigen::Index n = 0; n < w.weights.rows(); ++n) {
        if (!absent.at(i + 1, std::size_t(n))) continue;
        result.weights.row(n).setZero();
        result.mask.row(n).setZero();
        result.bias[n] = said != nullptr ? (*said)[n] : 0.0f;
    }
    return result;
}

/// Lets the outputs of node `i` that are gone say 0.
inline void silence(vector& bias, const absent_channels& absent, std::size_t i) {
    for (Eigen::Index n = 0; n < bias.size(); ++n)
        if (absent.at(i + 1, std::size_t(n))) bias[n] = 0.0f;
}

}  // namespace detail

}  // namespace pare::inline v0::compress
