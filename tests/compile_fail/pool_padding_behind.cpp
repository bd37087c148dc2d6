// expect: pooling: every window must see the image; got padding that hides it
// expect: needs<2(UL)?, 2(UL)?>
// SPDX-License-Identifier: MIT
// The last pooling window has a value to pool too.
#include <pare/model/model.hpp>
#include <pare/model/parameters.hpp>

#ifdef GOOD
using net = pare::model<pare::input<pare::int8, 8, 8, 3>, pare::max_pool2d<2, pare::pad<0, 0, 1, 1>>>;
#else
using net = pare::model<pare::input<pare::int8, 8, 8, 3>, pare::max_pool2d<2, pare::pad<0, 0, 2, 2>>>;
#endif

pare::parameters<net> at_rest;
