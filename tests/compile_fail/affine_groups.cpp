// expect: weights: per_group is symmetric; got affine
// expect: got_type<.*per_group<8(UL)?>, .*affine>
// SPDX-License-Identifier: MIT
// Groups of scales have no zero points.
#include <pare/format/weight_format.hpp>

#ifdef GOOD
int bits(pare::weights<pare::per_group<8>>) { return 0; }
#else
int bits(pare::weights<pare::per_group<8>, pare::affine>) { return 0; }
#endif
