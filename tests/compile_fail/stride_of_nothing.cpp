// expect: stride: steps must be positive
// expect: got<0(UL)?, 0(UL)?>
// expect: needs<1>
// SPDX-License-Identifier: MIT
// A stride is positive.
#include <pare/layer/options.hpp>

#ifdef GOOD
using type = pare::stride<2>;
#else
using type = pare::stride<0>;
#endif

static_assert(sizeof(type) > 0);
