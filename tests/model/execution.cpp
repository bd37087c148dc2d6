// SPDX-License-Identifier: MIT
// What nodes become: which pools are found before rounding, and what a convolution computes then.
#include <pare/model/execution.hpp>
#include <pare/model/model.hpp>

#include <array>
#include <cstddef>
#include <type_traits>

#include <pare/pare.hpp>

#include "support/catch.hpp"

namespace {

using namespace pare;
using vnni = arch::avx512_vnni;
template <class... Layers>
using net = model<input<int8, 10, 9, 4>, Layers...>;
template <class... Options>
using conv = conv2d<16, window<3, 3>, Options...>;
using fused = net<conv<same>, max_pool2d<2>, linear<3>>;

}  // namespace

TEST_CASE("readers of values, under whatever name") {
    // Both conv2d and the flatten's linear read relu's output; add reads both.
    using shared = graph<input<int8, 4>, node<relu, 0>, node<flatten, 1>, node<linear<4>, 2>, node<add<>, 1, 3>>;
    STATIC_REQUIRE(readers_of_values<shared>() == std::array<std::size_t, 5>{1, 2, 2, 1, 1});
    STATIC_REQUIRE(last_readers_of_values<shared>() == std::array<std::size_t, 5>{0, 3, 3, 3, 4});
    // The caller reads the first layer, under another name.
    using output = graph<input<int8, 4>, node<linear<4>, 0>, node<relu, 1>, node<flatten, 1>>;
    STATIC_REQUIRE(readers_of_values<output>() == std::array<std::size_t, 4>{1, 2, 0, 2});
    STATIC_REQUIRE(last_readers_of_values<output>() == std::array<std::size_t, 4>{0, 3, 0, 3});
}

TEST_CASE("pools that can be found before rounding") {
    STATIC_REQUIRE(detail::pool_behind<fused, 0>() == pool_window{2, 2});
    STATIC_REQUIRE(detail::pool_behind<fused, 1>() == pool_window{});
    STATIC_REQUIRE(detail::pool_behind<net<conv<>, max_pool2d<3>>, 0>() == pool_window{3, 3});
    // Windows that overlap, that see padding, or that are clamped; means; floats; what is no convolution.
    STATIC_REQUIRE(detail::pool_behind<net<conv<>, max_pool2d<3, stride<2>>>, 0>() == pool_window{});
    STATIC_REQUIRE(detail::pool_behind<net<conv<>, max_pool2d<3, same>>, 0>() == pool_window{});
    STATIC_REQUIRE(detail::pool_behind<net<conv<>, max_pool2d<2, relu>>, 0>() == pool_window{});
    STATIC_REQUIRE(detail::pool_behind<net<conv<>, avg_pool2d<2>>, 0>() == pool_window{});
    STATIC_REQUIRE(detail::pool_behind<as_float<fused>, 0>() == pool_window{});
    STATIC_REQUIRE(detail::pool_behind<net<depthwise_conv2d<window<3, 3>>, max_pool2d<2>>, 0>() == pool_window{});
    // Somebody else reads the convolution's output, or the pool reads another one.
    using both = graph<input<int8, 6, 6, 4>, node<conv<same>, 0>, node<max_pool2d<2>, 1>, node<max_pool2d<2>, 1>, node<add<>, 2, 3>>;
    STATIC_REQUIRE(detail::pool_behind<both, 0>() == pool_window{});
    using other = graph<input<int8, 6, 6, 4>, node<conv<same>, 0>, node<conv2d<16, window<3, 3>, same>, 0>, node<max_pool2d<2>, 1>>;
    STATIC_REQUIRE(detail::pool_behind<other, 0>() == pool_window{});
    STATIC_REQUIRE(detail::pool_behind<other, 1>() == pool_window{});
    using output = graph<input<int8, 6, 6, 4>, node<conv<same>, 0>, node<max_pool2d<2>, 1>, node<flatten, 1>>;
    STATIC_REQUIRE(detail::pool_behind<output, 0>() == pool_window{});
}

TEST_CASE("what a convolution computes for a pool: whole windows only") {
    constexpr conv_shape s = detail::node_conv<fused, 0, true>;
    STATIC_REQUIRE((s.out_height == 10 && s.out_width == 8 && s.pool == pool_window{2, 2}));
    constexpr conv_shape alone = detail::node_conv<fused, 0>;
    STATIC_REQUIRE((alone.out_height == 10 && alone.out_width == 9 && alone.pool == pool_window{}));
    using execution = detail::node_execution<fused, 0, vnni>;
    STATIC_REQUIRE(execution::problem::pooled == 4);
    STATIC_REQUIRE(execution::max_rows % 4 == 0);
    STATIC_REQUIRE(detail::node_execution<fused, 0, arch::scalar>::problem::pooled == 1);
}

TEST_CASE("a pool is fused where that gains") {
    STATIC_REQUIRE(detail::fuses_pool<fused, 0, vnni>);
    STATIC_REQUIRE_FALSE(detail::fuses_pool<fused, 0, arch::scalar>);
    // Groups, and taps that are no neighbours, are not multiplied in bands.
    STATIC_REQUIRE_FALSE(detail::fuses_pool<net<conv<same, groups<2>>, max_pool2d<2>>, 0, vnni>);
    STATIC_REQUIRE_FALSE(detail::fuses_pool<net<conv<same, dilation<2>>, max_pool2d<2>>, 0, vnni>);
    // A window of 16 has more rows than a tile of two registers.
    STATIC_REQUIRE_FALSE(detail::fuses_pool<net<conv2d<32, window<3, 3>, same>, max_pool2d<4>>, 0, vnni>);
    // Steps on the padding: those of 14 x 14 x 32 are many, those of 28 x 28 x 32 few. Where there is none, none are.
    using many = model<input<int8, 14, 14, 32>, conv2d<64, window<3, 3>, same>, max_pool2d<2>>;
    using few = model<input<int8, 28, 28, 32>, conv2d<64, window<3, 3>, same>, max_pool2d<2>>;
    using none = model<input<int8, 14, 14, 32>, conv2d<64, window<3, 3>>, max_pool2d<2>>;
    STATIC_REQUIRE(detail::steps_on_padding(detail::node_conv<many, 0, true>, 72) == 669);
    STATIC_REQUIRE(detail::steps_on_padding(detail::node_conv<few, 0, true>, 72) == 338);
    STATIC_REQUIRE(detail::steps_on_padding(detail::node_conv<none, 0, true>, 72) == 0);
    STATIC_REQUIRE_FALSE(detail::fuses_pool<many, 0, vnni>);
    STATIC_REQUIRE(detail::fuses_pool<few, 0, vnni>);
    STATIC_REQUIRE(detail::fuses_pool<none, 0, vnni>);
}
