// SPDX-License-Identifier: MIT
// Rows that are added up before they are multiplied (execution::sums_rows), or a part of which is (multiplies_in_place).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include <pare/core/config.hpp>
#include <pare/core/view.hpp>
#include <pare/kernel/problem.hpp>

namespace pare::inline v0::inline PARE_ISA {

namespace kernels {

/// Tiles of `Rows` rows that are added up at a time.
template <class Execution, std::size_t Rows>
inline constexpr std::size_t summed_tiles =
    std::clamp(summed_bytes / (Rows * Execution::problem::depth), std::size_t(1), v0::summed_rows / Rows);

/// Rows of a matrix with what their sums begin with.
template <class Lines>
struct summed_lines : Lines {
    const std::int32_t* starts = nullptr;    ///< of the next row and on
    static constexpr std::size_t lines = 1;  ///< all of them

    /// The same from row `n` on.
    PARE_INLINE constexpr summed_lines from(std::size_t, std::size_t n) const { return {Lines::from(0, n), starts + n}; }
};

/// What sums of `rows` rows from `first` on begin with.
template <class Execution>
PARE_INLINE constexpr void sum_rows(const matrix_view<const typename Execution::activation>& lhs, std::size_t first, std::size_t rows,
                                    std::int32_t* starts) {
    for (std::size_t i = 0; i < rows; ++i)
        starts[i] = -Execution::rhs_offset * sum_of_bytes(lhs.row(first + i), Execution::problem::depth, typename Execution::arch{});
}

}  // namespace kernels

}  // namespace pare::inline v0::inline PARE_ISA
