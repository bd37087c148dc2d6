// SPDX-License-Identifier: MIT
// Which channels of a network are there or gone only together.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <pare/compress/network.hpp>
#include <pare/core/config.hpp>
#include <pare/format/mask.hpp>
#include <pare/model/describe.hpp>

namespace pare::inline v0::compress {

/// Sets of channels that are tied. Pooling, activations, flatten (channel c of every place) and depthwise layers pass a channel on:
/// what they read and what they write is one set. An addition ties channel c of both inputs and of its output, so all layers that
/// write into one residual stream. In a grouped convolution the channels at one position of every group are tied, so that groups
/// stay equal.
struct channel_ties {
    std::vector<std::size_t> first;  ///< [edge]: where its channels begin in `set`
    std::vector<std::size_t> set;    ///< the set of each channel of each edge
    /// [set]: what keeps its channels: the model's input or output, a softmax, a linear or convolution layer whose mask is not one of
    /// channels. Empty where they may go.
    std::vector<std::string> kept_by;

    /// The set of a channel of an edge.
    std::size_t of(std::size_t edge, std::size_t channel) const { return set[first[edge] + channel]; }
};

namespace detail {

/// True where a format's mask removes whole outputs, one by one.
constexpr bool removes_channels(const format_info& f) { return f.unit.rows == 1 && f.unit.cols == 0 && f.unit.of == 0 && !f.unit.fixed; }

/// Channels of the input that each output of node `i` sees.
inline std::size_t channels_in_group(const node_info& n) { return n.in.channels / (n.kind == layer_kind::conv2d ? n.groups : 1); }

/// Calls f(edge, channel, other edge, other channel) for all that node `i` ties.
template <class F>
void for_each_tie(const node_info& n, std::size_t i, const F& f) {
    const std::size_t in = n.inputs[0], out = i + 1;
    if (n.kind == layer_kind::linear) return;
    if (n.kind == layer_kind::conv2d) {
        for (std::size_t c = 0; c < n.in.channels; ++c) f(in, c, in, c % (n.in.channels / n.groups));
        for (std::size_t c = 0; c < n.out.channels; ++c) f(out, c, out, c % (n.out.channels / n.groups));
        return;
    }
    for (std::size_t c = 0; c < n.out.channels; ++c) {
        f(out, c, in, n.kind == layer_kind::depthwise_conv2d ? c / n.depth_multiplier : c % n.in.channels);
        if (n.kind == layer_kind::add) f(out, c, n.inputs[1], c);
    }
}

}  // namespace detail

/// The ties of a graph. Sets are numbered in the order of their first channels.
inline channel_ties tie_channels(std::span<const node_info> nodes) {
    channel_ties ties;  ///< of the network
    ties.first.push_back(0);
    std::size_t count = nodes.front().in.channels;
    for (const node_info& n : nodes) ties.first.push_back(count), count += n.out.channels;

    std::vector<std::size_t> root(count);
    std::iota(root.begin(), root.end(), std::size_t(0));
    const auto find = [&](std::size_t x) {
        while (root[x] != x) x = root[x] = root[root[x]];
        return x;
    };
    for (std::size_t i = 0; i < nodes.size(); ++i)
        detail::for_each_tie(nodes[i], i, [&](std::size_t edge, std::size_t c, std::size_t other, std::size_t d) {
            const std::size_t a = find(ties.first[edge] + c), b = find(ties.first[other] + d);
            root[std::max(a, b)] = std::min(a, b);
        });
    ties.set.resize(count);
    for (std::size_t x = 0; x < count; ++x) {
        if (find(x) == x) ties.set[x] = ties.kept_by.size(), ties.kept_by.emplace_back();
        else ties.set[x] = ties.set[find(x)];  // roots come first
    }

    const auto keep = [&](std::size_t edge, std::size_t channels, const std::string& by) {
        for (std::size_t c = 0; c < channels; ++c)
            if (std::string& k = ties.kept_by[ties.of(edge, c)]; k.empty()) k = by;
    };
    keep(0, nodes.front().in.channels, "the model's input");
    keep(nodes.size(), nodes.back().out.channels, "the model's output");
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        const node_info& n = nodes[i];
        if (n.kind == layer_kind::softmax) keep(i + 1, n.out.channels, name_of_node(n));
        if ((n.kind == layer_kind::linear || n.kind == layer_kind::conv2d) && !(detail::removes_channels(n.format) && n.kept == dynamic))
            keep(i + 1, n.out.channels, name_of_node(n) + ", which has no mask of channels");
    }
    return ties;
}

/// The channels of a network that are gone.
struct absent_channels {
    channel_ties ties;               ///< of the network
    std::vector<std::uint8_t> sets;  ///< [set]: 1 where its channels are gone

    /// Whether a channel of an edge is gone.
    bool at(std::size_t edge, std::size_t channel) const { return sets[ties.of(edge, channel)] != 0; }

    /// Whether edge `edge` has lost one.
    bool any(std::size_t edge) const {
        const std::size_t last = edge + 1 < ties.first.size() ? ties.first[edge + 1] : ties.set.size();
        return std::any_of(ties.set.begin() + std::ptrdiff_t(ties.first[edge]), ties.set.begin() + std::ptrdiff_t(last),
                           [&](std::size_t s) { return sets[s] != 0; });
    }
};

}  // namespace pare::inline v0::compress
