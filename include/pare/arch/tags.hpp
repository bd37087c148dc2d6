// SPDX-License-Identifier: MIT
// The instruction sets: tags and the geometry of their registers. Always defined, whatever this translation unit is compiled
// for, so that weights can be packed for another machine.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include <pare/arch/dot.hpp>
#include <pare/core/config.hpp>

#if defined(__aarch64__) && defined(__linux__) && __has_include(<sys/auxv.h>)
#include <sys/auxv.h>
#endif

namespace pare::inline v0::arch {

/// What an instruction set must tell: sums in a register, registers, alignment of packed weights, and its dot product for a
/// pair of types. `portable` marks those whose operations are plain C++ and run anywhere.
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

/// AVX2 and FMA: exact 8-bit products as 16-bit pairs (vpmaddwd).
struct avx2 {
    static constexpr std::string_view name = "avx2";  ///< as text
    static constexpr std::size_t lanes = 8;           ///< sums in a register
    static constexpr std::size_t registers = 16;      ///< vector registers
    static constexpr std::size_t alignment = 32;      ///< of packed weights, in bytes
    static constexpr bool portable = false;           ///< operations are plain C++
    /// The dot product for a pair of types.
    template <class Activation, class Weight>
    using dot_for = std::conditional_t<std::floating_point<Weight>, dot<1, float, float, float>,
                                       std::conditional_t<byte_operand<Weight>, dot<2, std::int16_t, std::int8_t, std::int32_t>,
                                                          dot<2, std::int16_t, std::int16_t, std::int32_t>>>;
};

/// AVX-512 BW, VL and VNNI: 8-bit products four at a time (vpdpbusd), 16-bit ones as pairs (vpmaddwd).
struct avx512_vnni {
    static constexpr std::string_view name = "avx512_vnni";  ///< as text
    static constexpr std::size_t lanes = 16;                 ///< sums in a register
    static constexpr std::size_t registers = 32;             ///< vector registers
    static constexpr std::size_t alignment = 64;             ///< of packed weights, in bytes
    static constexpr bool portable = false;                  ///< operations are plain C++
    /// The dot product for a pair of types.
    template <class Activation, class Weight>
    using dot_for = std::conditional_t<
        std::floating_point<Weight>, dot<1, float, float, float>,
        std::conditional_t<byte_operand<Activation> && byte_operand<Weight>, dot<4, Activation, std::int8_t, std::int32_t>,
                           dot<2, std::int16_t, std::int16_t, std::int32_t>>>;

    /// vpdpbusd wants unsigned activations: signed ones are flipped to x + 128 at the load.
    template <class Dot>
    static constexpr int lhs_offset = std::same_as<typename Dot::lhs, std::int8_t> ? 128 : 0;
    /// The dot product where activations are copied before: these are flipped then.
    template <class Activation, class Weight>
    using copied_dot_for = std::conditional_t<std::same_as<Activation, std::int8_t> && byte_operand<Weight>,
                                              dot<4, std::uint8_t, std::int8_t, std::int32_t>, dot_for<Activation, Weight>>;
};

/// NEON as every AArch64 processor has it: 16-bit products, added to sums of 32 bits as they are made (smlal). Bytes are widened.
struct neon {
    static constexpr std::string_view name = "neon";  ///< as text
    static constexpr std::size_t lanes = 4;           ///< sums in a register
    static constexpr std::size_t registers = 32;      ///< vector registers
    static constexpr std::size_t alignment = 16;      ///< of packed weights, in bytes
    static constexpr bool portable = false;           ///< operations are plain C++
    /// The dot product for a pair of types.
    template <class Activation, class Weight>
    using dot_for = std::conditional_t<std::floating_point<Weight>, dot<1, float, float, float>,
                                       std::conditional_t<byte_operand<Weight>, dot<1, std::int16_t, std::int8_t, std::int32_t>,
                                                          dot<1, std::int16_t, std::int16_t, std::int32_t>>>;
};

/// NEON with dot products: 8-bit products four at a time (sdot). It is a `neon`: operations that it has not of its own are those.
struct neon_dotprod : neon {
    static constexpr std::string_view name = "neon_dotprod";  ///< as text
    /// The dot product for a pair of types.
    template <class Activation, class Weight>
    using dot_for = std::conditional_t<byte_operand<Activation> && byte_operand<Weight>, dot<4, Activation, std::int8_t, std::int32_t>,
                                       neon::dot_for<Activation, Weight>>;

    /// sdot wants signed activations: unsigned ones are flipped to x - 128 at the load.
    template <class Dot>
    static constexpr int lhs_offset = std::same_as<typename Dot::lhs, std::uint8_t> ? -128 : 0;
    /// The dot product where activations are copied before: these are flipped then.
    template <class Activation, class Weight>
    using copied_dot_for = std::conditional_t<std::same_as<Activation, std::uint8_t> && byte_operand<Weight>,
                                              dot<4, std::int8_t, std::int8_t, std::int32_t>, dot_for<Activation, Weight>>;
};

/// The same with products of unsigned activations and signed weights (sudot): nothing is flipped.
struct neon_i8mm : neon_dotprod {
    static constexpr std::string_view name = "neon_i8mm";  ///< as text
    template <class Dot>
    static constexpr int lhs_offset = 0;  ///< nothing is added to activations
    /// The dot product where activations are copied before: the same.
    template <class Activation, class Weight>
    using copied_dot_for = dot_for<Activation, Weight>;
};

/// What operations add to each activation as they load it; pack takes it back out of the bias.
template <instruction_set A, class Dot>
inline constexpr int lhs_offset_of = 0;
/// What the arch says that it adds.
template <instruction_set A, class Dot>
    requires requires { A::template lhs_offset<Dot>; }
inline constexpr int lhs_offset_of<A, Dot> = A::template lhs_offset<Dot>;

namespace detail {
template <class A, class Activation, class Weight, bool Copied>
struct dot_of {
    using type = typename A::template dot_for<Activation, Weight>;
};
template <class A, class Activation, class Weight>
    requires requires { typename A::template copied_dot_for<Activation, Weight>; }
struct dot_of<A, Activation, Weight, true> {
    using type = typename A::template copied_dot_for<Activation, Weight>;
};
}  // namespace detail

#if defined(PARE_SCALAR_ONLY)
using native = scalar;
#elif defined(__AVX512VNNI__) && defined(__AVX512BW__) && defined(__AVX512VL__)
using native = avx512_vnni;  ///< the best instruction set that this translation unit is compiled for
#elif defined(__AVX2__) && defined(__FMA__)
using native = avx2;
#elif defined(__ARM_NEON) && defined(__aarch64__) && defined(__ARM_FEATURE_DOTPROD) && defined(__ARM_FEATURE_MATMUL_INT8)
using native = neon_i8mm;
#elif defined(__ARM_NEON) && defined(__aarch64__) && defined(__ARM_FEATURE_DOTPROD)
using native = neon_dotprod;
#elif defined(__ARM_NEON) && defined(__aarch64__)
using native = neon;
#else
/// The best instruction set that this translation unit is compiled for.
using native = scalar;
#endif

/// Whether operations of `A` may be called from this translation unit.
template <instruction_set A>
inline constexpr bool compiled_for = A::portable;
#if !defined(PARE_SCALAR_ONLY) && defined(__AVX512VNNI__) && defined(__AVX512BW__) && defined(__AVX512VL__)
/// Where the flags say so.
template <>
inline constexpr bool compiled_for<avx512_vnni> = true;
#endif
#if !defined(PARE_SCALAR_ONLY) && defined(__AVX2__) && defined(__FMA__)
/// Where the flags say so.
template <>
inline constexpr bool compiled_for<avx2> = true;
#endif
#if !defined(PARE_SCALAR_ONLY) && defined(__ARM_NEON) && defined(__aarch64__)
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

/// Whether the machine that runs this has the instructions of `A`. xsimd 8.1 does not know VNNI, so the compiler is asked; g++ 12 does not
/// know that of an AArch64, so Linux is asked there (bits of asm/hwcap.h), and elsewhere the flags are believed.
template <instruction_set A>
inline bool available() {
    if constexpr (A::portable) return true;
#if defined(__x86_64__) || defined(__i386__)
    else if constexpr (std::same_as<A, avx2>) return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    else if constexpr (std::same_as<A, avx512_vnni>)
        return __builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
               __builtin_cpu_supports("avx512dq");
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

}  // namespace pare::inline v0::arch
