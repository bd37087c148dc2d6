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
    const std::size_t padded = round_up(length, Execution::run_unit);
    copy_padded<Execution>(from, length, 0, padded, Execution::copied_zero, to);
    return to + padded;
}

}  // namespace kernels

/// Scratch bytes that `gemm` needs with an executor of `concurrency` workers: none where activations are multiplied as they lie.
template <class Execution>
constexpr std::size_t gemm_scratch_bytes(const Execution& x, std::size_t concurrency = 1) {
    return Execution::copies ? concurrency * x.scratch_bytes() + Execution::scratch_lead * sizeof(typename Execution::dot::lhs) : 0;
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
        assert(!Execution::copies ||
               scratch.size() >= exec.concurrency() * x.scratch_elements(Execution::max_rows) + Execution::scratch_lead);
        const std::size_t tiles = ceil_div(lhs.rows, Execution::max_rows), panels = x.panels();
        // Panels that share bytes of bits stay together.
        constexpr bool shares_bytes = writes_bits<Epilogue> && Execution::width * Execution::lanes % 8 != 0;
        const detail::product_cut cut = detail::cut_product(tiles, shares_bytes ? 1 : panels, exec.concurrency(), Execution::copies);

        exec(cut.pieces(), [&](std::size_t piece) {
            const detail::index_range mine = cut.panels(piece, panels), tiles_of_piece = cut.tiles(piece, tiles);
            const std::size_t begin = tiles_of_piece.begin * Execution::max_rows;
            const std::size_t end = std::min(tiles_of_piece.end * Execution::max_rows, lhs.rows);
            if constexpr (Execution::copies) {
                constexpr std::size_t copied_step = detail::packed_counts<Execution>::is_static ? Execution{}.scratch_elements(1) : dynamic;
                lhs_type* const rows_at =
                    kernels::window_front<Execution>(scratch.data()) + piece * x.scratch_elements(Execution::max_rows);
                const auto multiply = [&]<std::size_t Rows>(std::size_t m, std::size_t count) {
                    for (std::size_t i = 0; i < count; ++i) {
                        lhs_type* row = rows_at + i * x.scratch_elements(1);
                        x.for_each_run([&](k_run r) {
                            row = kernels::copy_run<Execution>(lhs.row(m + i) + r.segment * x.segment() + r.offset, r.length, row);
                        });
                    }
                    for (std::size_t p = mine.begin; p < mine.end; ++p) {
                        const row_lines<lhs_type, out_type, copied_step, WriteStep> rows{rows_at, dst.row(m) + p * panel_step, x.segment(),
                                                                                         x.scratch_elements(1), dst.stride};
                        kernels::multiply_rows<Execution, behind_run::padding, Rows>(count, x.panel_width(p), rows, x,
                                                                                     panel_of(weights, 0, p), epilogue);
                    }
                };
                // A static count is of all rows, and divided evenly; pieces of them have others.
                if constexpr (Count != dynamic && (std::same_as<Executor, inline_executor> || Count <= Execution::max_rows)) {
                    kernels::for_each_row_tile<Execution::max_rows, Count>(0, Count,
                                                                           [&]<std::size_t Rows>(std::size_t first, std::size_t n) {
                                                                               for (; n > 0; --n, first += Rows)
                                                                                   multiply.template operator()<Rows>(first, Rows);
                                                                           });
                } else {
                    for (std::size_t m = begin; m < end; m += Execution::max_rows)
                        multiply.template operator()<dynamic>(m, std::min(end - m, Execution::max_rows));
                }
            } else {
                const auto multiply = [&]<std::size_t Rows>(std::size_t count) {
                    for (std::size_t p = mine.begin; p < mine.end; ++p) {
                        const row_lines<lhs_type, out_type, ReadStep, WriteStep> rows{lhs.row(begin), dst.row(begin) + p * panel_step,
                                                                                      x.segment(), lhs.stride, dst.stride};
                        kernels::multiply_rows<Execution, behind_run::nothing, Rows>(count, x.panel_width(p), rows, x,
                                                                                     panel_of(weights, 0, p), epilogue);
                    }
                };
                // A static count is of all rows; pieces of them have others.
                if constexpr (std::same_as<Executor, inline_executor> || (Count != dynamic && Count <= Execution::max_rows))
                    return multiply.template operator()<Count>(lhs.rows);
                else if (Count != dynamic && cut.row_parts == 1) return multiply.template operator()<Count>(lhs.rows);
                else if (begin < end) return multiply.template operator()<dynamic>(end - begin);
            }
        });
    }
}

}  // namespace pare::inline v0::inline PARE_ISA
