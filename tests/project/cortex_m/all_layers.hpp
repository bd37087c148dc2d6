// SPDX-License-Identifier: MIT
// What is compared of every arch of a board.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>

#include "layers.hpp"

namespace layers {

using u8 = std::uint8_t;
using s8 = std::int8_t;
using s16 = std::int16_t;

/// Few channels, whose windows are columns; channels that are whole steps and that are not; a depthwise convolution; masks.
using few =
    model<input<int8, 9, 8, 3>, conv2d<6, window<3, 3>, same, weights<per_channel>, relu>, depthwise_conv2d<window<3, 3>, same, weights<>>,
          conv2d<17, window<1, 1>, weights<int4>>, max_pool2d<2>, flatten, linear<5, weights<codebook<16>>>>;
template <std::size_t Channels, class Value>
using image_of = model<input<Value, 7, 6, Channels>, conv2d<10, window<3, 3>, same, weights<per_channel>, out<Value>>, max_pool2d<2>>;
using wide = model<input<uint8, 6, 5, 16>, conv2d<9, window<3, 3>, same, weights<>, out<uint8>>,
                   conv2d<4, window<3, 3>, stride<2, 2>, weights<affine>>>;
template <std::size_t Channels, class Value, class Window>
using depthwise_of = model<input<Value, 7, 9, Channels>, depthwise_conv2d<Window, same, weights<per_channel>, out<Value>>,
                           depthwise_conv2d<window<2, 3>, stride<2, 1>, weights<per_group<4>>, out<int8>>>;
template <std::size_t Channels, class Value>
using pool_of = model<input<Value, 6, 7, Channels>, max_pool2d<2>>;
using pruned = model<input<int8, 300>, linear<6, weights<unstructured<>, codebook<16>>, relu>, linear<40, weights<blocks<1, 4>>>,
                     linear<7, weights<n_of_m<2, 4>>>>;

/// Compares layers on `Arch` with the scalar arch; how many cases differ, or 1 where there are none.
template <class Arch>
int compare_all() {
#if defined(__arm__)
    static_assert(std::same_as<arch::native, Arch>, "the instructions of the arch are not on");
#endif
    tally t;
    compare_form<weights<int8, per_channel>, s8, Arch, form::expanded>(t, 40);
    compare_form<weights<int8>, u8, Arch, form::expanded, rounding::gemmlowp>(t, 40);
    compare_form<weights<int8>, s16, Arch, form::expanded, rounding::single>(t, 40);
    compare_form<weights<int8, affine>, s8, Arch, form::expanded>(t, 40);
    compare_form<weights<int4, per_group<5>>, u8, Arch, form::expanded>(t, 40);
    compare_form<weights<int4>, s8, Arch, form::coded>(t, 40);
    compare_form<weights<codebook<16>>, u8, Arch, form::coded>(t, 40);
    compare_form<weights<int2>, u8, Arch, form::coded>(t, 20);
    compare_form<weights<codebook<16>, n_of_m<2, 4>>, u8, Arch, form::expanded>(t, 40);
    compare_form<weights<unstructured<>>, s8, Arch, form::gathered>(t, 40);
    compare_form<weights<unstructured<>, codebook<16>>, u8, Arch, form::gathered>(t, 40);
    compare_model<few, Arch>(t);
    compare_model<image_of<1, int8>, Arch>(t);
    compare_model<image_of<2, uint8>, Arch>(t);
    compare_model<image_of<4, int8>, Arch>(t);
    compare_model<image_of<5, int8>, Arch>(t);
    compare_model<wide, Arch>(t);
    compare_model<pruned, Arch>(t);
    compare_model<depthwise_of<3, int8, window<3, 3>>, Arch>(t);
    compare_model<depthwise_of<8, uint8, window<5, 3>>, Arch>(t);
    compare_model<depthwise_of<21, int8, window<3, 4>>, Arch>(t);
    compare_model<pool_of<35, int8>, Arch>(t);
    compare_model<pool_of<16, uint8>, Arch>(t);
    return report(Arch::name.data(), t);
}

}  // namespace layers
