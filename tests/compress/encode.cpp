// SPDX-License-Identifier: MIT
// Quantised matrices as bits: every mask, biases in their units, and what is refused.
#include <pare/compress.hpp>
#include <pare/pare.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/lots.hpp"

namespace {

using namespace pare;
using Catch::Matchers::Equals;
using compress::calibration;
using compress::matrix;
using compress::presence;
using compress::quantized_weights;

constexpr std::size_t rows = 4, cols = 10;
constexpr float input_scale = 0.25f;

template <class Format>
using stored = stored_weights<Format, rows, cols, owned>;

matrix draw() {
    support::lots r(1);
    matrix w(rows, cols);
    for (Eigen::Index i = 0; i < w.size(); ++i) w.data()[i] = float(r.real(-1, 1));
    return w;
}

template <class Present>
presence mask_of(const Present& present) {
    presence m(rows, cols);
    for (Eigen::Index n = 0; n < m.rows(); ++n)
        for (Eigen::Index k = 0; k < m.cols(); ++k) m(n, k) = present(n, k) ? 1 : 0;
    return m;
}

template <class Format>
quantized_weights quantise(const matrix& w, const presence& mask) {
    return compress::quantize_weights(w, mask, describe_format<Format>(), calibration::min_max, {1}, "layer.weight");
}

template <class Format>
stored<Format> encoded(const quantized_weights& q, const compress::vector& bias = compress::vector::Zero(rows)) {
    stored<Format> s;
    compress::encode(q, bias, input_scale, "layer", s);
    return s;
}

/// Weights that exist, in order, with the operands of their codes.
template <class Format>
void check_mask(const presence& mask) {
    const quantized_weights q = quantise<Format>(draw(), mask);
    const stored<Format> s = encoded<Format>(q);
    presence seen = presence::Zero(rows, cols);
    std::size_t wrong = 0;
    CHECK(visit_weights(s, rows, cols, [&](std::size_t n, std::size_t k, std::int32_t operand) {
        seen(Eigen::Index(n), Eigen::Index(k)) = 1;
        wrong += std::size_t(operand != Format::encoding::decode(q.codes[n * cols + k]));
    }));
    CHECK((seen == mask).all());
    CHECK(wrong == 0);
    CHECK(s.codes.size() == bytes_of_bits(std::size_t(mask.cast<int>().sum()) * std::size_t(Format::code_bits)));
    if constexpr (stored<Format>::counts::positions != dynamic) CHECK(s.positions.size() == stored<Format>::counts::positions);
}

template <class Format>
std::string refused(const quantized_weights& q, const compress::vector& bias = compress::vector::Zero(rows)) {
    try {
        encoded<Format>(q, bias);
    } catch (const compress::error& e) {
        return e.what();
    }
    return "";
}

}  // namespace

TEST_CASE("masks of every kind come back") {
    check_mask<weights<>>(presence::Ones(rows, cols));
    check_mask<weights<int3, unstructured<>>>(mask_of([](auto n, auto k) { return (n * 7 + k * 3) % 5 == 0; }));
    check_mask<weights<int5, unstructured<>>>(presence::Zero(rows, cols));
    check_mask<weights<int5, unstructured<>>>(presence::Ones(rows, cols));
    check_mask<weights<unstructured<8>>>(mask_of([](auto n, auto k) { return k == n || k == 9; }));
    check_mask<weights<int4, n_of_m<2, 4>>>(mask_of([](auto n, auto k) { return k >= 8 || k % 4 == n % 4 || k % 4 == (n + 1) % 4; }));
    check_mask<weights<n_of_m<1, 3>, per_channel>>(mask_of([](auto n, auto k) { return k >= 9 || k % 3 == n % 3; }));
    check_mask<weights<blocks<2, 5>>>(mask_of([](auto n, auto k) { return (n / 2 + k / 5) % 2 == 0; }));
}

TEST_CASE("biases are in units of input scale times weight scale, rounded") {
    const matrix w = draw();
    const compress::vector bias{{0.5f, -0.5f, 3.0f, 0.0f}};
    const presence all = presence::Ones(rows, cols);
    const quantized_weights tensor = quantise<weights<>>(w, all), channel = quantise<weights<per_channel>>(w, all);
    const auto one = encoded<weights<>>(tensor, bias);
    const auto each = encoded<weights<per_channel>>(channel, bias);
    REQUIRE(one.bias.size() == rows);
    for (std::size_t n = 0; n < rows; ++n) {
        CHECK(one.bias[n] == std::int32_t(std::round(double(bias[Eigen::Index(n)]) / (0.25 * double(tensor.scales[0])))));
        CHECK(each.bias[n] == std::int32_t(std::round(double(bias[Eigen::Index(n)]) / (0.25 * double(channel.scales[n])))));
    }
    CHECK(one.bias[0] > 0);
    CHECK(one.bias[1] == -one.bias[0]);
    CHECK(encoded<weights<f32>>(quantise<weights<f32>>(w, all), bias).bias == std::vector<float>{0.5f, -0.5f, 3.0f, 0.0f});
}

TEST_CASE("an output without weights keeps its bias to a fine step") {
    matrix w = draw();
    w.row(1).setZero();
    const quantized_weights q = quantise<weights<per_channel>>(w, presence::Ones(rows, cols));
    const auto s = encoded<weights<per_channel>>(q, compress::vector::Constant(rows, 0.7f));
    CHECK(std::abs(float(s.bias[1]) * input_scale * q.scales[1] - 0.7f) < 1e-3f);
}

TEST_CASE("zero points of an affine format") {
    const quantized_weights q = quantise<weights<uint8, affine, per_channel>>(draw(), presence::Ones(rows, cols));
    const auto s = encoded<weights<uint8, affine, per_channel>>(q);
    REQUIRE(s.zero_points.size() == rows);
    for (std::size_t n = 0; n < rows; ++n) CHECK(std::int32_t(s.zero_points[n]) == q.zero_points[n]);
    CHECK(s.scales == q.scales);
}

TEST_CASE("what does not fit is refused in words") {
    const presence all = presence::Ones(rows, cols);
    const quantized_weights q = quantise<weights<>>(draw(), all);
    compress::vector bias = compress::vector::Zero(rows);
    CHECK(refused<weights<>>(q, bias).empty());
    bias[2] = 1e9f;
    CHECK_THAT(refused<weights<>>(q, bias),
               Catch::Matchers::StartsWith("layer.bias: a bias in units of input scale * weight scale fits 30 bits and a sign; got "));
    bias[2] = std::numeric_limits<float>::quiet_NaN();
    CHECK_THAT(refused<weights<>>(q, bias), Equals("layer.bias: every bias must be finite; got nan at index 2; needs finite numbers"));

    const presence nine = mask_of([](auto n, auto k) { return n * 10 + k < 9; });
    CHECK_THAT(refused<weights<unstructured<8>>>(quantise<weights<unstructured<8>>>(draw(), nine)),
               Equals("layer: the mask's type fixes how many weights are kept; got 9; needs 8"));
}
