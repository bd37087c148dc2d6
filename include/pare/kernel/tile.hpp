// SPDX-License-Identifier: MIT
// The register tile: rows of activations x a panel of weights, summed in registers over all of K. Everything that multiplies
// (linear, convolution, grouped or not, in any format, on any arch) is this function.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <pare/arch/arch.hpp>
#include <pare/core/config.hpp>
#include <pare/kernel/decode.hpp>
#include <pare/kernel/epilogue.hpp>
#include <pare/kernel/packed_weights.hpp>

namespace pare::inline v0::inline PARE_ISA {

/// Where the rows of a tile are read and written. Segment s of row i begins at lhs[i] + s * segment_stride.
template <class Lhs, class Out, std::size_t Rows>
struct tile_rows {
    std::array<const Lhs*, Rows> lhs{};
    std::array<Out*, Rows> dst{};
    std::size_t segment_stride = 0;
};

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

/// Totals of a register of outputs that are wider than sums, or have no register: an array.
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

/// Totals in the register of the sums.
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
using totals_of = std::conditional_t<std::same_as<typename Execution::total, typename Execution::sum>, register_totals<Execution>, wide_totals<Execution>>;

/// Applies the epilogue to a register of totals and stores `count` outputs.
template <class Execution, class Epilogue>
PARE_INLINE constexpr void store_totals(const totals_of<Execution>& totals, const Epilogue& epilogue, std::size_t n,
                                        typename Epilogue::value_type* dst, std::size_t count) {
    using dot = typename Execution::dot;
    using arch = typename Execution::arch;
    if constexpr (requires { epilogue.store(dst, count, totals.sums, n, dot{}, arch{}); }) {
        epilogue.store(dst, count, totals.sums, n, dot{}, arch{});
    } else {
        const auto values = [&] {
            if constexpr (requires { totals.sums; }) return values_of<Execution>(totals.sums);
            else return totals.values;
        }();
        for (std::size_t i = 0; i < count; ++i) dst[i] = epilogue(values[i], n + i);
    }
}

}  // namespace kernels

/// dst[i][n] = epilogue(bias[n] + sum over k of lhs[i][k] * weight[n][k]) for the rows of a tile and the outputs of a panel that is
/// `Width` registers wide. `Padded` says that every run of activations is followed by enough padding to load whole units.
template <class Execution, std::size_t Rows, std::size_t Width, bool Padded, class Epilogue>
PARE_NOINLINE constexpr void tile(const tile_rows<typename Execution::dot::lhs, typename Epilogue::value_type, Rows>& rows,
                                  const Execution& x, const panel_view<Execution>& panel, const Epilogue& epilogue) {
    using dot = typename Execution::dot;
    using arch = typename Execution::arch;
    constexpr std::size_t unit = Execution::unit;
    constexpr std::size_t lanes = Execution::lanes;
    // A lone row or two would wait for each sum's latency: the steps take turns over several sets of sums.
    constexpr std::size_t sets = Execution::folds || arch::registers < 16 || Rows * Width >= 8 ? 1 : Rows * Width >= 4 ? 2 : 4;

    kernels::totals_of<Execution> totals[Rows][Width];
    kernels::sums_of<Execution> sums[sets][Rows][Width];

    PARE_UNROLL
    for (std::size_t i = 0; i < Rows; ++i)
        PARE_UNROLL
        for (std::size_t j = 0; j < Width; ++j) {
            totals[i][j].load(panel.bias + j * lanes);
            PARE_UNROLL
            for (std::size_t s = 0; s < sets; ++s) sums[s][i][j] = zero_sums(dot{}, arch{});
            if constexpr (!Execution::folds) sums[0][i][j] = totals[i][j].sums;
        }

    operand_stream<Execution> weights(panel);
    const auto step = [&](std::size_t set, std::size_t offset, std::size_t count) __attribute__((always_inline)) {
        decltype(weights.next(0)) rhs[Width];
        PARE_UNROLL
        for (std::size_t j = 0; j < Width; ++j) rhs[j] = weights.next(j);
        PARE_UNROLL
        for (std::size_t i = 0; i < Rows; ++i) {
            const auto lhs = count == unit ? broadcast_lhs(rows.lhs[i] + offset, dot{}, arch{})
                                           : broadcast_lhs_tail(rows.lhs[i] + offset, count, dot{}, arch{});
            PARE_UNROLL
            for (std::size_t j = 0; j < Width; ++j) multiply_add(sums[set][i][j], lhs, rhs[j], dot{}, arch{});
        }
    };

    const std::uint8_t* factors = panel.factors;
    std::size_t padded_at = 0;  // where the next run begins in a padded row
    x.for_each_run([&](k_run r) __attribute__((always_inline)) {
        const std::size_t first = Padded && !Execution::aligned_runs ? padded_at : r.segment * rows.segment_stride + r.offset;
        const std::size_t whole = Padded ? ceil_div(r.length, unit) : r.length / unit;
        const std::size_t turns = whole / sets;
        for (std::size_t k = 0; k < turns; ++k)
            PARE_UNROLL
            for (std::size_t s = 0; s < sets; ++s) step(s, first + (k * sets + s) * unit, unit);
        for (std::size_t k = 0; k < whole % sets; ++k) step(0, first + (turns * sets + k) * unit, unit);
        if constexpr (!Padded) {
            if (r.length % unit != 0) step(0, first + whole * unit, r.length % unit);
        }
        padded_at += ceil_div(r.length, unit) * unit;
        if constexpr (Execution::folds) {
            PARE_UNROLL
            for (std::size_t i = 0; i < Rows; ++i)
                PARE_UNROLL
                for (std::size_t j = 0; j < Width; ++j) {
                    totals[i][j].fold(sums[0][i][j], factors + j * lanes);
                    sums[0][i][j] = zero_sums(dot{}, arch{});
                }
            if constexpr (Execution::format::group != 0) factors += x.table_size();
        }
    });

    PARE_UNROLL
    for (std::size_t i = 0; i < Rows; ++i)
        PARE_UNROLL
        for (std::size_t j = 0; j < Width; ++j) {
            if constexpr (!Execution::folds) {
                PARE_UNROLL
                for (std::size_t s = 1; s < sets; ++s) add_sums(sums[0][i][j], sums[s][i][j], dot{}, arch{});
                totals[i][j].sums = sums[0][i][j];
            }
            const std::size_t n = j * lanes;
            const std::size_t count = panel.outputs > n ? std::min(panel.outputs - n, lanes) : 0;
            kernels::store_totals<Execution>(totals[i][j], epilogue, panel.first + n, rows.dst[i] + n, count);
        }
}

/// The tile for a panel of whatever width it has.
template <class Execution, std::size_t Rows, bool Padded, std::size_t Width = Execution::width, class Epilogue>
PARE_INLINE constexpr void tile_any_width(std::size_t width, const tile_rows<typename Execution::dot::lhs, typename Epilogue::value_type, Rows>& rows,
                                          const Execution& x, const panel_view<Execution>& panel, const Epilogue& epilogue) {
    if constexpr (Execution::last_width != 0) {
        if (Execution::last_width == Width || width == Width) tile<Execution, Rows, Width, Padded>(rows, x, panel, epilogue);
        else if constexpr (Execution::last_width != Width) tile<Execution, Rows, Execution::last_width, Padded>(rows, x, panel, epilogue);
    } else {
        if (Width == 1 || width == Width) tile<Execution, Rows, Width, Padded>(rows, x, panel, epilogue);
        else if constexpr (Width > 1) tile_any_width<Execution, Rows, Padded, Width - 1>(width, rows, x, panel, epilogue);
    }
}

}  // namespace pare::inline v0::inline PARE_ISA
