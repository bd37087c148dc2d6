// SPDX-License-Identifier: MIT
// A convolution over images in NHWC.
#pragma once

#include <cstddef>

#include <pare/core/config.hpp>
#include <pare/core/require.hpp>
#include <pare/layer/options.hpp>

namespace pare::inline v0 {

/// A convolution with `Out` output channels; weights are [Out][height][width][in / groups] (OHWI).
/// Options: window<H, W>, stride, dilation, groups, same | valid | pad<T, L, B, R>, weights<...>, an activation, a rounding,
/// out<Encoding>, accumulate<...>, named<"...">.
template <std::size_t Out, class... Options>
struct conv2d {
    static_assert(require<(Out > 0), got<Out>, needs<1>>, "conv2d: it must have an output channel");
    using options = detail::layer_options<Options...>;  ///< what its options say
    static_assert(
        require<detail::takes<option::weights, option::activation, option::rounding, option::output, option::accumulator, option::window,
                              option::stride, option::padding, option::dilation, option::groups>::template all<Options...>,
                got_type<Options...>,
                needs_type<option::weights, option::activation, option::rounding, option::output, option::accumulator, option::window,
                           option::stride, option::padding, option::dilation, option::groups>>,
        "conv2d: its options are a window, stride, dilation, groups, a padding, weights<...>, an activation, a rounding, out<...>, "
        "accumulate<...> and named<...>; got another");
    /// The same in float.
    using float_twin = std::conditional_t<options::has_format, conv2d<Out, typename detail::float_option<Options>::type...>,
                                          conv2d<Out, typename detail::float_option<Options>::type..., weights<f32>>>;
    static constexpr layer_kind kind = layer_kind::conv2d;              ///< of layer
    static constexpr std::size_t group_count = options::groups::count;  ///< groups of channels

    /// Where its windows lie on an image of this shape.
    static constexpr window_geometry geometry(shape in) { return options::geometry(in); }
    /// The shape of what it writes.
    static constexpr shape output(shape in) { return {geometry(in).out_height, geometry(in).out_width, Out}; }
    /// Outputs, and weights of each, for inputs of this shape.
    static constexpr matrix_shape weight_shape(shape in) {
        return {Out, options::window::height * options::window::width * (in.channels / group_count)};
    }

    template <shape In>
    struct check {
        static_assert(require<(In.channels % group_count == 0), got<In.channels>, needs<group_count>>,
                      "conv2d: input channels must be a multiple of groups; use groups<Count> that divides them");
        static_assert(require<(Out % group_count == 0), got<Out>, needs<group_count>>,
                      "conv2d: output channels must be a multiple of groups; use groups<Count> that divides them");
        static_assert(require<(output(In).height > 0 && output(In).width > 0), got<In.height, In.width>,
                              needs<options::window::height, options::window::width>>,
                      "conv2d: the window must fit into the padded image; use a smaller window, or same");
    };
};

}  // namespace pare::inline v0
