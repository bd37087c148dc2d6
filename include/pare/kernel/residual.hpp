// SPDX-License-Identifier: MIT
// The epilogue of a layer whose output is added to another tensor: what the layer and an addition behind it give, in one pass.
#pragma once

#include <array>
#include <cassert>
#include <cstddef>

#include <pare/arch/add.hpp>
#include <pare/core/config.hpp>
#include <pare/core/view.hpp>
#include <pare/kernel/epilogue.hpp>

namespace pare::inline v0 {

/// Requantises by `First`, then adds: add_values(First's output, residual, constants), bit for bit what storing the former and add_kernel
/// give, whatever First's rounding. The residual of the output at `p` lies at residual + (p - dst): both have the same strides. It may be
/// where the outputs go, and otherwise may not overlap them.
template <class First>
struct residual_add {
    using value_type = typename First::value_type;  ///< what is stored
    First first{};                                  ///< the requantisation, with the range of the layer
    const value_type* residual = nullptr;           ///< what is added to the first output
    const value_type* dst = nullptr;                ///< where that is stored
    const prepared_add* addition = nullptr;         ///< of whose constants `a` is First's output, `b` the residual

    /// What First says.
    PARE_INLINE constexpr bool saturates() const
        requires(requires(const First& f) { f.saturates(); })
    {
        return first.saturates();
    }

    /// First's output for a sum; `finish` adds.
    template <class Total>
    PARE_INLINE constexpr value_type operator()(Total sum, std::size_t n) const {
        return first(sum, n);
    }

    /// The same for whole registers.
    template <bool Saturates = false, class Sums, std::size_t Width, class D, class Arch>
        requires(requires(const First& f, value_type* p, const Sums (&s)[Width]) { f.template store<Saturates>(p, s, 0, D{}, Arch{}); })
    PARE_INLINE void store(value_type* p, const Sums (&sums)[Width], std::size_t n, D d, Arch a) const {
        first.template store<Saturates>(p, sums, n, d, a);
    }

    /// The same for rows of few registers.
    template <bool Touching, bool Saturates = false, class Sums, std::size_t Rows, std::size_t Width, class D, class Arch>
        requires(requires(const First& f, const std::array<value_type*, Rows>& rows, const Sums (&s)[Rows][Width]) {
            f.template store_rows<Touching, Saturates>(rows, s, 0, D{}, Arch{});
        })
    PARE_INLINE void store_rows(const std::array<value_type*, Rows>& rows, const Sums (&sums)[Rows][Width], std::size_t n, D d,
                                Arch a) const {
        first.template store_rows<Touching, Saturates>(rows, sums, n, d, a);
    }

    /// Adds the residuals of `count` outputs from to[r] on to values from from[r] on.
    template <class Arch>
    PARE_INLINE constexpr void finish(const value_type* const* from, value_type* const* to, std::size_t rows, std::size_t count,
                                      Arch a) const {
        arch::add_rows(from, residual, to, dst, rows, count, *addition, a);
    }
};

/// `first`, then the sum with `residual`, for outputs in `dst`; `addition` is not copied.
template <class First>
PARE_INLINE constexpr residual_add<First> add_residual(const First& first, matrix_view<const typename First::value_type> residual,
                                                       matrix_view<typename First::value_type> dst, const prepared_add& addition) {
    assert(residual.rows == dst.rows && residual.cols == dst.cols && residual.stride == dst.stride);
    return {first, residual.data, dst.data, &addition};
}
/// The same for an image.
template <class First>
PARE_INLINE constexpr residual_add<First> add_residual(const First& first, image_view<const typename First::value_type> residual,
                                                       image_view<typename First::value_type> dst, const prepared_add& addition) {
    assert(residual.height == dst.height && residual.width == dst.width && residual.channels == dst.channels &&
           residual.row_stride == dst.row_stride && residual.pixel_stride == dst.pixel_stride);
    return {first, residual.data, dst.data, &addition};
}

}  // namespace pare::inline v0
