// expect: weights: a mask may not keep more weights than there are
// expect: got<33(UL)?>
// expect: needs<32(UL)?>
// SPDX-License-Identifier: MIT
// A mask keeps at most every weight.
#include <pare/model/model.hpp>
#include <pare/model/parameters.hpp>

#ifdef GOOD
using net = pare::model<pare::input<pare::int8, 8>, pare::linear<4, pare::weights<pare::unstructured<32>>>>;
#else
using net = pare::model<pare::input<pare::int8, 8>, pare::linear<4, pare::weights<pare::unstructured<33>>>>;
#endif

pare::parameters<net> at_rest;
