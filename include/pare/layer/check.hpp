// SPDX-License-Identifier: MIT
// Whether a layer's weights, the encodings around it and its sums go together: one worded rule each.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>

#include <pare/arch/tags.hpp>
#include <pare/core/config.hpp>
#include <pare/core/extents.hpp>
#include <pare/core/require.hpp>
#include <pare/format/activations.hpp>
#include <pare/kernel/execution.hpp>
#include <pare/layer/options.hpp>

namespace pare::inline v0::detail {

template <class Encoding>
inline constexpr bool is_real = std::same_as<Encoding, f32>;

/// Rules of a weight matrix of this extent. A later rule is only asked where the earlier ones hold.
template <class Layer, class Out, matrix_shape Extent, class In>
struct check_weights {
    using format = typename Layer::options::format;
    static constexpr bool matches = format::is_float == is_real<In>;
    static constexpr bool fits = format::group <= Extent.cols;
    static_assert(require<matches, got_type<typename format::encoding>, needs_type<In>>,
                  "layer: f32 weights and f32 inputs go together; got one without the other; use weights<f32> with f32 inputs, and other "
                  "weights with integers");
    static_assert(require<(!matches || is_real<In> == is_real<Out>), got_type<Out>, needs_type<In>>,
                  "layer: outputs are f32 where inputs are, and integers elsewhere; got out<...> that mixes them; leave it out");
    static_assert(require<fits, got<format::group>, needs<Extent.cols>>,
                  "weights: a group may not be larger than the weights of an output; use a smaller per_group<G>");

    static constexpr std::size_t kept = kept_of<typename format::mask>(Extent.rows, Extent.cols);
    static_assert(require<(kept == dynamic || kept <= Extent.rows * Extent.cols), got<kept>, needs<Extent.rows * Extent.cols>>,
                  "weights: a mask may not keep more weights than there are; use a smaller unstructured<Kept>");

    static constexpr std::int64_t sum_bound = [] {
        if constexpr (format::is_float || !matches || !fits) return std::int64_t(0);
        else return execution<format, problem<activation_type<In>, Extent.rows, Extent.cols>, arch::scalar, form::expanded>::sum_bound;
    }();
    static constexpr bool pinned = std::same_as<typename Layer::options::accumulator, std::int32_t>;
    static_assert(
        require<(!pinned || sum_bound <= std::numeric_limits<std::int32_t>::max()), got<sum_bound>,
                needs<std::numeric_limits<std::int32_t>::max()>>,
        "accumulate: sums may be pinned to s32 only where every one fits; got weights whose sums may be larger; leave accumulate<...> "
        "out, or use narrower weights");
};

/// Rules of a layer without weights.
template <class Layer, class Out, class In, class... Others>
struct check_plain {
    static_assert(require<(std::same_as<In, Others> && ...), got_type<Others...>, needs_type<In>>,
                  "add: both inputs must have one encoding; got two; use out<...> in the layer before one of them");
    static_assert(require<(Layer::kind != layer_kind::softmax || is_real<In> || In::bits == 8), got_type<In>, needs_type<int8, uint8, f32>>,
                  "softmax: integer scores have 8 bits; got more; use an 8-bit output before it");
};

template <class Layer, class Out, shape In, class... Inputs>
struct check_types : check_plain<Layer, Out, Inputs...> {};
template <class Layer, class Out, shape In, class... Inputs>
    requires(has_weights(Layer::kind))
struct check_types<Layer, Out, In, Inputs...> : check_weights<Layer, Out, Layer::weight_shape(In), Inputs...> {};

}  // namespace pare::inline v0::detail
