// SPDX-License-Identifier: MIT
// Where windows lie on an image: which lie inside, and which taps of the others do.
#pragma once

#include <algorithm>
#include <cstddef>

#include <pare/core/config.hpp>
#include <pare/core/extents.hpp>
#include <pare/core/view.hpp>

namespace pare::inline v0 {

/// Where the windows of a convolution lie: output (y, x) covers inputs y * stride - pad + tap * dilation.
struct conv_geometry {
    std::size_t kernel_height = 1;  ///< taps of a window, down
    std::size_t kernel_width = 1;   ///< taps of a window, across
    std::size_t stride_y = 1;       ///< pixels from window to window, down
    std::size_t stride_x = 1;       ///< pixels from window to window, across
    std::size_t dilation_y = 1;     ///< pixels from tap to tap, down
    std::size_t dilation_x = 1;     ///< pixels from tap to tap, across
    std::size_t pad_top = 0;        ///< rows of padding before the first one
    std::size_t pad_left = 0;       ///< columns of padding before the first one
};

/// What one line of outputs reads: an image without the rows above its windows, and where those lie on it.
template <class T>
struct image_line {
    image_view<T> image{};   ///< from the first row that the windows cover on
    conv_geometry window{};  ///< with the padding that lies above this line's windows
};

/// What line `y` of the outputs of an image reads.
template <class T>
constexpr image_line<T> line_of(image_view<T> image, conv_geometry g, std::size_t y) {
    const std::size_t first = y * g.stride_y;  // of the padded image
    const std::size_t top = first > g.pad_top ? std::min(first - g.pad_top, image.height) : 0;
    g.pad_top -= std::min(first, g.pad_top);
    image.data += top * image.row_stride;
    image.height -= top;
    return {image, g};
}

namespace detail {

/// Output pixels whose windows lie wholly inside the image: [y0, y1) x [x0, x1).
struct interior {
    std::size_t y0 = 0, y1 = 0, x0 = 0, x1 = 0;

    static constexpr std::size_t first(std::size_t pad, std::size_t stride, std::size_t out) {
        return std::min(ceil_div(pad, stride), out);
    }
    static constexpr std::size_t last(std::size_t in, std::size_t pad, std::size_t extent, std::size_t stride, std::size_t out) {
        return in + pad < extent ? 0 : std::min((in + pad - extent) / stride + 1, out);
    }

    constexpr interior() = default;
    constexpr interior(const conv_geometry& g, std::size_t height, std::size_t width, std::size_t out_height, std::size_t out_width) {
        y0 = first(g.pad_top, g.stride_y, out_height);
        x0 = first(g.pad_left, g.stride_x, out_width);
        y1 = std::max(y0, last(height, g.pad_top, (g.kernel_height - 1) * g.dilation_y + 1, g.stride_y, out_height));
        x1 = std::max(x0, last(width, g.pad_left, (g.kernel_width - 1) * g.dilation_x + 1, g.stride_x, out_width));
        if (y1 == y0 || x1 == x0) y1 = y0 = x1 = x0 = 0;
    }
    constexpr std::size_t count() const { return (y1 - y0) * (x1 - x0); }
    /// Those of rows [first, last).
    constexpr interior rows(std::size_t begin, std::size_t end) const {
        interior part = *this;
        part.y0 = std::max(y0, begin);
        part.y1 = std::max(part.y0, std::min(y1, end));
        return part;
    }
};

struct pixel {
    std::size_t y = 0, x = 0;
};

/// Walks the other pixels of rows [first, last) of images `width` wide, row by row.
struct border_walk {
    interior inside;
    pixel at;
    std::size_t width;
    std::size_t count;

    constexpr border_walk(const interior& in, std::size_t first, std::size_t last, std::size_t out_width)
        : inside(in), at{first, 0}, width(out_width), count((last - first) * out_width - in.rows(first, last).count()) {
        skip_inside();
    }
    PARE_INLINE constexpr pixel next() {
        const pixel here = at;
        if (++at.x == width) at = {at.y + 1, 0};
        skip_inside();
        return here;
    }

private:
    PARE_INLINE constexpr void skip_inside() {
        if (at.x != inside.x0) return;
        while (inside.y0 <= at.y && at.y < inside.y1 && at.x == inside.x0) {
            at.x = inside.x1;
            if (at.x == width) at = {at.y + 1, 0};
        }
    }
};

/// One direction of a convolution.
struct conv_axis {
    std::size_t in, kernel, stride, dilation, pad;
};

/// Taps inside the image, of all `out` outputs in one direction.
constexpr std::size_t taps_inside(const conv_axis& a, std::size_t out) {
    std::size_t taps = 0;
    for (std::size_t i = 0; i < out; ++i)
        for (std::size_t k = 0; k < a.kernel; ++k) {
            const std::size_t at = i * a.stride + k * a.dilation;
            taps += a.pad <= at && at < a.pad + a.in;
        }
    return taps;
}

/// Neighbouring outputs [begin, end) in one direction, of whose taps [first, last) lie inside the image.
struct tap_range {
    std::size_t begin = 0, end = 0;
    std::size_t first = 0, last = 0;

    constexpr std::size_t taps() const { return last - first; }

    /// Those from `start` on, `limit` at most.
    PARE_INLINE static constexpr tap_range from(std::size_t start, std::size_t limit, const conv_axis& a) {
        // Most steps are 1, and a division takes as long as ten steps of K.
        const auto divide = [](std::size_t n, std::size_t by) { return by == 1 ? n : ceil_div(n, by); };
        const std::size_t at = start * a.stride;
        const auto taps_before = [&](std::size_t edge) { return edge <= at ? 0 : std::min(a.kernel, divide(edge - at, a.dilation)); };
        // The first output with fewer taps before an edge; 0 taps stay 0.
        const auto end_of = [&](std::size_t taps, std::size_t edge) {
            return taps == 0 ? limit : divide(edge - (taps - 1) * a.dilation, a.stride);
        };
        const std::size_t first = taps_before(a.pad), last = taps_before(a.in + a.pad);
        return {start, std::min({limit, end_of(first, a.pad), end_of(last, a.in + a.pad)}), first, last};
    }
};

}  // namespace detail

}  // namespace pare::inline v0
