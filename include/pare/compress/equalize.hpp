// SPDX-License-Identifier: MIT
// Scale moved from layer to layer, so that the channels of each have like ranges.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include <pare/compress/network.hpp>
#include <pare/compress/readers.hpp>
#include <pare/core/config.hpp>

namespace pare::inline v0::compress {

namespace detail {

/// The layer whose inputs are the outputs of node `i` and of nothing else, what lies between them keeping positive factors: pools,
/// flatten, and activations that are zero below zero or nothing at all.
inline std::optional<std::size_t> scaled_reader(const network& net, std::size_t i) {
    const auto keeps_factors = [&](std::size_t node) {
        return !net.nodes[node].has_high && (!net.nodes[node].has_low || net.nodes[node].low == 0);
    };
    if (!has_weights(net.nodes[i].kind)) return {};
    for (std::size_t at = i;;) {
        if (!keeps_factors(at)) return {};
        const std::vector<std::size_t> all = readers_of(net.nodes, at);
        if (all.size() != 1) return {};
        at = all.front();
        switch (net.nodes[at].kind) {
            case layer_kind::linear:
            case layer_kind::conv2d:
            case layer_kind::depthwise_conv2d:
                return at;
            case layer_kind::max_pool2d:
            case layer_kind::avg_pool2d:
            case layer_kind::global_avg_pool2d:
            case layer_kind::flatten:
            case layer_kind::activation:
            case layer_kind::batch_norm:
                break;
            default:
                return {};
        }
    }
}

/// Calls f(row, column) for each weight of `n` that reads channel `c` of `channels`.
template <class F>
void each_weight_of_input(const node_info& n, std::size_t channels, std::size_t c, const F& f) {
    if (n.kind == layer_kind::depthwise_conv2d) {
        const std::size_t multiplier = n.weights.rows / channels;
        for (std::size_t r = c * multiplier; r < (c + 1) * multiplier; ++r)
            for (std::size_t k = 0; k < n.weights.cols; ++k) f(r, k);
        return;
    }
    // A linear layer after a flatten reads each channel at many places.
    const std::size_t period = channels / n.groups, rows = n.weights.rows / n.groups, group = c / period;
    for (std::size_t r = group * rows; r < (group + 1) * rows; ++r)
        for (std::size_t k = c % period; k < n.weights.cols; k += period) f(r, k);
}

}  // namespace detail

/// Equalises the ranges of channels between layers: with r1 the largest weight that makes a channel and r2 the largest that reads it, the
/// channel is divided by s = sqrt(r1 / r2) where it is made and multiplied by s where it is read, so that both are sqrt(r1 r2)
/// (M. Nagel, M. van Baalen, T. Blankevoort, M. Welling, Data-free quantization through weight equalization and bias correction, 2019,
/// section 4.1). Pairs of layers in turn, until no factor differs from 1 by 1 % or `rounds` have gone by. The network's outputs stay
/// what they were, but for rounding. Channels that are all zero on either side, layers with an upper bound to their outputs (ReLU6),
/// and outputs read by more than one layer are left alone. Returns how many pairs of layers took part.
inline std::size_t equalize(network& net, std::size_t rounds = 50) {
    std::vector<std::pair<std::size_t, std::size_t>> pairs;
    for (std::size_t i = 0; i < net.nodes.size(); ++i)
        if (const auto reader = detail::scaled_reader(net, i)) pairs.emplace_back(i, *reader);
    for (std::size_t round = 0; round < rounds; ++round) {
        float furthest = 0;
        for (const auto& pair : pairs) {
            const std::size_t from = pair.first, to = pair.second;
            matrix& made = net.weights[from].weights;
            matrix& read = net.weights[to].weights;
            const std::size_t channels = net.nodes[from].weights.rows;
            for (std::size_t c = 0; c < channels; ++c) {
                const float r1 = made.row(detail::index(c)).cwiseAbs().maxCoeff();
                float r2 = 0;
                const auto each = [&](const auto& f) {
                    detail::each_weight_of_input(net.nodes[to], channels, c,
                                                 [&](std::size_t r, std::size_t k) { f(read(detail::index(r), detail::index(k))); });
                };
                each([&](float w) { r2 = std::max(r2, std::abs(w)); });
                if (!(r1 > 0 && r2 > 0)) continue;
                const float s = std::sqrt(r1 / r2);
                made.row(detail::index(c)) /= s;
                net.weights[from].bias[detail::index(c)] /= s;
                each([&](float& w) { w *= s; });
                furthest = std::max(furthest, std::abs(std::log(s)));
            }
        }
        if (furthest < 0.01f) break;
    }
    return pairs.size();
}

}  // namespace pare::inline v0::compress
