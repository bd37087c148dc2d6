// SPDX-License-Identifier: MIT
// What layers mean, told a second time: a loop for each index, sums in 64 bits or doubles.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <vector>

#include "support/reference_format.hpp"

namespace reference {

using std::int32_t;
using std::int64_t;
using std::size_t;

/// A sum, and of floats the sum of magnitudes that bounds its error.
struct total {
    int64_t integer = 0;
    double real = 0, magnitude = 0;
};

/// One more product.
template <class Act>
void accumulate(total& s, Act x, int64_t zero_point, const matrix& w, size_t n, size_t k) {
    if constexpr (std::is_floating_point_v<Act>) {
        s.real += double(x) * w.real[n * w.cols + k];
        s.magnitude += std::fabs(double(x) * w.real[n * w.cols + k]);
    } else {
        s.integer += (int64_t(x) - zero_point) * w.integer[n * w.cols + k];
    }
}
inline total start(const tensor& t, size_t n) {
    return t.f.is_float() ? total{0, t.real_bias[n], std::fabs(t.real_bias[n])} : total{t.bias[n], 0, 0};
}

/// How far a float sum of `count` products may lie from the exact one, in any order of additions, fused or not (Higham, Accuracy and
/// Stability of Numerical Algorithms, 2002, 3.1: gamma of count + 1 roundings, u = 2^-24).
inline double float_bound(const total& s, size_t count) {
    const double u = double(count + 2) / 16777216;
    return u / (1 - u) * s.magnitude + 1e-30;
}

/// sums[m][n] of rows of `cols` activations, `stride` apart.
template <class Act>
std::vector<total> linear(const Act* x, size_t rows, size_t stride, int64_t zero_point, const tensor& t, const matrix& w) {
    std::vector<total> sums;
    sums.reserve(rows * t.rows);
    for (size_t m = 0; m < rows; ++m)
        for (size_t n = 0; n < t.rows; ++n) {
            total s = start(t, n);
            for (size_t k = 0; k < t.cols; ++k) accumulate(s, x[m * stride + k], zero_point, w, n, k);
            sums.push_back(s);
        }
    return sums;
}

/// A window that slides along one axis.
struct axis {
    size_t kernel = 1, stride = 1, dilation = 1;
    int64_t before = 0;  ///< rows or columns of padding in front
    size_t out = 1;
};

/// TFLite's padding: SAME gives ceil(in / stride) outputs, an odd padding has its extra one behind; VALID stays inside.
inline axis same(size_t in, size_t kernel, size_t stride, size_t dilation) {
    const int64_t extent = (int64_t(kernel) - 1) * int64_t(dilation) + 1;
    const size_t out = size_t(std::ceil(double(in) / double(stride)));
    const int64_t total = std::max<int64_t>(0, (int64_t(out) - 1) * int64_t(stride) + extent - int64_t(in));
    return {kernel, stride, dilation, total / 2, out};
}
inline axis padded(size_t in, size_t kernel, size_t stride, size_t dilation, size_t before, size_t after) {
    const int64_t extent = (int64_t(kernel) - 1) * int64_t(dilation) + 1;
    const int64_t all = int64_t(in + before + after);
    return {kernel, stride, dilation, int64_t(before), all < extent ? 0 : size_t((all - extent + int64_t(stride)) / int64_t(stride))};
}
inline axis valid(size_t in, size_t kernel, size_t stride, size_t dilation) { return padded(in, kernel, stride, dilation, 0, 0); }

/// An image with its strides, NHWC.
template <class Act>
struct image {
    const Act* data = nullptr;
    size_t height = 0, width = 0, channels = 0, row_stride = 0, pixel_stride = 0;
    Act at(size_t y, size_t x, size_t c) const { return data[y * row_stride + x * pixel_stride + c]; }
};

/// Calls f(tap, y, x) for the taps of output (oy, ox) that lie inside.
template <class Act, class F>
void for_each_tap(const image<Act>& in, const axis& v, const axis& h, size_t oy, size_t ox, const F& f) {
    for (size_t ky = 0; ky < v.kernel; ++ky)
        for (size_t kx = 0; kx < h.kernel; ++kx) {
            const int64_t y = int64_t(oy * v.stride + ky * v.dilation) - v.before, x = int64_t(ox * h.stride + kx * h.dilation) - h.before;
            if (y >= 0 && x >= 0 && y < int64_t(in.height) && x < int64_t(in.width)) f(ky * h.kernel + kx, size_t(y), size_t(x));
        }
}

/// sums[y][x][n]; weights [n][tap][channel of the group].
template <class Act>
std::vector<total> conv2d(const image<Act>& in, const axis& v, const axis& h, size_t groups, int64_t zero_point, const tensor& t,
                          const matrix& w) {
    const size_t inner = in.channels / groups, outer = t.rows / groups;
    std::vector<total> sums;
    sums.reserve(v.out * h.out * t.rows);
    for (size_t oy = 0; oy < v.out; ++oy)
        for (size_t ox = 0; ox < h.out; ++ox)
            for (size_t n = 0; n < t.rows; ++n) {
                total s = start(t, n);
                for_each_tap(in, v, h, oy, ox, [&](size_t tap, size_t y, size_t x) {
                    for (size_t c = 0; c < inner; ++c) accumulate(s, in.at(y, x, n / outer * inner + c), zero_point, w, n, tap * inner + c);
                });
                sums.push_back(s);
            }
    return sums;
}

/// sums[y][x][c * multiplier + i]; weights [output channel][tap].
template <class Act>
std::vector<total> depthwise(const image<Act>& in, const axis& v, const axis& h, size_t multiplier, int64_t zero_point, const tensor& t,
                             const matrix& w) {
    std::vector<total> sums;
    sums.reserve(v.out * h.out * t.rows);
    for (size_t oy = 0; oy < v.out; ++oy)
        for (size_t ox = 0; ox < h.out; ++ox)
            for (size_t n = 0; n < t.rows; ++n) {
                total s = start(t, n);
                for_each_tap(in, v, h, oy, ox,
                             [&](size_t tap, size_t y, size_t x) { accumulate(s, in.at(y, x, n / multiplier), zero_point, w, n, tap); });
                sums.push_back(s);
            }
    return sums;
}

/// Pools: out[y][x][c].
template <class Act>
std::vector<Act> max_pool(const image<Act>& in, const axis& v, const axis& h) {
    std::vector<Act> out;
    for (size_t oy = 0; oy < v.out; ++oy)
        for (size_t ox = 0; ox < h.out; ++ox)
            for (size_t c = 0; c < in.channels; ++c) {
                Act best = std::numeric_limits<Act>::lowest();
                for_each_tap(in, v, h, oy, ox, [&](size_t, size_t y, size_t x) { best = std::max(best, in.at(y, x, c)); });
                out.push_back(best);
            }
    return out;
}
template <class Act>
std::vector<Act> avg_pool(const image<Act>& in, const axis& v, const axis& h) {
    std::vector<Act> out;
    for (size_t oy = 0; oy < v.out; ++oy)
        for (size_t ox = 0; ox < h.out; ++ox)
            for (size_t c = 0; c < in.channels; ++c) {
                double sum = 0;
                size_t taps = 0;
                for_each_tap(in, v, h, oy, ox, [&](size_t, size_t y, size_t x) { sum += double(in.at(y, x, c)), ++taps; });
                const double mean = sum / double(taps);
                if constexpr (std::is_floating_point_v<Act>) out.push_back(Act(mean));
                else out.push_back(Act(std::round(mean)));
            }
    return out;
}

}  // namespace reference
