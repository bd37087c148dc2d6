// SPDX-License-Identifier: MIT
// Products in every format: what they take at rest and as they run, and how fast that is beside dense int8.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <pare/core/config.hpp>
#include <pare/io/owned.hpp>
#include <pare/kernel/execution_time.hpp>
#include <pare/kernel/gemm.hpp>
#include <pare/kernel/pack.hpp>
#include <pare/kernel/packed_choice.hpp>
#include <pare/kernel/select.hpp>

#include "matrix/formats.hpp"
#include "matrix/kernel_of.hpp"
#include "measure.hpp"
#include "support/lots.hpp"
#include "support/reference.hpp"

namespace matrix {

using native = arch::native;

/// The matrix; and how many rows meet it at a time, many and one.
inline constexpr std::size_t outputs = 1024, depth = 1024;
inline constexpr std::size_t row_counts[]{128, 1};

/// What a product takes with some rows.
struct speed {
    form layout = form::expanded;     ///< that runs
    form preferred = form::expanded;  ///< by the cost model, which sees types and a density only
    double bits = 0;                  ///< of a weight as it runs
    double ratio = 0;                 ///< how many times as fast as dense int8
    double operands = 0;              ///< the same of all weights of the format as operands
};

/// One format of which so many percent of the units of its mask are absent.
struct line {
    cell of{};
    std::string format;
    int absent = 0;
    double stored_bits = 0;  ///< of a weight at rest
    speed rows[2]{};         ///< as many as row_counts says
    std::string wrong{};     ///< what is not as it must be
};

/// Activations, outputs, and what these must be.
struct work {
    std::size_t rows;
    std::vector<std::int8_t> x, y;
    std::vector<std::int64_t> sums;
    quantization in{0.05f, -7}, out{1, 3};

    work(std::size_t m, support::lots& r);
    /// Sums of the dense matrix, and a scale at which outputs take about the range of a byte.
    void expect(const reference::tensor& plain, const reference::matrix& dense);
    /// Empty, or the first output that is not what it must be.
    std::string compare(const reference::tensor& plain, bool wide) const;
};

/// A product of weights that lie as `Kernel` says; `Rows` of activations.
template <class Kernel, std::size_t Rows>
struct product {
    packed_weights<Kernel, rounding::fp32, owned> weights;
    std::vector<typename Kernel::dot::lhs> scratch;

    explicit product(packed_weights<Kernel, rounding::fp32, owned>&& w)
        : weights(std::move(w)), scratch(gemm_scratch_bytes(weights.shape, 1, Rows) / sizeof(typename Kernel::dot::lhs) + 16) {}
    PARE_NOINLINE void run(work& w) {
        gemm<Rows, depth, outputs>({w.x.data(), Rows, depth, depth}, weights, {w.y.data(), Rows, outputs, outputs},
                                   requantize_sums<std::int8_t>(weights, {w.out.zero_point, -128, 127}), std::span(scratch));
    }
};

/// How much faster `run` is than dense int8 with as many rows.
double beside_dense(std::size_t rows, const std::function<void()>& run);

/// Runs a product and times it.
template <std::size_t Rows, class Kernel>
PARE_NOINLINE double ratio_of(packed_weights<Kernel, rounding::fp32, owned>&& weights, work& w, const reference::tensor& plain,
                              std::string& wrong) {
    product<Kernel, Rows> p(std::move(weights));
    p.run(w);
    if (wrong.empty()) wrong = w.compare(plain, sizeof(typename Kernel::total) == 8);
    return beside_dense(Rows, [&] { p.run(w); });
}

/// Formats of these many encodings and granularities are a part; scales of an output and of the tensor are alike once they are packed.
inline constexpr std::size_t speed_parts = choices[encoding_slot] * 2;
/// Adds the formats of a part.
template <std::size_t Part>
void add_part(std::vector<line>& lines);

}  // namespace matrix
