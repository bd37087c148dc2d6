// SPDX-License-Identifier: MIT
// The reals behind codes, and what one layer does to the output, against numbers by hand.
#include <pare/metrics/sensitivity.hpp>

#include <array>
#include <cmath>
#include <cstring>
#include <initializer_list>
#include <vector>

#include "support/catch.hpp"

namespace {

using namespace pare;

std::byte s8(int value) { return std::byte(value & 0xff); }

std::vector<float> floats(const std::vector<std::byte>& bytes) {
    std::vector<float> values(bytes.size() / sizeof(float));
    std::memcpy(values.data(), bytes.data(), bytes.size());
    return values;
}

std::vector<std::byte> bytes(std::initializer_list<float> values) {
    std::vector<std::byte> b(values.size() * sizeof(float));
    std::memcpy(b.data(), values.begin(), b.size());
    return b;
}

using net = model<input<int8, 2>, linear<2, named<"mix">>, relu, linear<2, weights<int8, per_channel>>>;
using twin = as_float<net>;

/// mix doubles the first input and halves the second; the rest passes them on.
parameters<twin, owned> real() {
    parameters<twin, owned> p;
    p.layer<0>().codes = bytes({2, 0, 0, 0.5f});
    p.layer<0>().bias = {0, 0};
    p.layer<2>().codes = bytes({1, 0, 0, 1});
    p.layer<2>().bias = {0, 0};
    return p;
}

/// The same where mix passes both on as they are, and the last layer adds 3 to the second.
parameters<net, owned> compressed() {
    parameters<net, owned> p;
    p.edges = {quantization{0.5f, 0}, {0.25f, 0}, {0.25f, 0}, {1.0f, 2}};
    p.layer<0>().codes = {s8(4), s8(0), s8(0), s8(4)};
    p.layer<0>().scales = {0.25f};
    p.layer<0>().bias = {0, 0};
    p.layer<2>().codes = {s8(2), s8(0), s8(0), s8(1)};
    p.layer<2>().scales = {0.5f, 1.0f};
    p.layer<2>().bias = {0, 12};  // times 0.25 * 1
    return p;
}

double kl(double a0, double a1, double b0, double b1) {
    const double p0 = std::exp(a0) / (std::exp(a0) + std::exp(a1)), q0 = std::exp(b0) / (std::exp(b0) + std::exp(b1));
    return p0 * std::log(p0 / q0) + (1 - p0) * std::log((1 - p0) / (1 - q0));
}

}  // namespace

TEST_CASE("reals of scales, biases and absent weights") {
    const auto reals = metrics::to_float(compressed());
    CHECK(floats(reals.layer<0>().codes) == std::vector<float>{1, 0, 0, 1});
    CHECK(floats(reals.layer<2>().codes) == std::vector<float>{1, 0, 0, 1});
    CHECK(reals.layer<2>().bias == std::vector<float>{0, 3});

    // Three values in two groups of two: factors 1 and 3; the biases at 0.5 * 0.25.
    using grouped = model<input<int8, 3>, linear<1, weights<int8, per_group<2>>>>;
    parameters<grouped, owned> g;
    g.edges = {quantization{0.5f, 1}, {1.0f, 0}};
    g.layer<0>().codes = {s8(1), s8(-2), s8(5)};
    g.layer<0>().scales = {0.25f};
    g.layer<0>().factors = {1, 3};
    g.layer<0>().bias = {8};
    CHECK(floats(metrics::to_float(g).layer<0>().codes) == std::vector<float>{0.25f, -0.5f, 3.75f});
    CHECK(metrics::to_float(g).layer<0>().bias == std::vector<float>{1});

    // Zero points of outputs, and two of four: ranks 0 and 5 of six patterns, {0, 1} and {2, 3}.
    using sparse = model<input<int8, 4>, linear<2, weights<int8, per_channel, affine, n_of_m<2, 4>>>>;
    parameters<sparse, owned> s;
    bit_writer counter;
    const auto present = [](std::size_t n, std::size_t k) { return (k < 2) == (n == 0); };
    n_of_m<2, 4>::write(counter, 2, 4, present);
    s.layer<0>().positions.resize(bytes_of_bits(counter.position()));
    bit_writer positions(s.layer<0>().positions);
    n_of_m<2, 4>::write(positions, 2, 4, present);
    s.layer<0>().codes = {s8(3), s8(4), s8(-1), s8(2)};
    s.layer<0>().scales = {1.0f, 0.5f};
    s.layer<0>().zero_points = {1, -2};
    s.layer<0>().bias = {0, 0};
    CHECK(floats(metrics::to_float(s).layer<0>().codes) == std::vector<float>{2, 3, 0, 0, 0, 0, 0.5f, 2});
}

TEST_CASE("a float network's reals are its own") {
    const auto p = real();
    const auto same = metrics::to_float(p);
    CHECK(same.layer<0>().codes == p.layer<0>().codes);
    CHECK(same.layer<2>().bias == p.layer<2>().bias);
}

TEST_CASE("codes that are missing are refused") {
    auto p = compressed();
    p.layer<2>().codes.pop_back();
    CHECK_THROWS_WITH(metrics::to_float(p),
                      "linear.1.weight: positions and codes must belong together; got positions without codes; needs sound parameters");
}

TEST_CASE("divergence of scores, and of probabilities") {
    const std::array<float, 2> a{1, 2}, b{2, 0};
    CHECK(metrics::divergence(a, b) == Approx(kl(1, 2, 2, 0)));
    CHECK(metrics::divergence(a, a) == 0);
    const std::array<float, 2> shifted{1001, 1002};
    CHECK(std::abs(metrics::divergence(a, shifted)) < 1e-12);
    const std::array<float, 3> p{0.5f, 0.5f, 0}, q{0.25f, 0.5f, 0.25f};
    CHECK(metrics::divergence(p, q, true) == Approx(0.5 * std::log(2.0)));
}

TEST_CASE("one layer at a time") {
    // Float: (1, 1) -> (2, 0.5); (1, 8) -> (2, 4).
    // mix alone: (1, 1) and (1, 8), the first a draw, which the first output takes. The last layer alone: (2, 3.5) and (2, 7).
    const std::vector<float> inputs{1, 1, 1, 8};
    const std::vector<std::uint8_t> labels{0, 1};
    for (const unsigned threads : {1u, 2u}) {
        const auto s = metrics::sensitivities(real(), compressed(), inputs, labels, threads);
        REQUIRE(s.size() == 2);
        CHECK(s[0].name == "mix");
        CHECK(s[0].divergence == Approx((kl(2, 0.5, 1, 1) + kl(2, 4, 1, 8)) / 2));
        CHECK(s[0].changed == 0);
        CHECK(s[0].lost == 0);
        CHECK(s[1].name == "linear.1");
        CHECK(s[1].divergence == Approx((kl(2, 0.5, 2, 3.5) + kl(2, 4, 2, 7)) / 2));
        CHECK(s[1].changed == 0.5);
        CHECK(s[1].lost == 0.5);
    }
    const std::vector<std::uint8_t> other{1, 1};
    CHECK(metrics::sensitivities(real(), compressed(), inputs, other)[1].lost == -0.5);
    CHECK(std::isnan(metrics::sensitivities(real(), compressed(), inputs)[1].lost));
}

TEST_CASE("sizes that do not fit are refused") {
    const std::vector<float> inputs{1, 1, 1};
    CHECK_THROWS_WITH(metrics::sensitivities(real(), compressed(), inputs),
                      "sensitivities: inputs must fill the model's; got 3 values; needs a multiple of 2");
    CHECK_THROWS_WITH(metrics::sensitivities(real(), compressed(), {}),
                      "sensitivities: inputs must fill the model's; got 0 values; needs a multiple of 2");
    const std::vector<float> whole{1, 1};
    const std::vector<std::uint8_t> labels{0, 1};
    CHECK_THROWS_WITH(metrics::sensitivities(real(), compressed(), whole, labels),
                      "sensitivities: every input has a label, or none has; got 2 labels; needs 1");
}
