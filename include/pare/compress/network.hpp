// SPDX-License-Identifier: MIT
// A model at run time, in float: what compression measures and changes.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <vector>

#include <pare/compress/matrix.hpp>
#include <pare/compress/parallel.hpp>
#include <pare/core/config.hpp>
#include <pare/model/describe.hpp>

namespace pare::inline v0::compress {

/// Weights of one node: rows are outputs, columns as the format flattens them (kernel height, width, input channels of the group).
struct node_weights {
    matrix weights;  ///< outputs x weights
    vector bias;     ///< one for each output
};

/// A graph and its weights, one entry for each node, empty where it has none.
struct network {
    std::vector<node_info> nodes;       ///< in order
    std::vector<node_weights> weights;  ///< of each node
    unsigned threads = 1;               ///< that evaluation uses
};

/// The name of a node, as files know it: "conv1", or kind and ordinal as in "conv2d.0".
inline std::string name_of_node(const node_info& n) {
    name_buffer buffer;
    return std::string(layer_name(n, buffer));
}

/// Some consecutive rows of an edge, without a copy.
using samples = Eigen::Ref<const matrix>;

namespace detail {

inline Eigen::Index index(std::size_t i) { return Eigen::Index(i); }

/// The windows of one group of a convolution over `sample`, one row for each output pixel; padding is zero.
inline void copy_windows(const node_info& n, const float* sample, std::size_t group, float* to) {
    const window_geometry& w = n.window;
    const std::size_t channels = n.in.channels / n.groups;
    for (std::size_t y = 0; y < n.out.height; ++y)
        for (std::size_t x = 0; x < n.out.width; ++x)
            for (std::size_t ky = 0; ky < w.kernel_height; ++ky) {
                const std::size_t iy = y * w.stride_y + ky * w.dilation_y - w.pad_top, left = x * w.stride_x - w.pad_left;
                // Neighbouring taps that lie wholly inside one image row are one copy.
                if (n.groups == 1 && w.dilation_x == 1 && iy < n.in.height && left < n.in.width && left + w.kernel_width <= n.in.width) {
                    const float* const from = sample + (iy * n.in.width + left) * channels;
                    for (std::size_t i = 0; i < w.kernel_width * channels; ++i) to[i] = from[i];
                    to += w.kernel_width * channels;
                    continue;
                }
                for (std::size_t kx = 0; kx < w.kernel_width; ++kx, to += channels) {
                    const std::size_t ix = left + kx * w.dilation_x;
                    const bool inside = iy < n.in.height && ix < n.in.width;
                    const float* const from = inside ? sample + (iy * n.in.width + ix) * n.in.channels + group * channels : nullptr;
                    for (std::size_t c = 0; c < channels; ++c) to[c] = inside ? from[c] : 0.0f;
                }
            }
}

/// The inputs of output row `row`'s group as a matrix: one row for each place that the weights are applied to in samples
/// [first, last) of `in`. For a depthwise layer, of that one channel.
inline matrix inputs_of(const node_info& n, const samples& in, std::size_t first, std::size_t last, std::size_t group) {
    const std::size_t places = n.out.height * n.out.width;
    matrix m(index((last - first) * places), index(n.weights.cols));
    for (std::size_t i = first; i < last; ++i) {
        float* const to = m.data() + (i - first) * places * n.weights.cols;
        const float* const sample = in.data() + i * std::size_t(in.cols());
        if (n.kind == layer_kind::linear) {
            std::copy_n(sample, n.weights.cols, to);
        } else if (n.kind == layer_kind::conv2d) {
            copy_windows(n, sample, group, to);
        } else {
            node_info one = n;  // a depthwise channel is a group of one
            one.groups = n.in.channels;
            copy_windows(one, sample, group, to);
        }
    }
    return m;
}

/// Groups of outputs that see different inputs, and outputs of each.
inline std::size_t group_count(const node_info& n) {
    return n.kind == layer_kind::conv2d ? n.groups : n.kind == layer_kind::depthwise_conv2d ? n.in.channels : 1;
}

inline void multiply(const node_info& n, const node_weights& w, const samples& in, matrix& out, std::size_t first, std::size_t last) {
    const std::size_t places = n.out.height * n.out.width, groups = group_count(n), rows = n.weights.rows / groups;
    const std::size_t block = std::max<std::size_t>(1, 4096 / places);  // samples at a time: their windows stay in the cache
    for (std::size_t i = first; i < last; i += block) {
        const std::size_t end = std::min(i + block, last);
        Eigen::Map<matrix> to(out.data() + i * std::size_t(out.cols()), index((end - i) * places), index(n.weights.rows));
        for (std::size_t g = 0; g < groups; ++g) {
            const matrix windows = inputs_of(n, in, i, end, g);
            to.middleCols(index(g * rows), index(rows)).noalias() =
                windows * w.weights.middleRows(index(g * rows), index(rows)).transpose();
        }
        to.rowwise() += w.bias.transpose();
    }
}

inline void pool(const node_info& n, const float* in, float* out) {
    const window_geometry& w = n.window;
    const bool largest = n.kind == layer_kind::max_pool2d;
    for (std::size_t y = 0; y < n.out.height; ++y)
        for (std::size_t x = 0; x < n.out.width; ++x) {
            float* const to = out + (y * n.out.width + x) * n.out.channels;
            std::fill_n(to, n.out.channels, largest ? -std::numeric_limits<float>::infinity() : 0.0f);
            float taps = 0;
            for (std::size_t ky = 0; ky < w.kernel_height; ++ky)
                for (std::size_t kx = 0; kx < w.kernel_width; ++kx) {
                    const std::size_t iy = y * w.stride_y + ky - w.pad_top, ix = x * w.stride_x + kx - w.pad_left;
                    if (iy >= n.in.height || ix >= n.in.width) continue;
                    const float* const from = in + (iy * n.in.width + ix) * n.in.channels;
                    taps += 1;
                    if (largest)
                        for (std::size_t c = 0; c < n.out.channels; ++c) to[c] = std::max(to[c], from[c]);
                    else
                        for (std::size_t c = 0; c < n.out.channels; ++c) to[c] += from[c];
                }
            if (!largest)
                for (std::size_t c = 0; c < n.out.channels; ++c) to[c] /= taps;
        }
}

inline void softmax(const float* in, float* out, std::size_t count) {
    const float largest = *std::max_element(in, in + count);
    float sum = 0;
    for (std::size_t i = 0; i < count; ++i) sum += out[i] = std::exp(in[i] - largest);
    for (std::size_t i = 0; i < count; ++i) out[i] /= sum;
}

}  // namespace detail

/// The output of node `i`, one row for each row of its inputs (both of them, where it adds).
inline matrix evaluate_node(const network& net, std::size_t i, const samples& in, const samples* second, unsigned threads) {
    const node_info& n = net.nodes[i];
    matrix out(in.rows(), detail::index(n.out.size()));
    in_parallel(std::size_t(in.rows()), threads, [&](std::size_t first, std::size_t last) {
        if (has_weights(n.kind)) detail::multiply(n, net.weights[i], in, out, first, last);
        for (std::size_t s = first; s < last; ++s) {
            const float* const from = in.data() + s * n.in.size();
            float* const to = out.data() + s * n.out.size();
            switch (n.kind) {
                case layer_kind::max_pool2d:
                case layer_kind::avg_pool2d:
                case layer_kind::global_avg_pool2d:
                    detail::pool(n, from, to);
                    break;
                case layer_kind::softmax:
                    for (std::size_t p = 0; p < n.out.size(); p += n.out.channels) detail::softmax(from + p, to + p, n.out.channels);
                    break;
                case layer_kind::add:
                    for (std::size_t k = 0; k < n.out.size(); ++k) to[k] = from[k] + second->data()[s * n.out.size() + k];
                    break;
                case layer_kind::activation:
                case layer_kind::flatten:
                case layer_kind::batch_norm:
                    std::copy_n(from, n.out.size(), to);
                    break;
                default:
                    break;
            }
            if (n.has_low)
                for (std::size_t k = 0; k < n.out.size(); ++k) to[k] = std::max(to[k], n.low);
            if (n.has_high)
                for (std::size_t k = 0; k < n.out.size(); ++k) to[k] = std::min(to[k], n.high);
        }
    });
    return out;
}

/// Every edge of a network for a set of inputs: edge 0 is the inputs, edge i + 1 the output of node i.
using activations = std::vector<matrix>;

/// Recomputes the edges after nodes `first` and later; the earlier ones must be there.
inline void evaluate_from(const network& net, activations& edges, std::size_t first) {
    edges.resize(net.nodes.size() + 1);
    for (std::size_t i = first; i < net.nodes.size(); ++i) {
        const node_info& n = net.nodes[i];
        const samples second = edges[n.inputs[n.kind == layer_kind::add]];
        edges[i + 1] = evaluate_node(net, i, edges[n.inputs[0]], &second, net.threads);
    }
}

/// All edges for `inputs`.
inline activations evaluate(const network& net, const matrix& inputs) {
    activations edges{inputs};
    evaluate_from(net, edges, 0);
    return edges;
}

/// E[x x^T] over the inputs of node `i` that group `group` of its outputs sees, with a constant 1 appended for the bias.
inline matrix input_moments(const network& net, std::size_t i, const samples& in, std::size_t group = 0) {
    const node_info& n = net.nodes[i];
    const Eigen::Index cols = detail::index(n.weights.cols);
    const std::size_t count = std::size_t(in.rows()), places = n.out.height * n.out.width;
    Eigen::MatrixXf sum = Eigen::MatrixXf::Zero(cols + 1, cols + 1);
    const std::size_t block = std::max<std::size_t>(1, 4096 / places);
    for (std::size_t s = 0; s < count; s += block) {
        const std::size_t end = std::min(s + block, count);
        matrix windows(detail::index((end - s) * places), cols + 1);
        windows.leftCols(cols) = detail::inputs_of(n, in, s, end, group);
        windows.col(cols).setOnes();
        sum.selfadjointView<Eigen::Lower>().rankUpdate(windows.transpose());
    }
    sum.triangularView<Eigen::StrictlyUpper>() = sum.transpose();
    return sum / float(count * places);
}

}  // namespace pare::inline v0::compress
