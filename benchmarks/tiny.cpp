// SPDX-License-Identifier: MIT
// What does a call cost where there is little to do, beside oneDNN and XNNPACK? needs: dnnl xnnpack
#include <cstddef>

#include "peers/peers.hpp"
#include "report.hpp"

namespace {

using native = pare::arch::native;

template <std::size_t M, std::size_t N, std::size_t K>
void add(bench::comparison& table) {
    bench::add_gemm<native, M, N, K>(table, "tiny");
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
