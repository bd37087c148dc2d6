// SPDX-License-Identifier: MIT
// Every macro of the library. Open namespaces as `namespace pare::inline v0 {`; code that contains instructions of one ISA
// (arch operations, kernels, pack and run) as `namespace pare::inline v0::inline PARE_ISA {`.
#pragma once

/// Version of the library: major * 10000 + minor * 100 + patch.
#define PARE_VERSION 100

/// A name for the instruction set that this translation unit is compiled for. It is the inline namespace of everything that
/// holds instructions, so that one source compiled for several ISAs gives different symbols, and the linker never picks an
/// AVX-512 body for a baseline caller.
#if defined(PARE_SCALAR_ONLY)
#define PARE_ISA isa_scalar
#elif defined(__AVX512VNNI__) && defined(__AVX512VBMI__) && defined(__AVX512VBMI2__) && defined(__AVX512BW__) && defined(__AVX512VL__) && \
    defined(__AVX512VPOPCNTDQ__)
#define PARE_ISA isa_avx512_vnni_vbmi_vpopcntdq
#elif defined(__AVX512VNNI__) && defined(__AVX512VBMI__) && defined(__AVX512VBMI2__) && defined(__AVX512BW__) && defined(__AVX512VL__)
#define PARE_ISA isa_avx512_vnni_vbmi
#elif defined(__AVX512VNNI__) && defined(__AVX512BW__) && defined(__AVX512VL__) && defined(__AVX512VPOPCNTDQ__)
#define PARE_ISA isa_avx512_vnni_vpopcntdq
#elif defined(__AVX512VNNI__) && defined(__AVX512BW__) && defined(__AVX512VL__)
#define PARE_ISA isa_avx512_vnni
#elif defined(__AVX512BW__) && defined(__AVX512VL__) && defined(__AVX512DQ__)
#define PARE_ISA isa_avx512
#elif defined(__AVX512F__)
#define PARE_ISA isa_avx512f
#elif defined(__AVX2__) && defined(__FMA__) && defined(__AVXVNNI__)
#define PARE_ISA isa_avx_vnni
#elif defined(__AVX2__) && defined(__FMA__)
#define PARE_ISA isa_avx2
#elif defined(__AVX__)
#define PARE_ISA isa_avx
#elif defined(__SSE4_1__)
#define PARE_ISA isa_sse4_1
#elif defined(__ARM_FEATURE_MVE)
#define PARE_ISA isa_helium
#elif defined(__ARM_FEATURE_DSP) && defined(__arm__)
#define PARE_ISA isa_cortex_m_dsp
#elif defined(__ARM_NEON) && defined(__aarch64__) && defined(__ARM_FEATURE_DOTPROD) && defined(__ARM_FEATURE_MATMUL_INT8)
#define PARE_ISA isa_neon_i8mm
#elif defined(__ARM_NEON) && defined(__aarch64__) && defined(__ARM_FEATURE_DOTPROD)
#define PARE_ISA isa_neon_dotprod
#elif defined(__ARM_NEON) && defined(__aarch64__)
#define PARE_ISA isa_neon
#else
#define PARE_ISA isa_baseline
#endif

/// Small functions that must disappear into their caller: hot operations, and helpers of formats, which an object compiled for
/// one ISA must not export.
#define PARE_INLINE [[gnu::always_inline]] inline

/// The same for closures, behind their parameters: g++ 12 inlines others so late that arrays of registers in what they call stay in memory
/// (a linear layer of one row took 1.4 times as long).
#define PARE_INLINE_CLOSURE __attribute__((always_inline))

/// Functions that must stay apart: a register tile in its own frame, so that the allocator sees nothing else.
#define PARE_NOINLINE [[gnu::noinline]]

/// Unrolls the next loop, whose trip count is a small constant: arrays of registers stay registers.
#if defined(__clang__)
#define PARE_UNROLL _Pragma("clang loop unroll(full)")
#else
#define PARE_UNROLL _Pragma("GCC unroll 64")
#endif

/// A promise that no other pointer reaches the same bytes.
#define PARE_RESTRICT __restrict__
