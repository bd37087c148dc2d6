// expect: conv2d: the window must fit into the padded image
// expect: got<8(UL)?, 4(UL)?>
// expect: needs<3(UL)?, 5(UL)?>
// SPDX-License-Identifier: MIT
// A window fits into the image.
#include <pare/model/model.hpp>
#include <pare/model/parameters.hpp>

#ifdef GOOD
using net = pare::model<pare::input<pare::int8, 8, 4, 3>, pare::conv2d<2, pare::window<3, 4>>>;
#else
using net = pare::model<pare::input<pare::int8, 8, 4, 3>, pare::conv2d<2, pare::window<3, 5>>>;
#endif

pare::parameters<net> at_rest;
