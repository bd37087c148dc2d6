// expect: weights: a group may not be larger than the weights of an output
// expect: got<64(UL)?>
// expect: needs<32(UL)?>
// SPDX-License-Identifier: MIT
// A group of weights lies within an output.
#include <pare/model/model.hpp>
#include <pare/model/parameters.hpp>

#ifdef GOOD
using net = pare::model<pare::input<pare::int8, 32>, pare::linear<8, pare::weights<pare::per_group<32>>>>;
#else
using net = pare::model<pare::input<pare::int8, 32>, pare::linear<8, pare::weights<pare::per_group<64>>>>;
#endif

pare::parameters<net> at_rest;
