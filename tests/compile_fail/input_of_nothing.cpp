// expect: input: every extent must be positive
// expect: got<3(UL)?, 0(UL)?, 1(UL)?>
// expect: needs<1>
// SPDX-License-Identifier: MIT
// An input has values.
#include <pare/model/graph.hpp>

#ifdef GOOD
using type = pare::input<pare::int8, 3, 1, 1>;
#else
using type = pare::input<pare::int8, 3, 0, 1>;
#endif

static_assert(sizeof(type) > 0);
