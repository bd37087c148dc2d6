// SPDX-License-Identifier: MIT
// Views of memory that belongs to somebody else: a matrix with a row stride, an image in NHWC.
#pragma once

#include <cstddef>

#include <pare/core/config.hpp>

namespace pare::inline v0 {

/// `rows` x `cols` elements; row r begins at data + r * stride (in elements).
template <class T>
struct matrix_view {
    T* data = nullptr;       ///< the first element
    std::size_t rows = 0;    ///< how many rows
    std::size_t cols = 0;    ///< elements of a row
    std::size_t stride = 0;  ///< elements from row to row

    PARE_INLINE constexpr T* row(std::size_t r) const { return data + r * stride; }  ///< the first element of row r
    PARE_INLINE constexpr T& operator()(std::size_t r, std::size_t c) const { return data[r * stride + c]; }  ///< an element
};

/// One image, channels innermost: element (y, x, c) is data[y * row_stride + x * pixel_stride + c].
template <class T>
struct image_view {
    T* data = nullptr;             ///< the first element
    std::size_t height = 0;        ///< rows of pixels
    std::size_t width = 0;         ///< pixels of a row
    std::size_t channels = 0;      ///< elements of a pixel
    std::size_t row_stride = 0;    ///< elements from row to row
    std::size_t pixel_stride = 0;  ///< elements from pixel to pixel

    /// The first channel of a pixel.
    PARE_INLINE constexpr T* pixel(std::size_t y, std::size_t x) const { return data + y * row_stride + x * pixel_stride; }
};

/// An image whose rows and pixels follow one another without gaps.
template <class T>
PARE_INLINE constexpr image_view<T> contiguous_image(T* data, std::size_t height, std::size_t width, std::size_t channels) {
    return {data, height, width, channels, width * channels, channels};
}

/// A matrix whose rows follow one another without gaps.
template <class T>
PARE_INLINE constexpr matrix_view<T> contiguous_matrix(T* data, std::size_t rows, std::size_t cols) {
    return {data, rows, cols, cols};
}

}  // namespace pare::inline v0
