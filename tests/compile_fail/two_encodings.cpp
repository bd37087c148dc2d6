// expect: weights: one encoding; got two or more
// expect: needs<1>
// SPDX-License-Identifier: MIT
// A slot of a format is filled once: two in the slot of encodings.
#include <pare/format/weight_format.hpp>

#ifdef GOOD
int bits(pare::weights<pare::int4>) { return 0; }
#else
int bits(pare::weights<pare::int8, pare::int4>) { return 0; }
#endif
