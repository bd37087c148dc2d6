// expect: conv2d: output channels must be a multiple of groups
// expect: got<6(UL)?>
// expect: needs<4(UL)?>
// SPDX-License-Identifier: MIT
// Groups divide the output channels.
#include <pare/model/model.hpp>
#include <pare/model/parameters.hpp>

#ifdef GOOD
using net = pare::model<pare::input<pare::int8, 8, 8, 8>, pare::conv2d<8, pare::groups<4>>>;
#else
using net = pare::model<pare::input<pare::int8, 8, 8, 8>, pare::conv2d<6, pare::groups<4>>>;
#endif

pare::parameters<net> at_rest;
