// SPDX-License-Identifier: MIT
// How fast are int8 depthwise convolutions, beside oneDNN and XNNPACK? needs: dnnl xnnpack
#include <cstddef>

#include "peers/peers.hpp"
#include "report.hpp"

namespace {

using native = pare::arch::native;

constexpr bench::extents depthwise(std::size_t size, std::size_t channels, std::size_t kernel = 3, std::size_t stride = 1) {
    return {.height = size,
            .width = size,
            .channels = channels,
            .outputs = channels,
            .kernel = kernel,
            .stride = stride,
            .pad = kernel / 2,
            .depthwise = true};
}

}  // namespace

int main(int argc, char** argv) {
    bench::comparison table("depthwise", bench::peak_int8<native>());
    bench::add_convolution<native, depthwise(112, 32)>(table, "dw3x3");
    bench::add_convolution<native, depthwise(56, 128)>(table, "dw3x3");
    bench::add_convolution<native, depthwise(28, 256)>(table, "dw3x3");
    bench::add_convolution<native, depthwise(28, 256, 5)>(table, "dw5x5");
    bench::add_convolution<native, depthwise(56, 128, 3, 2)>(table, "dw3x3");
    return table.run(argc, argv);
}
