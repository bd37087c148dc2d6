// expect: weights: one granularity; got two or more
// expect: needs<1>
// SPDX-License-Identifier: MIT
// A slot of a format is filled once: two in the slot of granularities.
#include <pare/format/weight_format.hpp>

#ifdef GOOD
int bits(pare::weights<pare::per_group<8>>) { return 0; }
#else
int bits(pare::weights<pare::per_tensor, pare::per_group<8>>) { return 0; }
#endif
