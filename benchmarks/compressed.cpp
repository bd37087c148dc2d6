// SPDX-License-Identifier: MIT
// What do pruned weights gain in time as they are executed, beside the library's own dense int8? Their masks
// are drawn by lot.
#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

#include "own.hpp"
#include "products.hpp"
#include "report.hpp"

namespace {

using native = pare::arch::native;
using dense = pare::weights<pare::int8, pare::per_channel>;

/// How rows spell a mask.
template <class Mask>
std::string spelt() {
    constexpr pare::pruning_unit unit = Mask::unit;
    if (unit.of != 0) return "n_of_m<" + std::to_string(unit.keep) + "," + std::to_string(unit.of) + ">";
    if (unit.rows * unit.cols == 1) return "unstructured";
    return "blocks<" + std::to_string(unit.rows) + "," + std::to_string(unit.cols) + ">";
}

/// Adds a row for weights of which `percent` are pruned: `Own` is the layer in the format, `Dense` the same of all weights.
template <class Arch, class Mask, bench::extents E, class Own, class Dense>
void add(bench::comparison& table, const std::string& name, int percent, std::size_t entries = 0) {
    std::string work = name + " int8 " + spelt<Mask>();
    if (Mask::unit.of == 0) work += " " + std::to_string(percent) + "%";
    if (entries != 0) work += " codebook" + std::to_string(entries);
    table.add(work, std::string(Arch::name), E.operations(), [=](std::string& what) {
        const bench::quantized_work w = bench::work_of<typename Own::execution::format>(E, percent);
        const auto own = std::make_shared<Own>(w);
        const auto all = std::make_shared<Dense>(w);
        own->run(), all->run();
        what = bench::difference(all->output, own->output, "pruned");
        return std::vector<bench::contestant>{{"pare", [own] { own->run(); }}, {"own dense int8", [all] { all->run(); }}};
    });
}

/// M x N x K at some rates, with values of a book of `Entries` if that is not 0.
template <class Arch, std::size_t M, std::size_t N, std::size_t K, std::size_t Entries = 0, class Mask = pare::unstructured<>>
void add_products(bench::comparison& table, std::initializer_list<int> percents) {
    static constexpr bench::extents e{.height = M, .width = 1, .channels = K, .outputs = N};
    using sharing = std::conditional_t<Entries == 0, pare::unique, pare::codebook<std::max<std::size_t>(2, Entries)>>;
    using format = pare::weights<pare::int8, pare::per_channel, Mask, sharing>;
    const std::string name = (M == 1 ? "gemv " : "gemm ") + std::to_string(M) + "x" + std::to_string(N) + "x" + std::to_string(K);
    for (const int percent : percents)
        add<Arch, Mask, e, bench::own_gemm<Arch, pare::rounding::fp32, M, N, K, format>,
            bench::own_gemm<Arch, pare::rounding::fp32, M, N, K, dense>>(table, name, percent, Entries);
}

/// A convolution of Size x Size x Channels by windows of 3 x 3 to as many channels.
template <class Arch, std::size_t Size, std::size_t Channels, class Mask = pare::unstructured<>>
void add_conv(bench::comparison& table, std::initializer_list<int> percents) {
    constexpr bench::extents e{.height = Size, .width = Size, .channels = Channels, .outputs = Channels, .kernel = 3, .pad = 1};
    const std::string size = std::to_string(Size), channels = std::to_string(Channels);
    for (const int percent : percents)
        add<Arch, Mask, e, bench::own_conv<Arch, pare::rounding::fp32, e, pare::weights<pare::int8, pare::per_channel, Mask>>,
            bench::own_conv<Arch, pare::rounding::fp32, e, dense>>(table, "conv3x3 " + size + "x" + size + "x" + channels + "->" + channels,
                                                                   percent);
}

}  // namespace

int main(int argc, char** argv) {
    bench::comparison table("compressed", bench::peak_int8<native>());
    add_products<native, 128, 1024, 1024>(table, {50, 70, 80, 90, 95, 98});
    add_products<native, 784, 256, 256>(table, {70, 80, 90, 95});
    add_products<native, 196, 256, 2304>(table, {70, 80, 90, 95});
    add_products<native, 16, 512, 512>(table, {70, 80, 90, 95});
    add_products<native, 1, 1024, 1024>(table, {70, 80, 90, 95});
    add_products<native, 1, 4096, 4096>(table, {70, 80, 90, 95});
    add_conv<native, 28, 128>(table, {70, 80, 90, 95});
    add_conv<native, 14, 256>(table, {70, 80, 90, 95});
    add_products<native, 1, 4096, 4096, 16>(table, {90});
    add_products<native, 1, 4096, 4096, 32>(table, {95});
    add_products<native, 1, 1024, 1024, 16>(table, {90});
    add_products<native, 128, 1024, 1024, 16>(table, {90});
    add_products<native, 128, 1024, 1024, 32>(table, {95});
    using natural = pare::blocks<16, 4>;
    add_products<native, 128, 1024, 1024, 0, natural>(table, {25, 50, 75, 90});
    add_products<native, 784, 256, 256, 0, natural>(table, {50, 75, 90});
    add_products<native, 196, 256, 2304, 0, natural>(table, {50, 75, 90});
    add_products<native, 1, 4096, 4096, 0, natural>(table, {50, 75, 90});
    add_conv<native, 28, 128, natural>(table, {50, 75, 90});
    // The same of both registers of a panel.
    using natural_pair = pare::blocks<32, 4>;
    add_products<native, 128, 1024, 1024, 0, natural_pair>(table, {50, 75, 90});
    add_products<native, 784, 256, 256, 0, natural_pair>(table, {50, 75, 90});
    add_products<native, 196, 256, 2304, 0, natural_pair>(table, {50, 75, 90});
    add_conv<native, 28, 128, natural_pair>(table, {50, 75, 90});
    // Weights that 64 outputs, the registers of a panel, have at the same places.
    using shared = pare::blocks<64, 1>;
    add_products<native, 128, 1024, 1024, 0, shared>(table, {50, 75, 90});
    add_products<native, 784, 256, 256, 0, shared>(table, {50, 75, 90});
    add_products<native, 1, 4096, 4096, 0, shared>(table, {50, 75, 90});
    add_conv<native, 28, 128, shared>(table, {50, 75, 90});
    add_products<native, 128, 1024, 1024, 0, pare::blocks<16, 1>>(table, {50, 75, 90});
    using two_of_four = pare::n_of_m<2, 4>;
    add_products<native, 1, 4096, 4096, 0, two_of_four>(table, {50});
    add_products<native, 1, 4096, 4096, 16, two_of_four>(table, {50});
    add_products<native, 1, 1024, 1024, 0, two_of_four>(table, {50});
    add_products<native, 128, 1024, 1024, 0, two_of_four>(table, {50});
    // Without VNNI.
#if defined(__AVX512BW__) && defined(__AVX512VL__) && defined(__AVX512DQ__)
    add_products<pare::arch::avx512, 128, 1024, 1024>(table, {70, 90});
#endif
#if defined(__SSE4_1__)
    add_products<pare::arch::sse4_1, 128, 1024, 1024>(table, {70, 90});
#endif
#if defined(__AVX2__) && defined(__FMA__)
    add_products<pare::arch::avx2, 128, 1024, 1024>(table, {70, 80, 90, 95});
    add_products<pare::arch::avx2, 16, 512, 512>(table, {90});
    add_products<pare::arch::avx2, 1, 1024, 1024>(table, {90});
    add_conv<pare::arch::avx2, 14, 256>(table, {90});
#endif
    return table.run(argc, argv);
}
