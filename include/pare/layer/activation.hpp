// SPDX-License-Identifier: MIT
// What an activation does to integers: the bounds that it clamps an output to.
#pragma once

#include <concepts>
#include <cstdint>
#include <limits>

#include <pare/core/config.hpp>
#include <pare/core/rounding.hpp>
#include <pare/format/activations.hpp>
#include <pare/layer/options.hpp>

namespace pare::inline v0 {

namespace detail {

/// A float rounded half away from zero.
constexpr std::int32_t round_half_away(float x) {
    if (x > 1e9f) return 1000000000;
    if (x < -1e9f) return -1000000000;
    return std::int32_t(double(x) + (x < 0 ? -0.5 : 0.5));
}

}  // namespace detail

/// The range that outputs of type `T` with quantisation `q` are clamped to by `Activation` (TFLite
/// CalculateActivationRangeQuantized: bounds are zero_point + round(f32(bound / scale))).
template <class Activation, std::integral T>
constexpr rounding::output_range activation_range(quantization q) {
    rounding::output_range r{q.zero_point, std::numeric_limits<T>::min(), std::numeric_limits<T>::max()};
    const auto level = [&](float real) { return q.zero_point + detail::round_half_away(real / q.scale); };
    if constexpr (Activation::has_low) r.low = level(Activation::low) > r.low ? level(Activation::low) : r.low;
    if constexpr (Activation::has_high) r.high = level(Activation::high) < r.high ? level(Activation::high) : r.high;
    if (r.low > r.high) r.low = r.high;
    return r;
}

/// An activation of a float.
template <class Activation>
PARE_INLINE constexpr float activate(float x) {
    if constexpr (Activation::has_low) x = x < Activation::low ? Activation::low : x;
    if constexpr (Activation::has_high) x = x > Activation::high ? Activation::high : x;
    return x;
}

}  // namespace pare::inline v0
