// SPDX-License-Identifier: MIT
// Whole runs of steps of helium, as loops of assembly.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <pare/arch/helium.hpp>
#include <pare/arch/tags.hpp>
#include <pare/core/config.hpp>

// Without optimisation a register is kept for the frame, and those that are left do not suffice.
#if !defined(PARE_SCALAR_ONLY) && defined(__ARM_FEATURE_MVE) && defined(__OPTIMIZE__)
#include <pare/arch/intrinsics.hpp>

namespace pare::inline v0::arch::inline PARE_ISA {

namespace detail128 {
/// Up to four sums of a row; those that a tile does not have are nothing.
template <std::size_t Width>
struct four_sums {
    std::int32_t at[4];
    PARE_INLINE explicit four_sums(const std::array<std::int32_t, 1> (&sums)[Width]) {
        PARE_UNROLL for (std::size_t j = 0; j < 4; ++j) at[j] = j < Width ? sums[j][0] : 0;
    }
    PARE_INLINE void store(std::array<std::int32_t, 1> (&sums)[Width]) const {
        PARE_UNROLL for (std::size_t j = 0; j < Width; ++j) sums[j][0] = at[j];
    }
};

/// `steps` steps of one row with `Width` outputs, and of what is behind them `tail` bytes, if `Tails` says that there may be some. A load
/// follows each product that does not wait for it, so that both are under way at once.
template <std::size_t Width, bool Flips, bool Tails>
PARE_INLINE void multiply_row(std::int32_t (&s)[4], const void* x, const void* w, std::size_t steps, std::size_t tail, uint8x16_t flip) {
    asm("wls lr, %[steps], 2f\n"
        "1:\n\t"
        "vldrb.8 q0, [%[x]], #16\n\t"
        "vldrb.8 q1, [%[w]], #16\n\t"
        ".if %c[flips]\n\tveor q0, q0, %q[flip]\n\t.endif\n\t"
        ".if %c[width] > 1\n\tvldrb.8 q2, [%[w]], #16\n\t.endif\n\t"
        "vmladava.s8 %[s0], q0, q1\n\t"
        ".if %c[width] > 2\n\tvldrb.8 q1, [%[w]], #16\n\t.endif\n\t"
        ".if %c[width] > 1\n\tvmladava.s8 %[s1], q0, q2\n\t.endif\n\t"
        ".if %c[width] > 3\n\tvldrb.8 q2, [%[w]], #16\n\t.endif\n\t"
        ".if %c[width] > 2\n\tvmladava.s8 %[s2], q0, q1\n\t.endif\n\t"
        ".if %c[width] > 3\n\tvmladava.s8 %[s3], q0, q2\n\t.endif\n\t"
        "le lr, 1b\n"
        "2:\n\t"
        // What is not loaded is 0, of weights too.
        ".if %c[tails]\n\t"
        "vctp.8 %[tail]\n\t"
        "vpstt\n\tvldrbt.8 q0, [%[x]]\n\tvldrbt.8 q1, [%[w]]\n\tadd %[w], %[tail]\n\t"
        ".if %c[flips]\n\tveor q0, q0, %q[flip]\n\t.endif\n\t"
        ".if %c[width] > 1\n\tvpst\n\tvldrbt.8 q2, [%[w]]\n\tadd %[w], %[tail]\n\t.endif\n\t"
        "vmladava.s8 %[s0], q0, q1\n\t"
        ".if %c[width] > 2\n\tvpst\n\tvldrbt.8 q1, [%[w]]\n\tadd %[w], %[tail]\n\t.endif\n\t"
        ".if %c[width] > 1\n\tvmladava.s8 %[s1], q0, q2\n\t.endif\n\t"
        ".if %c[width] > 3\n\tvpst\n\tvldrbt.8 q2, [%[w]]\n\t.endif\n\t"
        ".if %c[width] > 2\n\tvmladava.s8 %[s2], q0, q1\n\t.endif\n\t"
        ".if %c[width] > 3\n\tvmladava.s8 %[s3], q0, q2\n\t.endif\n\t"
        ".endif"
        : [s0] "+Te"(s[0]), [s1] "+Te"(s[1]), [s2] "+Te"(s[2]), [s3] "+Te"(s[3]), [x] "+r"(x), [w] "+r"(w)
        : [steps] "r"(steps), [tail] "r"(tail), [flip] "w"(flip), [width] "i"(Width), [flips] "i"(Flips), [tails] "i"(Tails)
        : "q0", "q1", "q2", "lr", "cc", "memory");
}

/// The same of two rows, whose sums take all even registers, so that none is left for a loop without branches; nor are there two for what
/// is left.
template <std::size_t Width, bool Flips, bool Tails>
PARE_INLINE void multiply_rows(std::int32_t (&s)[4], std::int32_t (&t)[4], const void* x, const void* y, const void* w, std::size_t length,
                               uint8x16_t flip) {
    // By name: g++ 12 does not always find places for so many.
    register std::int32_t s0 asm("r0") = s[0], s1 asm("r2") = s[1], s2 asm("r4") = s[2], s3 asm("r6") = s[3];
    register std::int32_t t0 asm("r8") = t[0], t1 asm("r10") = t[1], t2 asm("r12") = t[2], t3 asm("lr") = t[3];
    asm("subs %[left], #16\n\t"
        "blt 2f\n"
        "1:\n\t"
        "vldrb.8 q0, [%[x]], #16\n\t"
        "vldrb.8 q2, [%[w]], #16\n\t"
        ".if %c[flips]\n\tveor q0, q0, %q[flip]\n\t.endif\n\t"
        "vldrb.8 q1, [%[y]], #16\n\t"
        "vmladava.s8 %[s0], q0, q2\n\t"
        ".if %c[flips]\n\tveor q1, q1, %q[flip]\n\t.endif\n\t"
        ".if %c[width] > 1\n\tvldrb.8 q3, [%[w]], #16\n\t.endif\n\t"
        "vmladava.s8 %[t0], q1, q2\n\t"
        ".if %c[width] > 2\n\tvldrb.8 q2, [%[w]], #16\n\t.endif\n\t"
        ".if %c[width] > 1\n\tvmladava.s8 %[s1], q0, q3\n\tvmladava.s8 %[t1], q1, q3\n\t.endif\n\t"
        ".if %c[width] > 3\n\tvldrb.8 q3, [%[w]], #16\n\t.endif\n\t"
        ".if %c[width] > 2\n\tvmladava.s8 %[s2], q0, q2\n\tvmladava.s8 %[t2], q1, q2\n\t.endif\n\t"
        "subs %[left], #16\n\t"
        ".if %c[width] > 3\n\tvmladava.s8 %[s3], q0, q3\n\tvmladava.s8 %[t3], q1, q3\n\t.endif\n\t"
        "bge 1b\n"
        "2:\n\t"
        ".if %c[tails]\n\t"
        "add %[left], #16\n\t"
        "vctp.8 %[left]\n\t"
        "vpsttt\n\tvldrbt.8 q0, [%[x]]\n\tvldrbt.8 q1, [%[y]]\n\tvldrbt.8 q2, [%[w]]\n\tadd %[w], %[left]\n\t"
        ".if %c[flips]\n\tveor q0, q0, %q[flip]\n\tveor q1, q1, %q[flip]\n\t.endif\n\t"
        ".if %c[width] > 1\n\tvpst\n\tvldrbt.8 q3, [%[w]]\n\tadd %[w], %[left]\n\t.endif\n\t"
        "vmladava.s8 %[s0], q0, q2\n\tvmladava.s8 %[t0], q1, q2\n\t"
        ".if %c[width] > 2\n\tvpst\n\tvldrbt.8 q2, [%[w]]\n\tadd %[w], %[left]\n\t.endif\n\t"
        ".if %c[width] > 1\n\tvmladava.s8 %[s1], q0, q3\n\tvmladava.s8 %[t1], q1, q3\n\t.endif\n\t"
        ".if %c[width] > 3\n\tvpst\n\tvldrbt.8 q3, [%[w]]\n\t.endif\n\t"
        ".if %c[width] > 2\n\tvmladava.s8 %[s2], q0, q2\n\tvmladava.s8 %[t2], q1, q2\n\t.endif\n\t"
        ".if %c[width] > 3\n\tvmladava.s8 %[s3], q0, q3\n\tvmladava.s8 %[t3], q1, q3\n\t.endif\n\t"
        ".endif"
        : [s0] "+r"(s0), [s1] "+r"(s1), [s2] "+r"(s2), [s3] "+r"(s3), [t0] "+r"(t0), [t1] "+r"(t1), [t2] "+r"(t2), [t3] "+r"(t3),
          [x] "+r"(x), [y] "+r"(y), [w] "+r"(w), [left] "+r"(length)
        : [flip] "w"(flip), [width] "i"(Width), [flips] "i"(Flips), [tails] "i"(Tails)
        : "q0", "q1", "q2", "q3", "cc", "memory");
    s[0] = s0, s[1] = s1, s[2] = s2, s[3] = s3;
    t[0] = t0, t[1] = t1, t[2] = t2, t[3] = t3;
}
}  // namespace detail128

/// sums[i][j] += what `length` activations from lhs[i] on and weights from `weights` on come to, which lie step by step. `Tails` says
/// whether there may be other lengths than whole steps; nothing behind either is read.
template <bool Tails, std::size_t Rows, std::size_t Width, detail128::byte_dot D>
    requires(Rows <= 2 && Width <= 4)
PARE_INLINE void multiply_run(std::array<std::int32_t, 1> (&sums)[Rows][Width], const std::array<const typename D::lhs*, Rows>& lhs,
                              const std::int8_t* weights, std::size_t length, D, helium) {
    constexpr bool flips = std::same_as<typename D::lhs, std::uint8_t>;
    const uint8x16_t flip = vdupq_n_u8(flips ? 128 : 0);
    detail128::four_sums<Width> first(sums[0]);
    if constexpr (Rows == 1) {
        detail128::multiply_row<Width, flips, Tails>(first.at, lhs[0], weights, length / 16, length % 16, flip);
    } else {
        detail128::four_sums<Width> second(sums[1]);
        detail128::multiply_rows<Width, flips, Tails>(first.at, second.at, lhs[0], lhs[1], weights, length, flip);
        second.store(sums[1]);
    }
    first.store(sums[0]);
}

}  // namespace pare::inline v0::arch::inline PARE_ISA
#endif
