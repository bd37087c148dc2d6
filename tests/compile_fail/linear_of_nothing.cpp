// expect: linear: it must have an output
// expect: got<0(UL)?>
// expect: needs<1>
// SPDX-License-Identifier: MIT
// A layer has an output.
#include <pare/layer/linear.hpp>

#ifdef GOOD
using type = pare::linear<1>;
#else
using type = pare::linear<0>;
#endif

static_assert(sizeof(type) > 0);
