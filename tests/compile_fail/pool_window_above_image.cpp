// expect: pooling: the window must fit into the padded image
// expect: got<8(UL)?, 2(UL)?>
// expect: needs<3(UL)?, 3(UL)?>
// SPDX-License-Identifier: MIT
// A pooling window fits into the image.
#include <pare/model/model.hpp>
#include <pare/model/parameters.hpp>

#ifdef GOOD
using net = pare::model<pare::input<pare::int8, 8, 2, 3>, pare::max_pool2d<2>>;
#else
using net = pare::model<pare::input<pare::int8, 8, 2, 3>, pare::max_pool2d<3>>;
#endif

pare::parameters<net> at_rest;
