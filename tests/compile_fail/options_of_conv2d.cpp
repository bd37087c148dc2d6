// expect: conv2d: its options are .*; got another
// expect: got_type<
// SPDX-License-Identifier: MIT
// A layer of kind conv2d takes its own options only.
#include <pare/layer/conv2d.hpp>

#ifdef GOOD
using type = pare::conv2d<4, pare::stride<2>>;
#else
using type = pare::conv2d<4, pare::depth_multiplier<2>>;
#endif

static_assert(sizeof(type) > 0);
