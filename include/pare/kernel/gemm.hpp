// SPDX-License-Identifier: MIT
// Matrix product: rows of activations with packed weights, any extent dynamic.
#pragma once

#include <algorithm>
#include <array>
#include <cassert>
#include <cstddef>
#include <span>

#include <pare/core/config.hpp>
#include <pare/core/executor.hpp>
#include <pare/core/view.hpp>
#include <pare/kernel/epilogue.hpp>
#include <pare/kernel/packed_weights.hpp>
#include <pare/kernel/tile.hpp>

namespace pare::inline v0::inline PARE_ISA {

namespace kernels {

/// Calls f.template operator()<Rows>(m) with Rows = rows <= Most.
template <std::size_t Most, class F>
PARE_INLINE constexpr void with_rows(std::size_t rows, std::size_t m, const F& f) {
    if (Most == 1 || rows == Most) f.template operator()<Most>(m);
    else if constexpr (Most > 1) with_rows<Most - 1>(rows, m, f);
}

/// Calls f.template operator()<Rows>(m) for tiles of at most `Most` rows over [first, last). A static count of rows is divided as
/// evenly as can be; otherwise tiles of `Most` leave a rest, which is one tile where tiles are small.
template <std::size_t Most, std::size_t Count = dynamic, class F>
PARE_INLINE constexpr void for_each_row_tile(std::size_t first, std::size_t last, const F& f) {
    if constexpr (Count == 0) {
        return;
    } else if constexpr (Count != dynamic) {
        constexpr std::size_t tiles = ceil_div(Count, Most), rows = Count / tiles, larger = Count % tiles;
        std::size_t m = first;
        if constexpr (larger > 0)
            for (; m < first + larger * (rows + 1); m += rows + 1) f.template operator()<rows + 1>(m);
        for (; m < last; m += rows) f.template operator()<rows>(m);
    } else {
        std::size_t m = first;
        for (; m + Most <= last; m += Most) f.template operator()<Most>(m);
        if constexpr (Most > 6) {
            if (m < last) for_each_row_tile<Most / 2>(m, last, f);
        } else if constexpr (Most > 1) {
            if (m < last) with_rows<Most - 1>(last - m, m, f);
        }
    }
}

/// Copies activations for a run, widened, and pads it to whole units with what the arch sees as zero.
template <class Execution>
PARE_INLINE constexpr typename Execution::dot::lhs* copy_run(const typename Execution::activation* from, std::size_t length,
                                                             typename Execution::dot::lhs* to) {
    using lhs = typename Execution::dot::lhs;
    std::copy_n(from, length, to);
    const std::size_t padded = round_up(length, Execution::unit);
    for (std::size_t i = length; i < padded; ++i) to[i] = lhs(-Execution::lhs_offset);
    return to + padded;
}

}  // namespace kernels

/// Scratch bytes that `gemm` needs with an executor of `concurrency` workers: none where activations are multiplied as they lie.
template <class Execution>
constexpr std::size_t gemm_scratch_bytes(const Execution& x, std::size_t concurrency = 1) {
    return Execution::widens ? concurrency * x.scratch_bytes() : 0;
}

/// dst(m, n) = epilogue(bias[n] + sum over k of (lhs(m, k) - zero point) * weight(n, k)).
/// lhs is M x depth, dst M x outputs; `scratch` has gemm_scratch_bytes / sizeof(dot::lhs) elements. `Count` is M where it is static.
template <std::size_t Count = dynamic, class Execution, class Rounding, class Storage, class Epilogue, executor Executor = inline_executor>
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
        assert(lhs.rows == dst.rows && lhs.cols == x.depth() && dst.cols == x.outputs());
        const std::size_t pieces = exec.concurrency();

        if constexpr (Execution::widens) {
            assert(scratch.size() >= pieces * x.scratch_elements(Execution::max_rows));
            const std::size_t tiles = ceil_div(lhs.rows, Execution::max_rows);
            exec(pieces, [&](std::size_t piece) {
                lhs_type* const rows_at = scratch.data() + piece * x.scratch_elements(Execution::max_rows);
                const std::size_t begin = tiles * piece / pieces * Execution::max_rows;
                const std::size_t end = std::min(tiles * (piece + 1) / pieces * Execution::max_rows, lhs.rows);
                kernels::for_each_row_tile<Execution::max_rows>(begin, end, [&]<std::size_t Rows>(std::size_t m) {
                    tile_rows<lhs_type, out_type, Rows> rows;
                    rows.segment_stride = x.segment();
                    lhs_type* to = rows_at;
                    for (std::size_t i = 0; i < Rows; ++i) {
                        rows.lhs[i] = to;
                        rows.dst[i] = dst.row(m + i);
                        x.for_each_run([&](k_run r) {
                            to = kernels::copy_run<Execution>(lhs.row(m + i) + r.segment * x.segment() + r.offset, r.length, to);
                        });
                    }
                    for (std::size_t p = 0; p < x.panels(); ++p) {
                        tile_any_width<Execution, Rows, true>(x.panel_width(p), rows, x, panel_of(weights, 0, p), epilogue);
                        for (std::size_t i = 0; i < Rows; ++i) rows.dst[i] += x.panel_width(p) * Execution::lanes;
                    }
                });
            });
        } else {
            exec(pieces, [&](std::size_t piece) {
                const std::size_t panels = x.panels();
                for (std::size_t p = panels * piece / pieces; p < panels * (piece + 1) / pieces; ++p) {
                    const auto panel = panel_of(weights, 0, p);
                    kernels::for_each_row_tile<Execution::max_rows, Count>(0, lhs.rows, [&]<std::size_t Rows>(std::size_t m) {
                        tile_rows<lhs_type, out_type, Rows> rows;
                        rows.segment_stride = x.segment();
                        for (std::size_t i = 0; i < Rows; ++i) {
                            rows.lhs[i] = lhs.row(m + i);
                            rows.dst[i] = dst.row(m + i) + p * Execution::width * Execution::lanes;
                        }
                        tile_any_width<Execution, Rows, false>(x.panel_width(p), rows, x, panel, epilogue);
                    });
                }
            });
        }
    }
}

}  // namespace pare::inline v0::inline PARE_ISA
