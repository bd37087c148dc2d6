// SPDX-License-Identifier: MIT
// The intrinsics themselves, without the false alarms of g++ 12: an unmasked AVX-512 operation compiles and does what it says.
#if defined(__x86_64__) || defined(__aarch64__)
#include <pare/arch/intrinsics.hpp>
#endif

#include "support/catch.hpp"

TEST_CASE("intrinsics are there") {
#if defined(__AVX512F__)
    const __m512i ones = _mm512_set1_epi32(1);
    CHECK(_mm512_reduce_add_epi32(_mm512_add_epi32(ones, ones)) == 32);
#elif defined(__AVX2__)
    const __m256i all = _mm256_cmpeq_epi8(_mm256_setzero_si256(), _mm256_setzero_si256());
    CHECK(_mm256_movemask_epi8(all) == -1);
#elif defined(__aarch64__) && defined(__ARM_NEON)
    const int32x4_t ones = vdupq_n_s32(1);
    CHECK(vaddvq_s32(vaddq_s32(ones, ones)) == 8);
#else
    WARN("no AVX here: nothing is compared");
#endif
}
