// SPDX-License-Identifier: MIT
// Windows on images: which lie inside, which of their taps do, and walks over both kinds.
#include <pare/kernel/window.hpp>

#include <array>
#include <cstddef>
#include <vector>

#include "support/catch.hpp"

using namespace pare;

TEST_CASE("pixels whose windows lie inside") {
    using detail::interior;
    constexpr conv_geometry around{.kernel_height = 2, .kernel_width = 2, .stride_y = 2, .stride_x = 2, .pad_top = 1, .pad_left = 1};
    // Only the last of the four windows above touches no padding.
    constexpr interior one(around, 3, 3, 2, 2);
    STATIC_REQUIRE((one.y0 == 1 && one.y1 == 2 && one.x0 == 1 && one.x1 == 2 && one.count() == 1));
    constexpr interior all({.kernel_height = 3, .kernel_width = 3}, 5, 6, 3, 4);
    STATIC_REQUIRE((all.y0 == 0 && all.y1 == 3 && all.x0 == 0 && all.x1 == 4 && all.count() == 12));
    // 3 x 3 with padding 1 over 5 x 5: all but a frame; over 2 x 2 none, since the window is larger than the image.
    constexpr conv_geometry centred{.kernel_height = 3, .kernel_width = 3, .pad_top = 1, .pad_left = 1};
    STATIC_REQUIRE(interior(centred, 5, 5, 5, 5).count() == 9);
    STATIC_REQUIRE(interior(centred, 2, 2, 2, 2).count() == 0);
    STATIC_REQUIRE(interior(centred, 2, 5, 2, 5).count() == 0);
    // Taps 4 apart cover 9 of 10 rows: outputs 0 and 1.
    STATIC_REQUIRE(interior({.kernel_height = 3, .dilation_y = 4}, 10, 1, 2, 1).count() == 2);
}

TEST_CASE("what a line of outputs reads") {
    constexpr conv_geometry g{.kernel_height = 3, .kernel_width = 3, .stride_y = 2, .pad_top = 3, .pad_left = 1};
    constexpr std::array<int, 20> values{};
    const auto image = contiguous_image(values.data(), 4, 5, 1);
    const auto above = line_of(image, g, 0), partly = line_of(image, g, 1), inside = line_of(image, g, 2), below = line_of(image, g, 4);
    CHECK((above.image.data == values.data() && above.image.height == 4 && above.window.pad_top == 3 && above.window.pad_left == 1));
    CHECK((partly.image.data == values.data() && partly.window.pad_top == 1));
    CHECK((inside.image.data == values.data() + 5 && inside.image.height == 3 && inside.image.width == 5 && inside.window.pad_top == 0));
    CHECK((below.image.height == 0 && below.window.pad_top == 0 && below.window.stride_y == 2));
}

TEST_CASE("inner pixels and the walk of the others meet each pixel once") {
    std::size_t walks = 0;
    for (const std::size_t height : {1u, 2u, 4u, 7u})
        for (const std::size_t width : {1u, 3u, 5u})
            for (const std::size_t pad : {0u, 1u, 2u}) {
                const conv_geometry g{.kernel_height = 3, .kernel_width = 3, .pad_top = pad, .pad_left = pad};
                if (height + 2 * pad < 3 || width + 2 * pad < 3) continue;
                const std::size_t rows = height + 2 * pad - 2, cols = width + 2 * pad - 2;
                const detail::interior inside(g, height, width, rows, cols);
                for (std::size_t first = 0; first < rows; ++first)
                    for (std::size_t last = first + 1; last <= rows; ++last) {
                        std::vector<int> seen(rows * cols, 0);
                        const detail::interior inner = inside.rows(first, last);
                        for (std::size_t y = inner.y0; y < inner.y1; ++y)
                            for (std::size_t x = inner.x0; x < inner.x1; ++x) seen.at(y * cols + x) += 1;
                        detail::border_walk border(inside, first, last, cols);
                        for (std::size_t i = 0; i < border.count; ++i) {
                            const detail::pixel p = border.next();
                            seen.at(p.y * cols + p.x) += 10;
                        }
                        for (std::size_t y = 0; y < rows; ++y)
                            for (std::size_t x = 0; x < cols; ++x) {
                                const bool whole_window = y >= pad && x >= pad && y - pad + 3 <= height && x - pad + 3 <= width;
                                REQUIRE(seen[y * cols + x] == (y < first || y >= last ? 0 : whole_window ? 1 : 10));
                            }
                        ++walks;
                    }
            }
    REQUIRE(walks > 100);
}

TEST_CASE("neighbouring outputs are together as long as the same of their taps lie inside") {
    std::size_t ranges = 0;
    for (std::size_t in = 1; in < 9; ++in)
        for (std::size_t kernel = 1; kernel < 5; ++kernel)
            for (std::size_t stride = 1; stride < 4; ++stride)
                for (std::size_t dilation = 1; dilation < 4; ++dilation)
                    for (std::size_t pad = 0; pad < 6; ++pad) {
                        const detail::conv_axis axis{in, kernel, stride, dilation, pad};
                        const std::size_t out = (in + 2 * pad) / stride + 1;
                        detail::tap_range r;
                        std::size_t taps = 0;
                        for (r.end = 0; r.end < out; ++ranges) {
                            const std::size_t begin = r.end;
                            r = detail::tap_range::from(begin, out, axis);
                            REQUIRE((r.begin == begin && r.end > begin && r.end <= out));
                            // Each tap of each output by itself, and the next output has others.
                            const auto is_inside = [&](std::size_t o, std::size_t t) {
                                const std::size_t at = o * stride + t * dilation;
                                return at >= pad && at < in + pad;
                            };
                            for (std::size_t t = 0; t < kernel; ++t)
                                for (std::size_t o = r.begin; o < r.end; ++o) REQUIRE(is_inside(o, t) == (r.first <= t && t < r.last));
                            taps += r.taps() * (r.end - r.begin);
                            bool differs = r.end == out;
                            for (std::size_t t = 0; t < kernel; ++t) differs |= is_inside(r.end, t) != (r.first <= t && t < r.last);
                            // Windows wholly outside, above and below, may lie in ranges of their own.
                            CHECK((differs || r.taps() == 0));
                        }
                        REQUIRE(detail::taps_inside(axis, out) == taps);
                    }
    CHECK(ranges > 5000);
}
