// expect: groups: their count must be positive
// expect: got<0(UL)?>
// expect: needs<1>
// SPDX-License-Identifier: MIT
// There is at least one group.
#include <pare/layer/options.hpp>

#ifdef GOOD
using type = pare::groups<1>;
#else
using type = pare::groups<0>;
#endif

static_assert(sizeof(type) > 0);
