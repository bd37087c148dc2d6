// expect: weights: each argument is an encoding, granularity, symmetry, mask or sharing policy; got another type
// expect: got_type<(pare::|pare::v0::)?(integer<8>|pare::integer<8>), int>
// SPDX-License-Identifier: MIT
// Only policies stand in a format.
#include <pare/format/weight_format.hpp>

#ifdef GOOD
int bits(pare::weights<pare::int8>) { return 0; }
#else
int bits(pare::weights<pare::int8, int>) { return 0; }
#endif
