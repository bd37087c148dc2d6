// SPDX-License-Identifier: MIT
// Register tiles of weights whose blocks are skipped, whose innermost loops spills.sh looks at.
#include <cstddef>
#include <cstdint>

#include <pare/kernel/gemm.hpp>
#include <pare/kernel/pack.hpp>
#include <pare/kernel/select.hpp>

namespace {

using namespace pare;

template <std::size_t N, std::size_t K>
using skipped = pare::select<weights<int8, per_channel, natural_blocks<arch::native>>, problem<std::int8_t, N, K>, arch::native>;
static_assert(skipped<64, 256>::skips);

}  // namespace

// Two registers of outputs and one, many rows and one.
#define PARE_SKIPPED(m, n, k)                                                                                                     \
    extern "C" void skipped_##m##x##n##x##k(const std::int8_t* x, const packed_weights<skipped<n, k>, rounding::fp32, view>& w,   \
                                            std::int8_t* y, skipped<n, k>::dot::lhs* scratch) {                                   \
        gemm<m, k, n>(contiguous_matrix(x, m, k), w, contiguous_matrix(y, m, n), requantize_sums<std::int8_t>(w, {0, -128, 127}), \
                      std::span(scratch, 1 << 20));                                                                               \
    }
PARE_SKIPPED(96, 64, 256)
PARE_SKIPPED(96, 4, 256)
PARE_SKIPPED(1, 64, 1024)
