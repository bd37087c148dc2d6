// SPDX-License-Identifier: MIT
// An image as a vector.
#pragma once

#include <pare/core/config.hpp>
#include <pare/layer/options.hpp>

namespace pare::inline v0 {

/// The elements of an image as one vector, in the order height, width, channel. Moves no data.
struct flatten {
    using options = detail::layer_options<>;                 ///< what its options say
    using float_twin = flatten;                              ///< the same in float
    static constexpr layer_kind kind = layer_kind::flatten;  ///< of layer

    static constexpr shape output(shape in) { return {1, 1, in.size()}; }  ///< the shape of what it writes
};

}  // namespace pare::inline v0
