// SPDX-License-Identifier: MIT
// What does a call cost where there is little to do, beside oneDNN and XNNPACK? needs: dnnl xnnpack
#include <string>

#include "own.hpp"
#include "peers/peers.hpp"
#include "report.hpp"

namespace {

using native = pare::arch::native;

template <std::size_t M, std::size_t N, std::size_t K>
void add(bench::comparison& table) {
    constexpr bench::extents e{.height = M, .width = 1, .channels = K, .outputs = N};
    table.add("tiny " + std::to_string(M) + "x" + std::to_string(N) + "x" + std::to_string(K), std::string(native::name), e.operations(),
              [](std::string& what) {
                  return bench::contestants<bench::own_gemm<native, pare::rounding::fp32, M, N, K>>(bench::quantized_work(e), what);
              });
}

}  // namespace

int main(int argc, char** argv) {
    bench::comparison table("tiny", bench::peak_int8<native>());
    add<1, 16, 16>(table);
    add<4, 32, 32>(table);
    add<1, 64, 64>(table);
    add<1, 10, 100>(table);
    add<1, 100, 300>(table);
    add<1, 256, 256>(table);
    return table.run(argc, argv);
}
