// SPDX-License-Identifier: MIT
// Layers without weights that work on single elements: addition, activation, softmax.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>

#include <pare/arch/add.hpp>
#include <pare/arch/lookup.hpp>
#include <pare/arch/tags.hpp>
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

namespace kernels {

/// Outputs of exponentials (Q0.31) whose sum is `wide` (Q12.19).
struct softmax_scale {
    std::int32_t reciprocal;
    int shift;

    PARE_INLINE constexpr explicit softmax_scale(std::int64_t wide) {
        int halvings = 0;
        while ((wide >> halvings) >= std::int64_t(1) << 28) ++halvings;
        const auto sum = std::uint32_t(wide >> halvings);
        const int headroom = std::countl_zero(sum);
        reciprocal = one_over_one_plus(std::int32_t((sum << headroom) - (std::uint32_t(1) << 31)));
        shift = 12 - headroom + halvings + 23;
    }
    template <class T>
    PARE_INLINE constexpr T output(std::int32_t exponential) const {
        constexpr std::int32_t zero = std::numeric_limits<T>::min() < 0 ? -128 : 0;
        const std::int32_t value = shift > 31 ? 0 : rounding_divide_by_pot(doubling_high_mul(reciprocal, exponential), shift);
        return T(std::clamp<std::int32_t>(value + zero, std::numeric_limits<T>::min(), std::numeric_limits<T>::max()));
    }
};

/// A long row: a byte has 256 values, and each that occurs is worked on once.
template <class T, class Arch, class F>
constexpr void softmax_by_values(const T* src, T* dst, std::size_t count, const F& exponential, Arch arch) {
    std::array<std::uint32_t, 256> times{};
    for (std::size_t i = 0; i < count; ++i) ++times[std::uint8_t(src[i])];
    std::int64_t wide = 0;
    for (std::size_t v = 0; v < 256; ++v)
        if (times[v] != 0) wide += std::int64_t(times[v]) * rounding_divide_by_pot(exponential(T(v)), 12);
    const softmax_scale scale(wide);
    std::array<T, 256> outputs{};
    for (std::size_t v = 0; v < 256; ++v)
        if (times[v] != 0) outputs[v] = scale.output<T>(exponential(T(v)));
    arch::lookup_bytes(dst, src, count, outputs.data(), arch);
}

}  // namespace kernels

/// One row of softmax to scale 1 / 256, zero point -128, in integers (TFLite reference_ops::Softmax). Rows whose sum of
/// exponentials reaches 2^9 are halved until it does not, where TFLite would stop: 512 or more equal largest scores.
template <std::integral T, class Arch = arch::scalar>
constexpr void softmax_kernel(const T* src, T* dst, std::size_t count, const softmax_constants& c, Arch arch = {}) {
    static_assert(sizeof(T) == 1, "softmax: integer scores are 8 bits; got 16; use f32 or an 8-bit output before softmax");
    std::int32_t largest = std::numeric_limits<std::int32_t>::min();
    for (std::size_t i = 0; i < count; ++i) largest = std::max(largest, std::int32_t(src[i]));
    const auto exponential = [&](T score) {
        const std::int32_t difference = std::int32_t(score) - largest;
        return difference < c.lowest ? 0 : exp_on_negative_values<5>(multiply_by_quantized_multiplier(difference, c.scale));
    };
    // Where memory is dear, a kilobyte is not taken for counts.
    if constexpr (Arch::lanes > 1)
        if (count >= 256) return kernels::softmax_by_values(src, dst, count, exponential, arch);
    std::int64_t wide = 0;
    for (std::size_t i = 0; i < count; ++i) wide += rounding_divide_by_pot(exponential(src[i]), 12);
    const kernels::softmax_scale scale(wide);
    for (std::size_t i = 0; i < count; ++i) dst[i] = scale.output<T>(exponential(src[i]));
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
