// expect: model: it must have a layer
// expect: got<0(UL)?>
// expect: needs<1>
// SPDX-License-Identifier: MIT
// A model has a layer.
#include <pare/model/model.hpp>
#include <pare/model/parameters.hpp>

#ifdef GOOD
using net = pare::model<pare::input<pare::int8, 8>, pare::flatten>;
#else
using net = pare::model<pare::input<pare::int8, 8>>;
#endif

pare::parameters<net> at_rest;
