// SPDX-License-Identifier: MIT
// LeNet-300-100 and LeNet-5 for handwritten digits, with the weights of each layer written as told.
#pragma once

#include <pare/model/model.hpp>

namespace digits {

/// fc 300 - fc 100 - fc 10 on images of 28x28 pixels (LeCun et al., Gradient-based learning applied to document recognition, 1998),
/// with relu. Its weights are data/lenet300.safetensors.
template <class Fc1, class Fc2, class Fc3>
using lenet300 = pare::model<pare::input<pare::int8, 28, 28, 1>,                      //
                             pare::flatten,                                           //
                             pare::linear<300, Fc1, pare::relu, pare::named<"fc1">>,  //
                             pare::linear<100, Fc2, pare::relu, pare::named<"fc2">>,  //
                             pare::linear<10, Fc3, pare::named<"fc3">>>;

/// The same format in every layer.
template <class... Policies>
using lenet300_uniform = lenet300<pare::weights<Policies...>, pare::weights<Policies...>, pare::weights<Policies...>>;

/// conv 5x5x20 - pool - conv 5x5x50 - pool - fc 500 - fc 10 on images of 28x28 pixels: LeNet-5 as Caffe has it, without padding and
/// with one relu, behind fc1. Its weights are data/lenet5.safetensors.
template <class Conv1, class Conv2, class Fc1, class Fc2>
using lenet5 = pare::model<pare::input<pare::int8, 28, 28, 1>,                                              //
                           pare::conv2d<20, pare::window<5, 5>, pare::valid, Conv1, pare::named<"conv1">>,  //
                           pare::max_pool2d<2>,                                                             //
                           pare::conv2d<50, pare::window<5, 5>, pare::valid, Conv2, pare::named<"conv2">>,  //
                           pare::max_pool2d<2>,                                                             //
                           pare::flatten,                                                                   //
                           pare::linear<500, Fc1, pare::relu, pare::named<"fc1">>,                          //
                           pare::linear<10, Fc2, pare::named<"fc2">>>;

/// The same format in every layer.
template <class... Policies>
using lenet5_uniform =
    lenet5<pare::weights<Policies...>, pare::weights<Policies...>, pare::weights<Policies...>, pare::weights<Policies...>>;

}  // namespace digits
