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
    using options = detail::layer_options<Options...>;
    static_assert(
        require<detail::takes<option::activation>::template all<Options...>, got_type<Options...>, needs_type<option::activation>>,
        "add: its options are an activation and named<...>; got another");
    using float_twin = add<typename detail::float_option<Options>::type...>;
    static constexpr layer_kind kind = layer_kind::add;

    static constexpr shape output(shape a) { return a; }

    template <shape A, shape B = A>
    struct check {
        static_assert(require<(A == B), got<A.height, A.width, A.channels>, needs<B.height, B.width, B.channels>>,
                      "add: both inputs must have one shape (height, width, channels); use a shortcut<...> that changes one of them");
    };
};

}  // namespace pare::inline v0
