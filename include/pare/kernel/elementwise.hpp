// SPDX-License-Identifier: MIT
// Layers without weights that work on single elements: addition, activation, softmax.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>

#include <pare/arch/add.hpp>
#include <pare/core/config.hpp>
#include <pare/core/fixed_point.hpp>
#include <pare/core/rounding.hpp>
#include <pare/format/activations.hpp>

namespace pare::inline v0 {

/// The constants for inputs and output of these quantisations; `wide` for s16, whose headroom allows 15 fraction bits.
constexpr add_constants make_add_constants(quantization a, quantization b, quantization out, rounding::output_range range, bool wide) {
    const int shift = wide ? 15 : 20;
    const double twice = 2.0 * std::max(double(a.scale), double(b.scale));
    return {a.zero_point,
            b.zero_point,
            quantize_multiplier(double(a.scale) / twice),
            quantize_multiplier(double(b.scale) / twice),
            quantize_multiplier(twice / (double(std::int64_t(1) << shift) * double(out.scale))),
            shift,
            range};
}

/// The constants of an integer softmax: input differences become Q5.26 by `scale`; those below `lowest` count as nothing.
struct softmax_constants {
    multiplier scale{};       ///< of a difference of inputs
    std::int32_t lowest = 0;  ///< the difference below which inputs count as nothing
};

/// The constants for inputs of this scale (TFLite PreprocessSoftmaxScaling with beta 1).
constexpr softmax_constants make_softmax_constants(float input_scale) {
    const double real = std::min(double(input_scale) * double(1 << 26), 2147483647.0);
    const multiplier m = quantize_multiplier(real);
    const int shift = m.shift > 0 ? m.shift : 0;
    return {m, -std::int32_t((std::int64_t(31) << 26) >> shift)};
}

}  // namespace pare::inline v0

namespace pare::inline v0::inline PARE_ISA {

/// dst[i] = a[i] + b[i] in real numbers, by add_values.
template <std::integral T, class Arch = arch::scalar>
constexpr void add_kernel(const T* a, const T* b, T* dst, std::size_t count, const add_constants& c, Arch arch = {}) {
    arch::add_arrays(dst, a, b, count, c, arch);
}
/// The same in floats, clamped to [low, high].
constexpr void add_kernel(const float* a, const float* b, float* dst, std::size_t count, float low, float high) {
    for (std::size_t i = 0; i < count; ++i) dst[i] = std::min(std::max(a[i] + b[i], low), high);
}

/// dst[i] = clamp(src[i], low, high); `src` may be `dst`.
template <class T>
constexpr void clamp_kernel(const T* src, T* dst, std::size_t count, T low, T high) {
    for (std::size_t i = 0; i < count; ++i) dst[i] = src[i] < low ? low : src[i] > high ? high : src[i];
}

/// One row of softmax to scale 1 / 256, zero point -128, in integers (TFLite reference_ops::Softmax). Rows whose sum of
/// exponentials reaches 2^9 are halved until it does not, where TFLite would stop: 512 or more equal largest scores.
template <std::integral T>
constexpr void softmax_kernel(const T* src, T* dst, std::size_t count, const softmax_constants& c) {
    static_assert(sizeof(T) == 1, "softmax: integer scores are 8 bits; got 16; use f32 or an 8-bit output before softmax");
    std::int32_t largest = std::numeric_limits<std::int32_t>::min();
    for (std::size_t i = 0; i < count; ++i) largest = std::max(largest, std::int32_t(src[i]));
    const auto exponential = [&](std::size_t i) {
        return exp_on_negative_values<5>(multiply_by_quantized_multiplier(std::int32_t(src[i]) - largest, c.scale));
    };
    std::int64_t wide = 0;  // Q12.19
    for (std::size_t i = 0; i < count; ++i)
        if (std::int32_t(src[i]) - largest >= c.lowest) wide += rounding_divide_by_pot(exponential(i), 12);
    int halvings = 0;
    while ((wide >> halvings) >= std::int64_t(1) << 28) ++halvings;
    const auto sum = std::uint32_t(wide >> halvings);
    const int headroom = std::countl_zero(sum);
    const std::int32_t reciprocal = one_over_one_plus(std::int32_t((sum << headroom) - (std::uint32_t(1) << 31)));
    const int shift = 12 - headroom + halvings + 23;
    constexpr std::int32_t zero = std::integral<T> && std::numeric_limits<T>::min() < 0 ? -128 : 0;
    for (std::size_t i = 0; i < count; ++i) {
        std::int32_t value = 0;
        if (std::int32_t(src[i]) - largest >= c.lowest) {
            const std::int64_t scaled = doubling_high_mul(reciprocal, exponential(i));
            value = shift > 31 ? 0 : rounding_divide_by_pot(std::int32_t(scaled), shift);
        }
        dst[i] = T(std::clamp<std::int32_t>(value + zero, std::numeric_limits<T>::min(), std::numeric_limits<T>::max()));
    }
}

/// One row of softmax in floats.
inline void softmax_kernel(const float* src, float* dst, std::size_t count) {
    float largest = -std::numeric_limits<float>::infinity();
    for (std::size_t i = 0; i < count; ++i) largest = std::max(largest, src[i]);
    float sum = 0;
    for (std::size_t i = 0; i < count; ++i) sum += dst[i] = std::exp(src[i] - largest);
    for (std::size_t i = 0; i < count; ++i) dst[i] /= sum;
}

}  // namespace pare::inline v0::inline PARE_ISA
