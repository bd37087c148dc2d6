// expect: pooling: every window must see the image; got padding that hides it
// expect: got<2(UL)?, 0(UL)?>
// expect: needs<2(UL)?, 2(UL)?>
// SPDX-License-Identifier: MIT
// A pooling window has at least one value to pool.
#include <pare/model/model.hpp>
#include <pare/model/parameters.hpp>

#ifdef GOOD
using net = pare::model<pare::input<pare::int8, 8, 8, 3>, pare::avg_pool2d<2, pare::pad<1, 0, 1, 0>>>;
#else
using net = pare::model<pare::input<pare::int8, 8, 8, 3>, pare::avg_pool2d<2, pare::pad<2, 0, 0, 0>>>;
#endif

pare::parameters<net> at_rest;
