// SPDX-License-Identifier: MIT
// Pooling: the largest, or the mean, of each window.
#pragma once

#include <algorithm>
#include <array>
#include <cassert>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

#include <pare/arch/bulk.hpp>
#include <pare/core/config.hpp>
#include <pare/core/rounding.hpp>
#include <pare/core/view.hpp>
#include <pare/kernel/conv.hpp>

namespace pare::inline v0::inline PARE_ISA {

namespace kernels {

/// Calls f(pixel) for each tap of output (y, x) inside the image; returns how many there are.
template <class T, class F>
PARE_INLINE constexpr std::size_t for_each_tap(const image_view<const T>& image, const conv_geometry& g, std::size_t y, std::size_t x,
                                               const F& f) {
    std::size_t taps = 0;
    for (std::size_t ky = 0; ky < g.kernel_height; ++ky)
        for (std::size_t kx = 0; kx < g.kernel_width; ++kx) {
            const std::size_t iy = y * g.stride_y + ky - g.pad_top, ix = x * g.stride_x + kx - g.pad_left;
            if (iy >= image.height || ix >= image.width) continue;  // unsigned: also what lies above or left
            f(image.pixel(iy, ix));
            ++taps;
        }
    return taps;
}

template <class T, class Range>
PARE_INLINE constexpr T clamp_to(T value, const Range& r) {
    return value < T(r.low) ? T(r.low) : value > T(r.high) ? T(r.high) : value;
}

}  // namespace kernels

/// Bounds of a float output; integers use rounding::output_range.
struct float_range {
    float low = 0;   ///< the lower end
    float high = 0;  ///< the upper end
};

/// dst(y, x, c) = the largest value of channel c over the taps inside the image, clamped to the range.
template <class Arch, class T, class Range>
constexpr void max_pool(image_view<const T> image, const conv_geometry& g, image_view<T> dst, const Range& range, bool clamp, Arch arch) {
    assert(image.channels == dst.channels);
    for (std::size_t y = 0; y < dst.height; ++y)
        for (std::size_t x = 0; x < dst.width; ++x) {
            T* const out = dst.pixel(y, x);
            std::array<const T*, 16> taps{};  // more than that go in turns, the result so far as one of them
            std::size_t count = 0;
            kernels::for_each_tap(image, g, y, x, [&](const T* pixel) {
                if (count == taps.size()) {
                    arch::maximum(out, std::span<const T* const>(taps), dst.channels, arch);
                    taps[0] = out;
                    count = 1;
                }
                taps[count++] = pixel;
            });
            arch::maximum(out, std::span<const T* const>(taps.data(), count), dst.channels, arch);
            if (clamp)
                for (std::size_t c = 0; c < dst.channels; ++c) out[c] = kernels::clamp_to(out[c], range);
        }
}

/// dst(y, x, c) = the mean of channel c over the taps inside the image, rounded half away from zero, clamped (TFLite
/// reference_integer_ops::AveragePool: raw values are averaged, since quantisation in and out is the same).
template <class T, class Range>
constexpr void avg_pool(image_view<const T> image, const conv_geometry& g, image_view<T> dst, const Range& range) {
    using sum = std::conditional_t<std::floating_point<T>, float, std::int32_t>;
    assert(image.channels == dst.channels);
    constexpr std::size_t block = 64;
    for (std::size_t y = 0; y < dst.height; ++y)
        for (std::size_t x = 0; x < dst.width; ++x)
            for (std::size_t c0 = 0; c0 < dst.channels; c0 += block) {
                const std::size_t count = std::min(block, dst.channels - c0);
                std::array<sum, block> sums{};
                const std::size_t taps = kernels::for_each_tap(image, g, y, x, [&](const T* pixel) {
                    for (std::size_t c = 0; c < count; ++c) sums[c] += sum(pixel[c0 + c]);
                });
                T* const out = dst.pixel(y, x) + c0;
                for (std::size_t c = 0; c < count; ++c) {
                    const sum n = sum(taps);
                    if constexpr (std::floating_point<T>) out[c] = kernels::clamp_to(sums[c] / n, range);
                    else out[c] = T(std::clamp(sums[c] > 0 ? (sums[c] + n / 2) / n : (sums[c] - n / 2) / n, range.low, range.high));
                }
            }
}

}  // namespace pare::inline v0::inline PARE_ISA
