// SPDX-License-Identifier: MIT
// Register tiles of weights that are decoded in the loop, whose innermost loops spills.sh looks at.
#include <cstddef>
#include <cstdint>

#include <pare/kernel/gemm.hpp>
#include <pare/kernel/pack.hpp>
#include <pare/kernel/select.hpp>

namespace {

using namespace pare;

template <class Format>
using coded = execution<Format, problem<std::int8_t, 64, 256>, arch::native, form::coded>;

/// A row alone, which has eight registers of outputs side by side on Zen 4.
template <class Format>
using alone = execution<Format, product_problem<std::int8_t, 128, 256, 1>, arch::zen4, form::coded>;

}  // namespace

#define PARE_DECODED(name, rows, ...)                                                                                                  \
    extern "C" void name##_##rows##x64x256(const std::int8_t* x,                                                                       \
                                           const packed_weights<coded<weights<__VA_ARGS__>>, rounding::fp32, view>& w, std::int8_t* y, \
                                           coded<weights<__VA_ARGS__>>::dot::lhs* scratch) {                                           \
        gemm<rows, 256, 64>(contiguous_matrix(x, rows, 256), w, contiguous_matrix(y, rows, 64),                                        \
                            requantize_sums<std::int8_t>(w, {0, -128, 127}), std::span(scratch, 1 << 20));                             \
    }
PARE_DECODED(int4, 96, int4, per_channel)
PARE_DECODED(int4, 1, int4, per_channel)
PARE_DECODED(int2, 96, int2, per_channel)
PARE_DECODED(ternary, 96, ternary, per_channel)
PARE_DECODED(codebook16, 96, codebook<16>, per_channel)

#if defined(__AVX512VNNI__)
#define PARE_ALONE(name, ...)                                                                                                              \
    extern "C" void name##_alone(const std::int8_t* x, const packed_weights<alone<weights<__VA_ARGS__>>, rounding::fp32, view>& w,         \
                                 std::int8_t* y) {                                                                                         \
        gemm<1, 256, 128>(contiguous_matrix(x, 1, 256), w, contiguous_matrix(y, 1, 128), requantize_sums<std::int8_t>(w, {0, -128, 127})); \
    }
PARE_ALONE(int4, int4, per_channel)
PARE_ALONE(codebook16, codebook<16>, per_channel)
#endif
