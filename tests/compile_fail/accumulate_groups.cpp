// expect: accumulate: sums may be pinned to s32 only where every one fits
// expect: got<2471990400L?>
// expect: needs<2147483647>
// SPDX-License-Identifier: MIT
// A factor of a group makes sums larger, so fewer products fit.
#include <cstdint>

#include <pare/model/model.hpp>
#include <pare/model/parameters.hpp>

#ifdef GOOD
using net = pare::model<pare::input<pare::int8, 256>, pare::linear<8, pare::weights<pare::per_group<16>>, pare::accumulate<std::int32_t>>>;
#else
using net = pare::model<pare::input<pare::int8, 297>, pare::linear<8, pare::weights<pare::per_group<16>>, pare::accumulate<std::int32_t>>>;
#endif

pare::parameters<net> at_rest;
