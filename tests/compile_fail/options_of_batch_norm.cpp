// expect: batch_norm: its only option is .*; got another
// expect: got_type<
// SPDX-License-Identifier: MIT
// A layer of kind batch_norm takes its own options only.
#include <pare/layer/batch_norm.hpp>

#ifdef GOOD
using type = pare::batch_norm<pare::named<"n">>;
#else
using type = pare::batch_norm<pare::relu>;
#endif

static_assert(sizeof(type) > 0);
