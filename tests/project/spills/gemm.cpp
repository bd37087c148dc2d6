// SPDX-License-Identifier: MIT
// Register tiles of matrix products of known extents, whose innermost loops spills.sh looks at.
#include <cstddef>
#include <cstdint>

#include <pare/kernel/gemm.hpp>
#include <pare/kernel/pack.hpp>
#include <pare/kernel/select.hpp>

namespace {

using namespace pare;
using format = weights<int8, per_channel>;

template <class Activation, std::size_t M, std::size_t N, std::size_t K, class Arch>
void product(const Activation* x, const packed_weights<pare::select<format, problem<Activation, N, K>, Arch>, rounding::fp32, view>& w,
             std::int8_t* y, typename pare::select<format, problem<Activation, N, K>, Arch>::dot::lhs* scratch) {
    gemm<M, K, N>(contiguous_matrix(x, M, K), w, contiguous_matrix(y, M, N), requantize_sums<std::int8_t>(w, {0, -128, 127}),
                  std::span(scratch, 1 << 20));
}

}  // namespace

// Four, three, two and one registers of outputs; rows that are divided evenly, one row; signed and unsigned activations.
#define PARE_PRODUCT(type, m, n, k)                                                                                                      \
    extern "C" void type##_##m##x##n##x##k(                                                                                              \
        const std::type##_t* x,                                                                                                          \
        const packed_weights<pare::select<format, problem<std::type##_t, n, k>, arch::native>, rounding::fp32, view>& w, std::int8_t* y, \
        pare::select<format, problem<std::type##_t, n, k>, arch::native>::dot::lhs* scratch) {                                           \
        product<std::type##_t, m, n, k, arch::native>(x, w, y, scratch);                                                                 \
    }
PARE_PRODUCT(int8, 96, 64, 256)
PARE_PRODUCT(int8, 96, 48, 256)
PARE_PRODUCT(int8, 96, 32, 256)
PARE_PRODUCT(int8, 96, 16, 256)
PARE_PRODUCT(uint8, 96, 64, 256)
PARE_PRODUCT(int8, 1, 64, 256)
PARE_PRODUCT(int16, 96, 64, 256)

// Weights that are sure to be narrow.
using narrow = pare::select<weights<int7>, problem<std::int8_t, 64, 256>, arch::native>;
extern "C" void narrow_96x64x256(const std::int8_t* x, const packed_weights<narrow, rounding::fp32, view>& w, std::int8_t* y,
                                 typename narrow::dot::lhs* scratch) {
    gemm<96, 256, 64>(contiguous_matrix(x, 96, 256), w, contiguous_matrix(y, 96, 64), requantize_sums<std::int8_t>(w, {0, -128, 127}),
                      std::span(scratch, 1 << 20));
}

// Rows that are added up before, where the arch does that.
using summed = pare::select<format, product_problem<std::int8_t, 128, 1024, 96>, arch::native>;
extern "C" void summed_96x128x1024(const std::int8_t* x, const packed_weights<summed, rounding::fp32, view>& w, std::int8_t* y,
                                   typename summed::dot::lhs* scratch) {
    gemm<96, 1024, 128>(contiguous_matrix(x, 96, 1024), w, contiguous_matrix(y, 96, 128), requantize_sums<std::int8_t>(w, {0, -128, 127}),
                        std::span(scratch, 1 << 20));
}

using summed_narrow = pare::select<weights<int7>, product_problem<std::int8_t, 128, 1024, 96>, arch::native>;
extern "C" void summed_narrow_96x128x1024(const std::int8_t* x, const packed_weights<summed_narrow, rounding::fp32, view>& w,
                                          std::int8_t* y, typename summed_narrow::dot::lhs* scratch) {
    gemm<96, 1024, 128>(contiguous_matrix(x, 96, 1024), w, contiguous_matrix(y, 96, 128), requantize_sums<std::int8_t>(w, {0, -128, 127}),
                        std::span(scratch, 1 << 20));
}

using reals = pare::select<weights<f32>, problem<float, 64, 256>, arch::native>;
extern "C" void float_96x64x256(const float* x, const packed_weights<reals, rounding::fp32, view>& w, float* y) {
    gemm<96, 256, 64>(contiguous_matrix(x, 96, 256), w, contiguous_matrix(y, 96, 64), clamp_float{0, 6});
}
