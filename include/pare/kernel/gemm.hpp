// SPDX-License-Identifier: MIT
// Matrix product: rows of activations with packed weights, any extent dynamic.
#pragma once

#include <algorithm>
#include <array>
#include <cassert>
#include <concepts>
#include <cstddef>
#include <span>

#include <pare/core/config.hpp>
#include <pare/core/executor.hpp>
#include <pare/core/view.hpp>
#include <pare/kernel/epilogue.hpp>
#include <pare/kernel/packed_weights.hpp>
#include <pare/kernel/product_cut.hpp>
#include <pare/kernel/tile.hpp>

namespace pare::inline v0::inline PARE_ISA {

namespace kernels {

/// Copies activations for a run and pads it to whole units with what the arch sees as zero.
template <class Execution>
PARE_INLINE constexpr typename Execution::dot::lhs* copy_run(const typename Execution::activation* from, std::size_t length,
                                                             typename Execution::dot::lhs* to) {
    const std::size_t padded = round_up(length, Execution::unit);
    copy_padded<Execution>(from, length, 0, padded, Execution::copied_zero, to);
    return to + padded;
}

/// Whether `Count` rows are one tile, and nothing about the product is dynamic.
template <class Execution, std::size_t Count>
inline constexpr bool is_one_tile = Count != dynamic && Count > 0 && Count <= Execution::max_rows &&
                                    (!Execution::widens || Execution::flips) && detail::packed_counts<Execution>::is_static;

/// Tiles of rows that are flipped at a time. All weights are read for each such block: where a second-level cache holds them, a block stays
/// in the first one, beside them; otherwise it takes as much of the second as it can, since weights come from further away.
template <class Execution>
constexpr std::size_t flipped_tiles(const Execution& x) {
    const std::size_t weights = x.outputs() * x.depth(), block = weights <= 524288 ? 16384 : 262144;
    return std::max<std::size_t>(3, block / std::max<std::size_t>(1, Execution::max_rows * x.depth()));
}

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

}  // namespace kernels

/// Scratch bytes that `gemm` needs with an executor of `concurrency` workers: none where activations are multiplied as they lie. Where the
/// count of rows is known, few of them need less.
template <class Execution>
constexpr std::size_t gemm_scratch_bytes(const Execution& x, std::size_t concurrency = 1, std::size_t rows = dynamic) {
    if constexpr (Execution::flips)
        return concurrency * std::min(rows, kernels::flipped_tiles(x) * Execution::max_rows) * x.depth() *
               sizeof(typename Execution::dot::lhs);
    else return Execution::widens ? concurrency * x.scratch_bytes() : 0;
}

/// dst(m, n) = epilogue(bias[n] + sum over k of (lhs(m, k) - zero point) * weight(n, k)).
/// lhs is M x depth, dst M x outputs; `scratch` has gemm_scratch_bytes / sizeof(dot::lhs) elements. `Count` is M where it is static;
/// `ReadStep` and `WriteStep` are the strides of lhs and dst where those are.
template <std::size_t Count = dynamic, std::size_t ReadStep = dynamic, std::size_t WriteStep = dynamic, class Execution, class Rounding,
          class Storage, class Epilogue, executor Executor = inline_executor>
    requires epilogue<Epilogue, typename Execution::total>
constexpr void gemm(matrix_view<const typename Execution::activation> lhs, const packed_weights<Execution, Rounding, Storage>& weights,
                    matrix_view<typename Epilogue::value_type> dst, const Epilogue& epilogue,
                    std::span<typename Execution::dot::lhs> scratch = {}, const Executor& exec = {}) {
    using arch_type = typename Execution::arch;
    static_assert(require<arch::compiled_for<arch_type>, got_type<arch_type>, needs_type<arch::native>>,
                  "gemm: the instruction set must be enabled where its kernels are compiled; use its -m flags, or arch::native");
    if constexpr (arch::compiled_for<arch_type>) {
        using lhs_type = typename Execution::dot::lhs;
        using out_type = typename Epilogue::value_type;
        const Execution& x = weights.shape;
        assert(lhs.rows == dst.rows && lhs.cols == x.depth() && dst.cols == row_elements<Epilogue>(x.outputs()));
        constexpr std::size_t panel_step = row_offset<Epilogue>(Execution::width * Execution::lanes);
        assert((ReadStep == dynamic || ReadStep == lhs.stride) && (WriteStep == dynamic || WriteStep == dst.stride));
        assert(scratch.size() * sizeof(lhs_type) >= gemm_scratch_bytes(x, exec.concurrency(), lhs.rows));
        const std::size_t tiles = ceil_div(lhs.rows, Execution::max_rows), panels = x.panels();
        // Panels that share bytes of bits stay together.
        constexpr bool shares_bytes = writes_bits<Epilogue> && Execution::width * Execution::lanes % 8 != 0;
        if constexpr (std::same_as<Executor, inline_executor> && kernels::is_one_tile<Execution, Count>) {
            constexpr std::size_t step = Execution::flips ? Execution::problem::depth : ReadStep;
            row_lines<lhs_type, out_type, step, WriteStep> rows{nullptr, dst.data, x.segment(), lhs.stride, dst.stride};
            if constexpr (Execution::flips) {
                kernels::flip_rows<Execution>(lhs, x.depth(), 0, Count, scratch.data());
                rows.lhs = scratch.data();
            } else {
                rows.lhs = lhs.data;
            }
            return kernels::with_store<Execution>(
                epilogue, [&](const auto& store) { kernels::multiply_tile<Execution, Count>(rows, weights, store); });
        }
        const detail::product_cut cut = detail::cut_product(tiles, shares_bytes ? 1 : panels, exec.concurrency(), Execution::widens);

        exec(cut.pieces(), [&](std::size_t piece) {
            const detail::index_range mine = cut.panels(piece, panels), tiles_of_piece = cut.tiles(piece, tiles);
            const std::size_t begin = tiles_of_piece.begin * Execution::max_rows;
            const std::size_t end = std::min(tiles_of_piece.end * Execution::max_rows, lhs.rows);
            if constexpr (Execution::widens && !Execution::flips) {
                constexpr std::size_t copied_step = detail::packed_counts<Execution>::is_static ? Execution{}.scratch_elements(1) : dynamic;
                lhs_type* const rows_at = scratch.data() + piece * x.scratch_elements(Execution::max_rows);
                for (std::size_t m = begin; m < end; m += Execution::max_rows) {
                    const std::size_t count = std::min(end - m, Execution::max_rows);
                    lhs_type* row = rows_at;
                    for (std::size_t i = 0; i < count; ++i)
                        x.for_each_run([&](k_run r) {
                            row = kernels::copy_run<Execution>(lhs.row(m + i) + r.segment * x.segment() + r.offset, r.length, row);
                        });
                    for (std::size_t p = mine.begin; p < mine.end; ++p) {
                        const row_lines<lhs_type, out_type, copied_step, WriteStep> rows{rows_at, dst.row(m) + p * panel_step, x.segment(),
                                                                                         x.scratch_elements(1), dst.stride};
                        kernels::multiply_rows<Execution, behind_run::padding>(count, x.panel_width(p), rows, x, panel_of(weights, 0, p),
                                                                               epilogue);
                    }
                }
            } else {
                // Rows from `from` on of the outputs: `count` tiles of them, and where what they read lies.
                const auto multiply = [&]<std::size_t Rows, std::size_t Step>(std::size_t from, std::size_t count, const lhs_type* at,
                                                                              std::size_t stride) {
                    for (std::size_t p = mine.begin; p < mine.end; ++p) {
                        const row_lines<lhs_type, out_type, Step, WriteStep> rows{at, dst.row(from) + p * panel_step, x.segment(), stride,
                                                                                  dst.stride};
                        kernels::multiply_tiles<Execution, Rows, behind_run::nothing>(0, count, x.panel_width(p), rows, x,
                                                                                      panel_of(weights, 0, p), epilogue);
                    }
                };
                const auto multiply_all = [&]<std::size_t Of>(std::size_t from, std::size_t count) {
                    kernels::for_each_row_tile<Execution::max_rows, Of>(
                        from, count, [&]<std::size_t Rows>(std::size_t first, std::size_t all) {
                            if constexpr (Execution::flips) {
                                const std::size_t depth = x.depth();
                                lhs_type* const at = scratch.data() + piece * (scratch.size() / exec.concurrency());
                                for (std::size_t done = 0, now = 0; done < all; done += now) {
                                    now = std::min(kernels::flipped_tiles(x), all - done);
                                    const std::size_t m = first + done * Rows;
                                    kernels::flip_rows<Execution>(lhs, depth, m, m + now * Rows, at);
                                    multiply.template operator()<Rows, Execution::problem::depth>(m, now, at, depth);
                                }
                            } else {
                                multiply.template operator()<Rows, ReadStep>(first, all, lhs.row(first), lhs.stride);
                            }
                        });
                };
                // A static count is of all rows; pieces of them have others.
                if constexpr (std::same_as<Executor, inline_executor> || (Count != dynamic && Count <= Execution::max_rows))
                    return multiply_all.template operator()<Count>(0, lhs.rows);
                else if (Count != dynamic && cut.row_parts == 1) return multiply_all.template operator()<Count>(0, lhs.rows);
                else if (begin < end) return multiply_all.template operator()<dynamic>(begin, end - begin);
            }
        });
    }
}

}  // namespace pare::inline v0::inline PARE_ISA
