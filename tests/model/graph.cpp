// SPDX-License-Identifier: MIT
// A graph spelled node by node: shapes, encodings, roundings of its edges.
#include <pare/model/graph.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>

#include <pare/layer/add.hpp>
#include <pare/layer/conv2d.hpp>
#include <pare/layer/flatten.hpp>
#include <pare/layer/linear.hpp>
#include <pare/layer/pool2d.hpp>

#include "support/catch.hpp"

namespace {

using namespace pare;

// Two ways from one convolution, joined again.
using diamond = graph<input<uint8, 8, 6, 3>, node<conv2d<4, window<3, 3>, same, out<int16>>, 0>, node<conv2d<4, rounding::single>, 1>,
                      node<relu6, 1>, node<add<>, 2, 3>, node<max_pool2d<2>, 4>, node<flatten, 5>, node<linear<7, out<int8>>, 6>>;
using integers = basic_graph<input<int8, 5>, rounding::gemmlowp, node<linear<3>, 0>, node<linear<2, rounding::fp32>, 1>>;

static_assert(input<int8, 5>::extent == shape{1, 1, 5});
static_assert(input<f32, 2, 3, 4>::extent == shape{2, 3, 4});
static_assert(node<add<>, 2, 3>::inputs == std::array<std::size_t, 2>{2, 3});

}  // namespace

TEST_CASE("shapes of edges") {
    STATIC_REQUIRE(diamond::node_count == 7);
    STATIC_REQUIRE(diamond::edge_count == 8);
    STATIC_REQUIRE(diamond::shapes == std::array<shape, 8>{shape{8, 6, 3}, shape{8, 6, 4}, shape{8, 6, 4}, shape{8, 6, 4}, shape{8, 6, 4},
                                                           shape{4, 3, 4}, shape{1, 1, 48}, shape{1, 1, 7}});
    STATIC_REQUIRE(diamond::input_shape.size() == 144);
    STATIC_REQUIRE(diamond::output_shape == shape{1, 1, 7});
    STATIC_REQUIRE(diamond::input_edge<3>::extent == shape{8, 6, 4});
}

TEST_CASE("an encoding stays until a layer names another") {
    STATIC_REQUIRE(std::same_as<diamond::input_value, std::uint8_t>);
    STATIC_REQUIRE((std::same_as<diamond::edge_type<1>, std::int16_t> && std::same_as<diamond::edge_type<3>, std::int16_t> &&
                    std::same_as<diamond::edge_type<6>, std::int16_t>));
    STATIC_REQUIRE(std::same_as<diamond::output_value, std::int8_t>);
}

TEST_CASE("a layer's own rounding, else the graph's") {
    STATIC_REQUIRE(std::same_as<diamond::rounding_at<0>, rounding::fp32>);
    STATIC_REQUIRE(std::same_as<diamond::rounding_at<1>, rounding::single>);
    STATIC_REQUIRE(std::same_as<integers::rounding_at<0>, rounding::gemmlowp>);
    STATIC_REQUIRE(std::same_as<integers::rounding_at<1>, rounding::fp32>);
    STATIC_REQUIRE(std::same_as<integers::layer_at<0>, linear<3>>);
}
