// SPDX-License-Identifier: MIT
// Weights and activations drawn by lot without a heap, for programs that run on a board and on a host alike.
#pragma once

#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <new>
#include <span>
#include <type_traits>

#include <pare/format/stored_weights.hpp>

namespace drawn {

/// An array of up to `Most` values.
template <class T, std::size_t Most>
class list {
public:
    using value_type = T;
    constexpr void resize(std::size_t n) {
        assert(n <= Most);
        for (std::size_t i = size_; i < n; ++i) values_[i] = T{};
        size_ = n;
    }
    constexpr std::size_t size() const { return size_; }
    constexpr T* data() { return values_.data(); }
    constexpr const T* data() const { return values_.data(); }
    constexpr T& operator[](std::size_t i) { return values_[i]; }
    constexpr const T& operator[](std::size_t i) const { return values_[i]; }
    constexpr T* begin() { return data(); }
    constexpr T* end() { return data() + size_; }
    constexpr const T* begin() const { return data(); }
    constexpr const T* end() const { return data() + size_; }

private:
    std::array<T, Most> values_{};
    std::size_t size_ = 0;
};

/// Storage of arrays whose counts are known, or which are up to 8 KB.
struct room {
    template <class T, std::size_t Count>
    using array = list<T, Count == pare::dynamic ? 8192 / sizeof(T) : Count + 1>;
};

/// Memory of one case: objects one after the other, until the next case begins.
class table {
public:
    static void clear() { taken_ = 0; }
    template <class T>
    static T& lay() {
        taken_ = (taken_ + alignof(T) - 1) / alignof(T) * alignof(T);
        assert(taken_ + sizeof(T) <= sizeof bytes_);
        T* const at = ::new (bytes_ + taken_) T{};
        taken_ += sizeof(T);
        return *at;
    }

private:
    alignas(16) inline static std::byte bytes_[400 * 1024];
    inline static std::size_t taken_ = 0;
};

/// Numbers that only look random.
class lots {
public:
    explicit lots(std::uint32_t seed) : state_(seed * 2654435761u + 1) {}
    std::uint32_t next() { return (state_ = state_ * 1664525u + 1013904223u) >> 8; }
    std::size_t between(std::size_t first, std::size_t last) { return first + next() % (last - first + 1); }
    template <class T>
    T value() {
        // Ends of a type are met often.
        const std::uint32_t n = next();
        return T(n % 8 == 0 ? (n & 8 ? 0x7fu : 0x80u) << (8 * (sizeof(T) - 1)) : n >> 3);
    }

private:
    std::uint32_t state_;
};

/// Draws which of rows x cols weights exist, about one in `Rarity`, as the mask allows.
template <class Mask>
bool exists(std::size_t n, std::size_t k, std::uint32_t seed, std::uint32_t rarity) {
    const auto lot = [&](std::size_t i, std::size_t j) {
        return lots(seed + std::uint32_t(i) * 7919u + std::uint32_t(j) * 104729u).next() % rarity == 0;
    };
    if constexpr (requires { Mask::unit; }) {
        constexpr pare::pruning_unit unit = Mask::unit;
        if constexpr (unit.of != 0) return (k + seed) % unit.of < unit.keep;
        else return lot(n / unit.rows, unit.cols == 0 ? 0 : k / unit.cols);
    } else return true;
}

/// Any weights of a format.
template <class Format, std::size_t Rows, std::size_t Cols>
void draw(pare::stored_weights<Format, Rows, Cols, room>& w, std::size_t rows, std::size_t cols, lots& r) {
    using mask = typename Format::mask;
    std::size_t kept = rows * cols;
    if constexpr (!pare::fixed_mask<mask>) {
        const std::uint32_t seed = r.next(), rarity = std::uint32_t(r.between(1, 6));
        const auto present = [&](std::size_t n, std::size_t k) { return exists<mask>(n, k, seed, rarity); };
        pare::bit_writer counter;
        mask::write(counter, rows, cols, present);
        w.positions.resize(pare::bytes_of_bits(counter.position()));
        for (auto& b : w.positions) b = std::byte{};
        pare::bit_writer out{std::span<std::byte>(w.positions)};
        mask::write(out, rows, cols, present);
        kept = 0;
        pare::visit_positions<mask>(std::span<const std::byte>(w.positions), rows, cols, [&](std::size_t, std::size_t) { ++kept; });
    }
    const auto fill = [&](auto& bytes, std::size_t count) {
        bytes.resize(count);
        for (auto& b : bytes) b = std::byte(r.value<std::int8_t>());
    };
    fill(w.codes, pare::bytes_of_bits(kept * std::size_t(Format::code_bits)));
    if constexpr (Format::is_shared) fill(w.book, pare::bytes_of_bits(Format::sharing::entries * std::size_t(Format::encoding::bits)));
    using granularity = typename Format::granularity;
    const std::size_t scales = std::is_same_v<granularity, pare::per_tensor> ? 1 : rows;
    w.scales.resize(scales);
    for (auto& s : w.scales) s = float(r.between(100, 200)) / (400.0f * float(cols));
    w.factors.resize(Format::group == 0 ? 0 : rows * pare::groups_of<granularity>(cols));
    for (auto& f : w.factors) f = std::uint8_t(r.between(1, 255));
    w.zero_points.resize(Format::has_zero_point ? scales : 0);
    for (auto& z : w.zero_points) z = Format::encoding::decode(r.next() & 0xff);
    w.bias.resize(rows);
    for (auto& b : w.bias) b = std::int32_t(r.between(0, 2000)) - 1000;
}

}  // namespace drawn
