// expect: weights: affine needs an integer encoding; got f32; use symmetric
// expect: got_type<.*f32, .*affine>
// SPDX-License-Identifier: MIT
// Floats have no zero point.
#include <pare/format/weight_format.hpp>

#ifdef GOOD
int bits(pare::weights<pare::f32>) { return 0; }
#else
int bits(pare::weights<pare::f32, pare::affine>) { return 0; }
#endif
