// SPDX-License-Identifier: MIT
// What do pruned weights gain in time as they are executed, beside the library's own dense int8? arch of the machine; the masks are of weights
// that were drawn by lot.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "own.hpp"
#include "report.hpp"

namespace {

using native = pare::arch::native;
using dense = pare::weights<pare::int8, pare::per_channel>;
using scattered = pare::weights<pare::int8, pare::per_channel, pare::unstructured<>>;

/// Weights of `e` of which `percent` are pruned, wherever they are.
bench::quantized_work pruned_work(const bench::extents& e, int percent) {
    bench::quantized_work w(e);
    std::mt19937 random(2);
    for (std::int8_t& v : w.weights) {
        if (int(random() % 100) < percent) v = 0;
        else if (v == 0) v = 1;
    }
    return w;
}

/// The row of M x N x K.
template <std::size_t M, std::size_t N, std::size_t K>
void add_product(bench::comparison& table, int percent) {
    static constexpr bench::extents e{.height = M, .width = 1, .channels = K, .outputs = N};
    const std::string work = (M == 1 ? "gemv " : "gemm ") + std::to_string(M) + "x" + std::to_string(N) + "x" + std::to_string(K) +
                             " int8 unstructured " + std::to_string(percent) + "%";
    table.add(work, std::string(native::name), e.operations(), [percent](std::string& what) {
        const bench::quantized_work w = pruned_work(e, percent);
        const auto own = std::make_shared<bench::own_gemm<native, pare::rounding::fp32, M, N, K, scattered>>(w);
        const auto all = std::make_shared<bench::own_gemm<native, pare::rounding::fp32, M, N, K, dense>>(w);
        own->run(), all->run();
        what = bench::difference(all->output, own->output, "pruned");
        return std::vector<bench::contestant>{{"pare", [own] { own->run(); }}, {"own dense int8", [all] { all->run(); }}};
    });
}

template <std::size_t M, std::size_t N, std::size_t K>
void add_products(bench::comparison& table) {
    for (const int percent : {50, 70, 80, 90, 95}) add_product<M, N, K>(table, percent);
}

}  // namespace

int main(int argc, char** argv) {
    bench::comparison table("compressed", bench::peak_int8<native>());
    add_products<128, 1024, 1024>(table);
    add_products<784, 256, 256>(table);
    add_products<196, 256, 2304>(table);
    add_products<16, 512, 512>(table);
    add_products<1, 1024, 1024>(table);
    add_products<1, 4096, 4096>(table);
    return table.run(argc, argv);
}
