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

/// An encoding of integers, which states their range.
template <class E>
concept integer_encoding = encoding_policy<E> && std::integral<typename E::value_type> && requires {
    { E::lowest } -> std::convertible_to<int>;
    { E::highest } -> std::convertible_to<int>;
};

/// Two's complement integers of `Bits` bits. Symmetric quantisers do not emit `lowest`, but it is legal in kernels.
template <int Bits>
    requires((2 <= Bits && Bits <= 8) || Bits == 16)
struct integer {
    using axis = axis::encoding;  ///< the slot that it fills
    /// The type of a value.
    using value_type = std::conditional_t<(Bits <= 8), std::int8_t, std::int16_t>;
    static constexpr int bits = Bits;                      ///< of a code
    static constexpr int lowest = -(1 << (Bits - 1));      ///< value
    static constexpr int highest = (1 << (Bits - 1)) - 1;  ///< value
    /// The value of a code.
    PARE_INLINE static constexpr value_type decode(std::uint32_t code) {
        return value_type(std::int32_t(code << (32 - Bits)) >> (32 - Bits));
    }
};
using int2 = integer<2>;    ///< two bits: -2 to 1
using int3 = integer<3>;    ///< three bits: -4 to 3
using int4 = integer<4>;    ///< four bits: -8 to 7
using int5 = integer<5>;    ///< five bits: -16 to 15
using int6 = integer<6>;    ///< six bits: -32 to 31
using int7 = integer<7>;    ///< seven bits: -64 to 63
using int8 = integer<8>;    ///< eight bits: -128 to 127
using int16 = integer<16>;  ///< sixteen bits: -32768 to 32767

/// Unsigned integers of 8 bits.
struct uint8 {
    using axis = axis::encoding;                                                                     ///< the slot that it fills
    using value_type = std::uint8_t;                                                                 ///< the type of a value
    static constexpr int bits = 8;                                                                   ///< of a code
    static constexpr int lowest = 0;                                                                 ///< value
    static constexpr int highest = 255;                                                              ///< value
    PARE_INLINE static constexpr value_type decode(std::uint32_t code) { return value_type(code); }  ///< the value of a code
};

/// +1 and -1 in one bit: a set bit is -1, as a sign bit is.
struct binary {
    using axis = axis::encoding;       ///< the slot that it fills
    using value_type = std::int8_t;    ///< the type of a value
    static constexpr int bits = 1;     ///< of a code
    static constexpr int lowest = -1;  ///< value
    static constexpr int highest = 1;  ///< value
    /// The value of a code.
    PARE_INLINE static constexpr value_type decode(std::uint32_t code) { return value_type(1 - 2 * std::int32_t(code & 1)); }
};

/// -1, 0 and +1 in two bits of two's complement; the fourth code, 2, reads as 0 and is never written.
struct ternary {
    using axis = axis::encoding;       ///< the slot that it fills
    using value_type = std::int8_t;    ///< the type of a value
    static constexpr int bits = 2;     ///< of a code
    static constexpr int lowest = -1;  ///< value
    static constexpr int highest = 1;  ///< value
    /// The value of a code.
    PARE_INLINE static constexpr value_type decode(std::uint32_t code) {
        return value_type((code & 3) == 1 ? 1 : (code & 3) == 3 ? -1 : 0);
    }
};

/// IEEE 754 binary32.
struct f32 {
    using axis = axis::encoding;                                                                               ///< the slot that it fills
    using value_type = float;                                                                                  ///< the type of a value
    static constexpr int bits = 32;                                                                            ///< of a code
    PARE_INLINE static constexpr value_type decode(std::uint32_t code) { return std::bit_cast<float>(code); }  ///< the value of a code
};

}  // namespace pare::inline v0
