// SPDX-License-Identifier: MIT
// What a layer may be told, in any order after its fixed arguments: window, stride, padding, dilation, groups, activation,
// rounding, output encoding, type of sums, name.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include <pare/core/config.hpp>
#include <pare/core/extents.hpp>
#include <pare/core/require.hpp>
#include <pare/core/rounding.hpp>
#include <pare/format/activations.hpp>
#include <pare/format/weight_format.hpp>
#include <pare/layer/kind.hpp>

namespace pare::inline v0 {

namespace option {
struct window {};       ///< size of a window
struct stride {};       ///< steps between windows
struct padding {};      ///< zeros around an image
struct dilation {};     ///< distance of taps
struct groups {};       ///< channels that do not see others
struct multiplier {};   ///< outputs of a depthwise channel
struct activation {};   ///< what outputs are clamped to
struct name {};         ///< what files call it
struct output {};       ///< encoding of its output
struct accumulator {};  ///< type of its sums
struct weights {};      ///< weights<...> is an option without saying so
struct rounding {};     ///< and so is a rounding policy
}  // namespace option

/// The window of a convolution.
template <std::size_t Height, std::size_t Width = Height>
struct window {
    static_assert(require<(Height > 0 && Width > 0), got<Height, Width>, needs<1>>, "window: height and width must be positive");
    using option = option::window;                 ///< what it is about
    static constexpr std::size_t height = Height;  ///< taps, down
    static constexpr std::size_t width = Width;    ///< taps, across
};

/// Steps between windows.
template <std::size_t Y, std::size_t X = Y>
struct stride {
    static_assert(require<(Y > 0 && X > 0), got<Y, X>, needs<1>>, "stride: steps must be positive");
    using option = option::stride;       ///< what it is about
    static constexpr std::size_t y = Y;  ///< down
    static constexpr std::size_t x = X;  ///< across
};

/// Distance of neighbouring taps.
template <std::size_t Y, std::size_t X = Y>
struct dilation {
    static_assert(require<(Y > 0 && X > 0), got<Y, X>, needs<1>>, "dilation: distances must be positive");
    using option = option::dilation;     ///< what it is about
    static constexpr std::size_t y = Y;  ///< down
    static constexpr std::size_t x = X;  ///< across
};

/// Input and output channels fall into this many groups that do not see one another.
template <std::size_t Count>
struct groups {
    static_assert(require<(Count > 0), got<Count>, needs<1>>, "groups: their count must be positive");
    using option = option::groups;               ///< what it is about
    static constexpr std::size_t count = Count;  ///< how many
};

/// Outputs of each channel of a depthwise convolution: output channel = input channel * Count + i.
template <std::size_t Count>
struct depth_multiplier {
    static_assert(require<(Count > 0), got<Count>, needs<1>>, "depth_multiplier: it must be positive");
    using option = option::multiplier;           ///< what it is about
    static constexpr std::size_t count = Count;  ///< how many
};

/// How many rows or columns of zeros stand around an image, and how large the output is along one axis.
struct axis_padding {
    std::size_t before = 0;  ///< zeros before the first element
    std::size_t output = 0;  ///< windows along the axis
};

/// out = ceil(in / stride), the padding split evenly, an odd one after (TensorFlow's SAME).
struct same {
    using option = option::padding;  ///< what it is about
    /// The padding before, and the outputs, of `in` elements and windows that cover `extent`, one each `step`.
    static constexpr axis_padding along(std::size_t in, std::size_t extent, std::size_t step, bool) {
        const std::size_t out = ceil_div(in, step);
        const std::size_t covered = (out - 1) * step + extent;
        return {covered > in ? (covered - in) / 2 : 0, out};
    }
};

/// Windows lie wholly inside the image (TensorFlow's VALID).
struct valid {
    using option = option::padding;  ///< what it is about
    /// The padding before, and the outputs, of `in` elements and windows that cover `extent`, one each `step`.
    static constexpr axis_padding along(std::size_t in, std::size_t extent, std::size_t step, bool) {
        return {0, in < extent ? 0 : (in - extent) / step + 1};
    }
};

/// Explicit rows and columns of zeros: top, left, bottom, right.
template <std::size_t Top, std::size_t Left, std::size_t Bottom, std::size_t Right>
struct pad {
    using option = option::padding;  ///< what it is about
    /// The padding before, and the outputs, of `in` elements and windows that cover `extent`, one each `step`.
    static constexpr axis_padding along(std::size_t in, std::size_t extent, std::size_t step, bool vertical) {
        const std::size_t all = in + (vertical ? Top + Bottom : Left + Right);
        return {vertical ? Top : Left, all < extent ? 0 : (all - extent) / step + 1};
    }
};

/// No activation.
struct linear_activation {
    using option = option::activation;       ///< what it is about
    static constexpr bool has_low = false;   ///< whether outputs are clamped below
    static constexpr bool has_high = false;  ///< whether outputs are clamped above
    static constexpr float low = 0;          ///< the lower end
    static constexpr float high = 0;         ///< the upper end
};

/// max(x, 0); a layer of its own, or fused into the layer that it is named in.
struct relu {
    using option = option::activation;                          ///< what it is about
    using float_twin = relu;                                    ///< the same in float
    static constexpr layer_kind kind = layer_kind::activation;  ///< of layer
    static constexpr shape output(shape in) { return in; }      ///< the shape of what it writes
    static constexpr bool has_low = true;                       ///< whether outputs are clamped below
    static constexpr bool has_high = false;                     ///< whether outputs are clamped above
    static constexpr float low = 0;                             ///< the lower end
    static constexpr float high = 0;                            ///< the upper end
};

/// min(max(x, 0), 6); a layer of its own, or fused.
struct relu6 {
    using option = option::activation;                          ///< what it is about
    using float_twin = relu6;                                   ///< the same in float
    static constexpr layer_kind kind = layer_kind::activation;  ///< of layer
    static constexpr shape output(shape in) { return in; }      ///< the shape of what it writes
    static constexpr bool has_low = true;                       ///< whether outputs are clamped below
    static constexpr bool has_high = true;                      ///< whether outputs are clamped above
    static constexpr float low = 0;                             ///< the lower end
    static constexpr float high = 6;                            ///< the upper end
};

/// The encoding of a layer's output; that of its input where nothing is said.
template <activation_encoding Encoding>
struct out {
    using option = option::output;  ///< what it is about
    using encoding = Encoding;      ///< of the output
};

/// The type of sums, pinned: it is s32 where the weights and their count prove that no sum passes it, and then this changes nothing;
/// elsewhere sums are s64, and this is refused.
template <std::same_as<std::int32_t> Sum>
struct accumulate {
    using option = option::accumulator;  ///< what it is about
    using type = Sum;                    ///< of sums
};
/// The type of sums of a layer that pins none.
struct any_accumulator {
    using option = option::accumulator;  ///< what it is about
    using type = void;                   ///< none
};

/// Characters as a template argument.
template <std::size_t Size>
struct fixed_string {
    char text[Size]{};                                                                         ///< with the NUL
    constexpr fixed_string(const char (&literal)[Size]) { std::copy_n(literal, Size, text); }  ///< takes a literal
    constexpr std::string_view view() const { return {text, Size - 1}; }                       ///< the characters
};

/// The name under which loaders and traces know a layer.
template <fixed_string Name>
struct named {
    using option = option::name;                           ///< what it is about
    static constexpr std::string_view name = Name.view();  ///< as files have it
};

/// The name of a layer that has none.
struct unnamed {
    using option = option::name;               ///< what it is about
    static constexpr std::string_view name{};  ///< empty
};

/// The output encoding of a layer that names none.
struct same_as_input {
    using option = option::output;  ///< what it is about
};

/// How sums become outputs: `from` makes a scale, `apply` is the formula.
template <class P>
concept rounding_policy = requires(double d, rounding::output_range r) {
    typename P::scale_type;
    { P::apply(std::int32_t(0), P::from(d), r) } -> std::same_as<std::int32_t>;
};

namespace detail {

/// An option that is about `Option`.
template <class P, class Option>
concept option_on = std::same_as<typename P::option, Option>;

template <class Option, class Default, class... Options>
struct pick_option {
    using type = Default;
};
template <class Option, class Default, class First, class... Rest>
struct pick_option<Option, Default, First, Rest...> {
    using type =
        typename std::conditional_t<option_on<First, Option>, std::type_identity<First>, pick_option<Option, Default, Rest...>>::type;
};

template <class Default, class... Options>
struct pick_format {
    using type = Default;
};
template <class Default, class First, class... Rest>
struct pick_format<Default, First, Rest...> {
    using type = typename std::conditional_t<weight_format_type<First>, std::type_identity<First>, pick_format<Default, Rest...>>::type;
};

template <class Default, class... Options>
struct pick_rounding {
    using type = Default;
};
template <class Default, class First, class... Rest>
struct pick_rounding<Default, First, Rest...> {
    using type = typename std::conditional_t<rounding_policy<First>, std::type_identity<First>, pick_rounding<Default, Rest...>>::type;
};

template <class Option, class... Options>
inline constexpr int options_on = (0 + ... + int(option_on<Options, Option>));

/// What an option is about; void where it is none.
template <class O>
struct option_of {
    using type = void;
};
template <class O>
    requires requires { typename O::option; }
struct option_of<O> {
    using type = typename O::option;
};
template <weight_format_type O>
struct option_of<O> {
    using type = option::weights;
};
template <rounding_policy O>
struct option_of<O> {
    using type = option::rounding;
};

/// The options that a kind of layer takes, besides its name.
template <class... Allowed>
struct takes {
    template <class O>
    static constexpr bool one =
        std::same_as<typename option_of<O>::type, option::name> || (std::same_as<typename option_of<O>::type, Allowed> || ...);
    template <class... Options>
    static constexpr bool all = (one<Options> && ...);
};

/// Whether no two options are about the same.
template <class... Options>
inline constexpr bool each_once = true;
template <class First, class... Rest>
inline constexpr bool each_once<First, Rest...> =
    !(std::same_as<typename option_of<First>::type, typename option_of<Rest>::type> || ...) && each_once<Rest...>;

/// What `Options...` say; the layer's own defaults where they say nothing.
template <class... Options>
struct layer_options {
    static_assert(require<(!std::same_as<typename option_of<Options>::type, void> && ...), got_type<Options...>, needs_type<>>,
                  "layer: each option is a window, stride, padding, dilation, groups, activation, rounding, out<...>, accumulate<...>, "
                  "named<...> or weights<...>; got another type");
    static_assert(require<each_once<Options...>, got_type<Options...>, needs<1>>,
                  "layer: each option once; got one twice; name the one to use");
    using format = typename pick_format<weights<>, Options...>::type;
    using rounding = typename pick_rounding<rounding::fp32, Options...>::type;
    using window = typename pick_option<option::window, v0::window<1, 1>, Options...>::type;
    using stride = typename pick_option<option::stride, v0::stride<1, 1>, Options...>::type;
    using padding = typename pick_option<option::padding, valid, Options...>::type;
    using dilation = typename pick_option<option::dilation, v0::dilation<1, 1>, Options...>::type;
    using groups = typename pick_option<option::groups, v0::groups<1>, Options...>::type;
    using multiplier = typename pick_option<option::multiplier, depth_multiplier<1>, Options...>::type;
    using activation = typename pick_option<option::activation, linear_activation, Options...>::type;
    using name = typename pick_option<option::name, unnamed, Options...>::type;
    using output = typename pick_option<option::output, same_as_input, Options...>::type;
    using accumulator = typename pick_option<option::accumulator, any_accumulator, Options...>::type::type;

    static constexpr bool has_stride = options_on<option::stride, Options...> == 1;
    static constexpr bool has_format = (0 + ... + int(weight_format_type<Options>)) == 1;
    static constexpr bool has_rounding = (0 + ... + int(rounding_policy<Options>)) == 1;

    /// Where windows of this size, stride, dilation and padding lie on an image of `in`.
    template <class Window = window, class Stride = stride>
    static constexpr window_geometry geometry(shape in) {
        const axis_padding y = padding::along(in.height, (Window::height - 1) * dilation::y + 1, Stride::y, true);
        const axis_padding x = padding::along(in.width, (Window::width - 1) * dilation::x + 1, Stride::x, false);
        return {Window::height, Window::width, Stride::y, Stride::x, dilation::y, dilation::x, y.before, x.before, y.output, x.output};
    }
};

/// The activation that a layer clamps its outputs with: fused, or the layer itself.
template <class Layer>
struct fused_activation {
    using type = Layer;
};
template <class Layer>
    requires requires { typename Layer::options::activation; }
struct fused_activation<Layer> {
    using type = typename Layer::options::activation;
};

/// An option of the float twin: weights and outputs become f32, the rest stays.
template <class O>
struct float_option {
    using type = O;
};
template <weight_format_type O>
struct float_option<O> {
    using type = weights<f32>;
};
template <activation_encoding E>
struct float_option<out<E>> {
    using type = out<f32>;
};

}  // namespace detail

}  // namespace pare::inline v0
