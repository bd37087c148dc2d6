// SPDX-License-Identifier: MIT
// The narrow model as text: what it says is a type that `narrow` takes.
#include <pare/compress/narrow_text.hpp>
#include <pare/pare.hpp>

#include <string>

#include "support/catch.hpp"
#include "support/masked_channels.hpp"

namespace {

using namespace pare;
using support::random_parameters;
using support::remove_channels;

struct third {
    using axis = axis::mask;
    static constexpr bool present(std::size_t, std::size_t, std::size_t n, std::size_t k) { return (n + k) % 3 != 0; }
};

template <class Cut, class Join>
using everything =
    model<input<int8, 9, 8, 2>, rounding::single,
          conv2d<6, window<3, 2>, stride<2, 1>, pad<1, 0, 1, 1>, Cut, relu6, rounding::fp32, named<"stem">>,  //
          residual<conv2d<4, dilation<2>, groups<2>, window<1>, weights<int4, per_group<3>, codebook<4>>, out<int16>>,
                   conv2d<6, weights<per_channel>, out<int8>>, shortcut<depthwise_conv2d<window<3>, same>>, Join>,
          relu, max_pool2d<2, stride<1>, same>, depthwise_conv2d<window<2>, depth_multiplier<2>, weights<uint8, affine>>, avg_pool2d<2>,
          batch_norm<>, flatten, linear<5, weights<third>, accumulate<std::int32_t>>, linear<4, weights<unstructured<>>>, softmax<>>;

}  // namespace

TEST_CASE("a narrow model is spelt as a type that takes its parameters") {
    using whole = model<input<uint8, 6, 6, 2>, conv2d<8, window<3>, same, weights<per_channel>, relu, named<"conv1">>, max_pool2d<2>,
                        residual<conv2d<6, relu>, conv2d<8>>, flatten, linear<3>>;
    using masked = model<input<uint8, 6, 6, 2>, conv2d<8, window<3>, same, weights<per_channel, channels>, relu, named<"conv1">>,
                         max_pool2d<2>, residual<conv2d<6, relu, weights<channels>>, conv2d<8, weights<channels>>>, flatten, linear<3>>;
    const auto p = remove_channels<masked>(random_parameters<whole>(1), {{0, {0, 1, 7}}, {2, {3}}, {3, {0, 1, 5, 7}}});
    CHECK(compress::spell_narrow(p) ==
          "graph<input<uint8, 6, 6, 2>,\n"
          "    node<conv2d<5, window<3, 3>, same, weights<int8, per_channel>, relu, named<\"conv1\">>, 0>,  // conv1: 5 of 8 outputs, 90 "
          "of 144 "
          "weights\n"
          "    node<max_pool2d<2>, 1>,\n"
          "    node<conv2d<5, window<1, 1>, weights<int8>, relu>, 2>,  // conv2d.1: 5 of 6 outputs, 25 of 48 weights\n"
          "    node<conv2d<5, window<1, 1>, weights<int8, channels>>, 3>,  // conv2d.2: 5 of 8 outputs, 25 of 48 weights\n"
          "    node<add<>, 4, 2>,\n"
          "    node<flatten, 5>,\n"
          "    node<linear<3, weights<int8>>, 6>>  // linear.0: 3 of 3 outputs, 135 of 216 weights\n");
    // The same by hand.
    using small =
        graph<input<uint8, 6, 6, 2>, node<conv2d<5, window<3, 3>, same, weights<int8, per_channel>, relu, named<"conv1">>, 0>,  // conv1
              node<max_pool2d<2>, 1>,                                                                                           //
              node<conv2d<5, window<1, 1>, weights<int8>, relu>, 2>,                                                            //
              node<conv2d<5, window<1, 1>, weights<int8, channels>>, 3>,                                                        //
              node<add<>, 4, 2>,                                                                                                //
              node<flatten, 5>,                                                                                                 //
              node<linear<3, weights<int8>>, 6>>;
    const auto q = compress::narrow<small>(p);
    CHECK(support::difference(p, q) == "");
}

TEST_CASE("every option is spelt") {
    using net = everything<weights<int8>, add<relu, named<"join">>>;
    const auto p = random_parameters<net>(2);
    CHECK(compress::spell_narrow(p) ==
          "basic_graph<input<int8, 9, 8, 2>, rounding::single,\n"
          "    node<conv2d<6, window<3, 2>, stride<2, 1>, pad<1, 0, 1, 1>, weights<int8>, relu6, rounding::fp32, named<\"stem\">>, 0>,\n"
          "    node<conv2d<4, window<1, 1>, dilation<2, 2>, groups<2>, weights<int4, per_group<3>, codebook<4>>, out<int16>>, 1>,\n"
          "    node<conv2d<6, window<1, 1>, weights<int8, per_channel>, out<int8>>, 2>,\n"
          "    node<depthwise_conv2d<window<3, 3>, same, weights<int8>>, 1>,\n"
          "    node<add<relu, named<\"join\">>, 3, 4>,\n"
          "    node<relu, 5>,\n"
          "    node<max_pool2d<2, stride<1, 1>, same>, 6>,\n"
          "    node<depthwise_conv2d<window<2, 2>, depth_multiplier<2>, weights<uint8, affine>>, 7>,\n"
          "    node<avg_pool2d<2>, 8>,\n"
          "    node<batch_norm<>, 9>,\n"
          "    node<flatten, 10>,\n"
          "    node<linear<5, weights<int8, custom>, accumulate<std::int32_t>>, 11>,\n"
          "    node<linear<4, weights<int8, unstructured<>>>, 12>,\n"
          "    node<softmax<>, 13>>\n");
    CHECK(compress::spell_narrow(random_parameters<model<input<f32, 7>, linear<3, weights<f32>>>>(1)) ==
          "graph<input<f32, 7>,\n    node<linear<3, weights<f32>>, 0>>\n");
}
