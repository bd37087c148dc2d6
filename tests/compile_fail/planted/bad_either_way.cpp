// expect: layer: the sentence
// SPDX-License-Identifier: MIT
// Fails with -DGOOD too: the check must refuse it.
static_assert(sizeof(int) == 1, "layer: the sentence");
