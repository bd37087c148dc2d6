// SPDX-License-Identifier: MIT
// Scales and zero points of edges: closed forms for ranges, and the least squared error.
#include <pare/compress.hpp>
#include <pare/pare.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "compress/kl.hpp"
#include "support/catch.hpp"
#include "support/lots.hpp"

namespace {

using namespace pare;
using Catch::Matchers::ContainsSubstring;
using compress::activations;
using compress::calibration;
using compress::edge_type;
using compress::matrix;
using compress::range_rule;

constexpr calibration all_methods[] = {calibration::min_max, calibration::mse, calibration::percentile, calibration::entropy};
const edge_type s8{false, -128, 127}, u8{false, 0, 255}, s16{false, -32768, 32767}, real{true};

template <class Model>
compress::network network_of() {
    constexpr auto nodes = describe_nodes<Model>();
    return {{nodes.begin(), nodes.end()}, {}, 1};
}

/// Two edges that have nothing to do with one another; what is given for the first, whose values are `values`.
quantization alone(const std::vector<float>& values, const edge_type& type, const range_rule& rule = calibration::min_max) {
    const compress::network net = network_of<model<input<int8, 1>, linear<1>>>();
    const matrix m = Eigen::Map<const matrix>(values.data(), Eigen::Index(values.size()), 1);
    const auto q = compress::calibrate(net, {m, matrix::Ones(1, 1)}, {type, type}, rule);
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
    for (const calibration method : all_methods) CHECK(alone({0, 0}, s8, method) == quantization{1, 0});
}

TEST_CASE("edges that a layer passes on share one quantisation, over the values of all") {
    using net = model<input<int8, 2, 2, 1>, conv2d<1>, relu, max_pool2d<2>, flatten, linear<2>>;
    const activations edges{
        matrix::Constant(1, 4, 1.0f), matrix{{-1, 0, 1, 3}}, matrix{{0, 0, 1, 3}}, matrix{{4}}, matrix{{4}}, matrix{{-2, 2}}};
    for (const calibration method : all_methods) {
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
    for (const calibration method : all_methods) {
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

TEST_CASE("a percentile's range is that of what it leaves") {
    std::vector<float> values;  // -10000 .. 9999, in no order; of the usual share one goes at either end
    for (int i = 0; i < 20000; ++i) values.push_back(float(i * 7 % 20000 - 10000));
    CHECK(alone(values, s8, calibration::percentile) == quantization{19997.0f / 255, 0});
    CHECK(alone(values, s16, calibration::percentile) == quantization{9999.0f / 32767, 0});
    CHECK(alone(values, real, calibration::percentile) == quantization{});
    CHECK(alone(values, s8, {calibration::percentile, 0.8}) == quantization{15999.0f / 255, 0});  // -8000 .. 7999
    CHECK(alone(values, s8, {calibration::percentile, 1.0}) == alone(values, s8));
    for (float& v : values) v = std::max(v, -5.0f);
    CHECK(alone(values, u8, calibration::percentile) == quantization{10003.0f / 255, 0});  // -5 .. 9998
    for (float& v : values) v = std::abs(v) + 100;
    CHECK(alone(values, u8, calibration::percentile) == quantization{10098.0f / 255, 0});  // a range holds 0 all the same

    std::vector<float> rare(30000, 0.0f);
    rare[5] = 1, rare[6] = -1;
    CHECK(alone(rare, s8, calibration::percentile) == alone(rare, s8));  // nothing but zeros within
}

TEST_CASE("a percentile counts the values of all edges that share") {
    using net = model<input<int8, 10>, linear<10>, relu, linear<1>>;
    matrix before(1, 10), after(1, 10);
    before << -9, -8, -7, 1, 2, 3, 4, 5, 6, 7;
    after << 0, 0, 0, 1, 2, 3, 4, 5, 6, 50;
    const auto q = compress::calibrate(network_of<net>(), {before, before, after, matrix::Ones(1, 1)}, std::vector<edge_type>(4, s8),
                                       {calibration::percentile, 0.8});
    CHECK(q[0] == quantization{14.0f / 255, 18});  // -8 .. 6: one of ten
    CHECK(q[1] == quantization{13.0f / 255, 9});   // -7 .. 6: two of twenty, -9 and -8, 7 and 50
    CHECK(q[2] == q[1]);
}

TEST_CASE("entropy leaves a range whose levels tell all that the values do") {
    std::vector<float> values;
    for (int level = -128; level <= 127; ++level)
        for (int i = 0; i < (level == 127 ? 1 : 200 - std::abs(level)); ++i) values.push_back(float(level));
    CHECK(alone(values, s8, calibration::entropy) == quantization{1, 0});
    CHECK(alone(bell(5, 3000), s16, calibration::entropy) == alone(bell(5, 3000), s16));  // more levels than bins
    CHECK(alone(bell(5, 3000), real, calibration::entropy) == quantization{});
}

TEST_CASE("entropy takes the least divergence of all ranges, by exhaustion") {
    int clipped = 0;
    for (std::uint64_t seed = 1; seed <= 12; ++seed) {
        std::vector<float> values = bell(seed, 300 + 700 * seed);
        if (seed % 2 == 0)
            for (float& v : values) v = std::max(v, 0.0f);
        if (seed % 3 != 0) values[7] = 12;
        const edge_type& type = seed % 4 < 2 ? s8 : u8;
        float low = 0, high = 0;
        for (const float v : values) low = std::min(low, v), high = std::max(high, v);
        const auto divergence = [&](quantization q) {
            return support::kl_of_levels(values, double(low), double(high), [&](double x) {
                const double level = std::round(x / double(q.scale)) + q.zero_point;
                return level < type.low || level > type.high ? std::nullopt : std::optional(level);
            });
        };
        double least = std::numeric_limits<double>::infinity();
        for (int percent = 100; percent >= 40; --percent)
            least = std::min(least, divergence(alone({low * float(percent) / 100, high * float(percent) / 100}, type)));
        const quantization chosen = alone(values, type, calibration::entropy);
        CHECK(divergence(chosen) == Approx(least).margin(1e-12));
        clipped += chosen.scale < 0.95f * alone(values, type).scale;

        std::vector<float> more = values;  // zeros are written exactly by all
        more.resize(3 * values.size(), 0.0f);
        CHECK(alone(more, type, calibration::entropy) == chosen);
    }
    CHECK(clipped >= 6);
}

TEST_CASE("edges without values, and values that are no numbers, are refused by every method") {
    const compress::network net = network_of<model<input<int8, 2>, linear<2>>>();
    const matrix fine{{1, 2}, {3, 4}}, bad{{1, 2}, {3, std::numeric_limits<float>::quiet_NaN()}};
    const matrix endless{{std::numeric_limits<float>::infinity(), 2}}, none(0, 2);
    for (const calibration method : all_methods) {
        const auto with = [&](const matrix& in, const matrix& out, const edge_type& type = s8) {
            return compress::calibrate(net, {in, out}, {type, type}, method);
        };
        CHECK_NOTHROW(with(fine, fine));
        CHECK_THROWS_WITH(with(none, fine), "input: it must not be empty; got 0 values; needs at least one");
        CHECK_THROWS_WITH(with(fine, none), "output of linear.0: it must not be empty; got 0 values; needs at least one");
        CHECK_THROWS_WITH(with(fine, bad), ContainsSubstring("output of linear.0: every number must be finite; got ") &&
                                               ContainsSubstring("nan for input 1; needs finite numbers"));
        CHECK_THROWS_WITH(with(endless, fine), "input: every number must be finite; got inf for input 0; needs finite numbers");
        CHECK(with(none, bad, real) == std::vector<quantization>(2));  // a float edge has no range
    }
    CHECK_THROWS_WITH(compress::calibrate(net, {fine, fine}, {s8, s8}, {calibration::percentile, 1.5}),
                      "calibration.coverage: the share of values within a range lies in (0, 1]; got 1.500000; needs such a number");
}
