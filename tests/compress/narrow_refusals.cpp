// SPDX-License-Identifier: MIT
// What a narrow model must be, and what cannot be narrowed exactly, in words.
#include <pare/compress/narrow.hpp>
#include <pare/pare.hpp>

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

/// conv - pool - conv - flatten - linear, of these outputs; images are padded for the first convolution.
template <std::size_t A, std::size_t B, class First, class Second, class Last = weights<>, class Input = int8, class... Rounding>
using straight = model<input<Input, 8, 7, 3>, Rounding..., conv2d<A, window<3>, same, First, relu, named<"conv1">>, max_pool2d<2>,
                       conv2d<B, window<2>, Second, relu6, named<"conv2">>, flatten, linear<5, Last, named<"fc">>>;

}  // namespace

TEST_CASE("what a narrow model must be is said in words") {
    using k = weights<>;
    using whole = straight<8, 6, k, k>;
    using masked = straight<8, 6, weights<channels>, weights<channels>>;
    const auto p = remove_channels<masked>(random_parameters<whole>(10), {{0, {0, 3, 4}}, {2, {1, 5}}});
    CHECK(said<straight<5, 4, k, k>>(p).empty());
    CHECK(said<straight<8, 4, k, k>>(p) == "conv1: the narrow model has the channels that are left; got 8; needs 5 of 8");
    CHECK(said<straight<5, 5, k, k>>(p) == "conv2: the narrow model has the channels that are left; got 5; needs 4 of 6");
    CHECK(said<straight<5, 4, weights<per_channel>, k>>(p) ==
          "conv1.weight: the narrow model writes weights alike, but for masks and the size of groups; got int8, per_channel; needs int8, "
          "channels");
    CHECK(said<straight<5, 4, k, weights<n_of_m<2, 4>>>>(p) ==
          "conv2.weight: the narrow model's mask has the weights that are left; got none, weight 2 of output 0; needs a mask that can say "
          "so: channels where outputs of a residual stream stay, unstructured<> where weights have gone");
    CHECK((said<straight<5, 4, k, k, k, uint8>>(p)) ==
          "input: the narrow model reads the same images; got others; needs the same encoding and extents");
    CHECK((said<straight<5, 4, k, k, k, int8, rounding::single>>(p)) ==
          "conv1: the narrow model's layer rounds alike; got another rounding; needs the same");
    using shorter = model<input<int8, 8, 7, 3>, conv2d<5, window<3>, same, k, relu>>;
    CHECK(said<shorter>(p) == "narrow: the narrow model has as many layers as the masked one; got 1; needs 5");
    const auto with = [&]<class First, class Pool, class... Input>(First, Pool) {
        return said<model<input<int8, 8, 7, 3>, First, Pool, conv2d<4, window<2>, relu6>, flatten, linear<5>>>(p);
    };
    using first = conv2d<5, window<3>, same, relu>;
    CHECK(with(first{}, max_pool2d<2>{}).empty());
    CHECK(with(first{}, avg_pool2d<2>{}) ==
          "max_pool2d.0: the narrow model has the same layers in the same order; got avg_pool2d; needs max_pool2d");
    CHECK(with(conv2d<5, window<3>, same>{}, max_pool2d<2>{}) ==
          "conv1: the narrow model's layer has the same activation; got another; needs the same");
    CHECK(with(conv2d<5, window<3>, pad<1, 1, 1, 1>, relu>{}, max_pool2d<2>{}).empty());  // the same windows
    CHECK(with(conv2d<5, window<3>, pad<2, 1, 0, 1>, relu>{}, max_pool2d<2>{}) ==
          "conv1: the narrow model's windows lie where they lay; got others; needs the same");
    CHECK(with(conv2d<5, window<3>, same, relu, out<uint8>>{}, max_pool2d<2>{}) ==
          "conv1: the narrow model's layer writes the same activations; got uint8; needs int8");

    using loop = graph<input<int8, 6>, node<linear<6>, 0>, node<linear<6>, 0>, node<add<>, 1, 2>>;
    using other = graph<input<int8, 6>, node<linear<6>, 0>, node<linear<6>, 1>, node<add<>, 1, 2>>;
    CHECK(said<other>(random_parameters<loop>(1)) == "linear.1: the narrow model's layer has the same input; got 1; needs 0");
    using first_twice = graph<input<int8, 6>, node<linear<6>, 0>, node<linear<6>, 0>, node<add<>, 1, 1>>;
    CHECK(said<first_twice>(random_parameters<loop>(1)) == "add.0: the narrow model's layer has the same second input; got 1; needs 2");
    using image = input<int8, 4, 4, 2>;
    const auto pairs = random_parameters<model<image, depthwise_conv2d<depth_multiplier<2>>, conv2d<4, groups<2>>>>(1);
    CHECK(said<model<image, depthwise_conv2d<>, conv2d<4, groups<2>>>>(pairs) ==
          "depthwise_conv2d.0: the narrow model's layer has the same depth multiplier; got 1; needs 2");
    CHECK(said<model<image, depthwise_conv2d<depth_multiplier<2>>, conv2d<4>>>(pairs) ==
          "conv2d.0: the narrow model's layer has the same groups; got 1; needs 2");
}

TEST_CASE("what cannot be narrowed exactly is refused in words") {
    using k = weights<>;
    using whole = straight<8, 6, k, k>;
    using masked = straight<8, 6, weights<channels>, weights<channels>>;
    // No channel of a layer stays.
    const auto none = remove_channels<masked>(random_parameters<whole>(10), {{2, {0, 1, 2, 3, 4, 5}}});
    CHECK(said<straight<8, 1, k, k>>(none) == "conv2: a layer keeps a channel at least; got none of 6; needs 1");

    // A value that is not the zero point, read with padding.
    using padded_whole = model<input<int8, 6, 6, 2>, conv2d<4, window<3>>, conv2d<4, window<3>, same, named<"second">>, linear<2>>;
    using padded =
        model<input<int8, 6, 6, 2>, conv2d<4, window<3>, weights<channels>>, conv2d<4, window<3>, same, named<"second">>, linear<2>>;
    using small = model<input<int8, 6, 6, 2>, conv2d<3, window<3>>, conv2d<4, window<3>, same>, linear<2>>;
    const auto numbers = random_parameters<padded_whole>(11);
    CHECK(said<small>(remove_channels<padded>(numbers, {{0, {2}}})).empty());
    CHECK(
        said<small>(remove_channels<padded>(numbers, {{0, {2}}}, false)) ==
        "second: a channel that vanishes says 0 where windows reach beyond the image, else biases cannot take it in exactly; got channel 2 "
        "of its input, which says another value; needs biases as compress::run leaves them, or no padding");

    // A depthwise layer with padding makes different values of a constant.
    using two_whole = model<input<int8, 6, 6, 2>, conv2d<4, window<3>>, depthwise_conv2d<window<3>, same>, linear<2, named<"fc">>>;
    using two =
        model<input<int8, 6, 6, 2>, conv2d<4, window<3>, weights<channels>>, depthwise_conv2d<window<3>, same>, linear<2, named<"fc">>>;
    using two_small = model<input<int8, 6, 6, 2>, conv2d<3, window<3>>, depthwise_conv2d<window<3>, same>, linear<2>>;
    const auto dw = random_parameters<two_whole>(12);
    CHECK_THAT(said<two_small>(remove_channels<two>(dw, {{0, {2}}}, false)),
               ContainsSubstring("fc: a channel that vanishes says 0") &&
                   ContainsSubstring("channel 2 of its input, which says different values"));
    const auto inside = remove_channels<two>(dw, {{0, {2}}});  // the convolution says 0, the depthwise layer its bias
    CHECK(difference(inside, compress::narrow<two_small>(inside)) == "");

    // A bias that would not fit.
    using narrow_whole = model<input<int8, 6>, linear<4>, linear<2, weights<int16>>>;
    using narrow_masked = model<input<int8, 6>, linear<4, weights<channels>>, linear<2, weights<int16>>>;
    auto large = remove_channels<narrow_masked>(random_parameters<narrow_whole>(13), {{0, {1}}}, false);
    large.template layer<0>().bias[1] = 1 << 20;
    for (auto& b : large.template layer<1>().bias) b = (1 << 30) - 5;
    CHECK_THAT((said<model<input<int8, 6>, linear<3>, linear<2, weights<int16>>>>(large)),
               ContainsSubstring("linear.1.bias: a bias that takes in what vanished channels say fits 30 bits and a sign; got "));

    // Sums of another width, which roundings of integers feel.
    const auto sums = []<class Rounding>(Rounding) {
        using format = weights<int8>;
        using wide = model<input<int16, 4>, Rounding, linear<300, weights<int8, channels>>, linear<4, format>>;
        using wide_whole = model<input<int16, 4>, Rounding, linear<300, format>, linear<4, format>>;
        using narrow = model<input<int16, 4>, Rounding, linear<200, format>, linear<4, format>>;
        std::vector<std::size_t> gone;
        for (std::size_t n = 0; n < 300; n += 3) gone.push_back(n);
        const auto p = remove_channels<wide>(random_parameters<wide_whole>(14), {{0, gone}});
        const std::string text = said<narrow>(p);
        return text.empty() ? difference(p, compress::narrow<narrow>(p)) : text;
    };
    CHECK(sums(rounding::fp32{}).empty());
    for (const std::string& text : {sums(rounding::single{}), sums(rounding::gemmlowp{})})
        CHECK(text ==
              "linear.1: a rounding of integers depends on how wide sums are; got narrower sums; needs sums of the same width, or "
              "rounding::fp32");

    auto damaged = remove_channels<masked>(random_parameters<whole>(10), {{0, {0}}});
    damaged.template layer<0>().codes.pop_back();
    CHECK_THROWS_AS((compress::narrow<straight<7, 6, k, k>>(damaged)), io::error);
}
