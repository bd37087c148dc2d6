// SPDX-License-Identifier: MIT
// Work that several libraries are given: 8-bit layers as plain arrays.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace bench {

/// The extents of a convolution over one image in NHWC with stride and dilation 1 or more; a matrix product is one with a 1x1 window over
/// an image of M x 1 pixels.
struct extents {
    std::size_t height = 1, width = 1, channels = 1, outputs = 1;
    std::size_t kernel = 1, stride = 1, pad = 0;
    bool depthwise = false;

    constexpr std::size_t out_height() const { return (height + 2 * pad - kernel) / stride + 1; }
    constexpr std::size_t out_width() const { return (width + 2 * pad - kernel) / stride + 1; }
    constexpr std::size_t depth() const { return kernel * kernel * (depthwise ? 1 : channels); }
    constexpr std::size_t pixels() const { return out_height() * out_width(); }
    constexpr double operations() const { return 2.0 * double(pixels()) * double(outputs) * double(depth()); }
};

/// s8 activations x s8 weights [outputs][kernel][kernel][channels], requantised by a factor for each channel to s8.
struct quantized_work {
    extents e;
    std::vector<std::int8_t> source, weights;
    std::vector<std::int32_t> bias;
    std::vector<float> scales;
    static constexpr std::int32_t zero_point = -128;  ///< of the source

    /// Weights of so many bits; the lowest value is left out.
    explicit quantized_work(extents extent, int bits = 8) : e(extent) {
        std::mt19937 random(1);
        const auto number = [&](int low, int high) { return std::uniform_int_distribution<int>(low, high)(random); };
        source.resize(e.height * e.width * e.channels);
        weights.resize(e.outputs * e.depth());
        for (auto& v : source) v = std::int8_t(number(-128, 127));
        const int most = (1 << (bits - 1)) - 1;
        for (auto& v : weights) v = std::int8_t(number(-most, most));
        for (std::size_t n = 0; n < e.outputs; ++n) {
            bias.push_back(number(-1000, 1000));
            scales.push_back(float(number(50, 100)) / float(e.depth()) / 40000.0f);
        }
    }

    /// The source less its zero point.
    std::vector<std::uint8_t> unsigned_source() const {
        std::vector<std::uint8_t> u;
        for (const std::int8_t v : source) u.push_back(std::uint8_t(v + 128));
        return u;
    }
};

}  // namespace bench
