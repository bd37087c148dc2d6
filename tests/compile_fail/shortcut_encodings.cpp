// expect: add: both inputs must have one encoding; got two
// expect: got_type<.*integer<8>
// expect: needs_type<.*integer<16>
// SPDX-License-Identifier: MIT
// What is added has one encoding.
#include <pare/model/model.hpp>
#include <pare/model/parameters.hpp>

#ifdef GOOD
using net = pare::model<pare::input<pare::int8, 8>,
                        pare::residual<pare::linear<8, pare::out<pare::int16>>, pare::shortcut<pare::linear<8, pare::out<pare::int16>>>>>;
#else
using net = pare::model<pare::input<pare::int8, 8>, pare::residual<pare::linear<8, pare::out<pare::int16>>>>;
#endif

pare::parameters<net> at_rest;
