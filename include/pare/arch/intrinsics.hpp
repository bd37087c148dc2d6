// SPDX-License-Identifier: MIT
// The compiler's own header of x86 intrinsics, without its false alarms.
#pragma once

// g++ 12 writes "undefined" operands as a variable that is initialised with itself, and then warns of that in every caller.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC diagnostic ignored "-Wuninitialized"
#endif
#include <immintrin.h>
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif
