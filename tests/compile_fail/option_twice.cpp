// expect: layer: each option once; got one twice; name the one to use
// expect: got_type<.*stride<1(UL)?, 1(UL)?>, .*stride<2(UL)?, 2(UL)?> ?>
// SPDX-License-Identifier: MIT
// An option is given once.
#include <pare/layer/conv2d.hpp>

#ifdef GOOD
using type = pare::conv2d<4, pare::stride<2>>;
#else
using type = pare::conv2d<4, pare::stride<1>, pare::stride<2>>;
#endif

static_assert(sizeof(type) > 0);
