// expect: add: its options are .*; got another
// expect: got_type<
// SPDX-License-Identifier: MIT
// A layer of kind add takes its own options only.
#include <pare/layer/add.hpp>

#ifdef GOOD
using type = pare::add<pare::relu>;
#else
using type = pare::add<pare::out<pare::int16>>;
#endif

static_assert(sizeof(type) > 0);
