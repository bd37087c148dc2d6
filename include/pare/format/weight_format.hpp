// SPDX-License-Identifier: MIT
// The canonical description of a weight tensor: one policy in each of five independent slots, named in any order.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include <pare/core/config.hpp>
#include <pare/core/extents.hpp>
#include <pare/core/require.hpp>
#include <pare/format/axis.hpp>
#include <pare/format/codebook.hpp>
#include <pare/format/encoding.hpp>
#include <pare/format/granularity.hpp>
#include <pare/format/mask.hpp>

namespace pare::inline v0 {

/// How a weight tensor of `rows` outputs x `cols` weights each is written. Spell it as `weights<...>`.
template <encoding_policy Encoding, class Granularity, class Symmetry, mask_policy Mask, class Sharing>
struct weight_format {
    using encoding = Encoding;        ///< how one value is written
    using granularity = Granularity;  ///< over what a scale reaches
    using symmetry = Symmetry;        ///< where zero lies
    using mask = Mask;                ///< which weights exist
    using sharing = Sharing;          ///< how many values are distinct

    static constexpr bool is_float = std::floating_point<typename Encoding::value_type>;  ///< whether values are floats
    static constexpr bool is_shared = Sharing::entries != 0;                              ///< whether there is a codebook
    /// Whether all weights exist.
    static constexpr bool is_dense = std::same_as<Mask, dense>;
    static constexpr bool has_zero_point = Symmetry::has_zero_point;  ///< whether there are zero points
    static constexpr std::size_t group = Granularity::group;          ///< weights that share a factor; 0: no groups

    static_assert(require<!(is_float && has_zero_point), got_type<Encoding, Symmetry>, needs_type<symmetric>>,
                  "weights: affine needs an integer encoding; got f32; use symmetric");
    static_assert(require<!(is_float && group != 0), got_type<Encoding, Granularity>, needs_type<per_tensor>>,
                  "weights: per_group needs an integer encoding; got f32; use per_tensor");
    static_assert(require<!(group != 0 && has_zero_point), got_type<Granularity, Symmetry>, needs_type<symmetric>>,
                  "weights: per_group is symmetric; got affine; use per_channel, or symmetric");

    /// Bits of one stored weight: an index where values are shared, a code of the encoding otherwise.
    static constexpr int code_bits = [] {
        if constexpr (is_shared) return Sharing::index_bits;
        else return Encoding::bits;
    }();
};

namespace detail {

template <class Axis, class Default, class... Policies>
struct pick {
    using type = Default;
};
template <class Axis, class Default, class First, class... Rest>
struct pick<Axis, Default, First, Rest...> {
    using type = typename std::conditional_t<on_axis<First, Axis>, std::type_identity<First>, pick<Axis, Default, Rest...>>::type;
};

template <class Axis, class... Policies>
inline constexpr int policies_on = (0 + ... + int(on_axis<Policies, Axis>));

/// The rules of `weights<...>`, apart from what follows them, so that one sentence stands alone.
template <class... Policies>
struct check_policies {
    static_assert(require<(weight_policy<Policies> && ...), got_type<Policies...>, needs_type<>>,
                  "weights: each argument is an encoding, granularity, symmetry, mask or sharing policy; got another type");
    static_assert(require<(policies_on<axis::encoding, Policies...> <= 1), got_type<Policies...>, needs<1>>,
                  "weights: one encoding; got two or more; name the one to use");
    static_assert(require<(policies_on<axis::granularity, Policies...> <= 1), got_type<Policies...>, needs<1>>,
                  "weights: one granularity; got two or more; name one of per_tensor, per_channel, per_group<G>");
    static_assert(require<(policies_on<axis::symmetry, Policies...> <= 1), got_type<Policies...>, needs<1>>,
                  "weights: one symmetry; got two or more; name symmetric or affine");
    static_assert(require<(policies_on<axis::mask, Policies...> <= 1), got_type<Policies...>, needs<1>>,
                  "weights: one mask; got two or more; name the one to use");
    static_assert(require<(policies_on<axis::sharing, Policies...> <= 1), got_type<Policies...>, needs<1>>,
                  "weights: one sharing; got two or more; name unique or one codebook");
};

template <class... Policies>
struct make_format : check_policies<Policies...> {
    using type =
        weight_format<typename pick<axis::encoding, int8, Policies...>::type,
                      typename pick<axis::granularity, per_tensor, Policies...>::type,
                      typename pick<axis::symmetry, symmetric, Policies...>::type, typename pick<axis::mask, dense, Policies...>::type,
                      typename pick<axis::sharing, unique, Policies...>::type>;
};

template <class T>
inline constexpr bool is_weight_format = false;
template <class E, class G, class S, class M, class C>
inline constexpr bool is_weight_format<weight_format<E, G, S, M, C>> = true;

}  // namespace detail

/// The format that the policies spell, in any order; int8, per tensor, symmetric, dense and unique where nothing is said.
template <class... Policies>
using weights = typename detail::make_format<Policies...>::type;

/// What `weights<...>` gives.
template <class F>
concept weight_format_type = detail::is_weight_format<F>;

/// Bounds of what one weight multiplies an activation by: value - zero point.
template <weight_format_type Format>
    requires(!Format::is_float)
struct operand_range {
    using encoding = typename Format::encoding;                                        ///< how a value is written
    static constexpr int span = encoding::highest - encoding::lowest;                  ///< from the lowest value to the highest
    static constexpr int lowest = Format::has_zero_point ? -span : encoding::lowest;   ///< operand
    static constexpr int highest = Format::has_zero_point ? span : encoding::highest;  ///< operand
    static constexpr bool fits_s8 = -128 <= lowest && highest <= 127;                  ///< whether operands are bytes
    static constexpr bool fits_s16 = -32768 <= lowest && highest <= 32767;             ///< whether operands are 16-bit words
};

}  // namespace pare::inline v0
