// SPDX-License-Identifier: MIT
// What activations are written in, and how reals become them and come back.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>

#include <pare/core/config.hpp>
#include <pare/format/encoding.hpp>

namespace pare::inline v0 {

/// Scale and zero point of an activation tensor: real = scale * (q - zero_point).
struct quantization {
    float scale = 1.0f;           ///< of one step
    std::int32_t zero_point = 0;  ///< the value that stands for 0

    friend constexpr bool operator==(const quantization&, const quantization&) = default;  ///< equal in every member
};

/// An encoding that activations may have: s8, u8, s16 or float.
template <class E>
concept activation_encoding = std::same_as<E, int8> || std::same_as<E, uint8> || std::same_as<E, int16> || std::same_as<E, f32>;

/// The values of an encoding that activations may have.
template <activation_encoding E>
using activation_type = typename E::value_type;

/// The encoding of a value type.
template <class T>
using activation_encoding_of = std::conditional_t<
    std::same_as<T, std::int8_t>, int8,
    std::conditional_t<std::same_as<T, std::uint8_t>, uint8, std::conditional_t<std::same_as<T, std::int16_t>, int16, f32>>>;

/// The value of an activation type that is nearest to `real`, half away from zero, saturated; NaN becomes the zero point.
template <class T>
constexpr T quantize(float real, quantization q) {
    if constexpr (std::floating_point<T>) {
        return real;
    } else {
        constexpr float low = float(std::numeric_limits<T>::min()), high = float(std::numeric_limits<T>::max());
        const float value = real / q.scale;
        if (!(value == value)) return T(q.zero_point);
        const float bound = high - low + 1.0f;
        const float limited = value < -bound ? -bound : value > bound ? bound : value;
        const auto whole = std::int32_t(limited);
        const float rest = limited - float(whole);  // exact; adding a half instead would round 0.49999997f up
        const auto rounded = whole + (rest >= 0.5f) - (rest <= -0.5f) + q.zero_point;
        return T(rounded < std::int32_t(low) ? std::int32_t(low) : rounded > std::int32_t(high) ? std::int32_t(high) : rounded);
    }
}

/// The real number that an activation stands for.
template <class T>
constexpr float dequantize(T value, quantization q) {
    if constexpr (std::floating_point<T>) return value;
    else return q.scale * float(std::int32_t(value) - q.zero_point);
}

}  // namespace pare::inline v0
