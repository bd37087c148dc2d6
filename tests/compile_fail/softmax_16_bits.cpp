// expect: softmax: integer scores have 8 bits; got more
// expect: got_type<.*integer<16> ?>
// SPDX-License-Identifier: MIT
// Softmax reads 8 bits or floats.
#include <pare/model/model.hpp>
#include <pare/model/parameters.hpp>

#ifdef GOOD
using net = pare::model<pare::input<pare::int8, 8>, pare::linear<4, pare::out<pare::uint8>>, pare::softmax<>>;
#else
using net = pare::model<pare::input<pare::int8, 8>, pare::linear<4, pare::out<pare::int16>>, pare::softmax<>>;
#endif

pare::parameters<net> at_rest;
