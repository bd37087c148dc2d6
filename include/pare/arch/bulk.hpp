// SPDX-License-Identifier: MIT
// Operations over whole arrays, by xsimd where it is there and knows the arch.
#pragma once

#include <cstddef>
#include <type_traits>

#include <pare/arch/tags.hpp>
#include <pare/core/config.hpp>

#if !defined(PARE_SCALAR_ONLY) && (defined(__AVX2__) || defined(__AVX512BW__)) && __has_include(<xsimd/xsimd.hpp>)
#include <xsimd/xsimd.hpp>

namespace pare::inline v0::arch::inline PARE_ISA {

/// The xsimd architecture whose batches fill a register of `A`.
template <class A>
struct xsimd_arch;
template <>
struct xsimd_arch<avx2> {
    using type = xsimd::avx2;
};
#if defined(__AVX512BW__)
template <>
struct xsimd_arch<avx512_vnni> {
    using type = xsimd::avx512bw;
};
#endif

template <class A>
concept has_xsimd = requires { typename xsimd_arch<A>::type; };

template <class T, has_xsimd A>
using batch_of = xsimd::batch<T, typename xsimd_arch<A>::type>;

/// acc[i] = max(acc[i], x[i]) for one register of elements.
template <class T, has_xsimd A>
PARE_INLINE void maximum_register(T* acc, const T* x, A) {
    using batch = batch_of<T, A>;
    xsimd::max(batch::load_unaligned(acc), batch::load_unaligned(x)).store_unaligned(acc);
}

}  // namespace pare::inline v0::arch::inline PARE_ISA
#endif

namespace pare::inline v0::arch::inline PARE_ISA {

/// acc[i] = max(acc[i], x[i]) for i < count.
template <class T, class A>
PARE_INLINE constexpr void maximum(T* acc, const T* x, std::size_t count, A arch) {
    std::size_t done = 0;
    if constexpr (requires { maximum_register(acc, x, arch); }) {
        if (!std::is_constant_evaluated()) {
            constexpr std::size_t size = batch_of<T, A>::size;
            done = count / size * size;
            for (std::size_t i = 0; i < count / size; ++i) maximum_register(acc + i * size, x + i * size, arch);
        }
    }
    for (std::size_t i = 0; i < count - done; ++i) acc[done + i] = x[done + i] > acc[done + i] ? x[done + i] : acc[done + i];
}

}  // namespace pare::inline v0::arch::inline PARE_ISA
