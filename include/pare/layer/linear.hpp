// SPDX-License-Identifier: MIT
// A fully connected layer.
#pragma once

#include <cstddef>

#include <pare/core/config.hpp>
#include <pare/core/require.hpp>
#include <pare/layer/options.hpp>

namespace pare::inline v0 {

/// A fully connected layer with `Out` outputs over all elements of its input, in the order height, width, channel.
/// Options: weights<...>, an activation, a rounding, out<Encoding>, accumulate<...>, named<"...">.
template <std::size_t Out, class... Options>
struct linear {
    static_assert(require<(Out > 0), got<Out>, needs<1>>, "linear: it must have an output");
    using options = detail::layer_options<Options...>;  ///< what its options say
    static_assert(require<detail::takes<option::weights, option::activation, option::rounding, option::output,
                                        option::accumulator>::template all<Options...>,
                          got_type<Options...>,
                          needs_type<option::weights, option::activation, option::rounding, option::output, option::accumulator>>,
                  "linear: its options are weights<...>, an activation, a rounding, out<...>, accumulate<...> and named<...>; got another");
    /// The same in float.
    using float_twin = std::conditional_t<options::has_format, linear<Out, typename detail::float_option<Options>::type...>,
                                          linear<Out, typename detail::float_option<Options>::type..., weights<f32>>>;
    static constexpr layer_kind kind = layer_kind::linear;  ///< of layer

    static constexpr shape output(shape) { return {1, 1, Out}; }  ///< the shape of what it writes
    /// Outputs, and weights of each, for inputs of this shape.
    static constexpr matrix_shape weight_shape(shape in) { return {Out, in.size()}; }
};

}  // namespace pare::inline v0
