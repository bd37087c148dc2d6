// expect: dilation: distances must be positive
// expect: got<1(UL)?, 0(UL)?>
// expect: needs<1>
// SPDX-License-Identifier: MIT
// A dilation is positive.
#include <pare/layer/options.hpp>

#ifdef GOOD
using type = pare::dilation<1, 1>;
#else
using type = pare::dilation<1, 0>;
#endif

static_assert(sizeof(type) > 0);
