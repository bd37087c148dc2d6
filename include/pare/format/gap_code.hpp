// SPDX-License-Identifier: MIT
// A set of positions as Rice codes of the gaps between them.
#pragma once

#include <cstddef>
#include <cstdint>

#include <pare/core/bits.hpp>
#include <pare/core/config.hpp>

/// A sparse set is written as the gaps between its members: gap >> r in unary (zeros, then a one), then the low r bits (Rice
/// 1979). Parameter r = 0 writes a bitmap, so one code serves every density; the writer takes the r of least bits and writes it
/// first, in 4 bits. Gaps of a random set are geometric, for which this is within 0.03 bits of the optimum (Gallager, van
/// Voorhis 1975): 4.8 bits a member at 10 % density, where a bitmap takes 10.
namespace pare::inline v0::gap_code {

inline constexpr int parameter_bits = 4;  ///< bits of the parameter, which stands first

/// Bits that `kept` of `count` positions take at most, with the parameter that makes this least.
constexpr std::size_t most_bits(std::size_t count, std::size_t kept) {
    std::size_t best = std::size_t(-1);
    for (std::size_t r = 0; r < 16; ++r) {
        const std::size_t bits = kept * (1 + r) + ((count - kept) >> r);
        best = bits < best ? bits : best;
    }
    return best + std::size_t(parameter_bits);
}

/// Writes the members i of [0, count) for which `present(i)`.
template <class Present>
constexpr void write(bit_writer& out, std::size_t count, const Present& present) {
    std::size_t totals[16]{};
    std::size_t gap = 0;
    for (std::size_t i = 0; i < count; ++i) {
        if (!present(i)) {
            ++gap;
            continue;
        }
        for (std::size_t r = 0; r < 16; ++r) totals[r] += (gap >> r) + 1 + r;
        gap = 0;
    }
    std::size_t best = 0;
    for (std::size_t r = 1; r < 16; ++r) best = totals[r] < totals[best] ? r : best;
    out.write(parameter_bits, std::uint32_t(best));
    gap = 0;
    for (std::size_t i = 0; i < count; ++i) {
        if (!present(i)) {
            ++gap;
            continue;
        }
        for (std::size_t q = gap >> best; q > 0; --q) out.write(1, 0);
        out.write(1, 1);
        out.write(int(best), std::uint32_t(gap & ((std::size_t(1) << best) - 1)));
        gap = 0;
    }
}

/// Walks a written set one position at a time.
class cursor {
public:
    constexpr explicit cursor(bit_reader& in) : in_(in), parameter_(int(in_.read(parameter_bits))) {}  ///< begins where `in` is

    /// Whether the next position is a member. Past the last member the stream has ended, or holds zeros only.
    constexpr bool next() {
        if (!pending_) load();
        if (gap_ > 0) {
            --gap_;
            return false;
        }
        pending_ = false;
        return true;
    }

private:
    constexpr void load() {
        std::size_t quotient = 0;
        while (in_.read(1) == 0) {
            if (in_.overrun()) {
                gap_ = std::size_t(-1);
                pending_ = true;
                return;
            }
            ++quotient;
        }
        gap_ = (quotient << parameter_) | in_.read(parameter_);
        pending_ = true;
    }

    bit_reader in_;
    int parameter_;
    std::size_t gap_ = 0;
    bool pending_ = false;
};

/// Calls f(i) for each member in ascending order.
template <class F>
constexpr bool visit(bit_reader& in, std::size_t count, const F& f) {
    cursor members{in};
    for (std::size_t i = 0; i < count; ++i)
        if (members.next()) f(i);
    return true;
}

}  // namespace pare::inline v0::gap_code
