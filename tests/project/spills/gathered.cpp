// SPDX-License-Identifier: MIT
// Register tiles of weights that are gathered, whose innermost loops spills.sh looks at.
#include <cstddef>
#include <cstdint>

#include <pare/kernel/gemm.hpp>
#include <pare/kernel/pack.hpp>
#include <pare/kernel/select.hpp>

namespace {

using namespace pare;

template <std::size_t N, std::size_t K>
using scattered = pare::select<weights<int8, per_channel, unstructured<>>, problem<std::int8_t, N, K>, arch::native>;

}  // namespace

// Four registers of outputs, two and one, many rows and one.
#define PARE_GATHERED(m, n, k)                                                                                                     \
    extern "C" void gathered_##m##x##n##x##k(const std::int8_t* x, const packed_weights<scattered<n, k>, rounding::fp32, view>& w, \
                                             std::int8_t* y, scattered<n, k>::dot::lhs* scratch) {                                 \
        gemm<m, k, n>(contiguous_matrix(x, m, k), w, contiguous_matrix(y, m, n), requantize_sums<std::int8_t>(w, {0, -128, 127}),  \
                      std::span(scratch, 1 << 20));                                                                                \
    }
PARE_GATHERED(96, 64, 256)
PARE_GATHERED(96, 16, 256)
PARE_GATHERED(1, 64, 256)
PARE_GATHERED(96, 64, 1024)
PARE_GATHERED(1, 64, 1024)

// Weights at places that all outputs of a panel share: picked, and then like dense ones.
template <std::size_t N, std::size_t K, std::size_t Shared>
using picked = execution<weights<int8, per_channel, blocks<Shared, 1>>, problem<std::int8_t, N, K>, arch::native, form::picked>;
#define PARE_PICKED(m, n, k, shared)                                                                                                       \
    extern "C" void picked_##m##x##n##x##k##_##shared(const std::int8_t* x,                                                                \
                                                      const packed_weights<picked<n, k, shared>, rounding::fp32, view>& w, std::int8_t* y, \
                                                      picked<n, k, shared>::dot::lhs* scratch) {                                           \
        gemm<m, k, n>(contiguous_matrix(x, m, k), w, contiguous_matrix(y, m, n), requantize_sums<std::int8_t>(w, {0, -128, 127}),          \
                      std::span(scratch, 1 << 20));                                                                                        \
    }
#if defined(__AVX512VNNI__) || defined(__ARM_FEATURE_DOTPROD)
PARE_PICKED(96, 64, 1024, 64)
PARE_PICKED(96, 64, 1024, 16)
PARE_PICKED(1, 64, 1024, 64)
#endif
