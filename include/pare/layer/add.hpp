// SPDX-License-Identifier: MIT
// The sum of two activation tensors.
#pragma once

#include <pare/core/config.hpp>
#include <pare/core/require.hpp>
#include <pare/layer/options.hpp>

namespace pare::inline v0 {

/// The element-wise sum of two inputs of one shape. Options: an activation, named<"...">.
template <class... Options>
struct add {
    using options = detail::layer_options<Options...>;  ///< what its options say
    static_assert(
        require<detail::takes<option::activation>::template all<Options...>, got_type<Options...>, needs_type<option::activation>>,
        "add: its options are an activation and named<...>; got another");
    using float_twin = add<typename detail::float_option<Options>::type...>;  ///< the same in float
    static constexpr layer_kind kind = layer_kind::add;                       ///< of layer

    static constexpr shape output(shape a) { return a; }  ///< the shape of what it writes

    template <shape A, shape B = A>
    struct check {
        static_assert(require<(A == B), got<A.height, A.width, A.channels>, needs<B.height, B.width, B.channels>>,
                      "add: both inputs must have one shape (height, width, channels); use a shortcut<...> that changes one of them");
    };
};

}  // namespace pare::inline v0
