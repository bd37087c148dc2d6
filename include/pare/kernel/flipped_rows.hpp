// SPDX-License-Identifier: MIT
// Copies of activations as an arch multiplies them, also made beside the products of the rows before.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>

#include <pare/arch/bulk.hpp>
#include <pare/core/config.hpp>
#include <pare/core/extents.hpp>
#include <pare/core/view.hpp>
#include <pare/kernel/rows.hpp>

namespace pare::inline v0::inline PARE_ISA {

namespace kernels {

/// Copies activations, or what has been made of them already, as the arch multiplies them: `count` of them, after `before` and up to
/// `total` of what padding is, copied.
template <class Execution, class From>
PARE_INLINE constexpr void copy_padded(const From* from, std::size_t count, std::size_t before, std::size_t total,
                                       typename Execution::dot::lhs padding, typename Execution::dot::lhs* to) {
    constexpr int offset = [] {
        if constexpr (std::same_as<From, typename Execution::dot::lhs>) return 0;
        else return int(Execution::copied({}));
    }();
    arch::copy_values<offset>(to, from, count, before, total, padding, typename Execution::arch{});
}
/// The same without padding.
template <class Execution, class From>
PARE_INLINE constexpr void copy_activations(const From* from, std::size_t count, typename Execution::dot::lhs* to) {
    copy_padded<Execution>(from, count, 0, count, {}, to);
}

/// Rows [first, last) of `cols` activations as the arch multiplies them, one after the other from `to` on.
template <class Execution>
PARE_INLINE constexpr void flip_rows(const matrix_view<const typename Execution::activation>& rows, std::size_t cols, std::size_t first,
                                     std::size_t last, typename Execution::dot::lhs* to) {
    if (rows.stride == cols) return copy_activations<Execution>(rows.row(first), (last - first) * cols, to);
    for (std::size_t r = first; r < last; ++r, to += cols) copy_activations<Execution>(rows.row(r), cols, to);
}

/// The copies of the row at `from` behind the first, at `to`, each shifted by a window's step more (execution::shifts).
template <class Execution, class From>
PARE_INLINE constexpr void copy_shifted(const Execution& x, const From* from, typename Execution::dot::lhs* to) {
    for (std::size_t c = 1; c < Execution::shifts; ++c)
        if (const std::size_t first = c * Execution::window_step; first < x.depth())
            copy_activations<Execution>(from + first, x.depth() - first, to + c * x.shift_stride());
}

/// What a tile does beside its products: nothing.
struct nothing_beside {};

/// Rows that lie flipped one behind the other, and those that will lie there next: a tile that has multiplied a register of its rows puts
/// those of the next tile in their place, while later products are under way. Done between two tiles it is waited for: 784 x 64 x 576
/// then takes 1.05 times as long (AVX-512 VNNI, Intel).
template <class Lines, class Activation, std::size_t Depth, std::size_t Values>
struct flipping_lines : Lines {
    using lhs_type = typename Lines::lhs_type;     ///< what is read
    static constexpr std::size_t values = Values;  ///< after how many of a row those of the next are flipped
    lhs_type* flipped = nullptr;                   ///< the rows that are multiplied
    const Activation* next = nullptr;              ///< those after them
    std::size_t stride = 0;                        ///< of them, from row to row

    /// `count` values from `first` on of the next `Rows` rows.
    template <class Execution, std::size_t Rows>
    PARE_INLINE constexpr void flip(std::size_t first, std::size_t count) const {
        PARE_UNROLL for (std::size_t i = 0; i < Rows; ++i)
            copy_activations<Execution>(next + i * stride + first, count, flipped + i * Depth + first);
    }
    /// The tile from row `n` on: its rows have been put where those before them were.
    PARE_INLINE constexpr flipping_lines from(std::size_t, std::size_t n) const {
        flipping_lines there = *this;
        there.dst += n * this->write_step();
        there.next += n * stride;
        return there;
    }
};

/// Whether a tile's rows make room for others.
template <class Source>
inline constexpr bool flips_beside = requires(const Source& s) { s.flipped; };

}  // namespace kernels

}  // namespace pare::inline v0::inline PARE_ISA
