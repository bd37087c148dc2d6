// SPDX-License-Identifier: MIT
// Narrow models against the masked ones that they were made of: the same integers on every arch.
#include <pare/compress/narrow.hpp>
#include <pare/pare.hpp>

#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/masked_channels.hpp"

namespace {

using namespace pare;
using Catch::Matchers::ContainsSubstring;
using support::difference;
using support::random_parameters;
using support::remove_channels;
using support::said;

/// A stream of `C` channels that two convolutions and an identity write, with a depthwise layer in between.
template <std::size_t C, std::size_t Inner, class Stem, class Wide, class Narrow = Wide, class Depthwise = weights<>>
using stream = model<input<int8, 6, 6, 2>, conv2d<C, window<3>, same, Stem, relu, named<"stem">>,
                     residual<conv2d<Inner, Narrow, relu, named<"in">>, conv2d<C, window<3>, same, Wide, named<"out">>, add<relu>>,
                     depthwise_conv2d<window<3>, same, Depthwise, relu, named<"dw">>, conv2d<C, Wide, named<"last">>, global_avg_pool2d<>,
                     linear<4, named<"fc">>>;

/// A convolution and a shortcut write a stream of `A` channels, of which a convolution in two groups makes `B`.
template <std::size_t A, std::size_t B, class Stream, class Inner = Stream>
using grouped =
    model<input<int8, 6, 6, 4>, residual<conv2d<A, window<3>, same, Stream, relu>, shortcut<conv2d<A, Stream>>>, relu,
          conv2d<B, window<3>, same, groups<2>, Inner, relu>, depthwise_conv2d<window<2>, depth_multiplier<2>, weights<per_channel>>,
          avg_pool2d<2, same>, conv2d<6, groups<2>, weights<per_channel>>, linear<3>>;

}  // namespace

TEST_CASE("streams, depthwise layers and an average at the end") {
    using cut = weights<per_channel, channels>;
    using kept = weights<per_channel>;
    using whole = stream<8, 6, kept, kept>;
    const support::removals gone{{0, {1, 2, 6}}, {1, {0, 5}}, {2, {1, 2, 6}}, {5, {3, 4, 5, 6}}};
    const auto numbers = random_parameters<whole>(6);
    using last = conv2d<4, kept, named<"last">>;
    using small = model<input<int8, 6, 6, 2>, conv2d<5, window<3>, same, kept, relu, named<"stem">>,
                        residual<conv2d<4, kept, relu, named<"in">>, conv2d<5, window<3>, same, kept, named<"out">>, add<relu>>,
                        depthwise_conv2d<window<3>, same, relu, named<"dw">>, last, global_avg_pool2d<>, linear<4, named<"fc">>>;
    // A depthwise layer goes along whether it has a mask or not.
    const auto follows = remove_channels<stream<8, 6, cut, cut>>(numbers, gone, true, {{4, {1, 2, 6}}});
    CHECK(difference(follows, compress::narrow<small>(follows)) == "");
    support::removals all = gone;
    all[4] = {1, 2, 6};
    const auto masked = remove_channels<stream<8, 6, cut, cut, cut, weights<channels>>>(numbers, all);
    CHECK(difference(masked, compress::narrow<small>(masked)) == "");

    // What one layer of the stream keeps, all keep: the others' masks stay.
    using short_stem = stream<8, 6, cut, cut>;
    support::removals some = gone;
    some[0] = {1, 2};
    const auto p = remove_channels<short_stem>(numbers, some, true, {{4, {1, 2}}});
    using wider = model<input<int8, 6, 6, 2>, conv2d<6, window<3>, same, kept, relu>,
                        residual<conv2d<4, kept, relu>, conv2d<6, window<3>, same, cut>, add<relu>>,
                        depthwise_conv2d<window<3>, same, relu>, last, global_avg_pool2d<>, linear<4>>;
    CHECK(difference(p, compress::narrow<wider>(p)) == "");
    using no_mask = model<input<int8, 6, 6, 2>, conv2d<6, window<3>, same, kept, relu>,
                          residual<conv2d<4, kept, relu>, conv2d<6, window<3>, same, kept>, add<relu>>,
                          depthwise_conv2d<window<3>, same, relu>, last, global_avg_pool2d<>, linear<4>>;
    CHECK(
        said<no_mask>(p) ==
        "out.weight: the narrow model's mask has the weights that are left; got one that is not there, weight 0 of output 4; needs a mask "
        "that can say so: channels where outputs of a residual stream stay, unstructured<> where weights have gone");

    // A layer of the stream without a mask: nothing goes but what is no part of it.
    const auto held = remove_channels<stream<8, 6, kept, cut>>(numbers, {{1, {0, 5}}, {2, {1, 2}}, {5, {3, 4, 5, 6}}});
    using holding = stream<8, 4, kept, cut, kept>;
    CHECK(said<holding>(held) == "last: the narrow model has the channels that are left; got 8; needs 4 of 8");
    using right = model<input<int8, 6, 6, 2>, conv2d<8, window<3>, same, kept, relu>,
                        residual<conv2d<4, kept, relu>, conv2d<8, window<3>, same, cut>, add<relu>>,
                        depthwise_conv2d<window<3>, same, relu>, last, global_avg_pool2d<>, linear<4>>;
    CHECK(difference(held, compress::narrow<right>(held)) == "");
}

TEST_CASE("shortcuts, groups and depth multipliers") {
    using kept = weights<per_channel>;
    using whole = grouped<8, 12, kept>;
    using masked = grouped<8, 12, weights<per_channel, channels>>;
    const auto numbers = random_parameters<whole>(7);
    // Groups lose the same places: channels 1 and 5 of the stream of 8, the first half of either six of the 12.
    const support::removals gone{{0, {1, 5}}, {1, {1, 5}}, {4, {0, 1, 2, 6, 7, 8}}};
    const support::removals followers{{5, {0, 1, 2, 3, 4, 5, 12, 13, 14, 15, 16, 17}}};
    const auto p = remove_channels<masked>(numbers, gone, true, followers);
    CHECK(difference(p, compress::narrow<grouped<6, 6, kept>>(p)) == "");

    // One of two tied places alone: its mask stays.
    const auto one = remove_channels<masked>(numbers, {{0, {1, 5}}, {1, {1}}, {4, gone.at(4)}}, true, followers);
    CHECK(said<grouped<6, 6, kept>>(one) == "conv2d.0: the narrow model has the channels that are left; got 6; needs 8 of 8");
    CHECK_THAT((said<grouped<8, 6, kept>>(one)),
               ContainsSubstring("conv2d.0.weight: the narrow model's mask has the weights that are left"));
    using half = grouped<8, 6, weights<per_channel, channels>, kept>;
    CHECK(difference(one, compress::narrow<half>(one)) == "");
}

TEST_CASE("floats are the same up to the order of sums") {
    using whole = model<input<f32, 6, 6, 2>, conv2d<8, window<3>, weights<f32>, relu>, linear<4, weights<f32>>>;
    using masked = model<input<f32, 6, 6, 2>, conv2d<8, window<3>, weights<f32, channels>, relu>, linear<4, weights<f32>>>;
    using small = model<input<f32, 6, 6, 2>, conv2d<5, window<3>, weights<f32>, relu>, linear<4, weights<f32>>>;
    const auto p = remove_channels<masked>(random_parameters<whole>(8), {{0, {1, 2, 6}}}, false);
    const auto q = compress::narrow<small>(p);
    support::lots r(5);
    std::vector<float> in(72);
    for (float& x : in) x = float(r.real(-1, 1));
    const auto a = support::outputs_of<arch::native>(p, in), b = support::outputs_of<arch::native>(q, in);
    for (std::size_t i = 0; i < a.size(); ++i) CHECK(std::abs(a[i] - b[i]) < 1e-5f);
    CHECK(std::abs(a[0] - a[1]) > 1e-3f);
}

TEST_CASE("parameters of any storage are read") {
    using whole = model<input<int8, 6>, linear<4, relu>, linear<3>>;
    using masked = model<input<int8, 6>, linear<4, weights<channels>, relu>, linear<3>>;
    using small = model<input<int8, 6>, linear<2, relu>, linear<3>>;
    const auto p = remove_channels<masked>(random_parameters<whole>(9), {{0, {0, 3}}});
    parameters<masked, view> seen;
    seen.edges = p.edges;
    const auto copy = [&]<std::size_t I>(std::integral_constant<std::size_t, I>) {
        auto& to = seen.template layer<I>();
        const auto& from = p.template layer<I>();
        to.positions = from.positions, to.codes = from.codes, to.book = from.book, to.scales = from.scales;
        to.factors = from.factors, to.zero_points = from.zero_points, to.bias = from.bias;
    };
    copy(std::integral_constant<std::size_t, 0>{}), copy(std::integral_constant<std::size_t, 1>{});
    const auto q = compress::narrow<small>(seen);
    CHECK(difference(p, q) == "");
    CHECK(q.template layer<0>().bias == std::vector<std::int32_t>{p.template layer<0>().bias[1], p.template layer<0>().bias[2]});
}
