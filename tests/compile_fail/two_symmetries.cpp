// expect: weights: one symmetry; got two or more
// expect: needs<1>
// SPDX-License-Identifier: MIT
// A slot of a format is filled once: two in the slot of symmetries.
#include <pare/format/weight_format.hpp>

#ifdef GOOD
int bits(pare::weights<pare::affine>) { return 0; }
#else
int bits(pare::weights<pare::symmetric, pare::affine>) { return 0; }
#endif
