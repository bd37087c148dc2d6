// SPDX-License-Identifier: MIT
// Every way of writing weights: what the codes stand for, how far it is from the weights, and what is refused.
#include <pare/compress.hpp>
#include <pare/pare.hpp>

#include <algorithm>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <set>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/lots.hpp"

namespace {

using namespace pare;
using Catch::Matchers::ContainsSubstring;
using compress::calibration;
using compress::matrix;
using compress::presence;
using compress::quantized_weights;

constexpr std::size_t rows = 5, cols = 13;

matrix draw(std::uint64_t seed, double low = -1, double high = 1) {
    support::lots r(seed);
    matrix w(rows, cols);
    for (Eigen::Index i = 0; i < w.size(); ++i) w.data()[i] = float(r.real(low, high) * r.real(0.05, 1));
    return w;
}

presence all() { return presence::Ones(rows, cols); }

template <class Format>
quantized_weights quantise(const matrix& w, const presence& mask, calibration method, std::uint64_t seed = 1) {
    return compress::quantize_weights(w, mask, describe_format<Format>(), method, {seed}, "layer.weight");
}

template <class Format>
stored_weights<Format, rows, cols, owned> store(const quantized_weights& q) {
    stored_weights<Format, rows, cols, owned> s;
    compress::encode(q, compress::vector::Zero(rows), 0.5f, "layer", s);
    return s;
}

/// The scale of weight (n, k) as the format tells it.
template <class Format>
float scale_at(const quantized_weights& q, std::size_t n, std::size_t k) {
    if constexpr (Format::is_float) {
        return 1;
    } else {
        const float scale = q.scales[q.scales.size() == 1 ? 0 : n];
        if constexpr (Format::group != 0) return scale * float(q.factors[n * ceil_div(cols, Format::group) + k / Format::group]);
        else return scale;
    }
}

template <class Format>
std::string spelling() {
    std::string out;
    spell<Format>(out);
    return out;
}

double squared_error(const matrix& w, const quantized_weights& q) {
    double sum = 0;
    for (Eigen::Index i = 0; i < w.size(); ++i)
        if (q.mask.data()[i] != 0) sum += std::pow(double(w.data()[i]) - double(q.values.data()[i]), 2);
    return sum;
}

/// What a tensor at rest says equals what quantisation says that it does, and the parts have the sizes of the format.
template <class Format>
void check_round_trip(const quantized_weights& q, const presence& mask) {
    constexpr bool per_tensor_scale = std::same_as<typename Format::granularity, per_tensor>;
    CHECK(q.scales.size() == (Format::is_float ? 0 : per_tensor_scale ? 1 : rows));
    CHECK(q.zero_points.size() == (Format::has_zero_point ? q.scales.size() : 0));
    CHECK(q.factors.size() == (Format::group != 0 ? rows * ceil_div(cols, Format::group == 0 ? 1 : Format::group) : 0));
    for (const std::uint8_t f : q.factors) CHECK(f >= 1);
    for (const float s : q.scales) CHECK(s > 0);

    const auto s = store<Format>(q);
    std::size_t visited = 0, wrong = 0, lowest = 0, misplaced = 0;
    const bool sound = visit_weights(s, rows, cols, [&](std::size_t n, std::size_t k, auto operand) {
        ++visited;
        const Eigen::Index r = Eigen::Index(n), c = Eigen::Index(k);
        misplaced += std::size_t(mask(r, c) == 0);
        wrong += std::size_t(scale_at<Format>(q, n, k) * float(operand) != q.values(r, c));
        if constexpr (!Format::is_float && !Format::has_zero_point)
            if constexpr (Format::encoding::lowest < -Format::encoding::highest)
                lowest += std::size_t(std::int32_t(operand) <= Format::encoding::lowest);
    });
    CHECK(sound);
    CHECK(visited == std::size_t(mask.cast<int>().sum()));
    CHECK(wrong == 0);
    CHECK(lowest == 0);
    CHECK(misplaced == 0);
    for (Eigen::Index i = 0; i < q.values.size(); ++i)
        if (mask.data()[i] == 0) CHECK(q.values.data()[i] == 0);
}

/// Rounding alone: the range covers every weight, so each is at most half a step away.
template <class Format>
void check_half_step(const matrix& w, const quantized_weights& q) {
    for (std::size_t n = 0; n < rows; ++n)
        for (std::size_t k = 0; k < cols; ++k) {
            const Eigen::Index r = Eigen::Index(n), c = Eigen::Index(k);
            if (q.mask(r, c) == 0) continue;
            CHECK(std::abs(w(r, c) - q.values(r, c)) <= scale_at<Format>(q, n, k) * 0.501f);
        }
}

template <class Format>
void check_integers() {
    INFO(spelling<Format>());
    for (const std::uint64_t seed : {1u, 2u, 3u}) {
        const matrix w = draw(seed, seed == 3 ? 0.2 : -1.0, 1.0);
        const quantized_weights whole = quantise<Format>(w, all(), calibration::min_max);
        check_round_trip<Format>(whole, all());
        // Three levels are placed by squared error whatever the method: the largest weight says little about where.
        if constexpr (Format::has_zero_point || Format::encoding::highest > 1) check_half_step<Format>(w, whole);
        const quantized_weights clipped = quantise<Format>(w, all(), calibration::mse);
        check_round_trip<Format>(clipped, all());
        // Factors are rounded, which may cost a group what clipping gained it.
        CHECK(squared_error(w, clipped) <= squared_error(w, whole) * (Format::group == 0 ? 1.0 : 1.02));
    }
}

template <class Encoding>
void check_granularities() {
    check_integers<weights<Encoding, per_tensor>>();
    check_integers<weights<Encoding, per_channel>>();
    check_integers<weights<Encoding, per_group<4>>>();
    check_integers<weights<Encoding, per_group<13>>>();
    check_integers<weights<Encoding, per_tensor, affine>>();
    check_integers<weights<Encoding, per_channel, affine>>();
}

/// Each weight is written as the entry of its book that is nearest to it.
template <class Format>
void check_book(const matrix& w, const quantized_weights& q) {
    constexpr std::size_t entries = Format::sharing::entries;
    const auto s = store<Format>(q);
    const weight_reader<Format> reader(s);
    for (const std::uint32_t code : q.codes) CHECK(code < entries);
    for (std::size_t n = 0; n < rows; ++n) {
        std::set<float> seen;
        for (std::size_t k = 0; k < cols; ++k) {
            const Eigen::Index r = Eigen::Index(n), c = Eigen::Index(k);
            if (q.mask(r, c) == 0) continue;
            float nearest = std::numeric_limits<float>::infinity();
            for (std::uint32_t code = 0; code < entries; ++code)
                nearest = std::min(nearest, std::abs(w(r, c) - scale_at<Format>(q, n, k) * float(reader.operand_of(code, n))));
            CHECK(std::abs(w(r, c) - q.values(r, c)) <= nearest * 1.0001f + 1e-6f);
            seen.insert(q.values(r, c) / scale_at<Format>(q, n, k));
        }
        if constexpr (Format::group == 0) CHECK(seen.size() <= entries);
    }
}

template <class Format>
void check_shared() {
    INFO(spelling<Format>());
    presence mask = all();
    mask.row(2).setZero();  // an output of which nothing is left
    mask(0, 1) = mask(4, 12) = 0;
    for (const calibration method : {calibration::min_max, calibration::mse}) {
        const matrix w = draw(11);
        const quantized_weights q = quantise<Format>(w, mask, method, 5);
        CHECK(q.book.size() == Format::sharing::entries * (Format::sharing::per_row ? rows : 1));
        check_round_trip<Format>(q, mask);
        check_book<Format>(w, q);
        const quantized_weights again = quantise<Format>(w, mask, method, 5);
        CHECK(q.codes == again.codes);
        CHECK(q.book == again.book);
    }
}

template <class Format>
std::string refused(const matrix& w) {
    try {
        quantise<Format>(w, all(), calibration::mse);
    } catch (const compress::error& e) {
        return e.what();
    }
    return "";
}

}  // namespace

TEST_CASE("integers of every width, granularity and symmetry mean what quantisation says") {
    check_granularities<int2>();
    check_granularities<int3>();
    check_granularities<int4>();
    check_granularities<int5>();
    check_granularities<int6>();
    check_granularities<int7>();
    check_granularities<int8>();
    check_granularities<int16>();
    check_integers<weights<uint8, affine>>();
    check_integers<weights<uint8, per_channel, affine>>();
}

TEST_CASE("a symmetric range ends at the largest weight, whatever its sign") {
    matrix w = draw(4);
    w(1, 3) = -2.54f;
    const quantized_weights tensor = quantise<weights<int8>>(w, all(), calibration::min_max);
    CHECK(tensor.scales[0] == 2.54f / 127);
    CHECK(int8::decode(tensor.codes[1 * cols + 3]) == -127);
    const quantized_weights channel = quantise<weights<int8, per_channel>>(w, all(), calibration::min_max);
    for (Eigen::Index n = 0; n < w.rows(); ++n) CHECK(channel.scales[std::size_t(n)] == w.row(n).cwiseAbs().maxCoeff() / 127);
}

TEST_CASE("an affine range holds zero exactly") {
    for (const double low : {-3.0, 0.5}) {
        const matrix w = draw(6, low, 1.0);
        const quantized_weights q = quantise<weights<uint8, affine>>(w, all(), calibration::min_max);
        const float least = std::min(0.0f, w.minCoeff()), most = std::max(0.0f, w.maxCoeff());
        CHECK(q.scales[0] == (most - least) / 255);
        CHECK(q.zero_points[0] == std::int32_t(std::round(-least / q.scales[0])));
        presence mask = all();
        matrix with_zero = w;
        with_zero(0, 0) = 0;
        CHECK(quantise<weights<uint8, affine>>(with_zero, mask, calibration::min_max).values(0, 0) == 0);
    }
}

TEST_CASE("squared error clips a rare large weight") {
    support::lots r(8);
    matrix w(rows, cols);
    for (Eigen::Index i = 0; i < w.size(); ++i) w.data()[i] = float(r.real(-1, 1));
    w(0, 0) = 1.8f;
    const quantized_weights whole = quantise<weights<int4>>(w, all(), calibration::min_max);
    const quantized_weights clipped = quantise<weights<int4>>(w, all(), calibration::mse);
    CHECK(clipped.scales[0] < whole.scales[0]);
    CHECK(squared_error(w, clipped) < squared_error(w, whole));
}

TEST_CASE("one bit: signs and the mean magnitude") {
    const matrix w = draw(9);
    const quantized_weights q = quantise<weights<binary, per_channel>>(w, all(), calibration::mse);
    check_round_trip<weights<binary, per_channel>>(q, all());
    for (std::size_t n = 0; n < rows; ++n) {
        CHECK(std::abs(q.scales[n] / w.row(Eigen::Index(n)).cwiseAbs().mean() - 1) < 1e-5f);
        for (std::size_t k = 0; k < cols; ++k) CHECK((q.codes[n * cols + k] == 1) == (w(Eigen::Index(n), Eigen::Index(k)) < 0));
    }
    check_round_trip<weights<binary>>(quantise<weights<binary>>(w, all(), calibration::min_max), all());
    check_round_trip<weights<binary, per_group<4>>>(quantise<weights<binary, per_group<4>>>(w, all(), calibration::mse), all());
}

TEST_CASE("three values: close to the best that there are") {
    for (const std::uint64_t seed : {1u, 2u, 3u, 4u}) {
        const matrix w = draw(seed);
        const quantized_weights q = quantise<weights<ternary>>(w, all(), calibration::mse);
        check_round_trip<weights<ternary>>(q, all());
        for (const std::uint32_t code : q.codes) CHECK(code != 2);
        // The best keeps the m largest magnitudes at their mean: it explains (their sum)^2 / m.
        std::vector<double> magnitude;
        for (Eigen::Index i = 0; i < w.size(); ++i) magnitude.push_back(std::abs(double(w.data()[i])));
        std::sort(magnitude.rbegin(), magnitude.rend());
        double sum = 0, most = 0;
        for (std::size_t m = 0; m < magnitude.size(); ++m) sum += magnitude[m], most = std::max(most, sum * sum / double(m + 1));
        const double least = double(w.squaredNorm()) - most;
        CHECK(squared_error(w, q) >= least * 0.9999);
        CHECK(squared_error(w, q) <= least * 1.02);
    }
    check_round_trip<weights<ternary, per_group<4>>>(quantise<weights<ternary, per_group<4>>>(draw(5), all(), calibration::mse), all());
    check_round_trip<weights<ternary, per_channel>>(quantise<weights<ternary, per_channel>>(draw(5), all(), calibration::min_max), all());
}

TEST_CASE("floats stay as they are") {
    const matrix w = draw(10);
    const quantized_weights q = quantise<weights<f32>>(w, all(), calibration::mse);
    check_round_trip<weights<f32>>(q, all());
    CHECK(q.values == w);
}

TEST_CASE("factors of groups: the largest is 255, a group of small weights has a small one") {
    matrix w = draw(12);
    w.leftCols(4) *= 0.01f;
    using format = weights<int4, per_group<4>>;
    const quantized_weights q = quantise<format>(w, all(), calibration::min_max);
    for (std::size_t n = 0; n < rows; ++n) {
        const auto* const f = q.factors.data() + n * 4;
        CHECK(*std::max_element(f, f + 4) == 255);
        CHECK(f[0] <= 20);
    }
    w.setZero();
    const quantized_weights nothing = quantise<format>(w, all(), calibration::mse);
    check_round_trip<format>(nothing, all());
    CHECK(nothing.values.isZero(0));
}

TEST_CASE("shared values: each weight has the nearest entry") {
    check_shared<weights<unstructured<>, codebook<4>>>();
    check_shared<weights<unstructured<>, codebook<16>, per_channel>>();
    check_shared<weights<unstructured<>, codebook<4, per_channel>, per_channel>>();
    check_shared<weights<unstructured<>, codebook<5>, per_group<4>>>();
    check_shared<weights<unstructured<>, codebook<3>, int4>>();
    check_shared<weights<unstructured<>, codebook<8>, uint8, affine, per_channel>>();
    check_shared<weights<unstructured<>, codebook<8>, int16>>();
    check_shared<weights<unstructured<>, codebook<8>, f32>>();
    check_shared<weights<unstructured<>, codebook<4, per_channel>, f32>>();
}

TEST_CASE("weights that do not exist are not written and shape no scale") {
    matrix w = draw(13);
    w(0, 0) = 100;
    presence mask = all();
    mask(0, 0) = 0;
    using format = weights<unstructured<>>;
    const quantized_weights q = quantise<format>(w, mask, calibration::min_max);
    check_round_trip<format>(q, mask);
    CHECK(q.scales[0] < 1.0f / 100);
    check_half_step<format>(w, q);
}

TEST_CASE("weights that cannot be written are refused in words") {
    matrix w = draw(14);
    CHECK(refused<weights<int8>>(w).empty());
    CHECK_THAT(refused<weights<codebook<128>>>(w),
               ContainsSubstring("layer.weight: a codebook has no more entries") && ContainsSubstring("got 128 entries; needs at most 65"));
    CHECK_THAT((refused<weights<codebook<16, per_channel>>>(w)), ContainsSubstring("got 16 entries; needs at most 13"));
    CHECK_THAT((refused<weights<per_group<14>>>(w)),
               ContainsSubstring("layer.weight: a group has no more weights than an output; got 14; needs at most 13"));
    w(1, 2) = std::numeric_limits<float>::quiet_NaN();
    CHECK_THAT(refused<weights<int8>>(w), ContainsSubstring("layer.weight: every weight must be finite; got nan at index 15"));
    w(1, 2) = std::numeric_limits<float>::infinity();
    CHECK_THAT(refused<weights<f32>>(w), ContainsSubstring("got inf at index 15"));
}
