// expect: add: both inputs must have one shape \(height, width, channels\)
// expect: got<1(UL)?, 1(UL)?, 9(UL)?>
// expect: needs<1(UL)?, 1(UL)?, 8(UL)?>
// SPDX-License-Identifier: MIT
// What is added has one shape.
#include <pare/model/model.hpp>
#include <pare/model/parameters.hpp>

#ifdef GOOD
using net = pare::model<pare::input<pare::int8, 8>, pare::residual<pare::linear<8>>>;
#else
using net = pare::model<pare::input<pare::int8, 8>, pare::residual<pare::linear<9>>>;
#endif

pare::parameters<net> at_rest;
