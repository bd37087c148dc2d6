// SPDX-License-Identifier: MIT
// How fast are int8 convolutions, beside oneDNN and XNNPACK? needs: dnnl xnnpack
#include <string>

#include "own.hpp"
#include "peers/peers.hpp"
#include "report.hpp"

namespace {

using native = pare::arch::native;
using bench::extents;

template <extents E>
void add(bench::comparison& table, const std::string& kind) {
    std::string work = kind + " " + std::to_string(E.height) + "x" + std::to_string(E.width) + "x" + std::to_string(E.channels);
    if (!E.depthwise) work += "->" + std::to_string(E.outputs);
    if (E.stride > 1) work += " stride " + std::to_string(E.stride);
    table.add(work, std::string(native::name), E.operations(), [](std::string& what) {
        const bench::quantized_work w(E);
        if constexpr (E.depthwise) return bench::contestants<bench::own_depthwise<pare::rounding::fp32, E>>(w, what);
        else return bench::contestants<bench::own_conv<native, pare::rounding::fp32, E>>(w, what);
    });
}

constexpr extents conv3x3(std::size_t size, std::size_t channels, std::size_t outputs) {
    return {.height = size, .width = size, .channels = channels, .outputs = outputs, .kernel = 3, .pad = 1};
}
constexpr extents depthwise(std::size_t size, std::size_t channels, std::size_t kernel = 3, std::size_t stride = 1) {
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
    bench::comparison table("conv", bench::peak_int8<native>());
    add<conv3x3(56, 64, 64)>(table, "conv3x3");
    add<conv3x3(28, 128, 128)>(table, "conv3x3");
    add<conv3x3(14, 256, 256)>(table, "conv3x3");
    add<conv3x3(7, 512, 512)>(table, "conv3x3");
    add<extents{.height = 56, .width = 56, .channels = 64, .outputs = 256}>(table, "conv1x1");
    add<conv3x3(56, 3, 64)>(table, "conv3x3");
    add<depthwise(112, 32)>(table, "dw3x3");
    add<depthwise(56, 128)>(table, "dw3x3");
    add<depthwise(28, 256)>(table, "dw3x3");
    add<depthwise(28, 256, 5)>(table, "dw5x5");
    add<depthwise(56, 128, 3, 2)>(table, "dw3x3");
    return table.run(argc, argv);
}
