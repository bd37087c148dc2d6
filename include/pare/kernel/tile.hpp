// SPDX-License-Identifier: MIT
// The register tile: rows of activations x a panel of weights, summed in registers over all of K. All that multiplies is this function.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

#include <pare/core/config.hpp>
#include <pare/kernel/accumulators.hpp>
#include <pare/kernel/block_tile.hpp>
#include <pare/kernel/decode.hpp>
#include <pare/kernel/epilogue.hpp>
#include <pare/kernel/flipped_rows.hpp>
#include <pare/kernel/gather_tile.hpp>
#include <pare/kernel/packed_weights.hpp>
#include <pare/kernel/picked_tile.hpp>
#include <pare/kernel/rows.hpp>
#include <pare/kernel/run_tile.hpp>
#include <pare/kernel/store_tile.hpp>
#include <pare/kernel/structured_tile.hpp>

namespace pare::inline v0::inline PARE_ISA {

/// dst[i][n] = epilogue(bias[n] + sum over k of lhs[i][k] * weight[n][k]) for the next rows and the outputs of a panel that is `Width`
/// registers wide; of rows that are pooled, the epilogue of the largest sums.
template <class Execution, std::size_t Rows, std::size_t Width, behind_run Behind, class Part, class Source, class Epilogue>
PARE_INLINE constexpr void tile(const Source& rows, const Execution& x, const panel_view<Execution>& panel, const Epilogue& store,
                                const Part& part) {
    using dot = typename Execution::dot;
    using arch = typename Execution::arch;
    constexpr std::size_t lanes = Execution::lanes, pooled = Source::pooled, written = Rows / pooled;
    static_assert(Rows % pooled == 0);
    constexpr std::size_t sets = kernels::sets_of_sums<Execution, Rows, Width>;
    kernels::sums_of<Execution> sums[sets][Rows][Width];
    kernels::totals_of<Execution> totals[Rows][Width];
    operand_stream<Execution> weights(panel);
    std::array<const typename Source::lhs_type*, Rows> lhs{};
    rows.read(lhs);
    std::array<typename Epilogue::value_type*, written> dst{};
    rows.write(dst);

    // Loops over registers are plain, without closures, and their bodies without branches: g++ 12 keeps an array of registers in
    // memory, and stores it at each step, as soon as one of its loops is not unrolled early.
    PARE_UNROLL for (std::size_t i = 0; i < Rows; ++i) {
        PARE_UNROLL for (std::size_t j = 0; j < Width; ++j) {
            PARE_UNROLL for (std::size_t s = 0; s < sets; ++s) sums[s][i][j] = zero_sums(dot{}, arch{});
            if constexpr (Execution::folds) totals[i][j].load(panel.bias + j * lanes);
            else if constexpr (!Execution::is_binary && !Execution::sorts) sums[0][i][j] = load_sums(panel.bias + j * lanes, dot{}, arch{});
            if constexpr (Execution::sums_rows || requires { rows.starts; }) add_value(sums[0][i][j], rows.starts[i], dot{}, arch{});
        }
    }
    if constexpr (Execution::gathers && Execution::folds)
        kernels::fold_gathered(sums, totals, x, lhs, rows.segment_step(), weights, panel.factors);
    else if constexpr (Execution::gathers) kernels::sum_gathered(sums, x, lhs, rows.segment_step(), weights);
    else if constexpr (Execution::skips) kernels::sum_blocks(sums, x, lhs, rows.segment_step(), weights);
    else if constexpr (Execution::picks) kernels::sum_picked(sums, x, lhs, rows.segment_step(), weights);
    else if constexpr (Execution::layout == form::structured) kernels::sum_structured(sums, lhs, weights);
    else if constexpr (Execution::folds) kernels::fold_runs<Behind>(sums, totals, x, lhs, rows.segment_step(), weights, panel.factors);
    else if constexpr (std::same_as<Part, whole_depth>) kernels::sum_runs<Behind>(sums, x, lhs, rows, weights);
    else kernels::sum_part(sums, x, lhs, rows.segment_step(), weights, part);

    const Epilogue epilogue = store;
    if constexpr (Execution::folds) {
        kernels::pool_totals<pooled>(totals);
    } else {
        PARE_UNROLL for (std::size_t i = 0; i < Rows; ++i) {
            PARE_UNROLL for (std::size_t j = 0; j < Width; ++j) {
                if constexpr (!Execution::gathers) {
                    PARE_UNROLL for (std::size_t s = 1; s < sets; ++s) add_sums(sums[0][i][j], sums[s][i][j], dot{}, arch{});
                }
            }
        }
        kernels::pool_sums<Execution, pooled>(sums[0]);
        PARE_UNROLL for (std::size_t i = 0; i < written; ++i) {
            if constexpr (Execution::sorts) arrange_sums(sums[0][i], weights.order, dot{}, arch{});
            PARE_UNROLL for (std::size_t j = 0; j < Width; ++j) {
                if constexpr (Execution::sorts) add_sums(sums[0][i][j], load_sums(panel.bias + j * lanes, dot{}, arch{}), dot{}, arch{});
                if constexpr (Execution::is_binary) sums[0][i][j] = sums_of_counts(panel.bias + j * lanes, sums[0][i][j], dot{}, arch{});
                if constexpr (!kernels::stores_registers<Execution, Epilogue>) totals[i][j].sums = sums[0][i][j];
            }
        }
    }
    if constexpr (kernels::stores_registers<Execution, Epilogue>) {
        kernels::sums_of<Execution> results[written][Width];
        PARE_UNROLL for (std::size_t i = 0; i < written; ++i) {
            PARE_UNROLL for (std::size_t j = 0; j < Width; ++j) {
                if constexpr (Execution::folds) results[i][j] = totals[i][j].sums;
                else results[i][j] = sums[0][i][j];
            }
        }
        kernels::store_tile<Execution, Source::template touching<Width * lanes>>(results, panel, epilogue, dst);
    } else {
        kernels::store_totals<Execution>(totals, panel, epilogue, dst);
    }
}

namespace kernels {

/// `count` tiles of `Rows` rows from row `first` of each line on, in a frame of their own: a call for each would cost as much as a step
/// of K.
template <class Execution, std::size_t Rows, std::size_t Width, behind_run Behind, class Source, class Epilogue, class Part>
PARE_NOINLINE constexpr void tiles(std::size_t first, std::size_t count, const Source& source, const Execution& shape,
                                   const panel_view<Execution>& of, const Epilogue& store, const Part& part) {
    // Copies, since what is stored might alias the originals.
    const Source all = source;
    const Execution x = shape;
    const panel_view<Execution> panel = of;
    // Of the epilogue only where sums leave it room in general registers: g++ 12 would keep vectors of it, and sums in memory.
    using epilogue_type = std::conditional_t<multiplies_runs<Execution, Rows, Width>, const Epilogue, const Epilogue&>;
    epilogue_type epilogue = store;
    for (std::size_t line = 0; line < all.lines; ++line)
        for (std::size_t n = 0; n < count; ++n)
            tile<Execution, Rows, Width, Behind>(all.from(line, first + n * Rows), x, panel, epilogue, part);
}

/// Calls f.template operator()<Width>() with the width of a panel.
template <class Execution, std::size_t Width = Execution::width, class F>
PARE_INLINE constexpr void with_width(std::size_t width, const F& f) {
    if constexpr (Execution::last_width != 0) {
        if (Execution::last_width == Width || width == Width) f.template operator()<Width>();
        else if constexpr (Execution::last_width != Width) f.template operator()<Execution::last_width>();
    } else {
        if (Width == 1 || width == Width) f.template operator()<Width>();
        else if constexpr (Width > 1) with_width<Execution, Width - 1>(width, f);
    }
}

/// Calls f.template operator()<Rows>(first, 1) with Rows = rows <= Most.
template <std::size_t Most, class F>
PARE_INLINE constexpr void with_rows(std::size_t first, std::size_t rows, const F& f) {
    if (Most == 1 || rows == Most) f.template operator()<Most>(first, 1);
    else if constexpr (Most > 1) with_rows<Most - 1>(first, rows, f);
}

/// Calls f.template operator()<Rows>(first, tiles) for tiles of at most `Most` rows over `rows` from `first` on. A static count of rows
/// is divided as evenly as can be, by whole `Granule`s, of which `Most` is a multiple; otherwise tiles of `Most` leave a rest, which is one
/// tile where tiles are small.
template <std::size_t Most, std::size_t Count = dynamic, std::size_t Granule = 1, class F>
PARE_INLINE constexpr void for_each_row_tile(std::size_t first, std::size_t rows, const F& f) {
    if constexpr (Count == 0) {
        return;
    } else if constexpr (Count != dynamic) {
        constexpr std::size_t tiles = ceil_div(Count, Most), granules = Count / Granule, rest = Count % Granule;
        constexpr std::size_t larger = granules % tiles, even = granules / tiles * Granule, last = rest > 0 ? 1 : 0;
        if constexpr (larger > 0) f.template operator()<even + Granule>(first, larger);
        first += larger * (even + Granule);
        if constexpr (tiles > larger + last) f.template operator()<even>(first, tiles - larger - last);
        first += (tiles - larger - last) * even;
        if constexpr (rest > 0) f.template operator()<even + rest>(first, 1);
    } else {
        const std::size_t whole = rows / Most, rest = rows % Most;
        if (whole > 0) f.template operator()<Most>(first, whole);
        if constexpr (Most > 6) {
            if (rest > 0) for_each_row_tile<Most / 2>(first + whole * Most, rest, f);
        } else if constexpr (Most > 1) {
            if (rest > 0) with_rows<Most - 1>(first + whole * Most, rest, f);
        }
    }
}

/// Calls f(epilogue), or f with what says that it saturates where it does. Not a branch in the tile: behind one, g++ 12 keeps all sums
/// twice.
template <class Execution, class Epilogue, class F>
PARE_INLINE constexpr void with_store(const Epilogue& epilogue, const F& f) {
    constexpr bool has_both =
        requires(const saturating<Epilogue>& e, typename Epilogue::value_type* dst, const sums_of<Execution>(&sums)[1]) {
            epilogue.saturates();
            e.store(dst, sums, 0, typename Execution::dot{}, typename Execution::arch{});
        };
    if constexpr (stores_registers<Execution, Epilogue> && has_both)
        if (epilogue.saturates()) return f(saturating<Epilogue>{epilogue});
    f(epilogue);
}

/// `count` tiles of `Rows` rows from row `first` of each line on, with a panel that is `width` registers wide.
template <class Execution, std::size_t Rows, behind_run Behind, class Source, class Epilogue, class Part = whole_depth>
PARE_INLINE constexpr void multiply_tiles(std::size_t first, std::size_t count, std::size_t width, const Source& source, const Execution& x,
                                          const panel_view<Execution>& panel, const Epilogue& epilogue, const Part& part = {}) {
    with_store<Execution>(epilogue, [&](const auto& store) {
        with_width<Execution>(
            width, [&]<std::size_t Width> { tiles<Execution, Rows, Width, Behind>(first, count, source, x, panel, store, part); });
    });
}

/// Lines of `count` rows with a panel that is `width` registers wide, in tiles; `Count` is how many, where that is static.
template <class Execution, behind_run Behind, std::size_t Count = dynamic, class Source, class Epilogue, class Part = whole_depth>
PARE_INLINE constexpr void multiply_rows(std::size_t count, std::size_t width, const Source& source, const Execution& x,
                                         const panel_view<Execution>& panel, const Epilogue& epilogue, const Part& part = {}) {
    constexpr std::size_t granule = row_granule<Execution, Epilogue, Source::pooled>;
    for_each_row_tile<Execution::max_rows, Count, granule>(0, count, [&]<std::size_t Rows>(std::size_t first, std::size_t tiles_of_line) {
        multiply_tiles<Execution, Rows, Behind>(first, tiles_of_line, width, source, x, panel, epilogue, part);
    });
}

}  // namespace kernels

}  // namespace pare::inline v0::inline PARE_ISA
