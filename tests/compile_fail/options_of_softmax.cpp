// expect: softmax: its only option is .*; got another
// expect: got_type<
// SPDX-License-Identifier: MIT
// A layer of kind softmax takes its own options only.
#include <pare/layer/softmax.hpp>

#ifdef GOOD
using type = pare::softmax<pare::named<"scores">>;
#else
using type = pare::softmax<pare::relu>;
#endif

static_assert(sizeof(type) > 0);
