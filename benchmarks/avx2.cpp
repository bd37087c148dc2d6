// SPDX-License-Identifier: MIT
// How fast are products of int8 and of int7 weights without VNNI, and depthwise convolutions, beside oneDNN that is held to AVX2? needs:
// dnnl; arch: haswell
#include <cstddef>
#include <cstdio>
#include <string>

#include <dnnl.hpp>

#include "limits.hpp"
#include "peers/peers.hpp"
#include "report.hpp"

namespace {

using pare::arch::avx2;
using int8 = pare::weights<pare::int8, pare::per_channel>;
using int7 = pare::weights<pare::int7, pare::per_channel>;

/// The row of M x N x K. Weights have 7 bits in either format: with more, sums of two products saturate in oneDNN, which is then another
/// result.
template <class Format, std::size_t M, std::size_t N, std::size_t K>
void add(bench::comparison& table, const std::string& format, double peak) {
    static constexpr bench::extents e{.height = M, .width = 1, .channels = K, .outputs = N};
    table.add(
        "gemm " + std::to_string(M) + "x" + std::to_string(N) + "x" + std::to_string(K) + " " + format, std::string(avx2::name),
        e.operations(),
        [](std::string& what) {
            using own = bench::own_gemm<avx2, pare::rounding::fp32, M, N, K, Format>;
            return bench::contestants<own>(bench::quantized_work(e, 7), what);
        },
        e.operations() / peak);
}

}  // namespace

int main(int argc, char** argv) {
    if (dnnl::set_max_cpu_isa(dnnl::cpu_isa::avx2) != dnnl::status::success) {
        std::puts("oneDNN is not held to AVX2: it has begun already");
        return 1;
    }
    const double exact = bench::peak_int8<avx2>(), narrow = bench::peak_int8<avx2, pare::arch::narrow_dot>();
    std::printf("peaks: vpmaddwd %.0f, vpmaddubsw with vpmaddwd %.0f GOP/s\n", exact, narrow);
    bench::comparison table("avx2", exact);
    add<int8, 196, 256, 2304>(table, "s8", exact);
    add<int7, 196, 256, 2304>(table, "s7", narrow);
    add<int8, 256, 1024, 1024>(table, "s8", exact);
    add<int7, 256, 1024, 1024>(table, "s7", narrow);
    bench::add_convolution<
        avx2, bench::extents{.height = 112, .width = 112, .channels = 32, .outputs = 32, .kernel = 3, .pad = 1, .depthwise = true}>(
        table, "dw3x3");
    bench::add_convolution<
        avx2, bench::extents{.height = 28, .width = 28, .channels = 256, .outputs = 256, .kernel = 3, .pad = 1, .depthwise = true}>(
        table, "dw3x3");
    return table.run(argc, argv);
}
