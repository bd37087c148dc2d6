// SPDX-License-Identifier: MIT
// Operations over whole arrays, by xsimd where it is there and knows the arch.
#pragma once

#include <cstddef>
#include <span>
#include <type_traits>

#include <pare/arch/tags.hpp>
#include <pare/core/config.hpp>

#if !defined(PARE_SCALAR_ONLY) && defined(__AVX2__) && __has_include(<xsimd/xsimd.hpp>)
#include <xsimd/xsimd.hpp>

namespace pare::inline v0::arch::inline PARE_ISA {

/// dst[i] = the largest of x[i] over `sources`, for the registers of xsimd architecture `Register` that fit between `done` and `count`;
/// returns where they end.
template <class Register, class T>
PARE_INLINE std::size_t maximum_registers(T* dst, std::span<const T* const> sources, std::size_t done, std::size_t count) {
    using batch = xsimd::batch<T, Register>;
    for (; done + batch::size <= count; done += batch::size) {
        batch largest = batch::load_unaligned(sources[0] + done);
        for (std::size_t s = 1; s < sources.size(); ++s) largest = xsimd::max(largest, batch::load_unaligned(sources[s] + done));
        largest.store_unaligned(dst + done);
    }
    return done;
}

/// Whole registers, the widest first; returns where they end.
template <class T>
PARE_INLINE std::size_t maximum_registers(T* dst, std::span<const T* const> sources, std::size_t count, avx2) {
    return maximum_registers<xsimd::sse4_1>(dst, sources, maximum_registers<xsimd::avx2>(dst, sources, 0, count), count);
}
#if defined(__AVX512BW__)
template <class T>
PARE_INLINE std::size_t maximum_registers(T* dst, std::span<const T* const> sources, std::size_t count, avx512_vnni) {
    const std::size_t done =
        maximum_registers<xsimd::avx2>(dst, sources, maximum_registers<xsimd::avx512bw>(dst, sources, 0, count), count);
    return maximum_registers<xsimd::sse4_1>(dst, sources, done, count);
}
#endif

}  // namespace pare::inline v0::arch::inline PARE_ISA
#endif

namespace pare::inline v0::arch::inline PARE_ISA {

/// dst[i] = the largest of x[i] over `sources`, of which there is at least one and `dst` may be one, for i < count.
template <class T, class A>
PARE_INLINE constexpr void maximum(T* dst, std::span<const T* const> sources, std::size_t count, A arch) {
    std::size_t done = 0;
    if constexpr (requires { maximum_registers(dst, sources, count, arch); }) {
        if (!std::is_constant_evaluated()) done = maximum_registers(dst, sources, count, arch);
    }
    for (; done != count; ++done) {
        T largest = sources[0][done];
        for (std::size_t s = 1; s < sources.size(); ++s) largest = sources[s][done] > largest ? sources[s][done] : largest;
        dst[done] = largest;
    }
}

}  // namespace pare::inline v0::arch::inline PARE_ISA
