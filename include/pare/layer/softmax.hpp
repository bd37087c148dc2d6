// SPDX-License-Identifier: MIT
// Scores as probabilities.
#pragma once

#include <pare/core/config.hpp>
#include <pare/core/require.hpp>
#include <pare/layer/options.hpp>

namespace pare::inline v0 {

/// exp(x) / sum of exp over the channels of each pixel. An integer output has scale 1 / 256 and zero point -128.
template <class... Options>
struct softmax {
    using options = detail::layer_options<Options...>;  ///< what its options say
    static_assert(require<detail::takes<>::template all<Options...>, got_type<Options...>, needs_type<>>,
                  "softmax: its only option is named<...>; got another");
    using float_twin = softmax;                              ///< the same in float
    static constexpr layer_kind kind = layer_kind::softmax;  ///< of layer

    static constexpr shape output(shape in) { return in; }  ///< the shape of what it writes
};

}  // namespace pare::inline v0
