// SPDX-License-Identifier: MIT
// A depthwise convolution over images in NHWC.
#pragma once

#include <cstddef>

#include <pare/core/config.hpp>
#include <pare/core/require.hpp>
#include <pare/layer/options.hpp>

namespace pare::inline v0 {

/// Every channel is convolved by itself; output channel = input channel * multiplier + i. Weights are one row of
/// height * width taps for each output channel.
/// Options: window<H, W>, stride, dilation, depth_multiplier<Count>, padding, weights<...>, an activation, a rounding,
/// out<Encoding>, accumulate<...>, named<"...">.
template <class... Options>
struct depthwise_conv2d {
    using options = detail::layer_options<Options...>;  ///< what its options say
    static_assert(
        require<detail::takes<option::weights, option::activation, option::rounding, option::output, option::accumulator, option::window,
                              option::stride, option::padding, option::dilation, option::multiplier>::template all<Options...>,
                got_type<Options...>,
                needs_type<option::weights, option::activation, option::rounding, option::output, option::accumulator, option::window,
                           option::stride, option::padding, option::dilation, option::multiplier>>,
        "depthwise_conv2d: its options are a window, stride, dilation, depth_multiplier, a padding, weights<...>, an activation, a "
        "rounding, out<...>, accumulate<...> and named<...>; got another");
    /// The same in float.
    using float_twin = std::conditional_t<options::has_format, depthwise_conv2d<typename detail::float_option<Options>::type...>,
                                          depthwise_conv2d<typename detail::float_option<Options>::type..., weights<f32>>>;
    static constexpr layer_kind kind = layer_kind::depthwise_conv2d;       ///< of layer
    static constexpr std::size_t multiplier = options::multiplier::count;  ///< outputs of each channel

    /// Where its windows lie on an image of this shape.
    static constexpr window_geometry geometry(shape in) { return options::geometry(in); }
    /// The shape of what it writes.
    static constexpr shape output(shape in) { return {geometry(in).out_height, geometry(in).out_width, in.channels * multiplier}; }
    /// Outputs, and weights of each, for inputs of this shape.
    static constexpr matrix_shape weight_shape(shape in) {
        return {in.channels * multiplier, options::window::height * options::window::width};
    }

    template <shape In>
    struct check {
        static_assert(require<(output(In).height > 0 && output(In).width > 0), got<In.height, In.width>,
                              needs<options::window::height, options::window::width>>,
                      "depthwise_conv2d: the window must fit into the padded image; use a smaller window, or same");
    };
};

}  // namespace pare::inline v0
