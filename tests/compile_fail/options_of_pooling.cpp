// expect: pooling: its options are .*; got another
// expect: got_type<
// SPDX-License-Identifier: MIT
// A layer of kind pooling takes its own options only.
#include <pare/layer/pool2d.hpp>

#ifdef GOOD
using type = pare::max_pool2d<2, pare::same>;
#else
using type = pare::max_pool2d<2, pare::dilation<2>>;
#endif

static_assert(sizeof(type) > 0);
