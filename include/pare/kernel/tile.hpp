// SPDX-License-Identifier: MIT
// The register tile: rows of activations x a panel of weights, summed in registers over all of K. Everything that multiplies
// (linear, convolution, grouped or not, in any format, on any arch) is this function.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

#include <pare/core/config.hpp>
#include <pare/kernel/accumulators.hpp>
#include <pare/kernel/decode.hpp>
#include <pare/kernel/epilogue.hpp>
#include <pare/kernel/packed_weights.hpp>

namespace pare::inline v0::inline PARE_ISA {

/// Where the rows of a tile are read and written. Segment s of row i begins at lhs[i] + s * segment_stride.
template <class Lhs, class Out, std::size_t Rows>
struct tile_rows {
    std::array<const Lhs*, Rows> lhs{};  ///< where each row is read
    std::array<Out*, Rows> dst{};        ///< where each row is written
    std::size_t segment_stride = 0;      ///< from segment to segment
};

/// All of K.
struct whole_depth {};

/// Some taps of a window: `steps` steps from `first_step` on of each of the segments [first_segment, last_segment). The first of these
/// begins at lhs[i].
struct part_of_depth {
    std::size_t first_segment = 0;  ///< the first segment
    std::size_t last_segment = 0;   ///< one past the last segment
    std::size_t first_step = 0;     ///< the first step of each
    std::size_t steps = 0;          ///< how many steps of each
};

namespace kernels {

/// Where a run's activations begin in a row: by segment, or one run after the other where all of them are padded to whole units.
template <class Execution, bool Padded>
struct row_position {
    std::size_t segment_stride = 0;
    std::size_t padded = 0;

    PARE_INLINE constexpr std::size_t of(k_run r) {
        if constexpr (Padded && !Execution::aligned_runs) return std::exchange(padded, padded + round_up(r.length, Execution::unit));
        else return r.segment * segment_stride + r.offset;
    }
};

/// One step of K: a register of weights for each column meets `count` activations of each row, at `offset` in it.
template <class Execution, std::size_t Rows, std::size_t Width>
PARE_INLINE constexpr void step(sums_of<Execution> (&sums)[Rows][Width], operand_stream<Execution>& weights,
                                const std::array<const typename Execution::dot::lhs*, Rows>& lhs, std::size_t offset, std::size_t count) {
    using dot = typename Execution::dot;
    using arch = typename Execution::arch;
    std::remove_cvref_t<decltype(weights.next(0))> rhs[Width];
    PARE_UNROLL for (std::size_t j = 0; j < Width; ++j) rhs[j] = weights.next(j);
    PARE_UNROLL for (std::size_t i = 0; i < Rows; ++i) {
        const auto few = count == Execution::unit ? broadcast_lhs(lhs[i] + offset, dot{}, arch{})
                                                  : broadcast_lhs_tail(lhs[i] + offset, count, dot{}, arch{});
        PARE_UNROLL for (std::size_t j = 0; j < Width; ++j) multiply_add(sums[i][j], few, rhs[j], dot{}, arch{});
    }
}

/// The last step of a run of `length`, where that is not whole units: `Padded` ones are followed by padding.
template <bool Padded, class Execution, std::size_t Rows, std::size_t Width>
PARE_INLINE constexpr void last_step(sums_of<Execution> (&sums)[Rows][Width], operand_stream<Execution>& weights,
                                     const std::array<const typename Execution::dot::lhs*, Rows>& lhs, std::size_t first,
                                     std::size_t length) {
    constexpr std::size_t unit = Execution::unit;
    const std::size_t whole = length / unit;
    if (length % unit == 0) return;
    if (Padded || Execution::whole_units || (Execution::overlaps && length >= unit))
        step<Execution>(sums, weights, lhs, first + Execution::step_at(whole, length), unit);
    else step<Execution>(sums, weights, lhs, first + whole * unit, length % unit);
}

/// Sums over all of K where nothing is folded in between; sets of sums take turns where one would wait for its own latency.
template <bool Padded, class Execution, std::size_t Sets, std::size_t Rows, std::size_t Width>
PARE_INLINE constexpr void sum_runs(sums_of<Execution> (&sums)[Sets][Rows][Width], const Execution& x,
                                    const std::array<const typename Execution::dot::lhs*, Rows>& lhs, std::size_t segment_stride,
                                    operand_stream<Execution>& weights) {
    constexpr std::size_t unit = Execution::unit;
    row_position<Execution, Padded> position{segment_stride};
    const std::size_t whole = x.segment() / unit, turns = whole / Sets;
    for (std::size_t s = 0; s < x.segments(); ++s) {
        const std::size_t first = position.of(x.run_at(s, 0));
        for (std::size_t k = 0; k < turns; ++k) {
            PARE_UNROLL for (std::size_t set = 0; set < Sets; ++set)
                step<Execution>(sums[set], weights, lhs, first + (k * Sets + set) * unit, unit);
        }
        if constexpr (Sets > 1)
            for (std::size_t k = turns * Sets; k < whole; ++k) step<Execution>(sums[0], weights, lhs, first + k * unit, unit);
        if constexpr (unit > 1) last_step<Padded, Execution>(sums[0], weights, lhs, first, x.segment());
    }
}

/// Sums over a part of K.
template <class Execution, std::size_t Sets, std::size_t Rows, std::size_t Width>
PARE_INLINE constexpr void sum_part(sums_of<Execution> (&sums)[Sets][Rows][Width], const Execution& x,
                                    const std::array<const typename Execution::dot::lhs*, Rows>& lhs, std::size_t segment_stride,
                                    operand_stream<Execution>& weights, const part_of_depth& part) {
    constexpr std::size_t unit = Execution::unit;
    const std::size_t all = x.segment() / unit, turns = part.steps / Sets;
    weights.skip((part.first_segment * all + part.first_step) * Width);
    for (std::size_t s = 0; s < part.last_segment - part.first_segment; ++s) {
        const std::size_t first = s * segment_stride;
        for (std::size_t k = 0; k < turns; ++k) {
            PARE_UNROLL for (std::size_t set = 0; set < Sets; ++set)
                step<Execution>(sums[set], weights, lhs, first + (k * Sets + set) * unit, unit);
        }
        if constexpr (Sets > 1)
            for (std::size_t k = turns * Sets; k < part.steps; ++k) step<Execution>(sums[0], weights, lhs, first + k * unit, unit);
        weights.skip((all - part.steps) * Width);
    }
}

/// Sums over all of K, each run folded into the totals.
template <bool Padded, class Execution, std::size_t Rows, std::size_t Width>
PARE_INLINE constexpr void fold_runs(sums_of<Execution> (&sums)[Rows][Width], totals_of<Execution> (&totals)[Rows][Width],
                                     const Execution& x, const std::array<const typename Execution::dot::lhs*, Rows>& lhs,
                                     std::size_t segment_stride, operand_stream<Execution>& weights, const std::uint8_t* factors) {
    constexpr std::size_t unit = Execution::unit;
    row_position<Execution, Padded> position{segment_stride};
    for (k_run r = x.run_at(0, 0); r.segment < x.segments(); r = x.run_after(r)) {
        const std::size_t first = position.of(r);
        for (std::size_t k = 0; k < r.length / unit; ++k) step<Execution>(sums, weights, lhs, first + k * unit, unit);
        if constexpr (unit > 1) last_step<Padded, Execution>(sums, weights, lhs, first, r.length);
        PARE_UNROLL for (std::size_t i = 0; i < Rows; ++i) {
            PARE_UNROLL for (std::size_t j = 0; j < Width; ++j) {
                totals[i][j].fold(sums[i][j], factors + j * Execution::lanes);
                sums[i][j] = zero_sums(typename Execution::dot{}, typename Execution::arch{});
            }
        }
        if constexpr (Execution::format::group != 0) factors += x.table_size();
    }
}

}  // namespace kernels

/// dst[i][n] = epilogue(bias[n] + sum over k of lhs[i][k] * weight[n][k]) for the rows of a tile and the outputs of a panel that is
/// `Width` registers wide. `Padded` says that every run of activations is followed by enough padding to load whole units.
template <class Execution, std::size_t Rows, std::size_t Width, bool Padded, class Part = whole_depth, class Epilogue>
PARE_NOINLINE constexpr void tile(const tile_rows<typename Execution::dot::lhs, typename Epilogue::value_type, Rows>& rows,
                                  const Execution& x, const panel_view<Execution>& panel, const Epilogue& epilogue, const Part& part = {}) {
    using dot = typename Execution::dot;
    using arch = typename Execution::arch;
    using value_type = typename Epilogue::value_type;
    constexpr std::size_t lanes = Execution::lanes;
    constexpr std::size_t sets = Execution::folds || arch::registers < 16 || Rows * Width >= 8 ? 1 : Rows * Width >= 4 ? 2 : 4;
    kernels::sums_of<Execution> sums[sets][Rows][Width];
    kernels::totals_of<Execution> totals[Rows][Width];
    operand_stream<Execution> weights(panel);

    // Loops over registers are plain, without closures, and their bodies without branches: g++ 12 keeps an array of registers in
    // memory, and stores it at each step, as soon as one of its loops is not unrolled early.
    PARE_UNROLL for (std::size_t i = 0; i < Rows; ++i) {
        PARE_UNROLL for (std::size_t j = 0; j < Width; ++j) {
            PARE_UNROLL for (std::size_t s = 0; s < sets; ++s) sums[s][i][j] = zero_sums(dot{}, arch{});
            if constexpr (Execution::folds) totals[i][j].load(panel.bias + j * lanes);
            else sums[0][i][j] = load_sums(panel.bias + j * lanes, dot{}, arch{});
        }
    }
    if constexpr (Execution::folds) kernels::fold_runs<Padded>(sums[0], totals, x, rows.lhs, rows.segment_stride, weights, panel.factors);
    else if constexpr (std::same_as<Part, whole_depth>) kernels::sum_runs<Padded>(sums, x, rows.lhs, rows.segment_stride, weights);
    else kernels::sum_part(sums, x, rows.lhs, rows.segment_stride, weights, part);

    if constexpr (!Execution::folds) {
        PARE_UNROLL for (std::size_t i = 0; i < Rows; ++i) {
            PARE_UNROLL for (std::size_t j = 0; j < Width; ++j) {
                PARE_UNROLL for (std::size_t s = 1; s < sets; ++s) add_sums(sums[0][i][j], sums[s][i][j], dot{}, arch{});
                totals[i][j].sums = sums[0][i][j];
            }
        }
    }
    if constexpr (kernels::stores_registers<Execution, Epilogue>) {
        // Whole registers are stored, a row at a time; by way of a buffer where fewer outputs exist.
        PARE_UNROLL for (std::size_t i = 0; i < Rows; ++i) {
            PARE_UNROLL for (std::size_t j = 0; j < Width; ++j) sums[0][i][j] = totals[i][j].sums;
        }
        if (Execution::whole_registers || panel.outputs >= Width * lanes) {
            PARE_UNROLL for (std::size_t i = 0; i < Rows; ++i) epilogue.store(rows.dst[i], sums[0][i], panel.first, dot{}, arch{});
        } else {
            value_type partial[Rows][Width * lanes];
            PARE_UNROLL for (std::size_t i = 0; i < Rows; ++i) epilogue.store(partial[i], sums[0][i], panel.first, dot{}, arch{});
            for (std::size_t i = 0; i < Rows; ++i)
                for (std::size_t n = 0; n < panel.outputs; ++n) rows.dst[i][n] = partial[i][n];
        }
    } else {
        for (std::size_t i = 0; i < Rows; ++i)
            for (std::size_t j = 0; j < Width; ++j)
                kernels::store_values<Execution>(totals[i][j], epilogue, panel.first + j * lanes, rows.dst[i] + j * lanes,
                                                 panel.outputs > j * lanes ? std::min(panel.outputs - j * lanes, std::size_t(lanes)) : 0);
    }
}

/// The tile for a panel of whatever width it has.
template <class Execution, std::size_t Rows, bool Padded, std::size_t Width = Execution::width, class Epilogue, class Part = whole_depth>
PARE_INLINE constexpr void tile_any_width(std::size_t width,
                                          const tile_rows<typename Execution::dot::lhs, typename Epilogue::value_type, Rows>& rows,
                                          const Execution& x, const panel_view<Execution>& panel, const Epilogue& epilogue,
                                          const Part& part = {}) {
    if constexpr (Execution::last_width != 0) {
        if (Execution::last_width == Width || width == Width) tile<Execution, Rows, Width, Padded>(rows, x, panel, epilogue, part);
        else if constexpr (Execution::last_width != Width)
            tile<Execution, Rows, Execution::last_width, Padded>(rows, x, panel, epilogue, part);
    } else {
        if (Width == 1 || width == Width) tile<Execution, Rows, Width, Padded>(rows, x, panel, epilogue, part);
        else if constexpr (Width > 1) tile_any_width<Execution, Rows, Padded, Width - 1>(width, rows, x, panel, epilogue, part);
    }
}

}  // namespace pare::inline v0::inline PARE_ISA
