// expect: accumulate: sums may be pinned to s32 only where every one fits; got weights whose sums may be larger
// expect: got<2147614080L?>
// expect: needs<2147483647>
// SPDX-License-Identifier: MIT
// Sums of 65,797 products of 8 bits may pass 32 bits.
#include <cstdint>

#include <pare/model/model.hpp>
#include <pare/model/parameters.hpp>

#ifdef GOOD
using net = pare::model<pare::input<pare::int8, 65793>, pare::linear<8, pare::accumulate<std::int32_t>>>;
#else
using net = pare::model<pare::input<pare::int8, 65797>, pare::linear<8, pare::accumulate<std::int32_t>>>;
#endif

pare::parameters<net> at_rest;
