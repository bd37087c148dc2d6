// SPDX-License-Identifier: MIT
// Sums of the taps of a depthwise window on helium, eight channels at a time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <pare/arch/helium.hpp>
#include <pare/arch/tags.hpp>
#include <pare/core/config.hpp>

namespace pare::inline v0::arch {

/// The taps of a window that lie inside an image, of one channel and its neighbours: tap (r, c) meets pixel[r * row_stride + c *
/// column_stride] with weights[r * weight_row + c * weight_column].
template <class T>
struct window_taps {
    const T* pixel = nullptr;              ///< what tap (0, 0) meets
    const std::int8_t* weights = nullptr;  ///< of tap (0, 0)
    std::size_t rows = 0;                  ///< of taps
    std::size_t columns = 0;               ///< of taps
    std::size_t row_stride = 0;            ///< from row to row of what taps meet
    std::size_t column_stride = 0;         ///< from column to column
    std::size_t weight_row = 0;            ///< from row to row of weights
    std::size_t weight_column = 0;         ///< from column to column
};

}  // namespace pare::inline v0::arch

#if !defined(PARE_SCALAR_ONLY) && defined(__ARM_FEATURE_MVE)
#include <pare/arch/intrinsics.hpp>

namespace pare::inline v0::arch::inline PARE_ISA {

/// bias[i] + what all taps come to for channel i < 8, of pixels less `zero_point`, which is a byte; as `val`, two registers.
template <byte_operand T>
PARE_INLINE int32x4x2_t sum_taps(const std::int32_t* bias, const window_taps<T>& taps, std::int32_t zero_point, helium) {
    const std::int16_t less = std::int16_t(zero_point);
    // Products of words with even places and with odd ones are sums of their own.
    int32x4x2_t all = vld2q_s32(bias);
    int32x4_t even = all.val[0], odd = all.val[1];
    const T* row = taps.pixel;
    const std::int8_t* of_row = taps.weights;
    for (std::size_t r = taps.rows; r > 0; --r, row += taps.row_stride, of_row += taps.weight_row) {
        const T* at = row;
        const std::int8_t* weight = of_row;
        for (std::size_t c = taps.columns; c > 0; --c, at += taps.column_stride, weight += taps.weight_column) {
            const int16x8_t x = vsubq_n_s16(detail128::load_words(at), less), w = detail128::load_words(weight);
            even = vaddq_s32(even, vmullbq_int_s16(x, w));
            odd = vaddq_s32(odd, vmulltq_int_s16(x, w));
        }
    }
    all.val[0] = even, all.val[1] = odd;
    std::int32_t sums[8];
    vst2q_s32(sums, all);
    all.val[0] = vld1q_s32(sums), all.val[1] = vld1q_s32(sums + 4);
    return all;
}

}  // namespace pare::inline v0::arch::inline PARE_ISA
#endif
