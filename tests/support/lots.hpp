// SPDX-License-Identifier: MIT
// Numbers by lot, and weight tensors of any format drawn with them.
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <type_traits>
#include <vector>

#include <pare/core/bits.hpp>
#include <pare/format/stored_weights.hpp>

namespace support {

/// SplitMix64 (Steele, Lea, Flood 2014): cheap to seed, so that each case has a seed of its own.
class lots {
public:
    explicit lots(std::uint64_t seed) : state_(seed) {}
    lots(std::uint64_t seed, std::uint64_t stream, std::uint64_t number) : state_(seed) {
        state_ = next() ^ (stream * 0x9e3779b97f4a7c15u);
        state_ = next() ^ (number * 0xd1342543de82ef95u);
    }

    std::uint64_t next() {
        std::uint64_t z = (state_ += 0x9e3779b97f4a7c15u);
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
        z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        return z ^ (z >> 31);
    }
    std::size_t below(std::size_t n) { return std::size_t(next() % n); }
    std::size_t between(std::size_t low, std::size_t high) { return low + below(high - low + 1); }
    std::int64_t integer(std::int64_t low, std::int64_t high) { return low + std::int64_t(next() % std::uint64_t(high - low + 1)); }
    bool one_in(std::size_t n) { return below(n) == 0; }
    double real(double low, double high) { return low + (high - low) * double(next() >> 11) / 9007199254740992.0; }
    template <class T>
    T pick(std::initializer_list<T> values) {
        return values.begin()[below(values.size())];
    }

private:
    std::uint64_t state_;
};

/// Values drawn evenly, values at the ends of the type, or one of them everywhere.
enum class spread { even, ends, lowest, highest };
inline spread draw_spread(lots& r) {
    return r.pick({spread::even, spread::even, spread::even, spread::ends, spread::lowest, spread::highest});
}

/// An activation.
template <class T>
T draw_activation(lots& r, spread s) {
    if constexpr (std::floating_point<T>) {
        return T(r.real(-2, 2));
    } else {
        constexpr T low = std::numeric_limits<T>::min(), high = std::numeric_limits<T>::max();
        switch (s) {
            case spread::even:
                return T(r.integer(low, high));
            case spread::ends:
                return r.pick({low, high, T(low + 1), T(0)});
            case spread::lowest:
                return low;
            case spread::highest:
                return high;
        }
        return 0;
    }
}

/// A code of an encoding; of floats, a number in [-2, 2] as its bits.
template <class Encoding>
std::uint32_t draw_code(lots& r, spread s) {
    if constexpr (std::floating_point<typename Encoding::value_type>) {
        return std::bit_cast<std::uint32_t>(float(r.real(-2, 2)));
    } else {
        constexpr auto all = std::uint32_t((std::uint64_t(1) << Encoding::bits) - 1), half = std::uint32_t(1) << (Encoding::bits - 1);
        switch (s) {
            case spread::even:
                return std::uint32_t(r.next()) & all;
            case spread::ends:
                return r.pick({std::uint32_t(0), half - 1, half, all});
            case spread::lowest:
                return half;
            case spread::highest:
                return half - 1;
        }
        return 0;
    }
}

/// Which of rows x cols weights exist, as the mask allows, none and all of them too.
template <class Mask>
std::vector<char> draw_presence(lots& r, std::size_t rows, std::size_t cols) {
    std::vector<char> present(rows * cols, 1);
    if constexpr (pare::fixed_mask<Mask>) {
        for (std::size_t i = 0; i < present.size(); ++i) present[i] = Mask::present(rows, cols, i / cols, i % cols);
    } else if constexpr (Mask::unit.of != 0) {
        const std::size_t height = Mask::unit.rows;
        for (std::size_t n = 0; n + height <= rows; n += height)
            for (std::size_t k = 0; k + Mask::unit.of <= cols; k += Mask::unit.of) {
                std::size_t left = Mask::unit.keep;
                for (std::size_t i = 0; i < Mask::unit.of; ++i) {
                    const bool keep = r.below(Mask::unit.of - i) < left;
                    for (std::size_t row = n; row < n + height; ++row) present[row * cols + k + i] = keep;
                    left -= keep;
                }
            }
    } else if (pare::kept_of<Mask>(rows, cols) != pare::dynamic) {
        std::size_t left = pare::kept_of<Mask>(rows, cols);
        for (std::size_t i = 0; i < present.size(); ++i) {
            const bool keep = r.below(present.size() - i) < left;
            present[i] = keep;
            left -= keep;
        }
    } else {
        const std::size_t percent = r.pick<std::size_t>({0, 3, 10, 30, 50, 90, 100});
        const std::size_t height = Mask::unit.rows, width = Mask::unit.cols == 0 ? cols : Mask::unit.cols;
        for (std::size_t n = 0; n + height <= rows; n += height)
            for (std::size_t k = 0; k + width <= cols; k += width) {
                const bool keep = r.below(100) < percent;
                for (std::size_t i = 0; i < height; ++i)
                    for (std::size_t j = 0; j < width; ++j) present[(n + i) * cols + k + j] = keep;
            }
    }
    return present;
}

/// A tensor of any legal values of which those weights exist that are `present`; biases lie within +-`bias_limit`.
template <class Format, std::size_t Rows, std::size_t Cols, class Storage>
void draw_tensor_of(const std::vector<char>& present, lots& r, pare::stored_weights<Format, Rows, Cols, Storage>& w, std::size_t rows,
                    std::size_t cols, std::int64_t bias_limit) {
    using encoding = typename Format::encoding;
    const auto resize = [](auto& a, std::size_t n) {
        if constexpr (requires { a.resize(n); }) a.resize(n);
    };
    std::size_t kept = 0;
    for (const char c : present) kept += c != 0;
    if constexpr (!pare::fixed_mask<typename Format::mask>) {
        const auto exists = [&](std::size_t n, std::size_t k) { return present[n * cols + k] != 0; };
        pare::bit_writer counter;
        Format::mask::write(counter, rows, cols, exists);
        resize(w.positions, pare::bytes_of_bits(counter.position()));
        pare::bit_writer out(w.positions);
        Format::mask::write(out, rows, cols, exists);
    }
    const spread s = draw_spread(r);
    resize(w.codes, pare::bytes_of_bits(kept * std::size_t(Format::code_bits)));
    pare::bit_writer codes(w.codes);
    for (std::size_t i = 0; i < kept; ++i) {
        if constexpr (Format::is_shared) codes.write(Format::code_bits, std::uint32_t(r.below(Format::sharing::entries)));
        else codes.write(Format::code_bits, draw_code<encoding>(r, s));
    }
    if constexpr (Format::is_shared) {
        const std::size_t values = Format::sharing::entries * Format::sharing::books(rows);
        resize(w.book, pare::bytes_of_bits(values * std::size_t(encoding::bits)));
        pare::bit_writer book(w.book);
        for (std::size_t i = 0; i < values; ++i) book.write(encoding::bits, draw_code<encoding>(r, s));
    }
    if constexpr (!Format::is_float) {
        resize(w.scales, Format::granularity::scales(rows));
        for (float& scale : w.scales) scale = float(r.real(0.001, 0.002));
        if constexpr (Format::has_zero_point) {
            resize(w.zero_points, w.scales.size());
            const spread z = draw_spread(r);
            for (auto& zero : w.zero_points) zero = encoding::decode(draw_code<encoding>(r, z));
        }
        if constexpr (Format::group != 0) {
            resize(w.factors, rows * pare::groups_of<typename Format::granularity>(cols));
            const bool largest = r.one_in(4);
            for (auto& factor : w.factors) factor = std::uint8_t(largest ? 255 : r.below(256));
        }
    }
    resize(w.bias, rows);
    for (auto& bias : w.bias) {
        if constexpr (Format::is_float) bias = float(r.real(-3, 3));
        else bias = std::int32_t(r.integer(-bias_limit, bias_limit));
    }
}

/// The same, the weights that exist drawn too. Returns which they are.
template <class Format, std::size_t Rows, std::size_t Cols, class Storage>
std::vector<char> draw_tensor(lots& r, pare::stored_weights<Format, Rows, Cols, Storage>& w, std::size_t rows, std::size_t cols,
                              std::int64_t bias_limit) {
    const std::vector<char> present = draw_presence<typename Format::mask>(r, rows, cols);
    draw_tensor_of(present, r, w, rows, cols, bias_limit);
    return present;
}

}  // namespace support
