// SPDX-License-Identifier: MIT
// Over what a scale reaches, and where zero lies: the granularity and symmetry slots.
#pragma once

#include <cstddef>

#include <pare/core/config.hpp>
#include <pare/core/extents.hpp>
#include <pare/format/axis.hpp>

namespace pare::inline v0 {

/// One scale for the tensor: real = scale * value.
struct per_tensor {
    using axis = axis::granularity;                                 ///< the slot that it fills
    static constexpr std::size_t group = 0;                         ///< no groups
    static constexpr std::size_t scales(std::size_t) { return 1; }  ///< scales of a tensor with so many outputs
};

/// One scale for each output.
struct per_channel {
    using axis = axis::granularity;                                         ///< the slot that it fills
    static constexpr std::size_t group = 0;                                 ///< no groups
    static constexpr std::size_t scales(std::size_t rows) { return rows; }  ///< scales of a tensor with so many outputs
};

/// One scale for each output and one unsigned 8-bit factor for each `G` consecutive weights of it along K (the last group may
/// be shorter): real = scale[n] * factor[n, g] * value, so that the sum over groups stays an exact integer.
template <std::size_t G>
    requires(0 < G)
struct per_group {
    using axis = axis::granularity;                                         ///< the slot that it fills
    static constexpr std::size_t group = G;                                 ///< weights of a group
    static constexpr std::size_t scales(std::size_t rows) { return rows; }  ///< scales of a tensor with so many outputs
};

/// The value 0 is the real 0.
struct symmetric {
    using axis = axis::symmetry;                   ///< the slot that it fills
    static constexpr bool has_zero_point = false;  ///< whether zero is a value of its own
};

/// real = scale * (value - zero_point), the zero point in the encoding's own range, one for each scale.
struct affine {
    using axis = axis::symmetry;                  ///< the slot that it fills
    static constexpr bool has_zero_point = true;  ///< whether zero is a value of its own
};

/// Groups of one output's `cols` weights.
template <class Granularity>
constexpr std::size_t groups_of(std::size_t cols) {
    if constexpr (Granularity::group == 0) return 0;
    else return map_static(cols, [](std::size_t k) { return ceil_div(k, Granularity::group); });
}

}  // namespace pare::inline v0
