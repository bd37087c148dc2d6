// SPDX-License-Identifier: MIT
// Hidden channels in the order in which weights that lanes gather take fewest steps: the network stays the same function.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <random>
#include <span>
#include <utility>
#include <vector>

#include <pare/compress/channel_ties.hpp>
#include <pare/compress/encode.hpp>
#include <pare/compress/narrow.hpp>
#include <pare/compress/narrow_channels.hpp>
#include <pare/compress/network.hpp>
#include <pare/compress/quantize.hpp>
#include <pare/core/config.hpp>
#include <pare/core/extents.hpp>
#include <pare/io/check_parameters.hpp>
#include <pare/io/owned.hpp>
#include <pare/kernel/gather_steps.hpp>
#include <pare/model/describe.hpp>
#include <pare/model/execution.hpp>
#include <pare/model/parameters.hpp>

namespace pare::inline v0::compress {

namespace detail {

/// Whether rows of a format's weights may change places, and columns.
inline bool rows_move(const format_info& f) { return f.is_dense || (f.unit.rows == 1 && !f.unit.fixed); }
inline bool columns_move(const format_info& f) { return rows_move(f) && f.unit.of == 0 && f.unit.cols < 2 && f.group == 0; }

/// The sets of channels that node `i` writes, one for each of its outputs; none where they have to stay in their order: the model's input
/// or output among them, groups, or somebody who writes or reads them with a mask or with factors that lie in a pattern.
inline std::vector<std::size_t> movable_sets(std::span<const node_info> nodes, const channel_ties& ties, std::size_t i) {
    std::vector<std::size_t> sets;
    std::vector<std::uint8_t> mine(ties.kept_by.size());
    for (std::size_t n = 0; n < nodes[i].out.channels; ++n) {
        sets.push_back(ties.of(i + 1, n));
        if (mine[sets.back()]++ != 0) return {};
    }
    for (std::size_t edge = 0; edge <= nodes.size(); ++edge) {
        const std::size_t channels = edge == 0 ? nodes.front().in.channels : nodes[edge - 1].out.channels;
        bool touched = false;
        for (std::size_t c = 0; c < channels; ++c) touched |= mine[ties.of(edge, c)] != 0;
        if (!touched) continue;
        if (edge == 0 || edge == nodes.size()) return {};
        for (std::size_t j = 0; j < nodes.size(); ++j) {
            const node_info& n = nodes[j];
            const bool reads = n.inputs[0] == edge || (n.kind == layer_kind::add && n.inputs[1] == edge);
            if ((reads || j + 1 == edge) && n.kind == layer_kind::softmax) return {};
            if (!has_weights(n.kind)) continue;
            if ((reads || j + 1 == edge) && n.kind == layer_kind::conv2d && n.groups != 1) return {};
            if (j + 1 == edge && !rows_move(n.format)) return {};
            if (reads && n.kind != layer_kind::depthwise_conv2d && !columns_move(n.format)) return {};
        }
    }
    return sets;
}

/// Which channel of an edge comes to lie at each of its places, where set sets[order[n]] takes the place of sets[n]. Sets that an edge has
/// several times, behind flatten or in front of what a depthwise layer multiplies, keep the order of their channels.
inline kept_places moved_channels(const channel_ties& ties, std::size_t edge, std::size_t channels, const std::vector<std::size_t>& sets,
                                  const std::vector<std::size_t>& order) {
    std::vector<kept_places> of_set(ties.kept_by.size());
    std::vector<std::size_t> instead(ties.kept_by.size()), met(ties.kept_by.size());
    std::iota(instead.begin(), instead.end(), std::size_t(0));
    for (std::size_t n = 0; n < sets.size(); ++n) instead[sets[n]] = sets[order[n]];
    for (std::size_t c = 0; c < channels; ++c) of_set[ties.of(edge, c)].push_back(c);
    kept_places moved;
    for (std::size_t c = 0; c < channels; ++c) {
        const std::size_t set = ties.of(edge, c);
        moved.push_back(of_set[instead[set]][met[set]++]);
    }
    return moved;
}

/// Moves channels in the weights and biases of all nodes.
inline void move_channels(std::span<const node_info> nodes, const channel_ties& ties, const std::vector<std::size_t>& sets,
                          const std::vector<std::size_t>& order, std::vector<quantized_weights>& weights,
                          std::vector<std::vector<double>>& biases) {
    for (std::size_t j = 0; j < nodes.size(); ++j) {
        const node_info& n = nodes[j];
        if (!has_weights(n.kind)) continue;
        const kept_places rows = moved_channels(ties, j + 1, n.out.channels, sets, order);
        const kept_places from = moved_channels(ties, n.inputs[0], n.in.channels, sets, order);
        kept_places columns(n.weights.cols);
        for (std::size_t k = 0; k < columns.size(); ++k) {
            const std::size_t c = channel_read(n, 0, k);
            columns[k] = n.kind == layer_kind::depthwise_conv2d || n.groups != 1 ? k : k - c + from[c];
        }
        weights[j] = narrow_weights(weights[j], n.format, rows, columns, n.format.group, name_of_node(n) + ".weight");
        biases[j] = pick(biases[j], rows);
    }
}

}  // namespace detail

}  // namespace pare::inline v0::compress

namespace pare::inline v0::compress::inline PARE_ISA {

namespace kernels {

/// Steps of registers of outputs on an arch, each of which takes as many as its weights let it.
template <class Execution>
class register_steps {
public:
    explicit register_steps(const presence& mask) : mask_(mask), order_(std::size_t(mask.rows())) {
        std::vector<std::size_t> kept;
        for (Eigen::Index n = 0; n < mask.rows(); ++n) kept.push_back(std::size_t((mask.row(n) != 0).count()));
        std::iota(order_.begin(), order_.end(), std::size_t(0));
        const std::size_t as_it_is = count_all();
        const std::vector<std::size_t> natural = order_;
        std::stable_sort(order_.begin(), order_.end(), [&](std::size_t a, std::size_t b) { return kept[a] > kept[b]; });
        if (count_all() > as_it_is) order_ = natural, count_all();
    }

    /// Lets outputs by lot change places where that saves steps, or costs none.
    void improve(std::size_t tries) {
        std::mt19937_64 draw(order_.size());
        const std::size_t outputs = order_.size();
        for (std::size_t t = 0; t < tries; ++t) {
            const std::size_t a = draw() % outputs, b = draw() % outputs, i = a / lanes, j = b / lanes;
            if (i == j) continue;
            std::swap(order_[a], order_[b]);
            const std::size_t now[2] = {count(i), count(j)};
            if (now[0] + now[1] <= steps_[i] + steps_[j]) steps_[i] = now[0], steps_[j] = now[1];
            else std::swap(order_[a], order_[b]);
        }
    }

    /// Which output comes to lie at each place.
    const std::vector<std::size_t>& order() const { return order_; }

private:
    static constexpr std::size_t lanes = Execution::lanes;

    std::size_t count(std::size_t r) const {
        const Execution x{};
        std::size_t all = 0;
        x.for_each_run([&](k_run run) {
            const std::size_t before = run.segment * x.segment();
            const auto exists = [&](std::size_t lane, std::size_t k) {
                const std::size_t at = r * lanes + lane;
                return at < order_.size() && mask_(Eigen::Index(order_[at]), Eigen::Index(Execution::resting(before + k))) != 0;
            };
            v0::kernels::gather_schedule<Execution, decltype(exists)> schedule(x, run, exists);
            while (schedule.step([](auto...) {})) ++all;
        });
        return all;
    }
    std::size_t count_all() {
        steps_.clear();
        for (std::size_t r = 0; r < ceil_div(order_.size(), lanes); ++r) steps_.push_back(count(r));
        return std::accumulate(steps_.begin(), steps_.end(), std::size_t(0));
    }

    const presence& mask_;
    std::vector<std::size_t> order_, steps_;
};

}  // namespace kernels

/// The same model with its hidden channels in the order in which sparse weights take fewest steps on `Arch` where they are gathered
/// (form::gathered): outputs that share a register have about as many weights, in about the same places. Outputs of the model stay as
/// they are, bit for bit (of f32 models, up to the order of sums); what lies between layers has its channels in another order, so that a
/// trace is no longer one of the network that was compressed. Channels of one residual stream move together; the model's input and
/// output stay, and what is written or read in groups, or with a mask or factors of a pattern along K (N:M, blocks, per_group). `tries`
/// is how many exchanges of two outputs are tried for each output; 30 gain most of what there is. Throws io::error where parameters are
/// damaged. The permutation of hidden units is a symmetry of networks (Hecht-Nielsen 1990).
template <arch::instruction_set Arch = arch::native, class Graph, class Storage>
parameters<Graph, owned> order_channels(const parameters<Graph, Storage>& p, std::size_t tries = 30) {
    io::check_parameters(p);
    constexpr auto nodes = describe_nodes<Graph>();
    const channel_ties ties = tie_channels(nodes);
    std::vector<quantized_weights> weights = detail::read_weights(p);
    std::vector<std::vector<double>> biases(nodes.size());
    io::detail::for_each_weighted<Graph>(
        [&]<std::size_t I> { biases[I].assign(p.template layer<I>().bias.begin(), p.template layer<I>().bias.end()); });
    io::detail::for_each_weighted<Graph>([&]<std::size_t I> {
        using execution = v0::detail::node_execution<Graph, I, Arch>;
        if constexpr (nodes[I].kind != layer_kind::depthwise_conv2d && nodes[I].groups == 1) {
            if constexpr (execution::gathers) {
                const std::vector<std::size_t> sets = detail::movable_sets(nodes, ties, I);
                if (sets.empty()) return;
                kernels::register_steps<execution> registers(weights[I].mask);
                // A try looks at the weights of two registers: a few seconds at most.
                const std::size_t affordable = (std::size_t(1) << 30) / (nodes[I].weights.cols * execution::lanes);
                registers.improve(std::min(tries * sets.size(), affordable));
                detail::move_channels(nodes, ties, sets, registers.order(), weights, biases);
            }
        }
    });
    parameters<Graph, owned> result;
    io::detail::for_each_weighted<Graph>([&]<std::size_t I> {
        auto& to = result.template layer<I>();
        encode(weights[I], vector::Zero(weights[I].mask.rows()), 1.0f, name_of_node(nodes[I]), to);
        for (std::size_t n = 0; n < to.bias.size(); ++n) to.bias[n] = decltype(to.bias[n] + 0)(biases[I][n]);
    });
    for (std::size_t e = 0; e < p.edges.size(); ++e) result.edges[e] = p.edges[e];
    return result;
}

}  // namespace pare::inline v0::compress::inline PARE_ISA
