// expect: layer: f32 weights and f32 inputs go together; got one without the other
// expect: got_type<.*f32>
// expect: needs_type<.*integer<8>
// SPDX-License-Identifier: MIT
// Floats multiply floats.
#include <pare/model/model.hpp>
#include <pare/model/parameters.hpp>

#ifdef GOOD
using net = pare::model<pare::input<pare::f32, 8>, pare::linear<4, pare::weights<pare::f32>>>;
#else
using net = pare::model<pare::input<pare::int8, 8>, pare::linear<4, pare::weights<pare::f32>>>;
#endif

pare::parameters<net> at_rest;
