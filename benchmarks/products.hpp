// SPDX-License-Identifier: MIT
// Matrix products whose weights are drawn by lot, in any format and of any density.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <random>
#include <vector>

#include "own.hpp"

namespace bench {

/// Work for M x N x K whose weights `Format` can hold; `absent` percent of them are zero, in the units of its mask, and no others. Short
/// units at the ends are not.
template <class Format>
quantized_work work_of(const extents& e, int absent) {
    quantized_work w(e, Format::is_shared ? 8 : Format::code_bits);
    std::mt19937 random(2);
    const std::size_t rows = e.outputs, cols = e.depth();
    const auto each = [&](auto&& f) {
        for (std::size_t n = 0; n < rows; ++n)
            for (std::size_t k = 0; k < cols; ++k) f(w.weights[n * cols + k], n, k);
    };
    if constexpr (Format::is_shared)
        each([&](std::int8_t& v, std::size_t, std::size_t) {
            v = std::int8_t(shared_value(Format::sharing::entries, random() % Format::sharing::entries));
        });
    if constexpr (!Format::is_dense) {
        constexpr pare::pruning_unit unit = Format::mask::unit;
        const std::size_t across = cols / unit.cols;
        std::vector<bool> pruned(rows / unit.rows * across);
        for (std::size_t i = 0; i < pruned.size(); ++i) pruned[i] = int(random() % 100) < absent;
        if constexpr (unit.of > 0) {
            std::vector<std::size_t> order(unit.of);
            std::iota(order.begin(), order.end(), 0);
            for (std::size_t i = 0; i + unit.of <= pruned.size(); i += unit.of) {
                std::shuffle(order.begin(), order.end(), random);
                for (std::size_t j = 0; j < unit.of; ++j) pruned[i + order[j]] = j >= unit.keep;
            }
        }
        each([&](std::int8_t& v, std::size_t n, std::size_t k) {
            const std::size_t row = n / unit.rows, col = k / unit.cols;
            const bool whole = row < rows / unit.rows && col < across;
            if (whole && pruned[row * across + col]) v = 0;
            else if (v == 0) v = 1;
        });
    }
    return w;
}

}  // namespace bench
