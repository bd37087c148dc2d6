// SPDX-License-Identifier: MIT
// What kinds of layers there are, and the geometry of those that slide a window.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include <pare/core/config.hpp>
#include <pare/core/extents.hpp>

namespace pare::inline v0 {

/// Height, width and channels of an activation tensor; a vector of n is 1 x 1 x n.
struct shape {
    std::size_t height = 1;    ///< rows of pixels
    std::size_t width = 1;     ///< pixels of a row
    std::size_t channels = 1;  ///< elements of a pixel

    constexpr std::size_t size() const { return height * width * channels; }  ///< elements
    friend constexpr bool operator==(const shape&, const shape&) = default;   ///< equal in every member
};

/// A weight matrix: outputs, and weights of each.
struct matrix_shape {
    std::size_t rows = 0;  ///< outputs
    std::size_t cols = 0;  ///< weights of each

    friend constexpr bool operator==(const matrix_shape&, const matrix_shape&) = default;  ///< equal in every member
};

/// What a layer does.
enum class layer_kind {
    linear,
    conv2d,
    depthwise_conv2d,
    max_pool2d,
    avg_pool2d,
    global_avg_pool2d,
    activation,
    add,
    flatten,
    softmax,
    batch_norm
};

/// The name of a kind, as tables and default parameter names spell it.
constexpr std::string_view name_of(layer_kind kind) {
    constexpr std::array<std::string_view, 11> names{
        "linear",     "conv2d", "depthwise_conv2d", "max_pool2d", "avg_pool2d", "global_avg_pool2d",
        "activation", "add",    "flatten",          "softmax",    "batch_norm"};
    return names[std::size_t(kind)];
}

/// True where the output of a kind keeps the scale and zero point of its input.
constexpr bool keeps_quantization(layer_kind kind) {
    return kind == layer_kind::max_pool2d || kind == layer_kind::avg_pool2d || kind == layer_kind::global_avg_pool2d ||
           kind == layer_kind::activation || kind == layer_kind::flatten || kind == layer_kind::batch_norm;
}

/// True where a kind moves no data: its output is its input under another shape or name.
constexpr bool is_alias(layer_kind kind) { return kind == layer_kind::flatten || kind == layer_kind::batch_norm; }

/// True for the kinds that have a weight matrix.
constexpr bool has_weights(layer_kind kind) {
    return kind == layer_kind::linear || kind == layer_kind::conv2d || kind == layer_kind::depthwise_conv2d;
}

/// Where windows lie: output (y, x) covers inputs y * stride - before + tap * dilation.
struct window_geometry {
    std::size_t kernel_height = 1;  ///< taps of a window, down
    std::size_t kernel_width = 1;   ///< taps of a window, across
    std::size_t stride_y = 1;       ///< pixels from window to window, down
    std::size_t stride_x = 1;       ///< pixels from window to window, across
    std::size_t dilation_y = 1;     ///< pixels from tap to tap, down
    std::size_t dilation_x = 1;     ///< pixels from tap to tap, across
    std::size_t pad_top = 0;        ///< rows of padding before the first one
    std::size_t pad_left = 0;       ///< columns of padding before the first one
    std::size_t out_height = 1;     ///< windows, down
    std::size_t out_width = 1;      ///< windows, across

    friend constexpr bool operator==(const window_geometry&, const window_geometry&) = default;  ///< equal in every member
};

}  // namespace pare::inline v0
