// SPDX-License-Identifier: MIT
// Lists of layers and residual branches become graphs; and the float twin of one.
#include <pare/model/model.hpp>

#include <concepts>

#include "support/catch.hpp"

namespace {

using namespace pare;
using in = input<int8, 6>;

// Layers in order read the edge before them; a rounding among them is everybody's.
static_assert(std::same_as<model<in, linear<4>, relu, linear<2>>,
                           basic_graph<in, rounding::fp32, node<linear<4>, 0>, node<relu, 1>, node<linear<2>, 2>>>);
static_assert(std::same_as<model<in, linear<4>, rounding::gemmlowp, linear<2>>,
                           basic_graph<in, rounding::gemmlowp, node<linear<4>, 0>, node<linear<2>, 1>>>);

// A residual: the branch, then the sum of its output and its input.
static_assert(std::same_as<model<in, linear<8>, residual<linear<5>, linear<8>>, linear<2>>,
                           graph<in, node<linear<8>, 0>, node<linear<5>, 1>, node<linear<8>, 2>, node<add<>, 3, 1>, node<linear<2>, 4>>>);
// The other way has layers of its own, which come after the branch's; the sum has an activation. The order in the list is free.
static_assert(std::same_as<model<in, residual<linear<5>, linear<8>, add<relu>, shortcut<linear<8>>>>,
                           graph<in, node<linear<5>, 0>, node<linear<8>, 1>, node<linear<8>, 0>, node<add<relu>, 2, 3>>>);
static_assert(std::same_as<model<in, residual<shortcut<linear<8>>, linear<5>, add<relu>, linear<8>>>,
                           model<in, residual<linear<5>, linear<8>, add<relu>, shortcut<linear<8>>>>>);
// An empty shortcut is none.
static_assert(std::same_as<model<in, residual<linear<6>, shortcut<>>>, model<in, residual<linear<6>>>>);
// A residual within a residual.
static_assert(std::same_as<model<in, residual<residual<linear<6>>, linear<6>>>,
                           graph<in, node<linear<6>, 0>, node<add<>, 1, 0>, node<linear<6>, 2>, node<add<>, 3, 0>>>);

}  // namespace

TEST_CASE("the float twin: weights and encodings become f32, all else stays") {
    using net = model<input<uint8, 6, 6, 2>, rounding::single,
                      conv2d<4, window<3, 3>, same, weights<int4, per_channel, n_of_m<2, 4>>, relu, out<int8>, named<"a">>, max_pool2d<2>,
                      depthwise_conv2d<window<3, 3>>, relu6, flatten, linear<3, rounding::gemmlowp>, softmax<named<"b">>>;
    using twin = model<input<f32, 6, 6, 2>, rounding::single, conv2d<4, window<3, 3>, same, weights<f32>, relu, out<f32>, named<"a">>,
                       max_pool2d<2>, depthwise_conv2d<window<3, 3>, weights<f32>>, relu6, flatten,
                       linear<3, rounding::gemmlowp, weights<f32>>, softmax<named<"b">>>;
    STATIC_REQUIRE(std::same_as<as_float<net>, twin>);
    STATIC_REQUIRE(std::same_as<as_float<twin>, twin>);
    STATIC_REQUIRE(as_float<net>::shapes == net::shapes);
    using branches = model<in, residual<linear<6, weights<int4>>, shortcut<linear<6>>>>;
    STATIC_REQUIRE(
        std::same_as<as_float<branches>, model<input<f32, 6>, residual<linear<6, weights<f32>>, shortcut<linear<6, weights<f32>>>>>>);
}
