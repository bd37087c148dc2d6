// SPDX-License-Identifier: MIT
// Whole runs of steps of cortex_m_dsp, as loops of assembly.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include <pare/arch/cortex_m_dsp.hpp>
#include <pare/arch/tags.hpp>
#include <pare/core/config.hpp>

// They take all fourteen registers. Without optimisation one is kept for the frame, by clang always.
#if !defined(PARE_SCALAR_ONLY) && defined(__ARM_FEATURE_DSP) && defined(__arm__) && defined(__OPTIMIZE__) && !defined(__clang__)

namespace pare::inline v0::arch::inline PARE_ISA {

namespace detail32 {
/// Steps of one row with up to four outputs, as long as four bytes are left; `x` and `w` end where they have got to.
template <std::size_t Width, bool Unsigned>
PARE_INLINE void multiply_row(std::int32_t (&s)[4], const void*& x, const void*& w, std::size_t length) {
    std::int32_t even, odd, weight, other;
    asm("subs %[left], #4\n\t"
        "blt 2f\n"
        "1:\n\t"
        "ldr %[even], [%[x]], #4\n\t"
        "ldr %[weight], [%[w]], #4\n\t"
        ".if %c[zeros]\n\tuxtb16 %[odd], %[even], ror #8\n\tuxtb16 %[even], %[even]\n\t"
        ".else\n\tsxtb16 %[odd], %[even], ror #8\n\tsxtb16 %[even], %[even]\n\t.endif\n\t"
        "sxtb16 %[other], %[weight], ror #8\n\tsxtb16 %[weight], %[weight]\n\t"
        "smlad %[s0], %[odd], %[other], %[s0]\n\tsmlad %[s0], %[even], %[weight], %[s0]\n\t"
        ".if %c[width] > 1\n\tldr %[weight], [%[w]], #4\n\t"
        "sxtb16 %[other], %[weight], ror #8\n\tsxtb16 %[weight], %[weight]\n\t"
        "smlad %[s1], %[odd], %[other], %[s1]\n\tsmlad %[s1], %[even], %[weight], %[s1]\n\t.endif\n\t"
        ".if %c[width] > 2\n\tldr %[weight], [%[w]], #4\n\t"
        "sxtb16 %[other], %[weight], ror #8\n\tsxtb16 %[weight], %[weight]\n\t"
        "smlad %[s2], %[odd], %[other], %[s2]\n\tsmlad %[s2], %[even], %[weight], %[s2]\n\t.endif\n\t"
        ".if %c[width] > 3\n\tldr %[weight], [%[w]], #4\n\t"
        "sxtb16 %[other], %[weight], ror #8\n\tsxtb16 %[weight], %[weight]\n\t"
        "smlad %[s3], %[odd], %[other], %[s3]\n\tsmlad %[s3], %[even], %[weight], %[s3]\n\t.endif\n\t"
        "subs %[left], #4\n\t"
        "bge 1b\n"
        "2:"
        : [s0] "+r"(s[0]), [s1] "+r"(s[1]), [s2] "+r"(s[2]), [s3] "+r"(s[3]), [x] "+r"(x), [w] "+r"(w), [left] "+r"(length),
          [even] "=&r"(even), [odd] "=&r"(odd), [weight] "=&r"(weight), [other] "=&r"(other)
        : [width] "i"(Width), [zeros] "i"(Unsigned)
        : "cc", "memory");
}

/// The same of two rows with up to two outputs: words of both wait in registers for the weights.
template <std::size_t Width, bool Unsigned>
PARE_INLINE void multiply_rows(std::int32_t (&s)[4], std::int32_t (&t)[4], const void*& x, const void*& y, const void*& w,
                               std::size_t length) {
    std::int32_t even, odd, even_y, odd_y, weight, other;
    asm("subs %[left], #4\n\t"
        "blt 2f\n"
        "1:\n\t"
        "ldr %[even], [%[x]], #4\n\t"
        "ldr %[even_y], [%[y]], #4\n\t"
        "ldr %[weight], [%[w]], #4\n\t"
        ".if %c[zeros]\n\tuxtb16 %[odd], %[even], ror #8\n\tuxtb16 %[even], %[even]\n\t"
        "uxtb16 %[odd_y], %[even_y], ror #8\n\tuxtb16 %[even_y], %[even_y]\n\t"
        ".else\n\tsxtb16 %[odd], %[even], ror #8\n\tsxtb16 %[even], %[even]\n\t"
        "sxtb16 %[odd_y], %[even_y], ror #8\n\tsxtb16 %[even_y], %[even_y]\n\t.endif\n\t"
        "sxtb16 %[other], %[weight], ror #8\n\tsxtb16 %[weight], %[weight]\n\t"
        "smlad %[s0], %[odd], %[other], %[s0]\n\tsmlad %[s0], %[even], %[weight], %[s0]\n\t"
        "smlad %[t0], %[odd_y], %[other], %[t0]\n\tsmlad %[t0], %[even_y], %[weight], %[t0]\n\t"
        ".if %c[width] > 1\n\tldr %[weight], [%[w]], #4\n\t"
        "sxtb16 %[other], %[weight], ror #8\n\tsxtb16 %[weight], %[weight]\n\t"
        "smlad %[s1], %[odd], %[other], %[s1]\n\tsmlad %[s1], %[even], %[weight], %[s1]\n\t"
        "smlad %[t1], %[odd_y], %[other], %[t1]\n\tsmlad %[t1], %[even_y], %[weight], %[t1]\n\t.endif\n\t"
        "subs %[left], #4\n\t"
        "bge 1b\n"
        "2:"
        : [s0] "+r"(s[0]), [s1] "+r"(s[1]), [t0] "+r"(t[0]), [t1] "+r"(t[1]), [x] "+r"(x), [y] "+r"(y), [w] "+r"(w), [left] "+r"(length),
          [even] "=&r"(even), [odd] "=&r"(odd), [even_y] "=&r"(even_y), [odd_y] "=&r"(odd_y), [weight] "=&r"(weight), [other] "=&r"(other)
        : [width] "i"(Width), [zeros] "i"(Unsigned)
        : "cc", "memory");
}
}  // namespace detail32

/// sums[i][j] += what `length` activations from lhs[i] on and weights from `weights` on come to, which lie step by step. `Tails` says
/// whether there may be other lengths than whole steps; nothing behind either is read.
template <bool Tails, std::size_t Rows, std::size_t Width, detail32::byte_dot D>
    requires((Rows == 1 && Width <= 4) || (Rows == 2 && Width <= 2))
PARE_INLINE void multiply_run(std::array<std::int32_t, 1> (&sums)[Rows][Width], const std::array<const typename D::lhs*, Rows>& lhs,
                              const std::int8_t* weights, std::size_t length, D, cortex_m_dsp) {
    constexpr bool is_unsigned = std::is_unsigned_v<typename D::lhs>;
    std::int32_t all[2][4]{};
    PARE_UNROLL for (std::size_t i = 0; i < Rows; ++i) { PARE_UNROLL for (std::size_t j = 0; j < Width; ++j) all[i][j] = sums[i][j][0];
    }
    const void *x = lhs[0], *y = lhs[Rows - 1], *w = weights;
    if constexpr (Rows == 1) detail32::multiply_row<Width, is_unsigned>(all[0], x, w, length);
    else detail32::multiply_rows<Width, is_unsigned>(all[0], all[1], x, y, w, length);
    PARE_UNROLL for (std::size_t i = 0; i < Rows; ++i) { PARE_UNROLL for (std::size_t j = 0; j < Width; ++j) sums[i][j][0] = all[i][j];
    }
    if constexpr (Tails) {
        const std::size_t tail = length % 4;
        const auto* const last = static_cast<const std::int8_t*>(w);
        const typename D::lhs* const behind[2] = {static_cast<const typename D::lhs*>(x), static_cast<const typename D::lhs*>(y)};
        for (std::size_t k = 0; k < tail; ++k) {
            PARE_UNROLL for (std::size_t i = 0; i < Rows; ++i) {
                PARE_UNROLL for (std::size_t j = 0; j < Width; ++j) sums[i][j][0] =
                    wrapping_add(sums[i][j][0], std::int32_t(behind[i][k] * last[j * tail + k]));
            }
        }
    }
}

}  // namespace pare::inline v0::arch::inline PARE_ISA
#endif
