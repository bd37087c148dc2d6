// SPDX-License-Identifier: MIT
// How one value is written: the encoding slot.
#pragma once

#include <bit>
#include <concepts>
#include <cstdint>
#include <type_traits>

#include <pare/core/config.hpp>
#include <pare/format/axis.hpp>

namespace pare::inline v0 {

/// An encoding: `bits` per code, `decode(code)` gives the value (an integer in units of the scale, or a float), and integers
/// state their range, from which accumulators are proved. Nothing else is needed: quantisers find the nearest code by `decode`.
template <class E>
concept encoding_policy = on_axis<E, axis::encoding> && requires(std::uint32_t code) {
    typename E::value_type;
    { E::bits } -> std::convertible_to<int>;
    { E::decode(code) } -> std::same_as<typename E::value_type>;
};

template <class E>
concept integer_encoding = encoding_policy<E> && std::integral<typename E::value_type> && requires {
    { E::lowest } -> std::convertible_to<int>;
    { E::highest } -> std::convertible_to<int>;
};

/// Two's complement integers of `Bits` bits. Symmetric quantisers do not emit `lowest`, but it is legal in kernels.
template <int Bits>
    requires((2 <= Bits && Bits <= 8) || Bits == 16)
struct integer {
    using axis = axis::encoding;
    using value_type = std::conditional_t<(Bits <= 8), std::int8_t, std::int16_t>;
    static constexpr int bits = Bits;
    static constexpr int lowest = -(1 << (Bits - 1));
    static constexpr int highest = (1 << (Bits - 1)) - 1;
    PARE_INLINE static constexpr value_type decode(std::uint32_t code) {
        return value_type(std::int32_t(code << (32 - Bits)) >> (32 - Bits));
    }
};
using int2 = integer<2>;
using int3 = integer<3>;
using int4 = integer<4>;
using int5 = integer<5>;
using int6 = integer<6>;
using int7 = integer<7>;
using int8 = integer<8>;
using int16 = integer<16>;

/// Unsigned integers of 8 bits.
struct uint8 {
    using axis = axis::encoding;
    using value_type = std::uint8_t;
    static constexpr int bits = 8;
    static constexpr int lowest = 0;
    static constexpr int highest = 255;
    PARE_INLINE static constexpr value_type decode(std::uint32_t code) { return value_type(code); }
};

/// +1 and -1 in one bit: a set bit is -1, as a sign bit is.
struct binary {
    using axis = axis::encoding;
    using value_type = std::int8_t;
    static constexpr int bits = 1;
    static constexpr int lowest = -1;
    static constexpr int highest = 1;
    PARE_INLINE static constexpr value_type decode(std::uint32_t code) { return value_type(1 - 2 * std::int32_t(code & 1)); }
};

/// -1, 0 and +1 in two bits of two's complement; the fourth code, 2, reads as 0 and is never written.
struct ternary {
    using axis = axis::encoding;
    using value_type = std::int8_t;
    static constexpr int bits = 2;
    static constexpr int lowest = -1;
    static constexpr int highest = 1;
    PARE_INLINE static constexpr value_type decode(std::uint32_t code) {
        return value_type((code & 3) == 1 ? 1 : (code & 3) == 3 ? -1 : 0);
    }
};

/// IEEE 754 binary32.
struct f32 {
    using axis = axis::encoding;
    using value_type = float;
    static constexpr int bits = 32;
    PARE_INLINE static constexpr value_type decode(std::uint32_t code) { return std::bit_cast<float>(code); }
};

}  // namespace pare::inline v0
