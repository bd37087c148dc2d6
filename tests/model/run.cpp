// SPDX-License-Identifier: MIT
// Running packed models: two layers by hand; batches, traces and threads; every kind of layer against the reference.
#include <pare/model/run.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <pare/model/model.hpp>

#include "support/catch.hpp"
#include "support/model_check.hpp"

namespace {

using namespace pare;

// x - 1 times {1, 2, 3} and {-1, 0, 4}, plus 10 and -11, times 0.5 and then at least 0; that times {1, -1} and {2, 1}, plus 3 and 0,
// times 0.5, less 3.
using two = model<input<int8, 3>, linear<2, relu, named<"first">>, linear<2>>;

constexpr parameters<two> by_hand() {
    parameters<two> p;
    const auto set = [](auto& w, const auto& values, float scale, std::array<std::int32_t, 2> bias) {
        for (std::size_t i = 0; i < values.size(); ++i) w.codes[i] = std::byte(std::uint8_t(values[i]));
        w.scales = {scale};
        w.bias = bias;
    };
    set(p.layer<0>(), std::array<int, 6>{1, 2, 3, -1, 0, 4}, 1.0f, {10, -11});
    set(p.layer<1>(), std::array<int, 4>{1, -1, 2, 1}, 0.25f, {3, 0});
    p.edges = {quantization{0.5f, 1}, quantization{1.0f, 0}, quantization{0.5f, -3}};
    return p;
}
constexpr std::array<std::int8_t, 6> inputs{1, 2, 3, -127, 127, 0};
// (1, 2, 3): sums 18 and -3, so 9 and, clamped, 0; sums 12 and 18, so 6 - 3 and 9 - 3.
// (-127, 127, 0): 131 and 113, so 65.5 -> 66 and 56.5 -> 56; 13 and 188, so 6.5 -> 6 - 3 and 94 - 3.
constexpr std::array<std::int8_t, 4> hidden{9, 0, 66, 56}, outputs{3, 6, 3, 91};

template <class Arch>
void check_by_hand() {
    constexpr auto q = pack<Arch>(by_hand());
    arena<two, Arch> memory;
    for (std::size_t b = 0; b < 2; ++b) {
        std::array<std::int8_t, 2> y{};
        run(q, std::span(inputs).subspan(3 * b, 3), y, memory);
        CHECK(y[0] == outputs[2 * b]);
        CHECK(y[1] == outputs[2 * b + 1]);
    }
}

// Every kind of layer, and the ways that edges are shared: residuals with and without a shortcut, flatten before and after others.
using block = residual<conv2d<6, window<3, 3>, same, weights<per_channel>, relu>, conv2d<6, window<3, 3>, same, weights<int4>>, add<relu>>;
using change = residual<depthwise_conv2d<window<3, 3>, stride<2>, same, weights<per_channel>>, shortcut<avg_pool2d<2, same>>>;
using image_net =
    model<input<int8, 7, 6, 3>, conv2d<6, window<3, 3>, same, weights<per_channel, n_of_m<2, 4>>, relu6>, block, change,
          max_pool2d<2, stride<1>, relu>, relu, flatten, linear<20, weights<codebook<16>, unstructured<>>, rounding::gemmlowp>,
          linear<10, weights<int4, per_group<8>>, rounding::single>, softmax<>>;
using wide_net = model<input<uint8, 5, 5, 4>, conv2d<8, window<2, 2>, groups<2>, out<int16>>, global_avg_pool2d<>, linear<5, out<uint8>>>;
using aliases = model<input<int8, 2, 2, 2>, flatten, relu, flatten>;

template <class Graph>
void check_against_reference() {
    REQUIRE(support::check_models<Graph, arch::scalar>(30, 12) == "");
    REQUIRE(support::check_models<Graph, arch::native>(30, 12) == "");
}

}  // namespace

TEST_CASE("two layers by hand") {
    check_by_hand<arch::scalar>();
    check_by_hand<arch::native>();
}

TEST_CASE("a batch by hand, and the order of its trace") {
    constexpr auto q = pack<arch::native>(by_hand());
    arena<two, arch::native, 2> memory;
    std::array<std::int8_t, 4> y{};
    std::vector<std::size_t> layers;
    std::vector<std::int8_t> values;
    run_batch<2>(q, std::span(inputs), y, memory, [&](std::size_t layer, const image_view<const std::int8_t>& v) {
        layers.push_back(layer);
        REQUIRE((v.height == 1 && v.width == 1 && v.channels == 2));
        values.insert(values.end(), v.data, v.data + v.channels);
    });
    CHECK(y == outputs);
    CHECK(layers == std::vector<std::size_t>{0, 0, 1, 1});
    CHECK(values == std::vector<std::int8_t>{hidden[0], hidden[1], hidden[2], hidden[3], outputs[0], outputs[1], outputs[2], outputs[3]});
}

TEST_CASE("batches equal single runs, threads or not") {
    CHECK(support::check_batch<image_net, arch::native, 1>() == "");
    CHECK(support::check_batch<image_net, arch::native, 3>() == "");
    CHECK(support::check_batch<wide_net, arch::scalar, 2>() == "");
    CHECK(support::check_batch<as_float<wide_net>, arch::native, 2>() == "");
}

TEST_CASE("every layer of an image network against the reference") { check_against_reference<image_net>(); }
TEST_CASE("every layer of its float twin against the reference") { check_against_reference<as_float<image_net>>(); }
TEST_CASE("16 bits and unsigned bytes against the reference") { check_against_reference<wide_net>(); }

TEST_CASE("layers that move no data: the output is the input, clamped, and the input stays") {
    parameters<aliases> p;
    for (auto& e : p.edges) e = {0.25f, -3};
    const auto q = pack<arch::native>(p);
    arena<aliases, arch::native> memory;
    constexpr std::array<std::int8_t, 8> x{-128, -4, -3, -2, 0, 1, 126, 127};
    std::array<std::int8_t, 8> y{};
    run(q, std::span(x), y, memory);
    CHECK(y == std::array<std::int8_t, 8>{-3, -3, -3, -2, 0, 1, 126, 127});

    // Nothing but names: the values are copied to the caller's output.
    using nothing = model<input<int8, 2, 2, 2>, flatten>;
    const auto n = pack<arch::native>(parameters<nothing>{});
    arena<nothing, arch::native> none;
    run(n, std::span(x), y, none);
    CHECK(y == x);
}

TEST_CASE("reals in, reals out, and the best score") {
    constexpr auto q = pack<arch::scalar>(by_hand());
    // Real 0.25 is half a step of 0.5 and rounds away from zero, to 1 + 1.
    constexpr std::array<float, 3> reals{0.0f, 0.25f, -1000.0f};
    std::array<std::int8_t, 3> x{};
    quantize_input(q, std::span(reals), x);
    CHECK(x == std::array<std::int8_t, 3>{1, 2, -128});
    constexpr std::array<std::int8_t, 2> y{-3, 7};
    std::array<float, 2> back{};
    dequantize_output(q, std::span(y), back);
    CHECK(back == std::array<float, 2>{0.0f, 5.0f});

    constexpr std::array<std::int8_t, 4> scores{-128, 5, 7, 7};
    STATIC_REQUIRE(argmax(scores) == 2);
    STATIC_REQUIRE(argmax(std::span(scores).first(1)) == 0);
}
