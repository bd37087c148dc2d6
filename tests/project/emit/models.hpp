// SPDX-License-Identifier: MIT
// Models that have everything that an emitted header can contain.
#pragma once

#include <pare/model/model.hpp>

namespace models {

using namespace pare;

using mixed = model<input<int8, 8, 8, 3>, conv2d<10, window<3, 3>, same, weights<per_channel, codebook<5>>, relu, named<"stem: 1">>,
                    max_pool2d<2>, depthwise_conv2d<window<3, 3>, same, weights<per_channel>, relu6>,
                    residual<conv2d<10, window<1, 1>, weights<unstructured<>>>, add<relu>>,
                    conv2d<12, window<3, 3>, groups<2>, weights<uint8, affine, per_channel>>, flatten,
                    linear<20, weights<int4, per_group<16>>>, linear<7, weights<int4, n_of_m<2, 4>, codebook<4, per_channel>>>, softmax<>>;

using fixed_point = model<input<int8, 6, 6, 4>, conv2d<17, window<3, 3>, stride<2>, same, weights<ternary>, rounding::gemmlowp>,
                          avg_pool2d<3>, linear<5, weights<int16>, rounding::single>>;

using real =
    model<input<f32, 5, 5, 2>, conv2d<9, window<3, 3>, weights<f32>, relu>, relu6, global_avg_pool2d<>, linear<4, weights<f32>>, softmax<>>;

using wide = model<input<int16, 40>, linear<33, weights<int8, per_channel>>, linear<3>>;

}  // namespace models
