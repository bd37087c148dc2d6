// SPDX-License-Identifier: MIT
// Register tiles of structured weights, whose innermost loops spills.sh looks at.
#include <cstddef>
#include <cstdint>

#include <pare/kernel/gemm.hpp>
#include <pare/kernel/pack.hpp>
#include <pare/kernel/select.hpp>

namespace {

using namespace pare;

/// Dynamic outputs have nibbles where others have operands.
template <std::size_t N, std::size_t K, class Sharing>
using structured = execution<weights<int8, per_channel, n_of_m<2, 4>, Sharing>, problem<std::int8_t, N, K>, arch::native, form::structured>;

/// A row alone, which has eight registers of outputs side by side on Zen 4.
using alone = execution<weights<int8, per_channel, n_of_m<2, 4>, codebook<16>>, product_problem<std::int8_t, 2048, 2048, 1>, arch::zen4,
                        form::structured>;

}  // namespace

// Four registers of outputs and one, of one row: many rows are not selected.
#define PARE_STRUCTURED(name, m, n, k, ...)                                                                                          \
    extern "C" void structured_##name##_##m##x##k(const std::int8_t* x,                                                              \
                                                  const packed_weights<structured<n, k, __VA_ARGS__>, rounding::fp32, view>& w,      \
                                                  std::int8_t* y, structured<n, k, __VA_ARGS__>::dot::lhs* scratch) {                \
        const std::size_t outputs = w.shape.outputs();                                                                               \
        gemm<m, k>(contiguous_matrix(x, m, k), w, contiguous_matrix(y, m, outputs), requantize_sums<std::int8_t>(w, {0, -128, 127}), \
                   std::span(scratch, 1 << 20));                                                                                     \
    }
PARE_STRUCTURED(operands, 1, 64, 1024, unique)
PARE_STRUCTURED(operands_of_one, 1, 16, 4096, unique)
PARE_STRUCTURED(nibbles, 1, dynamic, 1024, codebook<16>)
#if defined(__AVX512VNNI__)
extern "C" void structured_nibbles_alone(const std::int8_t* x, const packed_weights<alone, rounding::fp32, view>& w, std::int8_t* y) {
    gemm<1, 2048, 2048>(contiguous_matrix(x, 1, 2048), w, contiguous_matrix(y, 1, 2048), requantize_sums<std::int8_t>(w, {0, -128, 127}));
}
#endif
