// expect: weights: one mask; got two or more
// expect: needs<1>
// SPDX-License-Identifier: MIT
// A slot of a format is filled once: two in the slot of masks.
#include <pare/format/weight_format.hpp>

#ifdef GOOD
int bits(pare::weights<pare::n_of_m<2, 4>>) { return 0; }
#else
int bits(pare::weights<pare::n_of_m<2, 4>, pare::unstructured<>>) { return 0; }
#endif
