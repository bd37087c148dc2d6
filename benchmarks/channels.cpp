// SPDX-License-Identifier: MIT
// Is the digits network as much faster as there is less to do, when half of the channels of its convolutions are gone?
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

using pare::arch::native;

using dense = pare::weights<pare::int8, pare::per_channel>;
template <std::size_t Size, std::size_t Channels>
using image = pare::input<pare::int8, Size, Size, Channels>;
template <std::size_t Channels>
using conv = pare::conv2d<Channels, pare::window<3, 3>, pare::same, dense, pare::relu>;
using pool = pare::max_pool2d<2>;
using fc1 = pare::linear<100, dense, pare::relu>;
using fc2 = pare::linear<10, dense>;

template <std::size_t C1, std::size_t C2>
using digits = pare::model<image<28, 1>, conv<C1>, pool, conv<C2>, pool, pare::flatten, fc1, fc2>;

template <class Whole, class Half>
void add(bench::comparison& table, const std::string& work) {
    table.add(work, std::string(native::name), 2.0 * double(pare::cost<Half>.dense), [](std::string&) {
        const auto whole = std::make_shared<bench::forward<Whole>>();
        const auto half = std::make_shared<bench::forward<Half>>();
        return std::vector<bench::contestant>{{"half", [half] { half->run(); }}, {"all channels", [whole] { whole->run(); }}};
    });
}

}  // namespace

int main(int argc, char** argv) {
    using pare::model;
    using whole = digits<32, 64>;
    using half = digits<16, 32>;
    bench::comparison table("channels", bench::peak_int8<native>());
    add<whole, half>(table, "digits network");
    add<model<image<28, 1>, conv<32>>, model<image<28, 1>, conv<16>>>(table, "conv1");
    add<model<image<28, 32>, pool>, model<image<28, 16>, pool>>(table, "pool1");
    add<model<image<14, 32>, conv<64>>, model<image<14, 16>, conv<32>>>(table, "conv2");
    add<model<image<14, 64>, pool>, model<image<14, 32>, pool>>(table, "pool2");
    add<model<image<7, 64>, pare::flatten, fc1>, model<image<7, 32>, pare::flatten, fc1>>(table, "fc1");
    add<model<pare::input<pare::int8, 100>, fc2>, model<pare::input<pare::int8, 100>, fc2>>(table, "fc2");
    const int result = table.run(argc, argv);
    std::printf("multiply-accumulates: %.2f times as many\n", double(pare::cost<whole>.dense) / double(pare::cost<half>.dense));
    return result;
}
