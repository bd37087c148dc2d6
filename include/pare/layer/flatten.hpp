// SPDX-License-Identifier: MIT
// An image as a vector.
#pragma once

#include <pare/core/config.hpp>
#include <pare/layer/options.hpp>

namespace pare::inline v0 {

/// The elements of an image as one vector, in the order height, width, channel. Moves no data.
struct flatten {
    using options = detail::layer_options<>;
    using float_twin = flatten;
    static constexpr layer_kind kind = layer_kind::flatten;

    static constexpr shape output(shape in) { return {1, 1, in.size()}; }
};

}  // namespace pare::inline v0
