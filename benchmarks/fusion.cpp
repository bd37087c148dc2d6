// SPDX-License-Identifier: MIT
// What does it gain to do the work of a layer in the one before it, in time and in bytes of the arena?
#include <cstddef>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include <pare/pare.hpp>

#include "forward.hpp"
#include "measure.hpp"
#include "report.hpp"

namespace {

using namespace pare;

using bytes = weights<int8, per_channel>;
template <std::size_t Size, std::size_t Channels>
using image = input<int8, Size, Size, Channels>;
template <std::size_t Channels, class... Options>
using conv = conv2d<Channels, window<3, 3>, same, bytes, Options...>;
template <class... Options>
using depthwise = depthwise_conv2d<window<3, 3>, same, bytes, Options...>;

struct arena_row {
    std::string work;
    std::size_t fused, apart;
};
std::vector<arena_row> arenas;

/// A model in which layers are fused, and the same one layer after the other.
template <class Model, class Arch = arch::native>
void add_model(bench::comparison& table, const std::string& work) {
    const std::string name = work + " " + std::string(Arch::name);
    arenas.push_back({name, arena_bytes<Model, Arch>, arena_bytes<Model, Arch, 1, 1, true>});
    table.add(name, std::string(Arch::name), 2.0 * double(cost<Model>.dense), [](std::string& what) {
        const auto model = std::make_shared<bench::forward<Model, Arch>>();
        model->run_apart();
        const auto apart = model->output;
        model->run();
        if (model->output != apart) what = "the outputs differ";
        return std::vector<bench::contestant>{{"fused", [model] { model->run(); }}, {"apart", [model] { model->run_apart(); }, false}};
    });
}
/// The same of a layer and what comes behind it, where the layer alone has weights of another form.
template <class Input, class First, class Second>
void add_pair(bench::comparison& table, const std::string& work) {
    using both = model<Input, First, Second>;
    using alone = model<Input, First>;
    using behind = model<input<int8, alone::output_shape.height, alone::output_shape.width, alone::output_shape.channels>, Second>;
    arenas.push_back({work, arena_bytes<both>, arena_bytes<both, arch::native, 1, 1, true>});
    table.add(work, std::string(arch::native::name), 2.0 * double(cost<both>.dense), [](std::string&) {
        const auto fused = std::make_shared<bench::forward<both>>();
        const auto first = std::make_shared<bench::forward<alone>>();
        const auto second = std::make_shared<bench::forward<behind>>();
        return std::vector<bench::contestant>{{"fused", [fused] { fused->run(); }},
                                              {"apart",
                                               [first, second] {
                                                   first->run();
                                                   second->run();
                                               },
                                               false}};
    });
}

/// A convolution whose output is added to its input, and a block of two with what the first of them reads.
template <std::size_t Size, std::size_t Channels, class Arch = arch::native>
void add_residuals(bench::comparison& table) {
    const std::string size = std::to_string(Size) + "x" + std::to_string(Size) + "x" + std::to_string(Channels);
    add_model<model<image<Size, Channels>, residual<conv<Channels>, add<relu>>>, Arch>(table, "conv + add " + size);
    add_model<model<image<Size, 4>, conv2d<Channels, bytes>, residual<conv<Channels, relu>, conv<Channels>, add<relu>>>, Arch>(
        table, "block " + size);
}

/// An inverted residual block, and one with a step of 2.
template <std::size_t Size, std::size_t Channels, std::size_t Inside, class Arch = arch::native>
void add_inverted(bench::comparison& table) {
    const std::string size = std::to_string(Size) + "x" + std::to_string(Size) + "x" + std::to_string(Channels);
    using first = conv2d<Channels, bytes>;
    add_model<model<image<Size, 4>, first, residual<conv2d<Inside, bytes, relu6>, depthwise<relu6>, first>>, Arch>(table,
                                                                                                                   "inverted " + size);
    add_model<model<image<Size, 4>, first, conv2d<Inside, bytes, relu6>, depthwise<relu6, stride<2>>, first>, Arch>(
        table, "inverted, stride 2 " + size);
}

}  // namespace

int main(int argc, char** argv) {
    using arch::native, arch::avx2, arch::scalar;
    bench::comparison table("fusion", bench::peak_int8<native>());
    add_residuals<28, 64>(table);
    add_residuals<14, 128>(table);
    add_residuals<32, 16>(table);
    add_residuals<8, 64>(table);
    add_residuals<28, 64, avx2>(table);
    add_residuals<14, 128, avx2>(table);
    add_model<model<image<28, 4>, conv2d<16, bytes>, residual<conv<16, relu>, conv<16>, add<relu>>>, scalar>(table, "block 28x28x16");
    // The last layer of a bottleneck, and of an inverted one: few weights for each output.
    add_model<model<image<28, 64>, residual<conv2d<256, bytes>, shortcut<conv2d<256, bytes>>>>>(table, "1x1 + add 28x28x64->256");
    add_model<model<image<14, 64>, residual<conv2d<384, bytes, relu6>, conv2d<64, bytes>>>>(table, "1x1 + add 14x14x384->64");
    add_model<model<image<14, 64>, residual<conv2d<64, bytes>>>, avx2>(table, "1x1 + add 14x14x64");
    add_model<model<image<14, 4>, conv2d<16, bytes>, residual<conv2d<16, bytes>, conv2d<16, bytes>>>, scalar>(table, "1x1 block 14x14x16");
    add_model<model<image<14, 4>, conv2d<16, bytes>, residual<conv2d<16, bytes>, depthwise_conv2d<window<3, 3>, same, bytes>>>, scalar>(
        table, "depthwise block 14x14x16");
    // Blocks of MobileNetV2: a depthwise convolution and one by 1 x 1 in bands, with and without an addition.
    add_inverted<56, 24, 144>(table);
    add_inverted<28, 32, 192>(table);
    add_inverted<14, 64, 384>(table);
    add_inverted<56, 24, 144, avx2>(table);
    add_inverted<24, 8, 48, scalar>(table);
    add_pair<image<28, 1>, conv<32>, max_pool2d<2>>(table, "conv 28x28x1->32, max pool");
    add_pair<image<28, 32>, conv<64>, max_pool2d<2>>(table, "conv 28x28x32->64, max pool");
    const int result = table.run(argc, argv);
    std::printf("\nbytes of the arena\n%-42s %8s %8s\n", "", "fused", "apart");
    for (const arena_row& r : arenas) std::printf("%-42s %8zu %8zu\n", r.work.c_str(), r.fused, r.apart);
    return result;
}
