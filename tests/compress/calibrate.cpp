// SPDX-License-Identifier: MIT
// Scales and zero points of edges: closed forms for ranges, and the least squared error.
#include <pare/compress.hpp>
#include <pare/pare.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "support/catch.hpp"
#include "support/lots.hpp"

namespace {

using namespace pare;
using compress::activations;
using compress::calibration;
using compress::edge_type;
using compress::matrix;

const edge_type s8{false, -128, 127}, u8{false, 0, 255}, s16{false, -32768, 32767}, real{true};

template <class Model>
compress::network network_of() {
    constexpr auto nodes = describe_nodes<Model>();
    return {{nodes.begin(), nodes.end()}, {}, 1};
}

/// Two edges that have nothing to do with one another; what is given for the first, whose values are `values`.
quantization alone(const std::vector<float>& values, const edge_type& type, calibration method = calibration::min_max) {
    const compress::network net = network_of<model<input<int8, 1>, linear<1>>>();
    const matrix m = Eigen::Map<const matrix>(values.data(), Eigen::Index(values.size()), 1);
    const auto q = compress::calibrate(net, {m, matrix::Ones(1, 1)}, {type, type}, method);
    REQUIRE(q.size() == 2);
    return q[0];
}

std::vector<float> bell(std::uint64_t seed, std::size_t count) {
    support::lots r(seed);
    std::vector<float> values(count);
    for (float& v : values) v = float(r.real(-1, 1) + r.real(-1, 1) + r.real(-1, 1) + r.real(-1, 1));
    return values;
}

double squared_error(const std::vector<float>& values, quantization q) {
    double sum = 0;
    for (const float v : values) sum += std::pow(double(v) - double(dequantize(quantize<std::int8_t>(v, q), q)), 2);
    return sum;
}

}  // namespace

TEST_CASE("the whole range: 8 bits with a zero point, 16 symmetric") {
    CHECK(alone({-1, 0.5f, 3}, s8) == quantization{4.0f / 255, -64});
    CHECK(alone({-1, 0.5f, 3}, u8) == quantization{4.0f / 255, 64});
    CHECK(alone({-1, 0.5f, 3}, s16) == quantization{3.0f / 32767, 0});
    CHECK(alone({-4, 0.5f, 3}, s16) == quantization{4.0f / 32767, 0});
    CHECK(alone({-1, 0.5f, 3}, real) == quantization{});
}

TEST_CASE("ranges hold zero, also those of values on one side of it") {
    CHECK(alone({1, 2}, s8) == quantization{2.0f / 255, -128});
    CHECK(alone({1, 2}, u8) == quantization{2.0f / 255, 0});
    CHECK(alone({-2, -1}, s8) == quantization{2.0f / 255, 127});
    CHECK(alone({-2, -1}, u8) == quantization{2.0f / 255, 255});
    for (const edge_type& type : {s8, u8, s16}) {
        support::lots r(1);
        for (int i = 0; i < 50; ++i) {
            const quantization q = alone({float(r.real(-5, 5)), float(r.real(-5, 5))}, type);
            CHECK(q.scale > 0);
            CHECK(q.zero_point >= type.low);
            CHECK(q.zero_point <= type.high);
        }
    }
}

TEST_CASE("an edge that is always zero gets a scale all the same") {
    CHECK(alone({0, 0}, s8) == quantization{1, 0});
    CHECK(alone({0, 0}, u8) == quantization{1, 0});
    CHECK(alone({0, 0}, s16) == quantization{1, 0});
    CHECK(alone({0, 0}, s8, calibration::mse) == quantization{1, 0});
}

TEST_CASE("edges that a layer passes on share one quantisation, over the values of all") {
    using net = model<input<int8, 2, 2, 1>, conv2d<1>, relu, max_pool2d<2>, flatten, linear<2>>;
    const activations edges{
        matrix::Constant(1, 4, 1.0f), matrix{{-1, 0, 1, 3}}, matrix{{0, 0, 1, 3}}, matrix{{4}}, matrix{{4}}, matrix{{-2, 2}}};
    for (const calibration method : {calibration::min_max, calibration::mse}) {
        const auto q = compress::calibrate(network_of<net>(), edges, std::vector<edge_type>(6, s8), method);
        CHECK(q[1] == q[2]);
        CHECK(q[1] == q[3]);
        CHECK(q[1] == q[4]);
        CHECK_FALSE(q[1] == q[0]);
        CHECK_FALSE(q[1] == q[5]);
        if (method == calibration::min_max) CHECK(q[1] == quantization{5.0f / 255, -77});
    }
}

TEST_CASE("the input may be shared too") {
    using net = model<input<int8, 2, 2, 1>, avg_pool2d<2>, flatten, linear<1>>;
    const activations edges{matrix{{-1, 0, 1, 3}}, matrix{{0.75f}}, matrix{{0.75f}}, matrix{{1}}};
    const auto q = compress::calibrate(network_of<net>(), edges, std::vector<edge_type>(4, s8), calibration::min_max);
    CHECK(q[0] == quantization{4.0f / 255, -64});
    CHECK(q[1] == q[0]);
    CHECK(q[2] == q[0]);
}

TEST_CASE("a softmax writes 256ths") {
    using net = model<input<int8, 3>, softmax<>>;
    const activations edges{matrix{{-1, 0, 3}}, matrix{{0.1f, 0.2f, 0.7f}}};
    for (const calibration method : {calibration::min_max, calibration::mse}) {
        CHECK(compress::calibrate(network_of<net>(), edges, {s8, s8}, method)[1] == quantization{1.0f / 256, -128});
        CHECK(compress::calibrate(network_of<net>(), edges, {s8, u8}, method)[1] == quantization{1.0f / 256, 0});
        CHECK(compress::calibrate(network_of<net>(), edges, {real, real}, method)[1] == quantization{});
    }
}

TEST_CASE("squared error clips an outlier") {
    std::vector<float> values = bell(3, 40000);
    values[7] = 12;
    const quantization whole = alone(values, s8), clipped = alone(values, s8, calibration::mse);
    CHECK(clipped.scale < 0.95f * whole.scale);
    CHECK(squared_error(values, clipped) < squared_error(values, whole));
}

TEST_CASE("squared error is never worse than the whole range") {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        std::vector<float> values = bell(seed, 3000);
        if (seed % 2 == 0)
            for (float& v : values) v = std::max(v, 0.0f);
        const quantization whole = alone(values, s8), clipped = alone(values, s8, calibration::mse);
        CHECK(clipped.scale <= whole.scale);
        // Counted in bins, of which 8 share a level.
        CHECK(squared_error(values, clipped) <= squared_error(values, whole) * 1.01);
    }
}

TEST_CASE("squared error of evenly spread values leaves nothing to clip") {
    std::vector<float> values;
    for (int i = 0; i <= 4000; ++i) values.push_back(float(i - 2000) / 2000);
    CHECK(alone(values, s8, calibration::mse).scale >= 0.98f * alone(values, s8).scale);
}
