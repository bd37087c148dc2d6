// expect: weights: a group may not be larger than the weights of an output
// expect: got<32(UL)?>
// expect: needs<9(UL)?>
// SPDX-License-Identifier: MIT
// An output of a depthwise layer has as many weights as its window has taps.
#include <pare/model/model.hpp>
#include <pare/model/parameters.hpp>

#ifdef GOOD
using net = pare::model<pare::input<pare::int8, 8, 8, 4>, pare::depthwise_conv2d<pare::window<3, 3>, pare::weights<pare::per_group<9>>>>;
#else
using net = pare::model<pare::input<pare::int8, 8, 8, 4>, pare::depthwise_conv2d<pare::window<3, 3>, pare::weights<pare::per_group<32>>>>;
#endif

pare::parameters<net> at_rest;
