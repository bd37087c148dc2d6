// SPDX-License-Identifier: MIT
// The mean error of a layer's outputs, taken into its bias.
#pragma once

#include <algorithm>
#include <cstddef>

#include <pare/compress/network.hpp>
#include <pare/core/config.hpp>

namespace pare::inline v0::compress {

/// The mean of each output of node `i` over the samples in `in` and all places, before its activation.
inline Eigen::VectorXd output_means(const network& net, std::size_t i, const samples& in) {
    const node_info& n = net.nodes[i];
    const std::size_t count = std::size_t(in.rows()), places = n.out.height * n.out.width, groups = detail::group_count(n);
    const Eigen::Index rows = detail::index(n.weights.rows / groups);
    Eigen::VectorXd means = net.weights[i].bias.cast<double>();
    const std::size_t block = std::max<std::size_t>(1, 4096 / places);
    for (std::size_t g = 0; g < groups; ++g) {
        Eigen::RowVectorXd sum = Eigen::RowVectorXd::Zero(detail::index(n.weights.cols));
        for (std::size_t s = 0; s < count; s += block)
            sum += detail::inputs_of(n, in, s, std::min(s + block, count), g).cast<double>().colwise().sum();
        means.segment(detail::index(g) * rows, rows) +=
            net.weights[i].weights.middleRows(detail::index(g) * rows, rows).cast<double>() * sum.transpose() / double(count * places);
    }
    return means;
}

/// Moves the biases of node `i` so that its outputs for `in` have the means `wanted`, those of the network before compression: bias
/// correction (M. Nagel, M. van Baalen, T. Blankevoort, M. Welling, Data-free quantization through weight equalization and bias
/// correction, 2019, section 4.2) with means that are measured. Where `in` comes from layers already compressed, their mean errors
/// go too.
inline void correct_bias(network& net, std::size_t i, const samples& in, const Eigen::VectorXd& wanted) {
    net.weights[i].bias += (wanted - output_means(net, i, in)).cast<float>();
}

}  // namespace pare::inline v0::compress
