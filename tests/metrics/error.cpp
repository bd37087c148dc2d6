// SPDX-License-Identifier: MIT
// Signal to noise, layer by layer, against numbers by hand.
#include <pare/io/owned.hpp>
#include <pare/metrics/error.hpp>

#include <array>
#include <cmath>
#include <cstring>

#include "support/catch.hpp"

namespace {

using namespace pare;
using net = model<input<int8, 2>, linear<2, named<"half">>, relu, linear<1>>;

std::byte s8(int value) { return std::byte(value & 0xff); }

parameters<net, owned> quantised() {
    parameters<net, owned> p;
    p.edges = {quantization{0.5f, 0}, {0.25f, 0}, {0.25f, 0}, {1.0f, 2}};
    auto& half = p.layer<0>();
    half.codes = {s8(1), s8(0), s8(0), s8(-1)};
    half.scales = {0.5f};
    half.bias = {0, 0};
    auto& sum = p.layer<2>();
    sum.codes = {s8(1), s8(1)};
    sum.scales = {1.0f};
    sum.bias = {0};
    return p;
}

parameters<as_float<net>, owned> real() {
    parameters<as_float<net>, owned> p;
    const auto set = [](std::vector<std::byte>& codes, std::initializer_list<float> values) {
        codes.resize(values.size() * sizeof(float));
        std::memcpy(codes.data(), values.begin(), codes.size());
    };
    set(p.layer<0>().codes, {0.5f, 0, 0, -0.5f});
    p.layer<0>().bias = {0, 0};
    set(p.layer<2>().codes, {1, 1});
    p.layer<2>().bias = {0};
    return p;
}

}  // namespace

TEST_CASE("signal and noise of each layer") {
    const auto packed_model = pack<arch::scalar>(quantised());
    const auto packed_twin = pack<arch::scalar>(real());
    metrics::error_trace trace(packed_model, packed_twin);

    // 3.25 becomes 3.5 (half away from zero), 2 stays. Float: (1.625, -1) -> (1.625, 0) -> 1.625; integers: (1.75, -1) -> (1.75, 0) -> 2.
    trace.add(std::array{3.25f, 2.0f});
    const auto& layers = trace.layers();
    REQUIRE(layers.size() == 3);
    CHECK(layers[0].name == "half");
    CHECK(layers[1].name == "activation.0");
    CHECK(layers[2].name == "linear.1");
    CHECK(layers[0].signal == 1.625 * 1.625 + 1);
    CHECK(layers[0].noise == 0.125 * 0.125);
    CHECK(layers[1].signal == 1.625 * 1.625);
    CHECK(layers[1].noise == 0.125 * 0.125);
    CHECK(layers[2].signal == 1.625 * 1.625);
    CHECK(layers[2].noise == 0.375 * 0.375);
    CHECK(layers[2].sqnr() == 10 * std::log10(1.625 * 1.625 / (0.375 * 0.375)));

    // An input that is exact everywhere adds signal alone.
    trace.add(std::array{4.0f, 0.0f});
    CHECK(layers[0].signal == 1.625 * 1.625 + 1 + 4);
    CHECK(layers[0].noise == 0.125 * 0.125);
    CHECK(layers[2].noise == 0.375 * 0.375);
}

TEST_CASE("no noise is infinitely better") {
    const auto packed_twin = pack<arch::scalar>(real());
    metrics::error_trace trace(packed_twin, packed_twin);
    trace.add(std::array{1.0f, 2.0f});
    for (const metrics::layer_error& layer : trace.layers()) {
        CHECK(layer.noise == 0);
        CHECK(std::isinf(layer.sqnr()));
    }
}

TEST_CASE("an input of another size is refused") {
    const auto packed_twin = pack<arch::scalar>(real());
    metrics::error_trace trace(packed_twin, packed_twin);
    CHECK_THROWS_WITH(trace.add(std::array{1.0f}), "error trace: an input must fill the model's; got 1 values; needs 2");
}
