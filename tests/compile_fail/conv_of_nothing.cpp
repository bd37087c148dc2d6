// expect: conv2d: it must have an output channel
// expect: got<0(UL)?>
// expect: needs<1>
// SPDX-License-Identifier: MIT
// A convolution has an output channel.
#include <pare/layer/conv2d.hpp>

#ifdef GOOD
using type = pare::conv2d<1>;
#else
using type = pare::conv2d<0>;
#endif

static_assert(sizeof(type) > 0);
