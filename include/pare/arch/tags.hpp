// SPDX-License-Identifier: MIT
// The instruction sets: tags and the geometry of their registers. Always defined, whatever this translation unit is compiled
// for, so that weights can be packed for another machine; which of them it is compiled for, and which a machine has.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include <pare/arch/cortex_m_tags.hpp>
#include <pare/arch/dot.hpp>
#include <pare/arch/neon_tags.hpp>
#include <pare/arch/x86_tags.hpp>
#include <pare/core/config.hpp>

#if defined(__aarch64__) && defined(__linux__) && __has_include(<sys/auxv.h>)
#include <sys/auxv.h>
#elif defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#endif

namespace pare::inline v0::arch {

/// What an instruction set must tell: sums in a register, registers, alignment of packed weights, and its dot product for a
/// pair of types. `portable` marks those whose operations plain C++ can do anywhere, whatever instructions do where they are.
template <class A>
concept instruction_set = requires {
    { A::name } -> std::convertible_to<std::string_view>;
    { A::lanes } -> std::convertible_to<std::size_t>;
    { A::registers } -> std::convertible_to<std::size_t>;
    { A::alignment } -> std::convertible_to<std::size_t>;
    { A::portable } -> std::convertible_to<bool>;
    typename A::template dot_for<std::int8_t, std::int8_t>;
};

/// Plain C++, one product at a time: the specification, and what every compiler can build.
struct scalar {
    static constexpr std::string_view name = "scalar";  ///< as text
    static constexpr std::size_t lanes = 1;             ///< sums in a register
    static constexpr std::size_t registers = 4;         ///< vector registers
    static constexpr std::size_t alignment = 4;         ///< of packed weights, in bytes
    static constexpr bool portable = true;              ///< operations are plain C++
    /// The dot product for a pair of types.
    template <class Activation, class Weight>
    using dot_for = dot1<Activation, Weight>;
};

/// What operations add to each activation as they load it; pack takes it back out of the bias.
template <instruction_set A, class Dot>
inline constexpr int lhs_offset_of = 0;
/// What the arch says that it adds.
template <instruction_set A, class Dot>
    requires requires { A::template lhs_offset<Dot>; }
inline constexpr int lhs_offset_of<A, Dot> = A::template lhs_offset<Dot>;

/// Registers that a step takes beside sums and weights: an activation, and one to spare.
template <instruction_set A, class Dot>
inline constexpr std::size_t step_registers_of = 2;
/// What the arch says that it takes.
template <instruction_set A, class Dot>
    requires requires { A::template step_registers<Dot>; }
inline constexpr std::size_t step_registers_of<A, Dot> = A::template step_registers<Dot>;

/// Rows and registers of outputs of a tile.
struct tile_size {
    std::size_t rows = 0;   ///< 0: not said
    std::size_t width = 0;  ///< registers side by side; 0: not said
};
/// How large tiles of `A` are, of which its vector registers do not tell: where sums lie in general ones. `Alone` says that a row is.
template <instruction_set A, class Dot, bool Alone>
inline constexpr tile_size tile_of = {};
/// What the arch says.
template <instruction_set A, class Dot, bool Alone>
    requires(Dot::unit > 1 && requires { A::tile_rows; })
inline constexpr tile_size tile_of<A, Dot, Alone> = Alone ? tile_size{1, A::row_width} : tile_size{A::tile_rows, A::tile_width};

/// Registers of outputs side by side for which `A` multiplies a row alone by weights that are nibbles; 0: as many as of other weights.
template <instruction_set A>
inline constexpr std::size_t nibble_width_of = 0;
/// What the arch says.
template <instruction_set A>
    requires requires { A::nibble_width; }
inline constexpr std::size_t nibble_width_of<A> = A::nibble_width;

/// Neighbouring activations among which each lane of `A` picks its own in a register, so that weights with places (form::gathered) are
/// multiplied fast; 0: they are picked one by one.
template <instruction_set A, class Dot>
inline constexpr std::size_t gather_window_of = 0;
/// What the arch says that it picks from.
template <instruction_set A, class Dot>
    requires requires { A::template gather_window<Dot>; }
inline constexpr std::size_t gather_window_of<A, Dot> = A::template gather_window<Dot>;

/// The same out of two registers, which takes longer and is worth it for one row: it has fewer steps; 0: none.
template <instruction_set A, class Dot>
inline constexpr std::size_t wide_gather_window_of = 0;
/// What the arch says that it picks from.
template <instruction_set A, class Dot>
    requires requires { A::template wide_gather_window<Dot>; }
inline constexpr std::size_t wide_gather_window_of<A, Dot> = A::template wide_gather_window<Dot>;

/// Whether a load of `A` takes each activation from a place of its own, and reads no others: any weights with places of a byte are
/// multiplied fast.
template <instruction_set A, class Dot>
inline constexpr bool gathers_loads_of = false;
/// What the arch says of itself.
template <instruction_set A, class Dot>
    requires requires { A::template gathers_loads<Dot>; }
inline constexpr bool gathers_loads_of<A, Dot> = A::template gathers_loads<Dot>;

/// Whether `A` looks codes of six bits up, two of which lie above each place in a window of 64.
template <instruction_set A, class Dot>
inline constexpr bool looks_up_places = false;
/// What the arch says of itself.
template <instruction_set A, class Dot>
    requires requires { A::template looks_up_places<Dot>; }
inline constexpr bool looks_up_places<A, Dot> = A::template looks_up_places<Dot>;

/// Whether `A` multiplies codes of two bits and of four where they lie in their bytes.
template <instruction_set A, class Dot>
inline constexpr bool multiplies_in_place = false;
/// What the arch says of itself.
template <instruction_set A, class Dot>
    requires requires { A::template multiplies_in_place<Dot>; }
inline constexpr bool multiplies_in_place<A, Dot> = A::template multiplies_in_place<Dot>;

/// Whether each lane of `A` picks activations out of 8 or 16 that lie side by side, so that structured weights are multiplied as they are.
template <instruction_set A, class Dot>
inline constexpr bool picks_from_spans = false;
/// What the arch says of itself.
template <instruction_set A, class Dot>
    requires requires { A::template picks_from_spans<Dot>; }
inline constexpr bool picks_from_spans<A, Dot> = A::template picks_from_spans<Dot>;

/// Whether places of 2 of 4 are codes on `A` (kernel/place_codes.hpp), for it permutes bytes of a whole register.
template <instruction_set A, class Dot>
inline constexpr bool codes_places = false;
/// What the arch says of itself.
template <instruction_set A, class Dot>
    requires requires { A::template codes_places<Dot>; }
inline constexpr bool codes_places<A, Dot> = A::template codes_places<Dot>;

/// Whether `A` multiplies vectors: sums side by side, or bytes that become one sum.
template <instruction_set A>
inline constexpr bool has_vectors = A::lanes * A::template dot_for<std::int8_t, std::int8_t>::unit > 1;

/// Whether words of binary values can be multiplied on `A`.
template <instruction_set A>
inline constexpr bool counts_bits = A::portable;
/// Where the arch says so.
template <instruction_set A>
    requires requires { A::counts_bits; }
inline constexpr bool counts_bits<A> = A::counts_bits;

namespace detail {
/// The dot product of `A` for weights of at most `Bound` in magnitude, of activations that are `Copied` before, or `Gathered`.
template <class A, class Activation, class Weight, bool Copied, std::int64_t Bound = 128, bool Gathered = false>
struct dot_of {
    static constexpr auto choose() {
        if constexpr (Bound <= narrow_dot::rhs_bound && requires { typename A::template narrow_dot_for<Activation, Weight>::lhs; })
            return std::type_identity<typename A::template narrow_dot_for<Activation, Weight>>{};
        else if constexpr (Gathered && requires { typename A::template gathered_dot_for<Activation, Weight>::lhs; })
            return std::type_identity<typename A::template gathered_dot_for<Activation, Weight>>{};
        else if constexpr (Copied && requires { typename A::template copied_dot_for<Activation, Weight>; })
            return std::type_identity<typename A::template copied_dot_for<Activation, Weight>>{};
        else return std::type_identity<typename A::template dot_for<Activation, Weight>>{};
    }
    using type = typename decltype(choose())::type;
};
/// Words of binary values, on any arch.
template <class A, bool Copied, std::int64_t Bound, bool Gathered>
struct dot_of<A, binary_word, binary_word, Copied, Bound, Gathered> {
    using type = dot1<binary_word, binary_word>;
};

#if !defined(PARE_SCALAR_ONLY) && defined(__AVX512VNNI__) && defined(__AVX512VL__) && !defined(__AVXVNNI__)
inline constexpr bool encodes_vnni_as_avx512 = true;
#else
inline constexpr bool encodes_vnni_as_avx512 = false;
#endif
}  // namespace detail

/// Whether operations of `A` may be called from this translation unit.
template <instruction_set A>
inline constexpr bool compiled_for = A::portable;
#if !defined(PARE_SCALAR_ONLY)
#if defined(__SSE4_1__)
/// Where the flags say so.
template <>
inline constexpr bool compiled_for<sse4_1> = true;
#endif
#if defined(__AVX2__) && defined(__FMA__)
/// Where the flags say so.
template <>
inline constexpr bool compiled_for<avx2> = true;
#if defined(__AVXVNNI__) || (defined(__AVX512VNNI__) && defined(__AVX512VL__))
/// Where the flags say so. AVX-512 has the same instructions in another encoding.
template <>
inline constexpr bool compiled_for<avx_vnni> = true;
#endif
#endif
#if defined(__AVX512BW__) && defined(__AVX512VL__) && defined(__AVX512DQ__)
/// Where the flags say so.
template <>
inline constexpr bool compiled_for<avx512> = true;
#if defined(__AVX512VNNI__)
/// Where the flags say so.
template <>
inline constexpr bool compiled_for<avx512_vnni> = true;
/// They are the same instructions.
template <>
inline constexpr bool compiled_for<zen4> = true;
#endif
#endif
#if defined(__ARM_NEON) && defined(__aarch64__)
/// On every AArch64.
template <>
inline constexpr bool compiled_for<neon> = true;
#if defined(__ARM_FEATURE_DOTPROD)
/// Where the flags say so.
template <>
inline constexpr bool compiled_for<neon_dotprod> = true;
#if defined(__ARM_FEATURE_MATMUL_INT8)
/// Where the flags say so.
template <>
inline constexpr bool compiled_for<neon_i8mm> = true;
#endif
#endif
#endif
#endif

namespace detail {
template <class A, class Otherwise>
using if_compiled = std::conditional_t<compiled_for<A>, A, Otherwise>;
#if !defined(PARE_SCALAR_ONLY) && defined(__ARM_FEATURE_MVE)
using native_portable = helium;
#elif !defined(PARE_SCALAR_ONLY) && defined(__ARM_FEATURE_DSP) && defined(__arm__)
using native_portable = cortex_m_dsp;
#else
using native_portable = scalar;
#endif
/// g++ 12.2 knows a Zen 4 as a Zen 3 that has AVX-512.
#if defined(__znver3__) || defined(__znver4__) || defined(__znver5__)
using native_avx512_vnni = zen4;
#else
using native_avx512_vnni = avx512_vnni;
#endif
using native_x86 =
    if_compiled<native_avx512_vnni, if_compiled<avx512, if_compiled<avx_vnni, if_compiled<avx2, if_compiled<sse4_1, native_portable>>>>>;
}  // namespace detail

/// The best instruction set that this translation unit is compiled for.
using native = detail::if_compiled<neon_i8mm, detail::if_compiled<neon_dotprod, detail::if_compiled<neon, detail::native_x86>>>;

}  // namespace pare::inline v0::arch

namespace pare::inline v0::arch::inline PARE_ISA {

/// Whether the machine that runs this has the instructions of `A`, as this translation unit would write them. xsimd 8.1 does not know VNNI,
/// so the compiler is asked, and the processor for AVX-VNNI, which clang 14 does not know; g++ 12 does not know what an AArch64 has, so
/// Linux is asked there (bits of asm/hwcap.h), and elsewhere the flags are believed.
template <instruction_set A>
inline bool available() {
    if constexpr (A::portable) return true;
#if defined(__x86_64__) || defined(__i386__)
    else if constexpr (std::same_as<A, sse4_1>) return __builtin_cpu_supports("sse4.1");
    else if constexpr (std::same_as<A, avx2>) return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    else if constexpr (std::same_as<A, avx_vnni>) {
        if (!available<avx2>()) return false;
        // Without its own flag it is written as AVX-512 encodes it.
        if constexpr (detail::encodes_vnni_as_avx512) return available<avx512_vnni>();
        unsigned a = 0, b = 0, c = 0, d = 0;
        return __get_cpuid_count(7, 1, &a, &b, &c, &d) != 0 && (a >> 4 & 1) != 0;
    } else if constexpr (std::same_as<A, avx512>)
        return __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
    else if constexpr (std::same_as<A, avx512_vnni>) return available<avx512>() && __builtin_cpu_supports("avx512vnni");
    else if constexpr (std::same_as<A, zen4>) return available<avx512_vnni>() && __builtin_cpu_is("amd");
#elif defined(__aarch64__)
    else if constexpr (std::same_as<A, neon>) return true;
#if defined(AT_HWCAP) && defined(AT_HWCAP2)
    else if constexpr (std::same_as<A, neon_dotprod>) return (getauxval(AT_HWCAP) >> 20 & 1) != 0;
    else if constexpr (std::same_as<A, neon_i8mm>) return available<neon_dotprod>() && (getauxval(AT_HWCAP2) >> 13 & 1) != 0;
#else
    else if constexpr (std::derived_from<A, neon>) return compiled_for<A>;
#endif
#endif
    else return false;
}

}  // namespace pare::inline v0::arch::inline PARE_ISA
