// SPDX-License-Identifier: MIT
// Scales of weights by percentile and by entropy; the other ways are held against the weights in quantize.cpp.
#include <pare/compress.hpp>
#include <pare/pare.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <optional>
#include <vector>

#include "compress/kl.hpp"
#include "support/catch.hpp"
#include "support/lots.hpp"

namespace {

using namespace pare;
using compress::calibration;
using compress::matrix;
using compress::presence;
using compress::quantized_weights;
using compress::range_rule;

matrix row(const std::vector<float>& values) { return Eigen::Map<const matrix>(values.data(), 1, Eigen::Index(values.size())); }

template <class Format>
quantized_weights quantise(const matrix& w, const range_rule& rule, presence mask = {}) {
    if (mask.size() == 0) mask = presence::Ones(w.rows(), w.cols());
    return compress::quantize_weights(w, mask, describe_format<Format>(), rule, {1}, "layer.weight");
}

std::vector<float> heavy(std::uint64_t seed, std::size_t count) {
    support::lots r(seed);
    std::vector<float> values(count);
    for (float& v : values) v = float((r.real(-1, 1) + r.real(-1, 1) + r.real(-1, 1)) * (r.one_in(500) ? 3 : 1));
    return values;
}

}  // namespace

TEST_CASE("a percentile's larger end is the highest level") {
    const matrix w = row({100, -8, 7, 6, 5, -4, 3, 2, 1, -90});  // -8 .. 7 of eight tenths
    CHECK(quantise<weights<int8>>(w, {calibration::percentile, 0.8}).scales[0] == 8.0f / 127);
    CHECK(quantise<weights<int8>>(w, calibration::percentile).scales[0] == 100.0f / 127);
    CHECK(quantise<weights<int8>>(-w, {calibration::percentile, 0.8}).scales[0] == 8.0f / 127);
    CHECK(quantise<weights<int4>>(w, {calibration::percentile, 0.8}).scales[0] == 8.0f / 7);
    const quantized_weights affine_one = quantise<weights<uint8, affine>>(w, {calibration::percentile, 0.8});
    CHECK(affine_one.scales[0] == 15.0f / 255);
    CHECK(affine_one.zero_points[0] == 136);
    presence mask = presence::Ones(1, 10);
    mask(0, 0) = mask(0, 1) = 0;  // of eight weights that exist 0.8 are left out at either end: none
    CHECK(quantise<weights<int8>>(w, {calibration::percentile, 0.8}, mask).scales[0] == 90.0f / 127);
    const matrix rare = row({0, 0, 0, 0, 0, 0, 0, 0, 0, 2});
    CHECK(quantise<weights<int8>>(rare, {calibration::percentile, 0.8}).scales[0] == 2.0f / 127);
    CHECK(quantise<weights<uint8, affine>>(rare, {calibration::percentile, 0.8}).scales[0] == 2.0f / 255);
}

TEST_CASE("rows have percentiles of their own") {
    matrix w(2, 10);
    w << row({100, 8, 7, 6, 5, 4, 3, 2, 1, 0}), row({1, 1, 1, 1, 1, 1, 1, 1, 1, 3});
    const quantized_weights q = quantise<weights<int8, per_channel>>(w, {calibration::percentile, 0.8});
    CHECK(q.scales == std::vector{8.0f / 127, 1.0f / 127});
}

TEST_CASE("ternary weights and signs keep the least squared error") {
    const matrix w = row(heavy(1, 200));
    const float scale = quantise<weights<ternary>>(w, calibration::mse).scales[0];
    CHECK(quantise<weights<ternary>>(w, {calibration::percentile, 0.5}).scales[0] == scale);
    CHECK(quantise<weights<ternary>>(w, calibration::entropy).scales[0] == scale);
}

TEST_CASE("entropy leaves weights that the levels write exactly") {
    std::vector<float> values;
    for (int level = -127; level <= 127; ++level) values.insert(values.end(), std::size_t(130 - std::abs(level)), float(level) / 64);
    CHECK(quantise<weights<int8>>(row(values), calibration::entropy).scales[0] == 1.0f / 64);
}

TEST_CASE("entropy takes the scale of least divergence, by exhaustion") {
    int clipped = 0;
    for (std::uint64_t seed = 1; seed <= 8; ++seed) {
        const std::vector<float> values = heavy(seed, 400 * seed);
        float low = 0, high = 0;
        for (const float v : values) low = std::min(low, v), high = std::max(high, v);
        const auto check = [&](double from, double to, int lowest, int highest, float scale, float zero, const auto& scales_of) {
            const auto divergence = [&](float s, float z) {
                return support::kl_of_levels(values, from, to, [&](double x) {
                    const float level = float(x) / s + z;
                    return level < float(lowest) - 0.5f || level > float(highest) + 0.5f
                               ? std::nullopt
                               : std::optional(std::clamp(std::floor(double(level) + 0.5), double(lowest), double(highest)));
                });
            };
            double least = divergence(scales_of(1.0f).first, scales_of(1.0f).second);
            for (int percent = 98; percent >= 40; percent -= 2) {
                const auto [s, z] = scales_of(float(percent) / 100);
                least = std::min(least, divergence(s, z));
            }
            CHECK(divergence(scale, zero) == Approx(least).margin(1e-12));
            clipped += scale < 0.95f * scales_of(1.0f).first;
        };
        const float largest = std::max(-low, high);
        check(-double(largest), double(largest), -127, 127, quantise<weights<int8>>(row(values), calibration::entropy).scales[0], 0,
              [&](float shrink) { return std::pair(largest / 127 * shrink, 0.0f); });
        const quantized_weights q = quantise<weights<uint8, affine>>(row(values), calibration::entropy);
        std::vector<float> more = values;  // every scale writes zeros exactly: they do not count
        more.resize(3 * values.size(), 0.0f);
        CHECK(quantise<weights<uint8, affine>>(row(more), calibration::entropy).scales == q.scales);
        check(double(low), double(high), 0, 255, q.scales[0], float(q.zero_points[0]), [&](float shrink) {
            const float scale = (high * shrink - low * shrink) / 255;
            return std::pair(scale, std::round(-low * shrink / scale));
        });
    }
    CHECK(clipped >= 4);
}
