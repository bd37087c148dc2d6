// expect: layer: each option once; got one twice; name the one to use
// expect: got_type<.*single, .*gemmlowp>
// SPDX-License-Identifier: MIT
// A rounding is given once.
#include <pare/layer/linear.hpp>

#ifdef GOOD
using type = pare::linear<4, pare::rounding::single>;
#else
using type = pare::linear<4, pare::rounding::single, pare::rounding::gemmlowp>;
#endif

static_assert(sizeof(type) > 0);
