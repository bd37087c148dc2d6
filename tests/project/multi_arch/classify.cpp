// SPDX-License-Identifier: MIT
// Compiled once for each arch with that arch's flags.
#include "classify.hpp"

#include <cstddef>
#include <span>

#include <pare/pare.hpp>

namespace {

using network = pare::model<pare::input<pare::int8, 9, 9, 3>,
                            pare::conv2d<20, pare::window<3, 3>, pare::same, pare::weights<pare::per_channel>, pare::relu>,
                            pare::depthwise_conv2d<pare::window<3, 3>, pare::same, pare::weights<pare::per_channel>>, pare::max_pool2d<2>,
                            pare::flatten, pare::linear<score_count, pare::weights<pare::int4, pare::per_channel>>>;

/// Weights of every value, scales that spread the outputs of a layer over its range.
template <class Weights>
void draw(Weights& w, unsigned& state) {
    if constexpr (requires { w.codes; }) {
        const float scale = Weights::format::code_bits == 4 ? 0.02f : 0.001f;
        for (auto& code : w.codes) code = std::byte((state = state * 1664525u + 1013904223u) >> 24);
        for (auto& s : w.scales) s = scale * (1 + float((state = state * 1664525u + 1013904223u) >> 24) / 256);
        for (auto& b : w.bias) b = std::int32_t((state = state * 1664525u + 1013904223u) >> 20) - 2048;
    }
}

}  // namespace

void classify(pare::arch::native arch, unsigned seed, const std::int8_t* image, std::int8_t* scores) {
    pare::parameters<network> parameters;
    std::apply([&](auto&... layer) { (draw(layer, seed), ...); }, parameters.layers);
    parameters.edges.fill({1.0f, 3});
    const auto packed = pare::pack<decltype(arch)>(parameters);
    pare::arena<network, decltype(arch)> arena;
    pare::run(packed, std::span<const std::int8_t>(image, image_size), std::span<std::int8_t>(scores, score_count), arena);
}
