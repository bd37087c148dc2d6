// SPDX-License-Identifier: MIT
// Every combination of what the slots of a format can be, the layers that have weights, and which of them cannot be.
#pragma once

#include <array>
#include <cstddef>
#include <tuple>

#include <pare/format/weight_format.hpp>

namespace matrix {

using namespace pare;

// What may stand in each slot.
using encodings = std::tuple<int8, uint8, int4, int2, int16, binary, ternary>;
using masks = std::tuple<dense, unstructured<>, n_of_m<1, 2>, n_of_m<2, 4>, n_of_m<1, 4>, n_of_m<4, 8>, blocks<1, 4>, blocks<16, 4>,
                         blocks<8, 1>, blocks<16, 1>, blocks<64, 1>, channels>;
using sharings = std::tuple<unique, codebook<4>, codebook<16>, codebook<32>, codebook<64>, codebook<256>>;
using granularities = std::tuple<per_tensor, per_channel, per_group<32>>;
enum class layer_choice : std::size_t { linear, conv2d, depthwise };

/// Weights of an output: of depthwise layers the taps of a window of 3 x 3.
inline constexpr std::size_t window_taps = 9;

/// The slots, and how many choices each has.
enum slot : std::size_t { encoding_slot, mask_slot, sharing_slot, granularity_slot, layer_slot, slot_count };
inline constexpr std::array<std::size_t, slot_count> choices{std::tuple_size_v<encodings>, std::tuple_size_v<masks>,
                                                             std::tuple_size_v<sharings>, std::tuple_size_v<granularities>, 3};
inline constexpr std::size_t format_count = choices[0] * choices[1] * choices[2] * choices[3];

/// The choice of each slot.
using cell = std::array<std::size_t, slot_count>;

/// The format that a cell names.
template <cell C>
using format_at = weights<std::tuple_element_t<C[encoding_slot], encodings>, std::tuple_element_t<C[mask_slot], masks>,
                          std::tuple_element_t<C[sharing_slot], sharings>, std::tuple_element_t<C[granularity_slot], granularities>>;

/// The only cells that cannot be: a group of scales is larger than what a window of a depthwise layer has
/// (compile_fail/group_above_window.cpp).
constexpr bool is_possible(const cell& c) {
    const std::array<std::size_t, 3> groups{per_tensor::group, per_channel::group, per_group<32>::group};
    return layer_choice(c[layer_slot]) != layer_choice::depthwise || groups[c[granularity_slot]] <= window_taps;
}

}  // namespace matrix
