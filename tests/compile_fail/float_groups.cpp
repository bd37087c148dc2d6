// expect: weights: per_group needs an integer encoding; got f32; use per_tensor
// expect: got_type<.*f32, .*per_group<8(UL)?> ?>
// SPDX-License-Identifier: MIT
// Floats have no scales, so no groups of them.
#include <pare/format/weight_format.hpp>

#ifdef GOOD
int bits(pare::weights<pare::f32>) { return 0; }
#else
int bits(pare::weights<pare::f32, pare::per_group<8>>) { return 0; }
#endif
