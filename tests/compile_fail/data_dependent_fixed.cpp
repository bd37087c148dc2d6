// expect: fixed storage: every count must be known to the compiler; got one that only the data knows
// expect: got_type<(std::|enum std::)?byte>
// SPDX-License-Identifier: MIT
// Constants have sizes that the compiler knows.
#include <pare/model/model.hpp>
#include <pare/model/parameters.hpp>

#ifdef GOOD
using net = pare::model<pare::input<pare::int8, 8>, pare::linear<4, pare::weights<pare::unstructured<9>>>>;
#else
using net = pare::model<pare::input<pare::int8, 8>, pare::linear<4, pare::weights<pare::unstructured<>>>>;
#endif

pare::parameters<net> at_rest;
