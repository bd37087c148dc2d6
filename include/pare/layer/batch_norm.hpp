// SPDX-License-Identifier: MIT
// Batch normalisation, which compression folds into the layer before it.
#pragma once

#include <pare/core/config.hpp>
#include <pare/core/require.hpp>
#include <pare/layer/options.hpp>

namespace pare::inline v0 {

/// gamma * (x - mean) / sqrt(variance + epsilon) + beta for each channel, after a linear or convolution layer without an activation.
/// `compress` folds it into that layer's weights and bias, so that nothing is left of it here.
template <class... Options>
struct batch_norm {
    using options = detail::layer_options<Options...>;  ///< what its options say
    static_assert(require<detail::takes<>::template all<Options...>, got_type<Options...>, needs_type<>>,
                  "batch_norm: its only option is named<...>; got another");
    using float_twin = batch_norm;                              ///< the same in float
    static constexpr layer_kind kind = layer_kind::batch_norm;  ///< of layer

    static constexpr shape output(shape in) { return in; }  ///< the shape of what it writes
};

}  // namespace pare::inline v0
