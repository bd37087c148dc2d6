// expect: layer: the sentence that it should say
// SPDX-License-Identifier: MIT
// Says another sentence: the check must refuse it.
#ifndef GOOD
static_assert(sizeof(int) == 1, "layer: another sentence");
#endif
