// expect: anything
// SPDX-License-Identifier: MIT
// Compiles: the check must refuse it.
int x = 0;
