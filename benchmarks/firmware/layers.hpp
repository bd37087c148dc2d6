// SPDX-License-Identifier: MIT
// What is counted on a board beside the digits networks: single layers.
#pragma once

#include <pare/model/model.hpp>

namespace layers {

using conv_64 = pare::model<pare::input<pare::int8, 14, 14, 64>,
                            pare::conv2d<64, pare::window<3, 3>, pare::same, pare::weights<pare::per_channel>, pare::relu>>;
using conv_3 = pare::model<pare::input<pare::int8, 32, 32, 3>,
                           pare::conv2d<16, pare::window<3, 3>, pare::same, pare::weights<pare::per_channel>, pare::relu>>;
using conv_1x1 =
    pare::model<pare::input<pare::int8, 14, 14, 64>, pare::conv2d<64, pare::window<1, 1>, pare::weights<pare::per_channel>, pare::relu>>;
using depthwise = pare::model<pare::input<pare::int8, 14, 14, 64>,
                              pare::depthwise_conv2d<pare::window<3, 3>, pare::same, pare::weights<pare::per_channel>, pare::relu>>;
using linear = pare::model<pare::input<pare::int8, 640>, pare::linear<128, pare::weights<pare::per_channel>, pare::relu>>;
using linear_int4 = pare::model<pare::input<pare::int8, 640>, pare::linear<128, pare::weights<pare::int4, pare::per_channel>, pare::relu>>;
using linear_pruned =
    pare::model<pare::input<pare::int8, 640>, pare::linear<128, pare::weights<pare::per_channel, pare::unstructured<>>, pare::relu>>;

}  // namespace layers
