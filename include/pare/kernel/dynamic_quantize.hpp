// SPDX-License-Identifier: MIT
// Matrix products of floats by integers: each row of activations is quantised by its own range while the model runs, weights were
// before. Products and their sums are exact; what comes out is float.
#pragma once

#include <algorithm>
#include <cassert>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

#include <pare/arch/dynamic.hpp>
#include <pare/core/bits.hpp>
#include <pare/core/config.hpp>
#include <pare/core/executor.hpp>
#include <pare/core/rounding.hpp>
#include <pare/core/view.hpp>
#include <pare/format/activations.hpp>
#include <pare/format/stored_weights.hpp>
#include <pare/kernel/epilogue.hpp>
#include <pare/kernel/gemm.hpp>
#include <pare/kernel/pack.hpp>
#include <pare/kernel/packed_weights.hpp>

namespace pare::inline v0 {

/// The quantisation of values in [low, high], which has 0 in it: scale = high / 255 - low / 255 and zero point
/// -128 - round(low * (1 / scale)), half to even, at most 127; low is -128 then, and 0 is the zero point. Infinite ends count as the
/// largest floats. Where the scale would be below the smallest normal float it is 0, and the zero point too: every value counts as 0.
PARE_INLINE constexpr quantization dynamic_quantization(float low, float high) {
    constexpr float largest = std::numeric_limits<float>::max();
    const float from = std::max(low, -largest), to = std::min(high, largest);
    const float scale = to / 255.0f - from / 255.0f;
    if (!(scale >= std::numeric_limits<float>::min())) return {0.0f, 0};
    const float steps = std::max(from * (1.0f / scale), -255.0f);
    return {scale, -128 - rounding::round_half_even(steps)};
}

}  // namespace pare::inline v0

namespace pare::inline v0::inline PARE_ISA {

/// Quantises a row by the range of its values: to[i] = from[i] * (1 / scale), clamped, rounded half to even, plus the zero point. A value
/// is off by half a step at most, or a whole one at the upper end. What is not a number counts as 0, infinities as the ends. The same on
/// every arch.
template <class Arch>
constexpr quantization quantize_row(const float* from, std::int8_t* to, std::size_t count, Arch arch) {
    const arch::float_bounds b = arch::bounds_of(from, count, arch);
    const quantization q = dynamic_quantization(b.low, b.high);
    if (q.scale > 0) arch::quantize_values(to, from, count, 1.0f / q.scale, q.zero_point, arch);
    else std::fill_n(to, count, std::int8_t(0));
    return q;
}

/// Makes floats of sums of one row: clamp(f32(sum - zero point * weight_sums[n]) * (scale * scales[n]) + bias[n]).
template <class Total>
struct dequantize_row {
    using value_type = float;            ///< what is stored
    const Total* weight_sums = nullptr;  ///< of each output channel
    const float* scales = nullptr;       ///< of each output channel's weights
    const float* bias = nullptr;         ///< of each output channel
    quantization row{};                  ///< of the activations
    clamp_float clamp{};                 ///< of the outputs

    /// The output for a sum.
    PARE_INLINE constexpr float operator()(Total sum, std::size_t n) const {
        return clamp(float(sum - Total(row.zero_point) * weight_sums[n]) * (row.scale * scales[n]) + bias[n], n);
    }

    /// The same for whole registers.
    template <class Sums, std::size_t Width, class D, class Arch>
        requires(std::same_as<Total, std::int32_t> &&
                 requires(float* p, const Sums (&s)[Width]) {
                     store_dequantized(p, s, arch::dequantize_tables{}, 0, arch::dequantize_constants{}, D{}, Arch{});
                 })
    PARE_INLINE void store(float* p, const Sums (&sums)[Width], std::size_t n, D d, Arch a) const {
        store_dequantized(p, sums, arch::dequantize_tables{weight_sums, scales, bias}, n,
                          arch::dequantize_constants{row.scale, row.zero_point, clamp.low, clamp.high}, d, a);
    }
};

/// The same for a matrix: row r of the outputs in `dst` by quantisation r of `rows`.
template <class Total>
struct dequantize_rows {
    using value_type = float;            ///< what is stored
    dequantize_row<Total> of_all{};      ///< what is not of a row
    const quantization* rows = nullptr;  ///< of the activations
    matrix_view<float> dst{};            ///< the outputs

    /// The epilogue of the row of `p`.
    PARE_INLINE constexpr dequantize_row<Total> row(const float* p) const {
        dequantize_row<Total> there = of_all;
        there.row = rows[std::size_t(p - dst.data) / dst.stride];
        return there;
    }
};

/// Weights for products with rows that are quantised while the model runs.
template <class Execution, class Storage>
    requires std::same_as<typename Execution::activation, std::int8_t>
struct dynamic_weights {
    using execution = Execution;                                                     ///< what the weights are for
    using packed = packed_weights<Execution, rounding::fp32, Storage>;               ///< the weights themselves
    using total = typename Execution::total;                                         ///< of a sum
    packed weights{};                                                                ///< without zero points; scales are theirs
    typename Storage::template array<total, packed::counts::outputs> weight_sums{};  ///< of each output
    typename Storage::template array<float, packed::counts::outputs> bias{};         ///< of each output

    /// Bytes of everything above.
    constexpr std::size_t bytes() const { return weights.bytes() + weight_sums.size() * sizeof(total) + bias.size() * sizeof(float); }
};

/// Packs a tensor at rest for `Execution`. `bias` has a float for each output, or none at all; the integers in `w.bias` are not used, since
/// a step is another one in each row.
template <class Execution, class Storage, weight_format_type Format, std::size_t Rows, std::size_t Cols, class Source>
    requires std::same_as<Format, typename Execution::format>
constexpr dynamic_weights<Execution, Storage> pack_dynamic(const stored_weights<Format, Rows, Cols, Source>& w, const Execution& x,
                                                           std::span<const float> bias = {}) {
    using total = typename Execution::total;
    assert(x.groups() == 1 && (bias.empty() || bias.size() == x.outputs()));
    dynamic_weights<Execution, Storage> result;
    // With a zero point of 1 packing takes each sum of weights out of its bias, once and as often as the arch's offset says.
    constexpr std::int64_t times = 1 + Execution::lhs_offset;
    result.weights = pack_weights<Execution, rounding::fp32, Storage>(w, x, {1, 1}, {1, 0});
    kernels::set_size(result.weight_sums, x.table_size());
    kernels::set_size(result.bias, x.table_size());
    for (std::size_t n = 0; n < x.outputs(); ++n) {
        total& folded = result.weights.bias[n];
        const auto sum = total((std::int64_t(w.bias[n]) - std::int64_t(folded)) / times);
        result.weight_sums[n] = sum;
        folded = total(-sum * Execution::lhs_offset);
        result.bias[n] = bias.empty() ? 0.0f : bias[n];
    }
    return result;
}

/// Scratch bytes that `gemm_dynamic` needs for `rows` rows with an executor of `concurrency` workers: the rows as bytes, what they were
/// quantised by, and what `gemm` needs.
template <class Execution>
constexpr std::size_t gemm_dynamic_scratch_bytes(const Execution& x, std::size_t rows, std::size_t concurrency = 1) {
    return rows * sizeof(quantization) + round_up(rows * x.depth(), sizeof(quantization)) + gemm_scratch_bytes(x, concurrency, rows);
}

/// dst(m, n) = clamp(scale[m] * scale[n] * (sum over k of (q(m, k) - zero point[m]) * weight(n, k)) + bias[n]) where q, scale and zero
/// point of row m are what quantize_row makes of row m of lhs. The sum is exact; four roundings to float come after it. `scratch` has
/// gemm_dynamic_scratch_bytes, aligned as floats are.
template <class Execution, class Storage, executor Executor = inline_executor>
void gemm_dynamic(matrix_view<const float> lhs, const dynamic_weights<Execution, Storage>& weights, matrix_view<float> dst,
                  const clamp_float& clamp, std::span<std::byte> scratch, const Executor& exec = {}) {
    using arch_type = typename Execution::arch;
    using lhs_type = typename Execution::dot::lhs;
    using total = typename Execution::total;
    const Execution& x = weights.weights.shape;
    const std::size_t pieces = exec.concurrency(), depth = x.depth();
    assert(lhs.rows == dst.rows && lhs.cols == depth && dst.cols == x.outputs());
    assert(scratch.size() >= gemm_dynamic_scratch_bytes(x, lhs.rows, pieces));
    assert(reinterpret_cast<std::uintptr_t>(scratch.data()) % alignof(quantization) == 0);
    static_assert(alignof(quantization) >= alignof(lhs_type));
    auto* const rows = reinterpret_cast<quantization*>(scratch.data());
    auto* const values = reinterpret_cast<std::int8_t*>(rows + lhs.rows);
    auto* const rest = reinterpret_cast<lhs_type*>(values + round_up(lhs.rows * depth, sizeof(quantization)));
    exec(pieces, [&](std::size_t piece) {
        for (std::size_t m = lhs.rows * piece / pieces; m < lhs.rows * (piece + 1) / pieces; ++m)
            rows[m] = quantize_row(lhs.row(m), values + m * depth, depth, arch_type{});
    });
    const dequantize_row<total> of_all{weights.weight_sums.data(), weights.weights.scales.data(), weights.bias.data(), {}, clamp};
    gemm<dynamic, Execution::problem::depth>(contiguous_matrix<const std::int8_t>(values, lhs.rows, depth), weights.weights, dst,
                                             dequantize_rows<total>{of_all, rows, dst},
                                             std::span<lhs_type>(rest, gemm_scratch_bytes(x, pieces, lhs.rows) / sizeof(lhs_type)), exec);
}

}  // namespace pare::inline v0::inline PARE_ISA
