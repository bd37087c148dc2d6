// expect: weights: one sharing; got two or more
// expect: needs<1>
// SPDX-License-Identifier: MIT
// A slot of a format is filled once: two in the slot of sharings.
#include <pare/format/weight_format.hpp>

#ifdef GOOD
int bits(pare::weights<pare::codebook<16>>) { return 0; }
#else
int bits(pare::weights<pare::codebook<16>, pare::unique>) { return 0; }
#endif
