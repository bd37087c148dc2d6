// SPDX-License-Identifier: MIT
// How fast are int8 convolutions, beside oneDNN and XNNPACK? needs: dnnl xnnpack
#include <cstddef>

#include "peers/peers.hpp"
#include "report.hpp"

namespace {

using native = pare::arch::native;
using bench::extents;

constexpr extents conv3x3(std::size_t size, std::size_t channels, std::size_t outputs) {
    return {.height = size, .width = size, .channels = channels, .outputs = outputs, .kernel = 3, .pad = 1};
}

}  // namespace

int main(int argc, char** argv) {
    bench::comparison table("conv", bench::peak_int8<native>());
    bench::add_convolution<native, conv3x3(56, 64, 64)>(table, "conv3x3");
    bench::add_convolution<native, conv3x3(28, 128, 128)>(table, "conv3x3");
    bench::add_convolution<native, conv3x3(14, 256, 256)>(table, "conv3x3");
    bench::add_convolution<native, conv3x3(7, 512, 512)>(table, "conv3x3");
    bench::add_convolution<native, extents{.height = 56, .width = 56, .channels = 64, .outputs = 256}>(table, "conv1x1");
    bench::add_convolution<native, conv3x3(56, 3, 64)>(table, "conv3x3");
    return table.run(argc, argv);
}
