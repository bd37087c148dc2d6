// expect: global_avg_pool2d: its options are .*; got another
// expect: got_type<
// SPDX-License-Identifier: MIT
// A layer of kind global_avg_pool2d takes its own options only.
#include <pare/layer/pool2d.hpp>

#ifdef GOOD
using type = pare::global_avg_pool2d<pare::relu>;
#else
using type = pare::global_avg_pool2d<pare::same>;
#endif

static_assert(sizeof(type) > 0);
