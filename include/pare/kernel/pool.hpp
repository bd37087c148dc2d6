// SPDX-License-Identifier: MIT
// Pooling: the largest, or the mean, of each window.
#pragma once

#include <algorithm>
#include <array>
#include <cassert>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include <pare/arch/bulk.hpp>
#include <pare/arch/mean.hpp>
#include <pare/arch/tags.hpp>
#include <pare/core/config.hpp>
#include <pare/core/rounding.hpp>
#include <pare/core/view.hpp>
#include <pare/kernel/window.hpp>

namespace pare::inline v0::inline PARE_ISA {

namespace kernels {

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

namespace kernels {

/// The largest values of windows in rows v and columns h of outputs, of which `rows` x `columns` taps lie inside the image, from `first`
/// on.
template <class Arch, class T, class Range>
PARE_INLINE constexpr void max_pool_rectangle(const image_view<const T>& image, const conv_geometry& g, const image_view<T>& dst,
                                              const detail::tap_range& v, const detail::tap_range& h, std::size_t rows, std::size_t columns,
                                              const Range& range, bool clamp, Arch arch) {
    for (std::size_t y = v.begin; y < v.end; ++y) {
        const T* from = image.pixel(y * g.stride_y + v.first - g.pad_top, h.begin * g.stride_x + h.first - g.pad_left);
        T* out = dst.pixel(y, h.begin);
        for (std::size_t x = h.begin; x < h.end; ++x) {
            arch::maximum(out, arch::window_arrays<T>{from, rows, columns, image.row_stride, image.pixel_stride}, dst.channels, arch);
            if (clamp)
                for (std::size_t c = 0; c < dst.channels; ++c) out[c] = clamp_to(out[c], range);
            from += g.stride_x * image.pixel_stride;
            out += dst.pixel_stride;
        }
    }
}

}  // namespace kernels

/// dst(y, x, c) = the largest value of channel c over the taps inside the image, clamped to the range; every window sees the image.
/// Goes into its caller, who often knows the extents: loops over two taps are longer than what they do.
template <class Arch, class T, class Range>
PARE_INLINE constexpr void max_pool(image_view<const T> image, const conv_geometry& g, image_view<T> dst, const Range& range, bool clamp,
                                    Arch arch) {
    assert(image.channels == dst.channels);
    const detail::conv_axis down{image.height, g.kernel_height, g.stride_y, 1, g.pad_top};
    const detail::conv_axis across{image.width, g.kernel_width, g.stride_x, 1, g.pad_left};
    detail::tap_range v, h;
    for (v.end = 0; v.end < dst.height;) {
        v = detail::tap_range::from(v.end, dst.height, down);
        for (h.end = 0; h.end < dst.width;) {
            h = detail::tap_range::from(h.end, dst.width, across);
            if (v.taps() == g.kernel_height && h.taps() == g.kernel_width)
                kernels::max_pool_rectangle(image, g, dst, v, h, g.kernel_height, g.kernel_width, range, clamp, arch);
            else kernels::max_pool_rectangle(image, g, dst, v, h, v.taps(), h.taps(), range, clamp, arch);
        }
    }
}

namespace kernels {

/// Means of channels c0 and on of the window's pixels.
template <class T, class Range>
constexpr void means_from(T* dst, const arch::window_arrays<T>& w, std::size_t c0, std::size_t channels, const Range& range) {
    using sum = std::conditional_t<std::floating_point<T>, float, std::int32_t>;
    constexpr std::size_t block = 64;
    for (; c0 < channels; c0 += block) {
        const std::size_t count = std::min(block, channels - c0);
        std::array<sum, block> sums{};
        for (std::size_t y = 0; y < w.rows; ++y)
            for (std::size_t x = 0; x < w.columns; ++x) {
                const T* const pixel = w.first + y * w.row_stride + x * w.column_stride + c0;
                for (std::size_t c = 0; c < count; ++c) sums[c] += sum(pixel[c]);
            }
        const sum n = sum(w.rows * w.columns);
        for (std::size_t c = 0; c < count; ++c) {
            if constexpr (std::floating_point<T>) dst[c0 + c] = clamp_to(sums[c] / n, range);
            else dst[c0 + c] = T(arch::mean_of(sums[c], n, range));
        }
    }
}

}  // namespace kernels

/// dst(y, x, c) = the mean of channel c over the taps inside the image, rounded half away from zero, clamped (TFLite
/// reference_integer_ops::AveragePool: raw values are averaged, since quantisation in and out is the same); every window sees the image.
template <class T, class Range, class Arch = arch::scalar>
constexpr void avg_pool(image_view<const T> image, const conv_geometry& g, image_view<T> dst, const Range& range, Arch arch = {}) {
    assert(image.channels == dst.channels);
    const detail::conv_axis down{image.height, g.kernel_height, g.stride_y, 1, g.pad_top};
    const detail::conv_axis across{image.width, g.kernel_width, g.stride_x, 1, g.pad_left};
    detail::tap_range v, h;
    for (v.end = 0; v.end < dst.height;) {
        v = detail::tap_range::from(v.end, dst.height, down);
        for (h.end = 0; h.end < dst.width;) {
            h = detail::tap_range::from(h.end, dst.width, across);
            for (std::size_t y = v.begin; y < v.end; ++y)
                for (std::size_t x = h.begin; x < h.end; ++x) {
                    const T* const first = image.pixel(y * g.stride_y + v.first - g.pad_top, x * g.stride_x + h.first - g.pad_left);
                    const arch::window_arrays<T> window{first, v.taps(), h.taps(), image.row_stride, image.pixel_stride};
                    T* const out = dst.pixel(y, x);
                    std::size_t done = 0;
                    if constexpr (std::integral<T>) done = arch::first_means(out, window, dst.channels, range, arch);
                    kernels::means_from(out, window, done, dst.channels, range);
                }
        }
    }
}

}  // namespace pare::inline v0::inline PARE_ISA
