// expect: depth_multiplier: it must be positive
// expect: got<0(UL)?>
// expect: needs<1>
// SPDX-License-Identifier: MIT
// Each channel has at least one output.
#include <pare/layer/options.hpp>

#ifdef GOOD
using type = pare::depth_multiplier<1>;
#else
using type = pare::depth_multiplier<0>;
#endif

static_assert(sizeof(type) > 0);
