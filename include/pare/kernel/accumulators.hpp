// SPDX-License-Identifier: MIT
// Sums of a register of outputs, and totals where sums are folded into something wider or scaled.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include <pare/arch/arch.hpp>
#include <pare/core/config.hpp>
#include <pare/kernel/epilogue.hpp>
#include <pare/kernel/packed_weights.hpp>

namespace pare::inline v0::inline PARE_ISA {

namespace kernels {

template <class Execution>
using sums_of = decltype(zero_sums(typename Execution::dot{}, typename Execution::arch{}));

/// A register of sums as values.
template <class Execution>
PARE_INLINE constexpr auto values_of(const sums_of<Execution>& sums) {
    std::array<typename Execution::sum, Execution::lanes> values{};
    store_sums(values.data(), sums, typename Execution::dot{}, typename Execution::arch{});
    return values;
}

/// Totals of a register of outputs that are wider than its sums.
template <class Execution>
struct wide_totals {
    std::array<typename Execution::total, Execution::lanes> values{};

    PARE_INLINE constexpr void load(const typename Execution::total* p) {
        for (std::size_t i = 0; i < values.size(); ++i) values[i] = p[i];
    }
    PARE_INLINE constexpr void fold(const sums_of<Execution>& sums, const std::uint8_t* factors) {
        const auto part = values_of<Execution>(sums);
        for (std::size_t i = 0; i < values.size(); ++i)
            values[i] += typename Execution::total(part[i]) * (Execution::format::group != 0 ? factors[i] : 1);  // s64: cannot overflow
    }
};

/// Totals in a register like that of the sums.
template <class Execution>
struct register_totals {
    sums_of<Execution> sums{};

    PARE_INLINE constexpr void load(const typename Execution::total* p) {
        sums = load_sums(p, typename Execution::dot{}, typename Execution::arch{});
    }
    PARE_INLINE constexpr void fold(const sums_of<Execution>& part, const std::uint8_t* factors) {
        if constexpr (Execution::format::group != 0) add_scaled(sums, part, factors, typename Execution::dot{}, typename Execution::arch{});
        else add_sums(sums, part, typename Execution::dot{}, typename Execution::arch{});
    }
};

template <class Execution>
using totals_of = std::conditional_t<std::same_as<typename Execution::total, typename Execution::sum>, register_totals<Execution>,
                                     wide_totals<Execution>>;

/// True where `Epilogue` stores whole registers of the totals of `Execution` at once.
template <class Execution, class Epilogue>
concept stores_registers = std::same_as<totals_of<Execution>, register_totals<Execution>> &&
                           requires(const Epilogue& e, typename Epilogue::value_type* dst, const sums_of<Execution> (&sums)[1]) {
                               epilogue_of_row(e, dst).store(dst, sums, 0, typename Execution::dot{}, typename Execution::arch{});
                           };

/// Rows of `Width` registers that `Epilogue` stores at once: as many as fill one register together.
template <class Execution, class Epilogue, std::size_t Width>
inline constexpr std::size_t rows_at_once = [] {
    constexpr std::size_t rows = Width <= 2 ? 4 / Width : 1;
    if constexpr (requires(const Epilogue& e, const std::array<typename Epilogue::value_type*, rows>& dst,
                           const sums_of<Execution>(&sums)[rows][Width]) {
                      e.template store_rows<false>(dst, sums, 0, typename Execution::dot{}, typename Execution::arch{});
                  })
        return rows;
    else return std::size_t(1);
}();

/// Rows that tiles of full panels had better be a multiple of.
template <class Execution, class Epilogue>
inline constexpr std::size_t row_granule = [] {
    constexpr std::size_t rows = rows_at_once<Execution, Epilogue, Execution::width>;
    return Execution::max_rows % rows == 0 ? rows : 1;
}();

/// Stores `Rows` rows of whole registers, together where the epilogue can. Not closures: see tile.
template <class Execution, bool Touching, class Epilogue, std::size_t Rows, std::size_t Width>
PARE_INLINE constexpr void store_registers(const std::array<typename Epilogue::value_type*, Rows>& dst,
                                           const sums_of<Execution> (&sums)[Rows][Width], const Epilogue& epilogue, std::size_t n) {
    using dot = typename Execution::dot;
    using arch = typename Execution::arch;
    constexpr std::size_t together = rows_at_once<Execution, Epilogue, Width>, grouped = together > 1 ? Rows / together * together : 0;
    PARE_UNROLL for (std::size_t i = 0; i < grouped; i += together) {
        std::array<typename Epilogue::value_type*, together> to{};
        sums_of<Execution> of[together][Width];
        PARE_UNROLL for (std::size_t r = 0; r < together; ++r) {
            to[r] = dst[i + r];
            PARE_UNROLL for (std::size_t j = 0; j < Width; ++j) of[r][j] = sums[i + r][j];
        }
        if constexpr (together > 1) epilogue.template store_rows<Touching>(to, of, n, dot{}, arch{});
    }
    PARE_UNROLL for (std::size_t i = grouped; i < Rows; ++i) epilogue_of_row(epilogue, dst[i])
        .store(dst[i], sums[i], n, dot{}, arch{});
}

/// A register of totals as values.
template <class Execution>
PARE_INLINE constexpr auto all_values(const totals_of<Execution>& totals) {
    if constexpr (requires { totals.sums; }) return values_of<Execution>(totals.sums);
    else return totals.values;
}

/// Applies the epilogue to a register of totals, of which the first `count` outputs exist, and stores those.
template <class Execution, class Epilogue>
PARE_INLINE constexpr void store_values(const totals_of<Execution>& totals, const Epilogue& epilogue, std::size_t n,
                                        typename Epilogue::value_type* dst, std::size_t count) {
    const auto values = all_values<Execution>(totals);
    const auto& of_row = epilogue_of_row(epilogue, dst);
    for (std::size_t i = 0; i < count; ++i) dst[i] = of_row(values[i], n + i);
}

/// Outputs of a tile from values, in a frame of its own.
template <class Arch, std::size_t Rows, class Epilogue, class Value>
PARE_NOINLINE constexpr void finish_rows(const Epilogue& epilogue, const std::array<const Value*, Rows>& from,
                                         const std::array<Value*, Rows>& to, std::size_t outputs) {
    epilogue.finish(from.data(), to.data(), Rows, outputs, Arch{});
}
template <class Arch, std::size_t Rows, class Epilogue, class Value>
PARE_INLINE constexpr void finish_rows(const Epilogue& epilogue, const std::array<Value*, Rows>& to, std::size_t outputs) {
    std::array<const Value*, Rows> from{};
    for (std::size_t i = 0; i < Rows; ++i) from[i] = to[i];
    finish_rows<Arch>(epilogue, from, to, outputs);
}

}  // namespace kernels

}  // namespace pare::inline v0::inline PARE_ISA
