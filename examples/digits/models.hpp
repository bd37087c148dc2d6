// SPDX-License-Identifier: MIT
// One network for handwritten digits in many forms. What changes from one to the next is how weights are written, and nothing else.
#pragma once

#include <cstddef>

#include <pare/model/model.hpp>

namespace digits {

/// conv 3x3xC1 - pool - conv 3x3xC2 - pool - fc 100 - fc 10 on images of 28x28 pixels, with the weights of each layer written as told.
template <std::size_t C1, std::size_t C2, class Conv1, class Conv2, class Fc1, class Fc2>
using network_of = pare::model<pare::input<pare::int8, 28, 28, 1>,                                                         //
                               pare::conv2d<C1, pare::window<3, 3>, pare::same, Conv1, pare::relu, pare::named<"conv1">>,  //
                               pare::max_pool2d<2>,                                                                        //
                               pare::conv2d<C2, pare::window<3, 3>, pare::same, Conv2, pare::relu, pare::named<"conv2">>,  //
                               pare::max_pool2d<2>,                                                                        //
                               pare::flatten,                                                                              //
                               pare::linear<100, Fc1, pare::relu, pare::named<"fc1">>,                                     //
                               pare::linear<10, Fc2, pare::named<"fc2">>>;

/// The network as it was trained.
template <class Conv1, class Conv2, class Fc1, class Fc2>
using network = network_of<32, 64, Conv1, Conv2, Fc1, Fc2>;

/// The same format in every layer.
template <class... Policies>
using uniform = network<pare::weights<Policies...>, pare::weights<Policies...>, pare::weights<Policies...>, pare::weights<Policies...>>;

using int8_per_tensor = uniform<pare::int8, pare::per_tensor>;
using int8_per_channel = uniform<pare::int8, pare::per_channel>;
using float32 = pare::as_float<int8_per_channel>;

/// Two of each four weights exist. An output of conv1 has nine weights: two groups of four and one that always exists.
template <class... Policies>
using two_of_four = uniform<pare::int8, pare::per_channel, pare::n_of_m<2, 4>, Policies...>;
using int8_two_of_four = two_of_four<>;
using int8_two_of_four_codebook16 = two_of_four<pare::codebook<16>>;

/// Sixteen distinct values in a layer, of which each weight is an index of four bits.
using int8_codebook16 = uniform<pare::int8, pare::per_channel, pare::codebook<16>>;

/// Any weights exist; how many is not said, so that layers may differ.
template <class... Policies>
using pruned = uniform<pare::int8, pare::per_channel, pare::unstructured<>, Policies...>;
using int8_pruned = pruned<>;
using int8_pruned_codebook16 = pruned<pare::codebook<16>>;

/// Blocks of 16 outputs x 4 weights exist or do not: registers of AVX-512 VNNI (pare::natural_blocks), which are skipped as they are
/// executed. An output of conv1 has nine weights, and one of fc2 is no register: those layers are dense.
using int8_blocks =
    network<pare::weights<pare::int8, pare::per_channel>, pare::weights<pare::int8, pare::per_channel, pare::blocks<16, 4>>,
            pare::weights<pare::int8, pare::per_channel, pare::blocks<16, 4>>, pare::weights<pare::int8, pare::per_channel>>;

/// Four bits a weight, and a factor for each 32 of them. An output of conv1 has nine weights, less than a group: they have one scale.
using int4_per_group = network<pare::weights<pare::int4, pare::per_channel>, pare::weights<pare::int4, pare::per_group<32>>,
                               pare::weights<pare::int4, pare::per_group<32>>, pare::weights<pare::int4, pare::per_group<32>>>;

/// Whole channels of the convolutions may go; the dense network that is left when half of them are gone.
using channel_weights = pare::weights<pare::int8, pare::per_channel>;
using int8_channels = network<pare::weights<pare::int8, pare::per_channel, pare::channels>,
                              pare::weights<pare::int8, pare::per_channel, pare::channels>, channel_weights, channel_weights>;
using int8_half_channels = network_of<16, 32, channel_weights, channel_weights, channel_weights, channel_weights>;

}  // namespace digits
