// SPDX-License-Identifier: MIT
// Bit streams: codes of any width, least significant bit first, across byte borders.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

#include <pare/core/config.hpp>

namespace pare::inline v0 {

/// Thirty-two binary values: bit i is the code of value i, 0 for +1 and 1 for -1. Bits behind the last value are 0.
struct binary_word {
    static constexpr std::size_t values = 32;  ///< in a word
    std::uint32_t bits = 0;                    ///< their codes

    /// Words that hold `count` values.
    PARE_INLINE static constexpr std::size_t words(std::size_t count) { return (count + values - 1) / values; }

    friend constexpr bool operator==(const binary_word&, const binary_word&) = default;  ///< equal in every value
};

/// Bytes that hold `bits` bits.
PARE_INLINE constexpr std::size_t bytes_of_bits(std::size_t bits) { return (bits + 7) / 8; }

/// Bits that tell `count` things apart.
PARE_INLINE constexpr int bits_for(std::size_t count) { return count < 2 ? 0 : int(std::bit_width(count - 1)); }

/// The `width` bits at bit `at`, 0 <= width <= 32. Touches no byte that holds none of them.
PARE_INLINE constexpr std::uint32_t read_bits(const std::byte* data, std::size_t at, int width) {
    std::uint64_t value = 0;
    const std::size_t first = at / 8;
    const int skip = int(at % 8);
    for (int have = 0; have < skip + width; have += 8) value |= std::uint64_t(data[first + std::size_t(have / 8)]) << have;
    return std::uint32_t((value >> skip) & ((std::uint64_t(1) << width) - 1));
}

/// Writes the low `width` bits of `value` at bit `at`; the bytes must have been zero there.
PARE_INLINE constexpr void write_bits(std::byte* data, std::size_t at, int width, std::uint32_t value) {
    const int skip = int(at % 8);
    const std::uint64_t bits = (std::uint64_t(value) & ((std::uint64_t(1) << width) - 1)) << skip;
    for (int have = 0; have < skip + width; have += 8) data[at / 8 + std::size_t(have / 8)] |= std::byte((bits >> have) & 0xff);
}

/// Reads a stream of codes from the front; reading past the end gives zeros and sets `overrun`.
class bit_reader {
public:
    constexpr explicit bit_reader(std::span<const std::byte> data) : data_(data) {}  ///< begins at bit 0

    /// The next `width` bits, at most 32.
    constexpr std::uint32_t read(int width) {
        if (at_ + std::size_t(width) > data_.size() * 8) {
            overrun_ = true;
            at_ = data_.size() * 8;
            return 0;
        }
        const std::uint32_t value = read_bits(data_.data(), at_, width);
        at_ += std::size_t(width);
        return value;
    }

    constexpr std::size_t position() const { return at_; }  ///< bits read so far
    constexpr bool overrun() const { return overrun_; }     ///< whether more was read than there is

private:
    std::span<const std::byte> data_;
    std::size_t at_ = 0;
    bool overrun_ = false;
};

/// Appends codes to zeroed bytes; with no bytes it only counts.
class bit_writer {
public:
    constexpr bit_writer() = default;
    constexpr explicit bit_writer(std::span<std::byte> data) : data_(data) {}  ///< writes from bit 0 of `data`

    /// Appends the low `width` bits of `value`.
    constexpr void write(int width, std::uint32_t value) {
        if (!data_.empty()) write_bits(data_.data(), at_, width, value);
        at_ += std::size_t(width);
    }

    /// Bits written so far.
    constexpr std::size_t position() const { return at_; }

private:
    std::span<std::byte> data_;
    std::size_t at_ = 0;
};

}  // namespace pare::inline v0
