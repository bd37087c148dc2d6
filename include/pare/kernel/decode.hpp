// SPDX-License-Identifier: MIT
// How stored bits become a register of operands: each slot of the format is one step of the chain.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include <pare/arch/arch.hpp>
#include <pare/core/bits.hpp>
#include <pare/core/config.hpp>
#include <pare/kernel/accumulators.hpp>
#include <pare/kernel/element.hpp>
#include <pare/kernel/packed_weights.hpp>
#include <pare/kernel/select.hpp>

namespace pare::inline v0::inline PARE_ISA {

/// A register of operands out of an array of them.
template <class D, class Arch>
PARE_INLINE constexpr auto register_of(const std::array<typename D::rhs, Arch::lanes * D::unit>& values, D d, Arch a) {
    return load_rhs(values.data(), d, a);
}

/// The register of operands that lies at `p`, little-endian, as packing writes it.
template <class D, class Arch>
PARE_INLINE constexpr auto register_at(const std::byte* p, D d, Arch a) {
    using rhs = typename D::rhs;
    // What instructions load, they load where it lies; plain C++ has arrays.
    if constexpr (Arch::portable && requires { load_rhs(static_cast<const rhs*>(nullptr), d, a).size(); }) {
        std::array<rhs, Arch::lanes * D::unit> values{};
        for (std::size_t i = 0; i < values.size(); ++i) values[i] = get_element<rhs>(p, i);
        return register_of<D, Arch>(values, d, a);
    } else {
        return load_rhs(reinterpret_cast<const rhs*>(p), d, a);
    }
}

/// The first `count` operands of a register of one output that lies at `p`, and zeros after them.
template <class D, class Arch>
PARE_INLINE constexpr auto register_tail_at(const std::byte* p, std::size_t count, D d, Arch a) {
    using rhs = typename D::rhs;
    if constexpr (Arch::portable && requires { load_rhs_tail(static_cast<const rhs*>(nullptr), count, d, a).size(); }) {
        std::array<rhs, D::unit> values{};
        for (std::size_t i = 0; i < count; ++i) values[i] = get_element<rhs>(p, i);
        return values;
    } else {
        return load_rhs_tail(reinterpret_cast<const rhs*>(p), count, d, a);
    }
}

namespace kernels {

/// Adds the products of `few` with the operands at `p`, of which a row alone has no other use.
template <class Execution, class Few>
PARE_INLINE constexpr void multiply_add_at(sums_of<Execution>& sums, const Few& few, const std::byte* p) {
    using dot = typename Execution::dot;
    using arch = typename Execution::arch;
    if constexpr (products_load<Execution>) multiply_add_loaded(sums, few, reinterpret_cast<const typename dot::rhs*>(p), dot{}, arch{});
    else multiply_add(sums, few, register_at(p, dot{}, arch{}), dot{}, arch{});
}

}  // namespace kernels

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

    /// Where register `column` of the next step lies.
    PARE_INLINE const rhs* place_of(std::size_t column) const {
        return reinterpret_cast<const rhs*>(at + column * Execution::register_elements * sizeof(rhs));
    }
    /// The next register.
    PARE_INLINE constexpr auto next(std::size_t) {
        const std::byte* here = at;
        at += Execution::register_elements * sizeof(rhs);
        return register_at(here, dot{}, arch{});
    }
    /// The same, loaded so that compilers do not load it again for each row.
    PARE_INLINE constexpr auto next_once(std::size_t) {
        const std::byte* here = at;
        at += Execution::register_elements * sizeof(rhs);
        return load_rhs_once(here, dot{}, arch{});
    }
    /// The next register, of which `count` operands are left.
    PARE_INLINE constexpr auto next_tail(std::size_t count)
        requires(Execution::trims)
    {
        const std::byte* here = at;
        at += count * sizeof(rhs);
        return register_tail_at(here, count, dot{}, arch{});
    }
};

/// Codes of one, two or four bits that index one table of bytes: of integers a constant one, of shared values the book. The codes of
/// several steps share bytes. A step looks nibbles up, in a table by those bits of a nibble that are its code, so that a register of
/// operands is a load, at most a shift, and a look-up.
template <class Execution>
    requires(Execution::layout == form::coded &&
             has_fast_decode<typename Execution::format, typename Execution::problem, typename Execution::arch>)
struct operand_stream<Execution> {
    using format = typename Execution::format;         ///< of the weights
    using arch = typename Execution::arch;             ///< the arch that runs it
    using nibble_table = std::array<std::int8_t, 16>;  ///< what each nibble stands for
    /// Steps whose codes share bytes: of the first the lowest bits.
    static constexpr std::size_t shared_steps = 8 / std::size_t(format::code_bits);
    static constexpr std::size_t nibble_codes = shared_steps / 2;  ///< of a nibble
    /// One for each code of a nibble, or of a byte where its last code is another number than the same bits elsewhere.
    static constexpr std::size_t tables = Execution::packs_in_place ? shared_steps : nibble_codes;

    /// The tables of values(code).
    template <class F>
    PARE_INLINE static constexpr std::array<nibble_table, tables> tables_of(const F& value) {
        constexpr std::size_t codes = std::size_t(1) << format::code_bits;
        std::array<nibble_table, tables> all{};
        for (std::size_t t = 0; t < tables; ++t) {
            const std::size_t flip = Execution::packs_in_place && t + 1 < tables ? codes / 2 : 0;
            for (std::size_t nibble = 0; nibble < 16; ++nibble)
                all[t][nibble] = value((nibble >> (t % nibble_codes * std::size_t(format::code_bits))) % codes ^ flip);
        }
        return all;
    }
    /// What codes stand for, where no book says so.
    alignas(16) static constexpr std::array<nibble_table, tables> values = tables_of([](std::size_t code) {
        return std::int8_t(format::encoding::decode(std::uint32_t(code)));
    });

    /// A register with a table.
    using table_type = decltype(load_table16(values[0].data(), arch{}));
    const std::byte* row;      ///< codes of this step and of those that it shares bytes with
    std::size_t row_bytes;     ///< of the registers of a step
    std::size_t place = 0;     ///< of this step among them
    table_type table[tables];  ///< what nibbles stand for

    /// Begins at the front of the panel.
    PARE_INLINE explicit operand_stream(const panel_view<Execution>& panel)
        : row(panel.data), row_bytes(ceil_div(panel.outputs, Execution::lanes) * Execution::register_elements) {
        if constexpr (!format::is_shared) {
            PARE_UNROLL for (std::size_t t = 0; t < tables; ++t) table[t] = load_table16(values[t].data(), arch{});
        } else if constexpr (tables == 1) {
            table[0] = load_table16(panel.book, arch{});
        } else {
            alignas(16) const auto shared = tables_of([&](std::size_t code) { return panel.book[code]; });
            PARE_UNROLL for (std::size_t t = 0; t < tables; ++t) table[t] = load_table16(shared[t].data(), arch{});
        }
    }

    /// The register at place `column` of the step at `Place` among those that share bytes.
    template <std::size_t Place>
    PARE_INLINE auto next_at(std::size_t column) const {
        constexpr int shift = Place / nibble_codes * 4;
        // Numbers of four bits need no table where an arch extends their signs.
        if constexpr (!format::is_shared && std::same_as<typename format::encoding, int4> &&
                      requires { extend_nibbles<shift>(row, typename Execution::dot{}, arch{}); })
            return extend_nibbles<shift>(row + column * Execution::register_elements, typename Execution::dot{}, arch{});
        else
            return lookup16_u4_s8<shift>(row + column * Execution::register_elements, table[Place % tables], typename Execution::dot{},
                                         arch{});
    }
    /// The same of bytes that are loaded already.
    template <std::size_t Place, class Bytes>
    PARE_INLINE auto operands_of(const Bytes& bytes) const {
        return lookup16_of<Place / nibble_codes * 4>(bytes, table[Place % tables], typename Execution::dot{}, arch{});
    }
    /// The register at place `column` of whichever step this is.
    template <std::size_t Place = 0>
    PARE_INLINE auto next(std::size_t column) const {
        if constexpr (Place + 1 < shared_steps) {
            if (place != Place) return next<Place + 1>(column);
        }
        return next_at<Place>(column);
    }
    /// After each step whose place was not said.
    PARE_INLINE void end_step() {
        if (++place == shared_steps) place = 0, row += row_bytes;
    }
    /// After the step at `Place`. A compiler that knew that the next one loads the same bytes would keep them, and sums in memory instead:
    /// clang 19 took 2.2 times as long for a product of int4 as without the statement. A single row has registers for both, and for int2
    /// takes 0.9 of the time if it keeps them.
    template <std::size_t Place, std::size_t Rows>
    PARE_INLINE void end_step_at() {
        if constexpr (Place + 1 == shared_steps) row += row_bytes;
        if constexpr (Rows > 1) asm("" : "+r"(row));
    }
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
