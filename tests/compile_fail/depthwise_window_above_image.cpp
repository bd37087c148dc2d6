// expect: depthwise_conv2d: the window must fit into the padded image
// expect: got<8(UL)?, 4(UL)?>
// expect: needs<3(UL)?, 3(UL)?>
// SPDX-License-Identifier: MIT
// A window with its gaps fits into the image.
#include <pare/model/model.hpp>
#include <pare/model/parameters.hpp>

#ifdef GOOD
using net = pare::model<pare::input<pare::int8, 8, 4, 3>, pare::depthwise_conv2d<pare::window<3>, pare::dilation<2, 1>>>;
#else
using net = pare::model<pare::input<pare::int8, 8, 4, 3>, pare::depthwise_conv2d<pare::window<3>, pare::dilation<2>>>;
#endif

pare::parameters<net> at_rest;
