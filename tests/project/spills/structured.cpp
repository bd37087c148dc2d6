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
