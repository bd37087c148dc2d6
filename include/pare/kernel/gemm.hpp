// SPDX-License-Identifier: MIT
// Matrix product: rows of activations with packed weights, any extent dynamic.
#pragma once

#include <algorithm>
#include <array>
#include <cassert>
#include <concepts>
#include <cstddef>
#include <span>
#include <type_traits>
#include <utility>

#include <pare/core/config.hpp>
#include <pare/core/executor.hpp>
#include <pare/core/view.hpp>
#include <pare/kernel/codes_in_place.hpp>
#include <pare/kernel/epilogue.hpp>
#include <pare/kernel/packed_weights.hpp>
#include <pare/kernel/product_cut.hpp>
#include <pare/kernel/summed_rows.hpp>
#include <pare/kernel/tile.hpp>

namespace pare::inline v0::inline PARE_ISA {

namespace kernels {

/// Copies activations for a run and pads it to whole units with what the arch sees as zero.
template <class Execution>
PARE_INLINE constexpr typename Execution::dot::lhs* copy_run(const typename Execution::activation* from, std::size_t length,
                                                             typename Execution::dot::lhs* to) {
    const std::size_t padded = round_up(length, Execution::run_unit);
    copy_padded<Execution>(from, length, 0, padded, Execution::copied_zero, to);
    return to + padded;
}

/// Whether `Count` rows are one tile, and nothing about the product is dynamic.
template <class Execution, std::size_t Count>
inline constexpr bool is_one_tile = Count != dynamic && Count > 0 && Count <= Execution::max_rows &&
                                    (!Execution::copies || Execution::flips) && !Execution::sums_rows
                                    && detail::packed_counts<Execution>::is_static;

/// Whether the arch flips activations at each load: one row of few, for which copies would be waited for.
template <class Execution, std::size_t Count>
inline constexpr bool flips_at_loads = [] {
    if constexpr (!Execution::flips || Count != 1 || Execution::gathers || Execution::picks || Execution::layout == form::structured ||
                  Execution::packs_in_place || Execution::problem::depth > 256)
        return false;
    else
        return Execution{}.panels() == 1 && requires(const typename Execution::activation* p) {
            broadcast_lhs(p, typename Execution::dot{}, typename Execution::arch{});
        };
}();

/// Tiles of rows that are flipped at a time. Few, where a second-level cache holds all weights: flips go on while the products before them
/// end, and a panel stays where it is in the first level (784 x 64 x 576 took 1.12 times as long with blocks of 16 KB); where many panels
/// meet them one tile is too few. Larger weights come from further away for each block, which then takes as much of the second level as it
/// can.
template <class Execution>
constexpr std::size_t flipped_tiles(const Execution& x) {
    const bool near = x.outputs() * x.depth() <= std::size_t(1) << 20;
    return std::max<std::size_t>(
        x.panels() <= 4 || Execution::skips ? 1 : 2,
        (near ? Execution::skips ? 12288 : 4096 : flipped_bytes) / std::max<std::size_t>(1, Execution::max_rows * x.depth()));
}

/// Whether rows are flipped beside the products of those before them. Where they meet more than one panel, flips are a smaller part of all,
/// and what they cost the products is more than what it takes to wait for them (196 x 256 x 2304 took 1.04 times as long). Nor where a
/// product is several instructions or registers are few: g++ 12 keeps sums in memory then.
template <class Execution, std::size_t Rows>
inline constexpr bool flips_at_products = [] {
    using problem = typename Execution::problem;
    if constexpr (!Execution::flips || Execution::layout != form::expanded || Execution::folds || problem::depth == dynamic ||
                  problem::segment != problem::depth || problem::outputs == dynamic || Execution::arch::registers < 32 ||
                  !loads_with_products<Execution>)
        return false;
    else return Rows > 1 && problem::depth >= Execution::register_elements && Execution{}.panels() == 1;
}();

/// All panels with the rows of one tile, in one frame: where there is so little to do, a call for each panel is as much as the work.
template <class Execution, std::size_t Rows, class Source, class Rounding, class Storage, class Epilogue>
PARE_INLINE constexpr void multiply_tile(const Source& source, const packed_weights<Execution, Rounding, Storage>& weights,
                                         const Epilogue& store) {
    constexpr std::size_t panels = Execution{}.panels(), last = Execution::last_width, width = Execution::width;
    constexpr std::size_t step = row_offset<Epilogue>(width * Execution::lanes), alike = last == width ? panels : panels - 1;
    // Copies, since what is stored might alias the originals.
    Source rows = source;
    const Epilogue epilogue = store;
    for (std::size_t p = 0; p < alike; ++p, rows.dst += step)
        tile<Execution, Rows, width, behind_run::nothing>(rows, weights.shape, panel_of(weights, 0, p), epilogue, whole_depth{});
    if constexpr (alike < panels)
        tile<Execution, Rows, last, behind_run::nothing>(rows, weights.shape, panel_of(weights, 0, alike), epilogue, whole_depth{});
}

/// A product of which some rows meet some panels.
template <std::size_t ReadStep, std::size_t WriteStep, class Execution, class Rounding, class Storage, class Epilogue>
struct product {
    using lhs_type = typename Execution::dot::lhs;
    using out_type = typename Epilogue::value_type;
    matrix_view<const typename Execution::activation> lhs;
    const packed_weights<Execution, Rounding, Storage>& weights;
    matrix_view<out_type> dst;
    const Epilogue& epilogue;
    detail::index_range panels;
    lhs_type* scratch;

    /// `count` tiles of rows with panel `p`.
    template <std::size_t Rows, behind_run Behind, class Source>
    constexpr void multiply_panel(std::size_t p, std::size_t count, const Source& rows) const {
        const Execution& x = weights.shape;
        multiply_tiles<Execution, Rows, Behind>(0, count, x.panel_width(p), rows, x, panel_of(weights, 0, p), epilogue);
    }
    /// Rows from `first` on of which what they read lies at `at`, `stride` apart, and their outputs of panel `p`.
    template <std::size_t Step>
    constexpr row_lines<lhs_type, out_type, Step, WriteStep> lines(std::size_t p, std::size_t first, const lhs_type* at,
                                                                   std::size_t stride) const {
        constexpr std::size_t panel_step = row_offset<Epilogue>(Execution::width * Execution::lanes);
        return {at, dst.row(first) + p * panel_step, weights.shape.segment(), stride, dst.stride};
    }
    /// `count` tiles of outputs from row `first` on. What they read lies at `at`, `stride` apart.
    template <std::size_t Rows, behind_run Behind, std::size_t Step>
    constexpr void multiply(std::size_t first, std::size_t count, const lhs_type* at, std::size_t stride) const {
        if constexpr (multiplies_in_place<Execution, Rows>) {
            for (; count > 0; --count, ++first, at += stride) {
                const std::int32_t start = start_in_place<Execution>(at);
                for (std::size_t p = panels.begin; p < panels.end; ++p) {
                    const auto plain = lines<Step>(p, first, at, stride);
                    multiply_panel<Rows, Behind>(p, 1, summed_lines<std::remove_const_t<decltype(plain)>>{plain, &start});
                }
            }
        } else {
            for (std::size_t p = panels.begin; p < panels.end; ++p)
                multiply_panel<Rows, Behind>(p, count, lines<Step>(p, first, at, stride));
        }
    }
    /// The same with copies of each run, padded to whole units, a tile at a time.
    template <std::size_t Rows>
    constexpr void copy_and_multiply(std::size_t first, std::size_t count) const {
        const Execution& x = weights.shape;
        constexpr std::size_t step = detail::packed_counts<Execution>::is_static ? Execution{}.scratch_elements(1) : dynamic;
        for (; count > 0; --count, first += Rows) {
            for (std::size_t i = 0; i < Rows; ++i) {
                lhs_type *const begin = scratch + i * x.scratch_elements(1), *row = begin;
                x.for_each_run(
                    [&](k_run r) { row = copy_run<Execution>(lhs.row(first + i) + r.segment * x.segment() + r.offset, r.length, row); });
                if constexpr (Execution::shifts > 1) copy_shifted(x, lhs.row(first + i), begin);
            }
            multiply<Rows, behind_run::padding, step>(first, 1, scratch, x.scratch_elements(1));
        }
    }
    /// The same with rows that are flipped, some tiles at a time, each time those that come next: their loads do not hold up products.
    template <std::size_t Rows>
    constexpr void flip_and_multiply(std::size_t first, std::size_t count) const {
        const std::size_t depth = weights.shape.depth(), most = flipped_tiles(weights.shape);
        lhs_type *here = scratch, *next = scratch + most * Rows * depth;
        const auto flip = [&](std::size_t from, std::size_t tiles, lhs_type* to) {
            flip_rows<Execution>(lhs, depth, from, from + tiles * Rows, to);
        };
        std::size_t now = std::min(most, count);
        flip(first, now, here);
        while (now > 0) {
            const std::size_t after = first + now * Rows;
            count -= now;
            const std::size_t then = std::min(most, count);
            if (then > 0) flip(after, then, next);
            multiply<Rows, behind_run::nothing, Execution::problem::depth>(first, now, here, depth);
            std::swap(here, next);
            first = after, now = then;
        }
    }
    /// The same with one panel and rows that are flipped beside the products of those before them.
    template <std::size_t Rows>
    constexpr void multiply_and_flip(std::size_t first, std::size_t count) const {
        constexpr std::size_t depth = Execution::problem::depth;
        using panel_lines = row_lines<lhs_type, out_type, depth, WriteStep>;
        flip_rows<Execution>(lhs, depth, first, first + Rows, scratch);
        if (count > 1) {
            const flipping_lines<panel_lines, typename Execution::activation, depth, Execution::register_elements> rows{
                lines<depth>(0, first, scratch, depth), scratch, lhs.row(first + Rows), lhs.stride};
            multiply_panel<Rows, behind_run::nothing>(0, count - 1, rows);
        }
        multiply<Rows, behind_run::nothing, depth>(first + (count - 1) * Rows, 1, scratch, depth);
    }
    /// The same with rows that are added up before, some tiles at a time.
    template <std::size_t Rows>
    constexpr void sum_and_multiply(std::size_t first, std::size_t count) const {
        constexpr std::size_t most = summed_tiles<Execution, Rows>;
        std::array<std::int32_t, most * Rows> starts;
        for (std::size_t now; count > 0; count -= now, first += now * Rows) {
            now = std::min(most, count);
            sum_rows<Execution>(lhs, first, now * Rows, starts.data());
            for (std::size_t p = panels.begin; p < panels.end; ++p) {
                const auto plain = lines<ReadStep>(p, first, lhs.row(first), lhs.stride);
                multiply_panel<Rows, behind_run::nothing>(p, now, summed_lines<std::remove_const_t<decltype(plain)>>{plain, starts.data()});
            }
        }
    }
    /// Rows [first, first + count); `Count` is how many, where that is static.
    template <std::size_t Count>
    constexpr void rows(std::size_t first, std::size_t count) const {
        for_each_row_tile<Execution::max_rows, Count, row_granule<Execution, Epilogue>>(
            first, count, [&]<std::size_t Rows>(std::size_t from, std::size_t tiles) {
                if constexpr (Execution::sums_rows) sum_and_multiply<Rows>(from, tiles);
                else if constexpr (flips_at_products<Execution, Rows>) multiply_and_flip<Rows>(from, tiles);
                else if constexpr (Execution::flips) flip_and_multiply<Rows>(from, tiles);
                else if constexpr (Execution::copies) copy_and_multiply<Rows>(from, tiles);
                else multiply<Rows, behind_run::nothing, ReadStep>(from, tiles, lhs.row(from), lhs.stride);
            });
    }
};

}  // namespace kernels

/// Scratch bytes that `gemm` needs with an executor of `concurrency` workers: none where activations are multiplied as they lie. Where the
/// count of rows is known, few of them need less.
template <class Execution>
constexpr std::size_t gemm_scratch_bytes(const Execution& x, std::size_t concurrency = 1, std::size_t rows = dynamic) {
    constexpr std::size_t element = sizeof(typename Execution::dot::lhs);
    constexpr bool one_tile = kernels::flips_at_products<Execution, Execution::max_rows>;
    if constexpr (Execution::flips)
        return concurrency * std::min(rows, (one_tile ? 1 : 2 * kernels::flipped_tiles(x)) * Execution::max_rows) * x.depth() * element;
    else if constexpr (Execution::copies) return concurrency * x.scratch_bytes() + Execution::scratch_lead * element;
    else return 0;
}

/// dst(m, n) = epilogue(bias[n] + sum over k of (lhs(m, k) - zero point) * weight(n, k)).
/// lhs is M x depth, dst M x outputs; `scratch` has gemm_scratch_bytes / sizeof(dot::lhs) elements. `Count` is M where it is static;
/// `ReadStep` and `WriteStep` are the strides of lhs and dst where those are. Views come by reference: clang 19
/// writes those by value in words and copies them in registers, which waits for the words (4 x 32 x 32 took 32 ns, and takes 20).
template <std::size_t Count = dynamic, std::size_t ReadStep = dynamic, std::size_t WriteStep = dynamic, class Execution, class Rounding,
          class Storage, class Epilogue, executor Executor = inline_executor>
    requires epilogue<Epilogue, typename Execution::total>
constexpr void gemm(const matrix_view<const typename Execution::activation>& lhs,
                    const packed_weights<Execution, Rounding, Storage>& weights, const matrix_view<typename Epilogue::value_type>& dst,
                    const Epilogue& epilogue, std::span<typename Execution::dot::lhs> scratch = {}, const Executor& exec = {}) {
    using arch_type = typename Execution::arch;
    static_assert(require<arch::compiled_for<arch_type>, got_type<arch_type>, needs_type<arch::native>>,
                  "gemm: the instruction set must be enabled where its kernels are compiled; use its -m flags, or arch::native");
    if constexpr (arch::compiled_for<arch_type>) {
        using lhs_type = typename Execution::dot::lhs;
        const Execution& x = weights.shape;
        constexpr bool alone = std::same_as<Executor, inline_executor>;
        assert(lhs.rows == dst.rows && lhs.cols == x.depth() && dst.cols == row_elements<Epilogue>(x.outputs()));
        assert((ReadStep == dynamic || ReadStep == lhs.stride) && (WriteStep == dynamic || WriteStep == dst.stride));
        assert(scratch.size() * sizeof(lhs_type) >= gemm_scratch_bytes(x, exec.concurrency(), lhs.rows));
        if constexpr (alone && kernels::is_one_tile<Execution, Count>) {
            constexpr bool at_loads = kernels::flips_at_loads<Execution, Count>, copies = Execution::flips && !at_loads;
            constexpr std::size_t step = copies ? Execution::problem::depth : ReadStep;
            using read_type = std::conditional_t<at_loads, typename Execution::activation, lhs_type>;
            row_lines<read_type, typename Epilogue::value_type, step, WriteStep> rows{nullptr, dst.data, x.segment(), lhs.stride,
                                                                                      dst.stride};
            if constexpr (copies) {
                kernels::flip_rows<Execution>(lhs, x.depth(), 0, Count, scratch.data());
                rows.lhs = scratch.data();
            } else {
                rows.lhs = lhs.data;
            }
            const auto multiply = [&](const auto& source) PARE_INLINE_CLOSURE {
                kernels::with_store<Execution>(epilogue, [&](const auto& store) PARE_INLINE_CLOSURE {
                    kernels::multiply_tile<Execution, Count>(source, weights, store);
                });
            };
            if constexpr (kernels::multiplies_in_place<Execution, Count> && !at_loads) {
                const std::int32_t start = kernels::start_in_place<Execution>(rows.lhs);
                return multiply(kernels::summed_lines<decltype(rows)>{rows, &start});
            } else {
                return multiply(rows);
            }
        }
        const std::size_t tiles = ceil_div(lhs.rows, Execution::max_rows), panels = x.panels();
        // Panels that share bytes of bits stay together.
        constexpr bool shares_bytes = writes_bits<Epilogue> && Execution::width * Execution::lanes % 8 != 0;
        const detail::product_cut cut = detail::cut_product(tiles, shares_bytes ? 1 : panels, exec.concurrency(), Execution::copies);
        lhs_type* const memory = Execution::copies ? kernels::window_front<Execution>(scratch.data()) : nullptr;
        const std::size_t memory_of_piece =
            Execution::flips ? scratch.size() / exec.concurrency() : x.scratch_elements(Execution::copies ? Execution::max_rows : 0);

        exec(cut.pieces(), [&](std::size_t piece) {
            const kernels::product<ReadStep, WriteStep, Execution, Rounding, Storage, Epilogue> part{
                lhs, weights, dst, epilogue, cut.panels(piece, panels), memory + piece * memory_of_piece};
            const detail::index_range mine = cut.tiles(piece, tiles);
            const std::size_t begin = mine.begin * Execution::max_rows, end = std::min(mine.end * Execution::max_rows, lhs.rows);
            // A static count is of all rows; pieces of them have others.
            if constexpr (alone || (Count != dynamic && Count <= Execution::max_rows)) return part.template rows<Count>(0, lhs.rows);
            else if (Count != dynamic && cut.row_parts == 1) return part.template rows<Count>(0, lhs.rows);
            else if (begin < end) return part.template rows<dynamic>(begin, end - begin);
        });
    }
}

}  // namespace pare::inline v0::inline PARE_ISA
