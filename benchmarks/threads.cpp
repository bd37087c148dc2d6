// SPDX-License-Identifier: MIT
// How much faster are two threads than one? A row's time is that of a pool of two, its peer the same kernel without executor.
#include <memory>
#include <string>

#include "executors/thread_pool.hpp"
#include "own.hpp"
#include "report.hpp"

namespace {

using native = pare::arch::native;
using bench::extents;
constexpr std::size_t threads = 2;

template <class Own>
void add(bench::comparison& table, const std::string& work, extents e) {
    table.add(work, std::string(native::name), e.operations(), [e](std::string& what) -> std::vector<bench::contestant> {
        const bench::quantized_work w(e);
        const auto one = std::make_shared<Own>(w), two = std::make_shared<Own>(w, threads);
        const auto pool = std::make_shared<executors::thread_pool>(threads);
        one->run();
        two->run(*pool);
        what = bench::difference(two->output, one->output, "one thread");
        return {{"two threads", [two, pool] { two->run(*pool); }}, {"one thread", [one] { one->run(); }}};
    });
}

template <std::size_t M, std::size_t N, std::size_t K>
void add_gemm(bench::comparison& table) {
    add<bench::own_gemm<native, pare::rounding::fp32, M, N, K>>(
        table, "gemm " + std::to_string(M) + "x" + std::to_string(N) + "x" + std::to_string(K), {.height = M, .channels = K, .outputs = N});
}

constexpr extents conv3x3(std::size_t size, std::size_t channels, std::size_t outputs) {
    return {.height = size, .width = size, .channels = channels, .outputs = outputs, .kernel = 3, .pad = 1};
}
template <extents E>
void add_conv(bench::comparison& table) {
    add<bench::own_conv<native, pare::rounding::fp32, E>>(
        table, "conv3x3 " + std::to_string(E.height) + "x" + std::to_string(E.width) + "x" + std::to_string(E.channels), E);
}

}  // namespace

int main(int argc, char** argv) {
    bench::comparison table("threads", threads * bench::peak_int8<native>());
    add_gemm<1024, 1024, 1024>(table);
    add_gemm<256, 1024, 1024>(table);
    add_gemm<128, 768, 768>(table);
    add_gemm<784, 64, 576>(table);
    add_conv<conv3x3(28, 128, 128)>(table);
    return table.run(argc, argv);
}
