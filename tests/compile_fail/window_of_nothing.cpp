// expect: window: height and width must be positive
// expect: got<3(UL)?, 0(UL)?>
// expect: needs<1>
// SPDX-License-Identifier: MIT
// A window is positive.
#include <pare/layer/options.hpp>

#ifdef GOOD
using type = pare::window<3, 3>;
#else
using type = pare::window<3, 0>;
#endif

static_assert(sizeof(type) > 0);
