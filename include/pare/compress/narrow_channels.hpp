// SPDX-License-Identifier: MIT
// Channels that are gone taken out of a network: what is left is a smaller dense one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <pare/compress/channel_ties.hpp>
#include <pare/compress/error.hpp>
#include <pare/compress/quantize.hpp>
#include <pare/compress/run.hpp>
#include <pare/core/config.hpp>
#include <pare/core/extents.hpp>
#include <pare/format/mask.hpp>
#include <pare/model/describe.hpp>

namespace pare::inline v0::compress {

/// Places that stay, ascending.
using kept_places = std::vector<std::size_t>;

namespace detail {

/// The channels that vanish: sets that may go (channel_ties.hpp) and of which no linear or convolution layer has an output any more.
/// `exists(node, output)` tells whether a node's mask has the output. What depthwise layers have is no matter, for they go along.
/// An output that its mask removes but that is tied to others which stay, stays.
template <class Exists>
absent_channels vanishing_channels(std::span<const node_info> nodes, const Exists& exists) {
    absent_channels absent{tie_channels(nodes), {}};
    for (const std::string& by : absent.ties.kept_by) absent.sets.push_back(by.empty());
    for (std::size_t i = 0; i < nodes.size(); ++i)
        if (nodes[i].kind == layer_kind::linear || nodes[i].kind == layer_kind::conv2d)
            for (std::size_t n = 0; n < nodes[i].weights.rows; ++n)
                if (exists(i, n)) absent.sets[absent.ties.of(i + 1, n)] = 0;
    return absent;
}

/// The channel of its input that weight `k` of output `row` of node `i` reads.
inline std::size_t channel_read(const node_info& n, std::size_t row, std::size_t k) {
    if (n.kind == layer_kind::depthwise_conv2d) return row / n.depth_multiplier;
    const std::size_t seen = channels_in_group(n);
    return row / (n.weights.rows / (n.kind == layer_kind::conv2d ? n.groups : 1)) * seen + k % seen;
}

/// The channels of each edge that stay. Throws compress::error where none of a layer's do.
inline std::vector<kept_places> kept_channels(std::span<const node_info> nodes, const absent_channels& absent) {
    std::vector<kept_places> kept(nodes.size() + 1);
    const auto fill = [&](std::size_t edge, std::size_t channels) {
        for (std::size_t c = 0; c < channels; ++c)
            if (!absent.at(edge, c)) kept[edge].push_back(c);
    };
    fill(0, nodes.front().in.channels);
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        fill(i + 1, nodes[i].out.channels);
        if (kept[i + 1].empty())
            fail(name_of_node(nodes[i]), "a layer keeps a channel at least", "none of " + std::to_string(nodes[i].out.channels), "1");
    }
    return kept;
}

/// The weights of an output of node `i` that stay, the same for each: ties see to that where outputs fall into groups.
inline kept_places kept_columns(const node_info& n, const absent_channels& absent) {
    kept_places kept;
    for (std::size_t k = 0; k < n.weights.cols; ++k)
        if (n.kind == layer_kind::depthwise_conv2d || !absent.at(n.inputs[0], channel_read(n, 0, k))) kept.push_back(k);
    return kept;
}

/// Node `i` with the channels that are left; its format stays.
inline node_info narrow_node(node_info n, std::size_t i, const std::vector<kept_places>& kept, const kept_places& columns) {
    n.in.channels = kept[n.inputs[0]].size();
    n.out.channels = kept[i + 1].size();
    if (!has_weights(n.kind)) return n;
    n.weights = {kept[i + 1].size(), columns.size()};
    n.macs = n.weights.rows * n.weights.cols * n.out.height * n.out.width;
    return n;
}

/// Elements `kept` of a vector that has `each` for every place.
template <class T>
std::vector<T> pick(const std::vector<T>& from, const kept_places& kept, std::size_t each = 1) {
    std::vector<T> to;
    for (const std::size_t k : kept)
        to.insert(to.end(), from.begin() + std::ptrdiff_t(k * each), from.begin() + std::ptrdiff_t((k + 1) * each));
    return to;
}

/// The same of a matrix.
template <class Matrix>
Matrix pick(const Matrix& from, const kept_places& rows, const kept_places& cols) {
    Matrix to(index(rows.size()), index(cols.size()));
    for (std::size_t n = 0; n < rows.size(); ++n)
        for (std::size_t k = 0; k < cols.size(); ++k) to(index(n), index(k)) = from(index(rows[n]), index(cols[k]));
    return to;
}

/// The factors of groups of `group` weights each, of what is left of groups of `f.group`. Throws where weights that had different
/// factors come to lie in one group.
inline std::vector<std::uint8_t> narrow_factors(const quantized_weights& q, const format_info& f, const kept_places& rows,
                                                const kept_places& cols, std::size_t group, const std::string& name) {
    std::vector<std::uint8_t> factors;
    const std::size_t before = ceil_div(std::size_t(q.mask.cols()), f.group);
    for (const std::size_t n : rows)
        for (std::size_t first = 0; first < cols.size(); first += group) {
            int factor = 0;
            for (std::size_t k = first; k < std::min(first + group, cols.size()); ++k) {
                if (!q.mask(index(n), index(cols[k]))) continue;
                const int own = q.factors[n * before + cols[k] / f.group];
                if (factor != 0 && own != factor)
                    fail(name, "weights of one group have one factor, also when others have gone from between them",
                         "factors " + std::to_string(factor) + " and " + std::to_string(own) + " in a group of " + std::to_string(group) +
                             " of output " + std::to_string(n),
                         "groups within which channels vanish evenly, or per_channel");
                factor = own;
            }
            factors.push_back(std::uint8_t(factor != 0 ? factor : 1));
        }
    return factors;
}

/// The rows and columns of quantised weights that stay, in groups of `group` weights where they have factors. `name` is for messages.
inline quantized_weights narrow_weights(const quantized_weights& q, const format_info& f, const kept_places& rows, const kept_places& cols,
                                        std::size_t group, const std::string& name) {
    quantized_weights w;
    w.mask = pick(q.mask, rows, cols);
    const std::size_t before = std::size_t(q.mask.cols());
    for (const std::size_t n : rows)
        for (const std::size_t k : cols) w.codes.push_back(q.codes[n * before + k]);
    w.book = f.book_per_channel ? pick(q.book, rows, f.entries) : q.book;
    w.scales = f.per_channel ? pick(q.scales, rows, f.is_float ? 0 : 1) : q.scales;
    w.zero_points = f.per_channel && f.affine ? pick(q.zero_points, rows) : q.zero_points;
    if (f.group != 0) w.factors = narrow_factors(q, f, rows, cols, group, name);
    if (q.values.size() > 0) w.values = pick(q.values, rows, cols);
    return w;
}

/// The format of weights whose mask of channels has nothing left to say.
inline void forget_mask(format_info& f) {
    f.is_dense = true;
    f.unit = dense::unit;
    f.fixed_pattern = dense::present;
}

/// Refuses a node whose output is not 0 in channels that vanish.
inline void require_silence(const compressed_network& c, std::size_t i, const absent_channels& absent) {
    const node_info& n = c.net.nodes[i];
    if (!absent.any(i + 1)) return;
    const std::string rule = "a channel that vanishes says 0, as compress_network leaves it";
    if ((n.has_low && n.low > 0) || (n.has_high && n.high < 0))
        fail(name_of_node(n), rule, "an activation to [" + std::to_string(n.low) + ", " + std::to_string(n.high) + "]",
             "one that leaves 0 as it is");
    const vector& bias = c.net.weights[i].bias;
    for (Eigen::Index o = 0; o < bias.size(); ++o)
        if (absent.at(i + 1, std::size_t(o)) && bias[o] != 0.0f)
            fail(name_of_node(n) + ".bias", rule, std::to_string(bias[o]) + " at index " + std::to_string(o), "0");
}

}  // namespace detail

/// The network without the channels that its masks of channels have removed: rows of the layers that wrote them with biases, scales
/// and codebooks, columns of all that read them, through pools, activations, flatten, additions and depthwise layers. It gives the
/// same outputs; quantised, bit for bit. A mask of channels that has nothing left to say becomes dense; where a residual stream
/// keeps a channel, a mask in it stays. Throws compress::error where a channel that vanishes does not say 0 (the typed `narrow`
/// folds what it can), where a layer would keep none, and where groups of weights would mix (per_group).
inline compressed_network narrow(const compressed_network& c) {
    const std::vector<node_info>& nodes = c.net.nodes;
    const absent_channels absent = detail::vanishing_channels(
        nodes, [&](std::size_t i, std::size_t n) { return (c.quantized[i].mask.row(Eigen::Index(n)) != 0).any(); });
    const std::vector<kept_places> kept = detail::kept_channels(nodes, absent);
    compressed_network result = c;
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        detail::require_silence(c, i, absent);
        const kept_places columns = has_weights(nodes[i].kind) ? detail::kept_columns(nodes[i], absent) : kept_places{};
        node_info& n = result.net.nodes[i] = detail::narrow_node(nodes[i], i, kept, columns);
        if (!has_weights(n.kind)) continue;
        const quantized_weights& w = result.quantized[i] =
            detail::narrow_weights(c.quantized[i], n.format, kept[i + 1], columns, n.format.group, name_of_node(n) + ".weight");
        result.net.weights[i] = {detail::pick(c.net.weights[i].weights, kept[i + 1], columns),
                                 detail::pick(matrix(c.net.weights[i].bias), kept[i + 1], {0}).col(0)};
        if (detail::removes_channels(n.format) && (w.mask != 0).all())
            detail::forget_mask(n.format), n.kept = n.weights.rows * n.weights.cols;
        else if (n.kept != dynamic) n.kept = std::size_t((w.mask != 0).count());
    }
    return result;
}

}  // namespace pare::inline v0::compress
