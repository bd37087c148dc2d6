// SPDX-License-Identifier: MIT
// Depthwise convolutions drawn by lot: an arch against the plain loops, for every way in which blocks of channels, windows and borders can
// fall.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <type_traits>

#include <pare/kernel/depthwise.hpp>

#include "support/catch.hpp"
#include "support/guarded.hpp"
#include "support/lots.hpp"
#include "support/reference_layers.hpp"

namespace depthwise_cases {

using namespace pare;
using support::guarded_vector;

/// Of a convolution whose outputs are as many as its steps.
struct window {
    std::size_t height, width, stride, dilation;
};

/// One convolution, the same on `Arch` as on the scalar one; gaps between pixels are left alone.
template <class Arch, class Rounding, class Activation>
void check(std::size_t channels, std::size_t height, std::size_t width, const window& w, std::size_t gap, std::size_t number) {
    using packed = packed_depthwise<weights<int8, per_channel>, Activation, dynamic, dynamic, Rounding, support::guarded>;
    support::lots r(5, channels * 100 + width, number);
    support::guarded_memory::get().put_at_end(number % 2 == 0);
    const std::size_t taps = w.height * w.width;
    packed p;
    p.taps.resize(taps * channels);
    p.bias.resize(channels);
    p.scales.resize(channels);
    for (auto& v : p.taps) v = support::draw_activation<std::int8_t>(r, support::spread::ends);
    for (auto& v : p.bias) v = std::int32_t(r.integer(-5000, 5000));
    // With large scales products leave 32 bits; a range that is all of the type is where registers saturate if they do not.
    const double times = number % 4 == 3 ? 1e6 : 1;
    for (auto& v : p.scales) v = Rounding::from(r.real(0.0005, 0.01) * times);
    const auto v = reference::same(height, w.height, w.stride, w.dilation), h = reference::same(width, w.width, w.stride, w.dilation);
    const std::size_t pixel = channels + gap;
    guarded_vector<Activation> x((height * width - 1) * pixel + channels);
    for (auto& value : x) value = support::draw_activation<Activation>(r, support::spread::ends);
    const auto zero_point = support::draw_activation<Activation>(r, support::spread::even);
    const image_view<const Activation> image{x.data(), height, width, channels, width * pixel, pixel};
    const conv_geometry g{w.height, w.width, w.stride, w.stride, w.dilation, w.dilation, std::size_t(v.before), std::size_t(h.before)};
    using limits = std::numeric_limits<Activation>;
    const rounding::output_range some{3, std::is_signed_v<Activation> ? -100 : 3, 120}, all{3, limits::min(), limits::max()};
    const requantize<Rounding, Activation> epilogue{p.scales.data(), number % 2 == 1 ? all : some};
    const auto run = [&]<class On>(On) {
        guarded_vector<Activation> y((v.out * h.out - 1) * pixel + channels, Activation(77));
        depthwise_kernel<On>(image, g, p, 1, zero_point, {y.data(), v.out, h.out, channels, h.out * pixel, pixel}, epilogue);
        return y;
    };
    const auto wanted = run(arch::scalar{}), got = run(Arch{});
    REQUIRE(got == wanted);
}

/// Convolutions of so many channels, and so wide. Returns how many.
template <class Arch>
std::size_t check_all(std::initializer_list<std::size_t> all_channels, std::initializer_list<std::size_t> widths) {
    std::size_t number = 0;
    for (const std::size_t channels : all_channels)
        for (const std::size_t width : widths)
            for (const window w : {window{3, 3, 1, 1},
                                   {3, 3, 2, 1},
                                   {3, 3, 1, 2},
                                   {5, 5, 1, 1},
                                   {5, 5, 2, 1},
                                   {1, 3, 1, 1},
                                   {4, 3, 1, 1},
                                   {7, 2, 3, 1},
                                   {2, 7, 1, 1},
                                   {9, 1, 1, 1}})
                for (const std::size_t gap : {0u, 5u}) {
                    INFO(Arch::name << ": " << channels << " channels, width " << width << ", window " << w.height << "x" << w.width
                                    << " stride " << w.stride << " dilation " << w.dilation << " gap " << gap);
                    check<Arch, rounding::fp32, std::int8_t>(channels, 5, width, w, gap, number);
                    check<Arch, rounding::fp32, std::uint8_t>(channels, 4, width, w, gap, ++number);
                    if (gap > 0) continue;
                    check<Arch, rounding::single, std::uint8_t>(channels, 5, width, w, gap, number);
                    check<Arch, rounding::gemmlowp, std::int8_t>(channels, 4, width, w, gap, number);
                }
    return number;
}

}  // namespace depthwise_cases
