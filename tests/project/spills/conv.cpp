// SPDX-License-Identifier: MIT
// Register tiles of convolutions of known shapes, whose innermost loops spills.sh looks at.
#include <cstddef>
#include <cstdint>

#include <pare/kernel/conv.hpp>
#include <pare/kernel/pack.hpp>
#include <pare/kernel/select.hpp>

namespace {

using namespace pare;
using format = weights<int8, per_channel>;

template <std::size_t Size, std::size_t Channels, std::size_t Outputs>
struct window3 {
    static constexpr conv_geometry g{.kernel_height = 3, .kernel_width = 3, .pad_top = 1, .pad_left = 1};
    static constexpr conv_shape shape{g, Size, Size, Channels, Size, Size};
    using execution = pare::select<format, conv_problem<format, std::int8_t, Outputs, shape, 1, arch::native>, arch::native>;

    static void run(const std::int8_t* x, const packed_weights<execution, rounding::fp32, view>& w, std::int8_t* y,
                    typename execution::dot::lhs* scratch) {
        conv2d_kernel<plan_conv(execution{}, shape)>(contiguous_image(x, Size, Size, Channels), g, w, std::int8_t(3),
                                                     contiguous_image(y, Size, Size, Outputs),
                                                     requantize_sums<std::int8_t>(w, {0, -128, 127}), std::span(scratch, 1 << 20));
    }
};

}  // namespace

// Taps, bands and columns.
#define PARE_CONVOLUTION(size, channels, outputs)                                                                                         \
    extern "C" void conv##size##x##channels##x##outputs(                                                                                  \
        const std::int8_t* x, const packed_weights<window3<size, channels, outputs>::execution, rounding::fp32, view>& w, std::int8_t* y, \
        window3<size, channels, outputs>::execution::dot::lhs* scratch) {                                                                 \
        window3<size, channels, outputs>::run(x, w, y, scratch);                                                                          \
    }
PARE_CONVOLUTION(14, 32, 64)
PARE_CONVOLUTION(14, 16, 32)
PARE_CONVOLUTION(28, 1, 16)
PARE_CONVOLUTION(56, 3, 64)
