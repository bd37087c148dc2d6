// SPDX-License-Identifier: MIT
// Register tiles of weights in groups, whose sums are folded into totals behind each; spills.sh looks at their innermost loops.
#include <cstddef>
#include <cstdint>

#include <pare/kernel/gemm.hpp>
#include <pare/kernel/pack.hpp>
#include <pare/kernel/select.hpp>

using namespace pare;

template <std::size_t N, std::size_t K>
using grouped = pare::select<weights<int8, per_group<32>>, problem<std::int8_t, N, K>, arch::native>;

// Tiles of three rows, or of two, and what they leave of 64 rows and of five.
#define PARE_GROUPED(m, n, k)                                                                                                     \
    extern "C" void grouped_##m##x##n##x##k(const std::int8_t* x, const packed_weights<grouped<n, k>, rounding::fp32, view>& w,   \
                                            std::int8_t* y, grouped<n, k>::dot::lhs* scratch) {                                   \
        gemm<m, k, n>(contiguous_matrix(x, m, k), w, contiguous_matrix(y, m, n), requantize_sums<std::int8_t>(w, {0, -128, 127}), \
                      std::span(scratch, 1 << 20));                                                                               \
    }
PARE_GROUPED(64, 256, 256)
PARE_GROUPED(5, 256, 256)
