// expect: depthwise_conv2d: its options are .*; got another
// expect: got_type<
// SPDX-License-Identifier: MIT
// A layer of kind depthwise_conv2d takes its own options only.
#include <pare/layer/depthwise_conv2d.hpp>

#ifdef GOOD
using type = pare::depthwise_conv2d<pare::depth_multiplier<2>>;
#else
using type = pare::depthwise_conv2d<pare::groups<2>>;
#endif

static_assert(sizeof(type) > 0);
