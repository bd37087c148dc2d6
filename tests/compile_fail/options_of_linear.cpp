// expect: linear: its options are .*; got another
// expect: got_type<
// SPDX-License-Identifier: MIT
// A layer of kind linear takes its own options only.
#include <pare/layer/linear.hpp>

#ifdef GOOD
using type = pare::linear<4, pare::relu>;
#else
using type = pare::linear<4, pare::stride<2>>;
#endif

static_assert(sizeof(type) > 0);
