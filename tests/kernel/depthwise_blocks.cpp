// SPDX-License-Identifier: MIT
// Depthwise convolution by blocks of channels, on an arch of the test's own that sums taps in plain C++.
#include <pare/kernel/depthwise_blocks.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/guarded.hpp"
#include "support/lots.hpp"

using namespace pare;

namespace {

struct adder {};

struct eight_sums {
    std::array<std::int32_t, kernels::block_channels> val;
};

eight_sums sum_taps(const std::int32_t* bias, const arch::window_taps<std::int8_t>& taps, std::int32_t zero_point, adder) {
    eight_sums all{};
    for (std::size_t i = 0; i < all.val.size(); ++i) {
        all.val[i] = bias[i];
        for (std::size_t r = 0; r < taps.rows; ++r)
            for (std::size_t c = 0; c < taps.columns; ++c)
                all.val[i] += (taps.pixel[r * taps.row_stride + c * taps.column_stride + i] - zero_point) *
                              taps.weights[r * taps.weight_row + c * taps.weight_column + i];
    }
    return all;
}

/// Writes the sums as they are.
struct plain_sums {
    using value_type = std::int32_t;
    template <class D>
    void store(std::int32_t* p, const std::array<std::int32_t, kernels::block_channels>& sums, std::size_t, D, adder) const {
        for (std::size_t i = 0; i < sums.size(); ++i) p[i] = sums[i];
    }
};

struct drawn_weights {
    using activation = std::int8_t;
    std::vector<std::int32_t> bias;
    support::guarded_vector<std::int8_t> taps;
};

}  // namespace

TEST_CASE("blocks of channels give the sums of all taps that lie in the image") {
    support::lots r(31);
    const auto byte = [&] { return std::int8_t(int(r.below(256)) - 128); };
    for (int draw = 0; draw < 60; ++draw) {
        const std::size_t channels = 8 + r.below(20), height = 1 + r.below(6), width = 1 + r.below(6);
        const conv_geometry g{1 + r.below(4), 1 + r.below(4), 1 + r.below(2), 1 + r.below(2),
                              1 + r.below(2), 1 + r.below(2), r.below(3),     r.below(3)};
        const std::size_t out_height = 1 + r.below(5), out_width = 1 + r.below(5), taps = g.kernel_height * g.kernel_width;
        drawn_weights w{std::vector<std::int32_t>(channels), support::guarded_vector<std::int8_t>(taps * channels)};
        support::guarded_vector<std::int8_t> pixels(height * width * channels);
        for (auto& b : w.bias) b = byte();
        for (auto& t : w.taps) t = byte();
        for (auto& p : pixels) p = byte();
        const std::int8_t zero_point = byte();
        support::guarded_vector<std::int32_t> got(out_height * out_width * channels);
        kernels::depthwise_by_blocks<adder>(contiguous_image(std::as_const(pixels).data(), height, width, channels), g, w, zero_point,
                                            contiguous_image(got.data(), out_height, out_width, channels), plain_sums{}, 0, out_height);
        for (std::size_t y = 0; y < out_height; ++y)
            for (std::size_t x = 0; x < out_width; ++x)
                for (std::size_t c = 0; c < channels; ++c) {
                    std::int32_t sum = w.bias[c];
                    for (std::size_t t = 0; t < taps; ++t) {
                        const std::size_t v = y * g.stride_y + t / g.kernel_width * g.dilation_y - g.pad_top;
                        const std::size_t h = x * g.stride_x + t % g.kernel_width * g.dilation_x - g.pad_left;
                        if (v < height && h < width)
                            sum += (pixels[(v * width + h) * channels + c] - zero_point) * w.taps[t * channels + c];
                    }
                    REQUIRE(got[(y * out_width + x) * channels + c] == sum);
                }
    }
}
