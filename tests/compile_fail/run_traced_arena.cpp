// expect: run: with a trace the arena holds the output of every layer; use pare::traced_arena<Model, Arch, Batch, Threads>
// SPDX-License-Identifier: MIT
// A convolution and its pool are fused on an arch of vectors, unless somebody wants to see what the convolution gives.
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <pare/pare.hpp>

struct three_lanes {
    static constexpr std::string_view name = "three_lanes";
    static constexpr std::size_t lanes = 3, registers = 8, alignment = 2;
    static constexpr bool portable = true;
    template <class Activation, class Weight>
    using dot_for = pare::arch::dot<2, std::int16_t, Weight, std::int32_t>;
};

using net = pare::model<pare::input<pare::int8, 12, 12, 2>, pare::conv2d<16, pare::window<3, 3>, pare::same>, pare::max_pool2d<2>>;
#ifdef GOOD
using memory = pare::traced_arena<net, three_lanes>;
#else
using memory = pare::arena<net, three_lanes>;
#endif

void look(const pare::packed<net, three_lanes>& p, const std::array<std::int8_t, 288>& x, std::array<std::int8_t, 576>& y, memory& m) {
    pare::run(p, x, y, m, [](std::size_t, const auto&) {});
}
