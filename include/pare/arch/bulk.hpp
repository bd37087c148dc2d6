// SPDX-License-Identifier: MIT
// Operations over whole arrays, by xsimd on x86, where it is there, by NEON and by Helium.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include <pare/arch/arch.hpp>
#include <pare/core/config.hpp>

namespace pare::inline v0::arch {

/// The arrays under a window, of which there is at least one: array (r, c) begins at first + r * row_stride + c * column_stride.
template <class T>
struct window_arrays {
    const T* first = nullptr;       ///< where array (0, 0) begins
    std::size_t rows = 1;           ///< of the window
    std::size_t columns = 1;        ///< of the window
    std::size_t row_stride = 0;     ///< elements from row to row
    std::size_t column_stride = 0;  ///< elements from column to column
};

}  // namespace pare::inline v0::arch

#if !defined(PARE_SCALAR_ONLY) && defined(__SSE4_1__) && __has_include(<xsimd/xsimd.hpp>)
#include <xsimd/xsimd.hpp>

namespace pare::inline v0::arch::inline PARE_ISA {

/// dst[i] = the largest of element i of the window's arrays, for the registers of xsimd architecture `Register` that fit between `done`
/// and `count`; returns where they end.
template <class Register, class T>
PARE_INLINE std::size_t maximum_registers(T* dst, const window_arrays<T>& w, std::size_t done, std::size_t count) {
    using batch = xsimd::batch<T, Register>;
    for (; done + batch::size <= count; done += batch::size) {
        batch largest = batch::load_unaligned(w.first + done);
        for (std::size_t r = 0; r < w.rows; ++r) {
            for (std::size_t c = 0; c < w.columns; ++c)
                largest = xsimd::max(largest, batch::load_unaligned(w.first + r * w.row_stride + c * w.column_stride + done));
        }
        largest.store_unaligned(dst + done);
    }
    return done;
}

/// Whole registers, the widest first; returns where they end.
template <class T>
PARE_INLINE std::size_t maximum_registers(T* dst, const window_arrays<T>& w, std::size_t count, sse4_1) {
    return maximum_registers<xsimd::sse4_1>(dst, w, 0, count);
}
#if defined(__AVX2__)
template <class T>
PARE_INLINE std::size_t maximum_registers(T* dst, const window_arrays<T>& w, std::size_t count, avx2) {
    return maximum_registers<xsimd::sse4_1>(dst, w, maximum_registers<xsimd::avx2>(dst, w, 0, count), count);
}
#endif
#if defined(__AVX512BW__)
template <class T>
PARE_INLINE std::size_t maximum_registers(T* dst, const window_arrays<T>& w, std::size_t count, avx512) {
    const std::size_t done = maximum_registers<xsimd::avx2>(dst, w, maximum_registers<xsimd::avx512bw>(dst, w, 0, count), count);
    return maximum_registers<xsimd::sse4_1>(dst, w, done, count);
}
#endif

}  // namespace pare::inline v0::arch::inline PARE_ISA
#endif

#if !defined(PARE_SCALAR_ONLY) && defined(__ARM_NEON) && defined(__aarch64__)
namespace pare::inline v0::arch::inline PARE_ISA {

namespace detail128 {
PARE_INLINE int8x16_t larger(int8x16_t a, int8x16_t b) { return vmaxq_s8(a, b); }
PARE_INLINE uint8x16_t larger(uint8x16_t a, uint8x16_t b) { return vmaxq_u8(a, b); }
PARE_INLINE int16x8_t larger(int16x8_t a, int16x8_t b) { return vmaxq_s16(a, b); }
/// As plain C++ compares, which vmaxq_f32 does not: of what is no number, and of zeros, it keeps the first.
PARE_INLINE float32x4_t larger(float32x4_t a, float32x4_t b) { return vbslq_f32(vcgtq_f32(b, a), b, a); }
}  // namespace detail128

/// Whole registers; returns where they end.
template <class T>
    requires(byte_operand<T> || std::same_as<T, std::int16_t> || std::same_as<T, float>)
PARE_INLINE std::size_t maximum_registers(T* dst, const window_arrays<T>& w, std::size_t count, neon) {
    constexpr std::size_t size = 16 / sizeof(T);
    std::size_t done = 0;
    for (; done + size <= count; done += size) {
        auto largest = detail128::load(w.first + done);
        for (std::size_t r = 0; r < w.rows; ++r) {
            for (std::size_t c = 0; c < w.columns; ++c)
                largest = detail128::larger(largest, detail128::load(w.first + r * w.row_stride + c * w.column_stride + done));
        }
        detail128::store(dst + done, largest);
    }
    return done;
}

}  // namespace pare::inline v0::arch::inline PARE_ISA
#endif

#if !defined(PARE_SCALAR_ONLY) && defined(__ARM_FEATURE_MVE)
namespace pare::inline v0::arch::inline PARE_ISA {

namespace detail128 {
PARE_INLINE int8x16_t larger(int8x16_t a, int8x16_t b) { return vmaxq_s8(a, b); }
PARE_INLINE uint8x16_t larger(uint8x16_t a, uint8x16_t b) { return vmaxq_u8(a, b); }
}  // namespace detail128

/// Whole registers of bytes; returns where they end.
template <byte_operand T>
PARE_INLINE std::size_t maximum_registers(T* dst, const window_arrays<T>& w, std::size_t count, helium) {
    std::size_t done = 0;
    for (; done + 16 <= count; done += 16) {
        auto largest = vld1q(w.first + done);
        for (std::size_t r = 0; r < w.rows; ++r)
            for (std::size_t c = 0; c < w.columns; ++c)
                largest = detail128::larger(largest, vld1q(w.first + r * w.row_stride + c * w.column_stride + done));
        vst1q(dst + done, largest);
    }
    return done;
}

}  // namespace pare::inline v0::arch::inline PARE_ISA
#endif

namespace pare::inline v0::arch::inline PARE_ISA {

/// Elements [0, total) of `to`: to[before + i] = from[i] + Offset, as a To, for i < count; the others are `padding`.
template <int Offset, class From, class To, class A>
PARE_INLINE constexpr void copy_values(To* to, const From* from, std::size_t count, std::size_t before, std::size_t total, To padding,
                                       A arch) {
    if constexpr (requires { copy_registers<Offset>(to, from, count, before, total, padding, arch); }) {
        if (!std::is_constant_evaluated()) return copy_registers<Offset>(to, from, count, before, total, padding, arch);
    }
    for (std::size_t i = 0; i < before; ++i) to[i] = padding;
    for (std::size_t i = 0; i < count; ++i) {
        if constexpr (Offset == 0) to[before + i] = To(from[i]);
        else to[before + i] = To(from[i] + Offset);
    }
    for (std::size_t i = before + count; i < total; ++i) to[i] = padding;
}

/// dst[i] = the largest of element i of the window's arrays, for i < count.
template <class T, class A>
PARE_INLINE constexpr void maximum(T* dst, const window_arrays<T>& w, std::size_t count, A arch) {
    std::size_t done = 0;
    if constexpr (requires { maximum_registers(dst, w, count, arch); }) {
        if (!std::is_constant_evaluated()) done = maximum_registers(dst, w, count, arch);
    }
    for (; done != count; ++done) {
        T largest = w.first[done];
        for (std::size_t r = 0; r < w.rows; ++r)
            for (std::size_t c = 0; c < w.columns; ++c) {
                const T value = w.first[r * w.row_stride + c * w.column_stride + done];
                largest = value > largest ? value : largest;
            }
        dst[done] = largest;
    }
}

}  // namespace pare::inline v0::arch::inline PARE_ISA
