// SPDX-License-Identifier: MIT
// Pooling over windows or over whole images.
#pragma once

#include <cstddef>

#include <pare/core/config.hpp>
#include <pare/core/require.hpp>
#include <pare/layer/options.hpp>

namespace pare::inline v0 {

namespace detail {

/// Windows of Height x Width; they do not overlap where no stride is named.
template <std::size_t Height, std::size_t Width, class... Options>
struct pooling {
    using options = layer_options<Options...>;
    static_assert(require<takes<option::activation, option::stride, option::padding>::template all<Options...>, got_type<Options...>,
                          needs_type<option::activation, option::stride, option::padding>>,
                  "pooling: its options are a stride, a padding, an activation and named<...>; got another");
    using step = std::conditional_t<options::has_stride, typename options::stride, v0::stride<Height, Width>>;

    static constexpr window_geometry geometry(shape in) { return options::template geometry<v0::window<Height, Width>, step>(in); }
    static constexpr shape output(shape in) { return {geometry(in).out_height, geometry(in).out_width, in.channels}; }

    /// Whether the first and the last window along each axis cover an element of the image.
    static constexpr bool sees_image(shape in) {
        const window_geometry g = geometry(in);
        const auto along = [](std::size_t extent, std::size_t kernel, std::size_t stride, std::size_t before, std::size_t out) {
            return before < kernel && (out == 0 || (out - 1) * stride < extent + before);
        };
        return along(in.height, Height, g.stride_y, g.pad_top, g.out_height) && along(in.width, Width, g.stride_x, g.pad_left, g.out_width);
    }

    template <shape In>
    struct check {
        static_assert(require<(output(In).height > 0 && output(In).width > 0), got<In.height, In.width>, needs<Height, Width>>,
                      "pooling: the window must fit into the padded image; use a smaller window, or same");
        static_assert(require<sees_image(In), got<geometry(In).pad_top, geometry(In).pad_left>, needs<Height, Width>>,
                      "pooling: every window must see the image; got padding that hides it; use less padding than the window is large");
    };
};

}  // namespace detail

/// The largest value of each window. Options: stride (default: the window), padding, an activation, named<"...">.
template <std::size_t Size, class... Options>
struct max_pool2d : detail::pooling<Size, Size, Options...> {
    using float_twin = max_pool2d;                              ///< the same in float
    static constexpr layer_kind kind = layer_kind::max_pool2d;  ///< of layer
};

/// The mean of each window over the taps inside the image, rounded half away from zero. Options as for max_pool2d.
template <std::size_t Size, class... Options>
struct avg_pool2d : detail::pooling<Size, Size, Options...> {
    using float_twin = avg_pool2d;                              ///< the same in float
    static constexpr layer_kind kind = layer_kind::avg_pool2d;  ///< of layer
};

/// The mean of each channel over the whole image, rounded half away from zero.
template <class... Options>
struct global_avg_pool2d {
    using options = detail::layer_options<Options...>;  ///< what its options say
    static_assert(
        require<detail::takes<option::activation>::template all<Options...>, got_type<Options...>, needs_type<option::activation>>,
        "global_avg_pool2d: its options are an activation and named<...>; got another");
    using float_twin = global_avg_pool2d;                              ///< the same in float
    static constexpr layer_kind kind = layer_kind::global_avg_pool2d;  ///< of layer

    /// Where its windows lie on an image of this shape.
    static constexpr window_geometry geometry(shape in) { return {.kernel_height = in.height, .kernel_width = in.width}; }
    static constexpr shape output(shape in) { return {1, 1, in.channels}; }  ///< the shape of what it writes
};

}  // namespace pare::inline v0
