// SPDX-License-Identifier: MIT
// Depthwise convolutions and the convolutions by 1 x 1 behind them: some lines at a time without a trace, whole with one.
#include <pare/model/run.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <thread>
#include <vector>

#include <pare/pare.hpp>

#include "support/catch.hpp"
#include "support/model_check.hpp"

namespace {

using namespace pare;
template <class... Options>
using depthwise = depthwise_conv2d<window<3, 3>, same, Options...>;

/// Which of `Graph` are fused, where something is: both ways are compared by check_models.
template <class Graph, class Arch, std::size_t Doer, std::size_t Written>
void check_on() {
    if constexpr (arch::compiled_for<Arch>) STATIC_REQUIRE(plan_of<Graph, Arch>.written[Doer] == Written);
    REQUIRE(support::check_models<Graph, Arch>(4, 16) == "");
}
template <class Graph, std::size_t Doer, std::size_t Written>
void check() {
    check_on<Graph, arch::native, Doer, Written>();
    check_on<Graph, arch::scalar, Doer, Written>();
}

// The block of MobileNetV2 (Sandler et al. 2018): many channels between two convolutions by 1 x 1.
template <class Stride, std::size_t Outputs, class... Options>
using block = model<input<int8, 48, 30, 8>, conv2d<48, relu6>, depthwise<Stride, relu6>, conv2d<Outputs, Options...>, linear<3>>;

/// Executes pieces on threads of its own.
struct threads {
    std::size_t count = 1;
    std::size_t concurrency() const { return count; }
    template <class F>
    void operator()(std::size_t pieces, const F& f) const {
        std::vector<std::thread> all;
        for (std::size_t i = 0; i < pieces; ++i) all.emplace_back([&f, i] { f(i); });
        for (std::thread& t : all) t.join();
    }
};

}  // namespace

TEST_CASE("convolutions by 1 x 1 behind depthwise ones") {
    check<block<stride<1>, 8>, 1, 2>();
    check_on<block<stride<2>, 13, relu>, arch::scalar, 1, 2>();
#if !defined(PARE_FEW_ARCHS)
    // Windows, strides and padding of any kind; more outputs than inputs; batch norm that compression folds between them.
    using padded = depthwise_conv2d<window<4, 2>, pad<3, 1, 2, 1>, stride<2, 1>, depth_multiplier<2>>;
    check<model<input<int8, 90, 25, 8>, conv2d<16>, padded, conv2d<5>, linear<3>>, 1, 2>();
    check<model<input<uint8, 32, 41, 4>, conv2d<24>, depthwise<>, batch_norm<>, conv2d<6>, linear<3>>, 1, 3>();
    // Of sixteen bits and of floats, and with other weights.
    check<model<input<int16, 32, 40, 4>, conv2d<20>, depthwise<>, conv2d<6>, linear<3>>, 1, 2>();
    check<as_float<model<input<int8, 40, 10, 4>, conv2d<24>, depthwise<>, conv2d<6>, linear<3>>>, 1, 2>();
    check<block<stride<1>, 8, weights<int4, per_group<8>>>, 1, 2>();
    check<block<stride<1>, 12, weights<per_channel, unstructured<>>, rounding::gemmlowp>, 1, 2>();
#endif
}

TEST_CASE("additions behind them") {
    // Inverted residual blocks: the sum takes the place of the block's input. By tiles, and by lines on the scalar arch.
    using inverted = model<input<int8, 32, 40, 8>, conv2d<24>, residual<conv2d<96, relu6>, depthwise<relu6>, conv2d<24>>, linear<3>>;
    check<inverted, 2, 3>();
    STATIC_REQUIRE((plan_of<inverted, arch::native>.doer(4) == 2 && plan_of<inverted, arch::scalar>.doer(4) == 2));
    STATIC_REQUIRE((plan_of<inverted, arch::scalar>.root[5] == 1 && plan_of<inverted, arch::scalar>.buffers[5].bytes == 0));
    STATIC_REQUIRE(arena_bytes<inverted, arch::scalar> == 32 * 40 * (24 + 96) + 40 * 96 + 40 * 24);
#if !defined(PARE_FEW_ARCHS)
    // The sum has a place of its own where somebody else reads the block's input, and the shortcut may be another convolution.
    using twice = model<input<int8, 32, 40, 8>, conv2d<24>, residual<residual<conv2d<96, relu6>, depthwise<relu6>, conv2d<24>>>, linear<3>>;
    check<twice, 2, 3>();
    using projected = model<input<int8, 32, 40, 24>, residual<conv2d<96, relu6>, depthwise<>, conv2d<16>, shortcut<conv2d<16>>>, linear<3>>;
    check_on<projected, arch::scalar, 1, 2>();
#endif
}

TEST_CASE("what a block between caller's memory needs is one band") {
    // The input and the output are the caller's: only lines between both are kept.
    using both = model<input<int8, 32, 32, 16>, depthwise<relu>, conv2d<32>>;
    check_on<both, arch::scalar, 0, 1>();
    STATIC_REQUIRE(arena_bytes<both, arch::scalar> == 32 * 16);
    STATIC_REQUIRE((arena_bytes<both, arch::scalar, 1, 1, true> >= 32 * 32 * 16));
    // Three copies of 48 x 30 x 48 are two without fusion, and one with it.
    using narrow = block<stride<1>, 8>;
    STATIC_REQUIRE(arena_bytes<narrow, arch::scalar, 1, 1, true> >= 2 * 48 * 30 * 48);
    STATIC_REQUIRE(arena_bytes<narrow, arch::scalar> == 48 * 30 * 48 + 48 * 30 * 8 + 30 * 48);
}

TEST_CASE("bands of an image on several threads and of several images") {
    using net = block<stride<1>, 13>;
    using native = arch::native;
    support::lots r(17, 0, 0);
    STATIC_REQUIRE(plan_of<net, native, 2, 3>.is_fused(1));
    const auto drawn = support::draw_parameters<net>(r);
    const auto packed = pack<native>(drawn);
    std::vector<std::int8_t> inputs(2 * net::input_shape.size());
    for (std::int8_t& v : inputs) v = std::int8_t(r.integer(-128, 127));
    std::array<std::int8_t, 2 * 3> alone{}, together{};
    const auto memory = std::make_unique<arena<net, native, 2, 3>>();
    const std::span<const std::int8_t> all(inputs);
    for (std::size_t b = 0; b < 2; ++b)
        run(packed, all.subspan(b * net::input_shape.size(), net::input_shape.size()), std::span(alone).subspan(b * 3, 3), *memory);
    run_batch<2, 3>(packed, all, std::span(together), *memory, no_trace{}, threads{3});
    CHECK(alone == together);
}
