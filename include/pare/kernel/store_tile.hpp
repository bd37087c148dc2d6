// SPDX-License-Identifier: MIT
// The end of a tile: what its sums become, and how that is written.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>

#include <pare/core/config.hpp>
#include <pare/kernel/accumulators.hpp>
#include <pare/kernel/bit_rows.hpp>
#include <pare/kernel/epilogue.hpp>
#include <pare/kernel/packed_weights.hpp>

namespace pare::inline v0::inline PARE_ISA {

namespace kernels {

/// Values of a tile that are not outputs yet, `Size` of each row. They wait here, not where outputs lie, so that an epilogue may finish
/// them with what still lies there.
template <class Value, std::size_t Rows, std::size_t Size>
struct waiting_values {
    Value values[Rows][Size];

    PARE_INLINE constexpr std::array<Value*, Rows> rows() {
        std::array<Value*, Rows> all{};
        PARE_UNROLL for (std::size_t i = 0; i < Rows; ++i) all[i] = values[i];
        return all;
    }
};

/// Outputs of a tile from values, in a frame of its own.
template <class Arch, class Epilogue, class Value, std::size_t Rows, std::size_t Size>
PARE_NOINLINE constexpr void finish_rows(const Epilogue& epilogue, const waiting_values<Value, Rows, Size>& waiting,
                                         const std::array<Value*, Rows>& to, std::size_t outputs) {
    std::array<const Value*, Rows> from{};
    for (std::size_t i = 0; i < Rows; ++i) from[i] = waiting.values[i];
    epilogue.finish(from.data(), to.data(), Rows, outputs, Arch{});
}

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

/// Rows that tiles of full panels had better be a multiple of, and are where `Pooled` of them become one.
template <class Execution, class Epilogue, std::size_t Pooled = 1>
inline constexpr std::size_t row_granule = [] {
    constexpr std::size_t rows = Pooled * rows_at_once<Execution, Epilogue, Execution::width>;
    return Execution::max_rows % rows == 0 ? rows : Pooled;
}();

/// Stores the registers of a row from register `First` on, four at a time: no arch stores more at once.
template <class Execution, std::size_t First = 0, class Epilogue, std::size_t Width>
PARE_INLINE constexpr void store_row(const Epilogue& epilogue, typename Epilogue::value_type* to, const sums_of<Execution> (&sums)[Width],
                                     std::size_t n) {
    using dot = typename Execution::dot;
    using arch = typename Execution::arch;
    if constexpr (Width <= 4) {
        epilogue.store(to, sums, n, dot{}, arch{});
    } else {
        constexpr std::size_t few = std::min<std::size_t>(4, Width - First), behind = First + few;
        sums_of<Execution> some[few];
        PARE_UNROLL for (std::size_t j = 0; j < few; ++j) some[j] = sums[First + j];
        epilogue.store(to + First * Execution::lanes, some, n + First * Execution::lanes, dot{}, arch{});
        if constexpr (behind < Width) store_row<Execution, behind>(epilogue, to, sums, n);
    }
}

/// Stores `Rows` rows of whole registers in `to`, together where the epilogue can; the outputs lie at `dst`. Not closures: see tile.
template <class Execution, bool Touching, class Epilogue, std::size_t Rows, std::size_t Width>
PARE_INLINE constexpr void store_registers(const std::array<typename Epilogue::value_type*, Rows>& dst,
                                           const std::array<typename Epilogue::value_type*, Rows>& to,
                                           const sums_of<Execution> (&sums)[Rows][Width], const Epilogue& epilogue, std::size_t n) {
    using dot = typename Execution::dot;
    using arch = typename Execution::arch;
    constexpr std::size_t together = rows_at_once<Execution, Epilogue, Width>, grouped = together > 1 ? Rows / together * together : 0;
    PARE_UNROLL for (std::size_t i = 0; i < grouped; i += together) {
        std::array<typename Epilogue::value_type*, together> rows{};
        sums_of<Execution> of[together][Width];
        PARE_UNROLL for (std::size_t r = 0; r < together; ++r) {
            rows[r] = to[i + r];
            PARE_UNROLL for (std::size_t j = 0; j < Width; ++j) of[r][j] = sums[i + r][j];
        }
        if constexpr (together > 1) epilogue.template store_rows<Touching>(rows, of, n, dot{}, arch{});
    }
    PARE_UNROLL for (std::size_t i = grouped; i < Rows; ++i)
        store_row<Execution>(epilogue_of_row(epilogue, dst[i]), to[i], sums[i], n);
}

/// Stores registers of totals, all whole; by way of a buffer where fewer outputs exist, or where values are not outputs yet.
template <class Execution, bool Touching, class Epilogue, std::size_t Rows, std::size_t Width>
PARE_INLINE constexpr void store_tile(const sums_of<Execution> (&sums)[Rows][Width], const panel_view<Execution>& panel,
                                      const Epilogue& epilogue, const std::array<typename Epilogue::value_type*, Rows>& dst) {
    using arch = typename Execution::arch;
    constexpr std::size_t size = Width * Execution::lanes;
    constexpr bool finishes = finishing_epilogue<Epilogue, arch>;
    if (!finishes && (Execution::whole_registers || panel.outputs >= size)) {
        store_registers<Execution, Touching>(dst, dst, sums, epilogue, panel.first);
    } else {
        waiting_values<typename Epilogue::value_type, Rows, size> waiting;
        store_registers<Execution, true>(dst, waiting.rows(), sums, epilogue, panel.first);
        if constexpr (finishes) {
            finish_rows<arch>(epilogue, waiting, dst, panel.outputs);
        } else {
            for (std::size_t i = 0; i < Rows; ++i)
                for (std::size_t n = 0; n < panel.outputs; ++n) dst[i][n] = waiting.values[i][n];
        }
    }
}

/// Stores the totals of the first rows one by one in `to`; the outputs lie at `dst`.
template <class Execution, class Epilogue, std::size_t All, std::size_t Width, std::size_t Rows>
PARE_INLINE constexpr void store_each(const totals_of<Execution> (&totals)[All][Width], const panel_view<Execution>& panel,
                                      const Epilogue& epilogue, const std::array<typename Epilogue::value_type*, Rows>& dst,
                                      const std::array<typename Epilogue::value_type*, Rows>& to) {
    constexpr std::size_t lanes = Execution::lanes;
    for (std::size_t i = 0; i < Rows; ++i)
        for (std::size_t j = 0; j < Width; ++j)
            store_values<Execution>(totals[i][j], epilogue, panel.first + j * lanes, dst[i] + j * lanes, to[i] + j * lanes,
                                    panel.outputs > j * lanes ? std::min(panel.outputs - j * lanes, std::size_t(lanes)) : 0);
}

/// Stores the totals of the first rows.
template <class Execution, class Epilogue, std::size_t All, std::size_t Width, std::size_t Rows>
PARE_INLINE constexpr void store_totals(const totals_of<Execution> (&totals)[All][Width], const panel_view<Execution>& panel,
                                        const Epilogue& epilogue, const std::array<typename Epilogue::value_type*, Rows>& dst) {
    using arch = typename Execution::arch;
    if constexpr (writes_bits<Epilogue>) {
        static_assert(All == Rows);
        store_bits<Execution>(totals, epilogue, panel.first, panel.outputs, dst);
    } else if constexpr (finishing_epilogue<Epilogue, arch>) {
        waiting_values<typename Epilogue::value_type, Rows, Width * Execution::lanes> waiting;
        store_each<Execution>(totals, panel, epilogue, dst, waiting.rows());
        finish_rows<arch>(epilogue, waiting, dst, panel.outputs);
    } else {
        store_each<Execution>(totals, panel, epilogue, dst, dst);
    }
}

/// Of each `Pooled` rows of sums the largest, in the first rows. All epilogues that are pooled grow with the sum.
template <class Execution, std::size_t Pooled, std::size_t Rows, std::size_t Width>
PARE_INLINE constexpr void pool_sums(sums_of<Execution> (&sums)[Rows][Width]) {
    if constexpr (Pooled > 1) {
        static_assert(!Execution::is_binary);
        PARE_UNROLL for (std::size_t i = 0; i < Rows; ++i) {
            PARE_UNROLL for (std::size_t j = 0; j < Width; ++j) {
                if (i % Pooled == 0) sums[i / Pooled][j] = sums[i][j];
                else v0::arch::keep_largest(sums[i / Pooled][j], sums[i][j], typename Execution::dot{}, typename Execution::arch{});
            }
        }
    }
}
/// The same of totals.
template <std::size_t Pooled, class Totals, std::size_t Rows, std::size_t Width>
PARE_INLINE constexpr void pool_totals(Totals (&totals)[Rows][Width]) {
    if constexpr (Pooled > 1) {
        PARE_UNROLL for (std::size_t i = 0; i < Rows; ++i) {
            PARE_UNROLL for (std::size_t j = 0; j < Width; ++j) {
                if (i % Pooled == 0) totals[i / Pooled][j] = totals[i][j];
                else totals[i / Pooled][j].keep_largest(totals[i][j]);
            }
        }
    }
}

}  // namespace kernels

}  // namespace pare::inline v0::inline PARE_ISA
