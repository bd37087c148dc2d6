// SPDX-License-Identifier: MIT
// How stored bits become a register of operands: each slot of the format is one step of the chain.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include <pare/arch/arch.hpp>
#include <pare/core/bits.hpp>
#include <pare/core/config.hpp>
#include <pare/kernel/packed_weights.hpp>
#include <pare/kernel/select.hpp>

namespace pare::inline v0::inline PARE_ISA {

/// Element `i` of little-endian `T`s.
template <class T>
PARE_INLINE constexpr T get_element(const std::byte* p, std::size_t i) {
    if (std::is_constant_evaluated()) {
        const std::uint32_t bits = read_bits(p, i * sizeof(T) * 8, int(sizeof(T) * 8));
        if constexpr (sizeof(T) == sizeof bits) return std::bit_cast<T>(bits);
        else return T(bits);
    }
    T value;
    std::memcpy(&value, p + i * sizeof(T), sizeof(T));
    return value;
}

/// A register of operands out of an array of them.
template <class D, class Arch>
PARE_INLINE constexpr auto register_of(const std::array<typename D::rhs, Arch::lanes * D::unit>& values, D d, Arch a) {
    return load_rhs(values.data(), d, a);
}

/// The operands of a panel, a register at a time, in the order of packing.
template <class Execution>
struct operand_stream;

/// Operands that lie ready.
template <class Execution>
    requires(Execution::layout == form::expanded)
struct operand_stream<Execution> {
    using dot = typename Execution::dot;    ///< the step of the arch
    using rhs = typename dot::rhs;          ///< of a weight
    using arch = typename Execution::arch;  ///< the arch that runs it
    const std::byte* at;                    ///< the next register

    /// Begins at the front of the panel.
    PARE_INLINE constexpr explicit operand_stream(const panel_view<Execution>& panel) : at(panel.data) {}

    /// Leaves out so many registers.
    PARE_INLINE constexpr void skip(std::size_t registers) { at += registers * Execution::register_elements * sizeof(rhs); }

    /// The next register.
    PARE_INLINE constexpr auto next(std::size_t) {
        const std::byte* here = at;
        at += Execution::register_elements * sizeof(rhs);
        if constexpr (arch::portable) {
            std::array<rhs, Execution::register_elements> values{};
            for (std::size_t i = 0; i < values.size(); ++i) values[i] = get_element<rhs>(here, i);
            return register_of<dot, arch>(values, {}, {});
        } else {
            return load_rhs(reinterpret_cast<const rhs*>(here), dot{}, arch{});
        }
    }
};

/// Codes of four bits that index one table of bytes: int4 by a constant table, shared values by the book. The codes of two steps share
/// bytes, so that a register of them is a load, a shift and a mask.
template <class Execution>
    requires(Execution::layout == form::coded &&
             has_fast_decode<typename Execution::format, typename Execution::problem, typename Execution::arch>)
struct operand_stream<Execution> {
    using format = typename Execution::format;  ///< of the weights
    using arch = typename Execution::arch;      ///< the arch that runs it
    /// What codes stand for, where no book says so.
    alignas(16) static constexpr std::array<std::int8_t, 16> values = [] {
        std::array<std::int8_t, 16> v{};
        for (std::uint32_t code = 0; code < 16; ++code) v[code] = std::int8_t(format::encoding::decode(code));
        return v;
    }();
    /// A register with the table.
    using table_type = decltype(load_table16(values.data(), arch{}));
    const std::byte* row;   ///< codes of this step and of the other one of its pair
    std::size_t row_bytes;  ///< of the registers of a step
    bool odd = false;       ///< this step's codes are the upper nibbles
    table_type table;       ///< what codes stand for

    /// Steps come in pairs, of which the tile may know the first from the second.
    static constexpr bool pairs = true;

    /// Begins at the front of the panel.
    PARE_INLINE explicit operand_stream(const panel_view<Execution>& panel)
        : row(panel.data),
          row_bytes(ceil_div(panel.outputs, Execution::lanes) * Execution::register_elements),
          table(load_table16(format::is_shared ? panel.book : values.data(), arch{})) {}

    /// The register at place `column` of the first step of a pair, or of the second.
    template <bool Second>
    PARE_INLINE auto next_of(std::size_t column) const {
        return lookup16_u4_s8<Second ? 4 : 0>(row + column * Execution::register_elements, table, typename Execution::dot{}, arch{});
    }
    /// The register at place `column` of whichever step this is.
    PARE_INLINE auto next(std::size_t column) const { return odd ? next_of<true>(column) : next_of<false>(column); }
    /// After each step that was not said to be the first or the second.
    PARE_INLINE void end_step() {
        if (odd) end_pair();
        odd = !odd;
    }
    /// After the second step of a pair.
    PARE_INLINE void end_pair() { row += row_bytes; }
};

/// Any format, one element at a time: presence bit, code, shared value, zero point.
template <class Execution>
    requires(Execution::layout == form::coded &&
             !has_fast_decode<typename Execution::format, typename Execution::problem, typename Execution::arch>)
struct operand_stream<Execution> {
    using format = typename Execution::format;                                            ///< of the weights
    using dot = typename Execution::dot;                                                  ///< the step of the arch
    using rhs = typename dot::rhs;                                                        ///< of a weight
    using arch = typename Execution::arch;                                                ///< the arch that runs it
    static constexpr bool has_presence = detail::packed_counts<Execution>::has_presence;  ///< whether a bit tells of each weight

    panel_view<Execution> panel;  ///< what is decoded
    std::size_t code_at = 0;      ///< bit of the next code
    std::size_t presence_at = 0;  ///< bit of the next element's presence

    /// Begins at the front of the panel.
    PARE_INLINE constexpr explicit operand_stream(const panel_view<Execution>& p) : panel(p) {
        if constexpr (has_presence) code_at = p.codes_at * 8;
    }

    /// `column` is the register's place in its panel.
    PARE_INLINE constexpr auto next(std::size_t column) {
        std::array<rhs, Execution::register_elements> values{};
        for (std::size_t i = 0; i < values.size(); ++i) {
            if constexpr (has_presence)
                if (read_bits(panel.data, presence_at++, 1) == 0) continue;
            const std::uint32_t code = read_bits(panel.data, code_at, format::code_bits);
            code_at += std::size_t(format::code_bits);
            values[i] = operand(code, column * Execution::lanes + i / dot::unit);
        }
        return register_of<dot, arch>(values, {}, {});
    }

private:
    /// The operand of `code` for output `n` of the panel.
    PARE_INLINE constexpr rhs operand(std::uint32_t code, std::size_t n) const {
        if constexpr (format::is_shared) {
            const std::size_t first = format::sharing::per_row ? n * format::sharing::entries : 0;
            return subtract_zero_point(panel.book[first + code], n);
        } else {
            return subtract_zero_point(format::encoding::decode(code), n);
        }
    }

    template <class T>
    PARE_INLINE constexpr rhs subtract_zero_point(T value, std::size_t n) const {
        if constexpr (format::has_zero_point) return rhs(value - panel.zero_points[n]);
        else return rhs(value);
    }
};

}  // namespace pare::inline v0::inline PARE_ISA
