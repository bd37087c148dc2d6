// SPDX-License-Identifier: MIT
// Weights of a format drawn by lot, odd ones too, and as plain numbers.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <vector>

#include <pare/core/bits.hpp>
#include <pare/format/activations.hpp>
#include <pare/format/stored_weights.hpp>

#include "support/lots.hpp"
#include "support/reference.hpp"

namespace matrix {

using namespace pare;

/// What is odd about weights. Exactly N of every M stay where a mask says so.
enum class oddity {
    none,       ///< any of them exist
    all,        ///< all exist that may
    nothing,    ///< none exist that need not
    some_rows,  ///< none exist in every other unit of outputs
    zero_rows,  ///< those of every other output are zero, and exist
    one_value   ///< all have one code: the only shared value in use
};
inline constexpr oddity oddities[]{oddity::none, oddity::all, oddity::nothing, oddity::some_rows, oddity::zero_rows, oddity::one_value};

/// Which weights exist.
template <class Mask>
std::vector<char> draw_presence(support::lots& r, std::size_t rows, std::size_t cols, oddity o) {
    std::vector<char> present = support::draw_presence<Mask>(r, rows, cols);
    constexpr pruning_unit unit = Mask::unit;
    if (unit.fixed || unit.of != 0 || (o != oddity::all && o != oddity::nothing && o != oddity::some_rows)) return present;
    const std::size_t height = unit.rows, width = unit.cols == 0 ? cols : unit.cols;
    for (std::size_t n = 0; n < rows / height * height; ++n)
        for (std::size_t k = 0; k < cols / width * width; ++k) {
            char& p = present[n * cols + k];
            p = o == oddity::all || (o == oddity::some_rows && (p || n / height % 2 == 1));
            if (o == oddity::some_rows && n / height % 2 == 0) p = 0;
        }
    return present;
}

/// Weights of `Format` and what a kernel is told of them.
template <class Format, class Storage>
struct drawn {
    stored_weights<Format, dynamic, dynamic, Storage> stored;
    reference::tensor plain;
    reference::matrix dense;  ///< each weight times the factor of its group, 0 where there is none
    quantization in{0.05f, 0};

    [[gnu::cold]] drawn(support::lots& r, std::size_t rows, std::size_t cols, oddity o) {
        const reference::format f = reference::format_of<Format>();
        // A 32-bit total holds the bias too.
        const std::int64_t most =
            std::int64_t(cols) * std::max(std::abs(f.low), std::abs(f.high)) * 255 * (Format::group != 0 ? std::int64_t(255) : 1);
        const std::int64_t room = std::numeric_limits<std::int32_t>::max() - most;
        const auto present = draw_presence<typename Format::mask>(r, rows, cols, o);
        support::draw_tensor_of(present, r, stored, rows, cols,
                                reference::is_wide(f, cols, false) ? 1000000 : std::min<std::int64_t>(1000000, room));
        in.zero_point = std::int32_t(r.integer(-128, 127));
        make_odd(r, present, cols, o);
        plain = reference::tensor_of(stored, rows, cols, present);
        dense = reference::decode(plain);
    }

private:
    [[gnu::cold]] void make_odd(support::lots& r, const std::vector<char>& present, std::size_t cols, oddity o) {
        if (o != oddity::zero_rows && o != oddity::one_value) return;
        const auto entries = Format::is_shared ? Format::sharing::entries : std::size_t(1) << Format::code_bits;
        const auto value = o == oddity::zero_rows ? 0 : std::uint32_t(r.below(entries));
        // Code 0 is zero in every encoding but the binary one.
        if (Format::is_shared && o == oddity::zero_rows) write(stored.book, 0, Format::encoding::bits, 0);
        std::size_t at = 0;
        for (std::size_t i = 0; i < present.size(); ++i) {
            if (!present[i]) continue;
            if (o == oddity::one_value || i / cols % 2 == 0) write(stored.codes, at, Format::code_bits, value);
            at += std::size_t(Format::code_bits);
        }
    }
    /// Bits in place of others.
    template <class Bytes>
    static void write(Bytes& to, std::size_t at, int bits, std::uint32_t value) {
        for (int i = 0; i < bits; ++i, ++at) {
            const auto bit = std::byte(1u << (at % 8));
            to[at / 8] = (value >> i & 1u) != 0 ? to[at / 8] | bit : to[at / 8] & ~bit;
        }
    }
};

}  // namespace matrix
