// expect: layer: outputs are f32 where inputs are, and integers elsewhere; got out<...> that mixes them
// expect: got_type<.*f32>
// expect: needs_type<.*integer<8>
// SPDX-License-Identifier: MIT
// Sums of integers do not become floats.
#include <pare/model/model.hpp>
#include <pare/model/parameters.hpp>

#ifdef GOOD
using net = pare::model<pare::input<pare::int8, 8>, pare::linear<4, pare::out<pare::int16>>>;
#else
using net = pare::model<pare::input<pare::int8, 8>, pare::linear<4, pare::out<pare::f32>>>;
#endif

pare::parameters<net> at_rest;
