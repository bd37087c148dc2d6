// SPDX-License-Identifier: MIT
// Matrices and networks drawn by lot, for tests of compression.
#pragma once

#include <cstddef>
#include <random>

#include <pare/compress/network.hpp>
#include <pare/model/describe.hpp>

#include "support/lots.hpp"

namespace support {

/// Numbers of the normal distribution, one matrix after the other from one seed. Matrices of one expression are drawn before it, since
/// compilers differ in which operand they begin with.
class normal_numbers {
public:
    explicit normal_numbers(unsigned seed) : random_(seed) {}

    pare::compress::matrix operator()(int rows, int cols) {
        pare::compress::matrix m(rows, cols);
        for (int i = 0; i < rows * cols; ++i) m.data()[i] = normal_(random_);
        return m;
    }

private:
    std::mt19937 random_;
    std::normal_distribution<float> normal_;
};

/// Numbers between `low` and 1.
inline pare::compress::matrix draw_matrix(lots& r, std::size_t rows, std::size_t cols, double low = -1) {
    pare::compress::matrix m{Eigen::Index(rows), Eigen::Index(cols)};
    for (Eigen::Index i = 0; i < m.size(); ++i) m.data()[i] = float(r.real(low, 1));
    return m;
}

/// The float network of a model, with weights and biases between -1 and 1.
template <class Model>
pare::compress::network draw_network() {
    lots r(1);
    constexpr auto nodes = pare::describe_nodes<Model>();
    pare::compress::network net{{nodes.begin(), nodes.end()}, {}, 2};
    for (const pare::node_info& n : net.nodes) {
        net.weights.emplace_back();
        if (has_weights(n.kind))
            net.weights.back() = {draw_matrix(r, n.weights.rows, n.weights.cols), draw_matrix(r, n.weights.rows, 1).col(0)};
    }
    return net;
}

}  // namespace support
