// SPDX-License-Identifier: MIT
// Which layers do the work of the one behind them.
#include <pare/model/fusion.hpp>

#include <array>
#include <cstddef>

#include <pare/pare.hpp>

#include "support/catch.hpp"

namespace {

using namespace pare;
template <class... Layers>
using net = model<input<int8, 8, 8, 16>, Layers...>;
template <class... Options>
using conv = conv2d<16, window<3, 3>, same, Options...>;

/// The addition behind node `I` is node `Node`, or there is none where that is 0.
template <class Graph, std::size_t I, std::size_t Node, std::size_t Residual = 0, bool Second = false>
constexpr bool adds() {
    constexpr detail::addition found = detail::add_behind<Graph, I>();
    return found.node == Node && found.residual == Residual && found.is_second == Second;
}

template <class Graph, class Arch>
constexpr auto written = detail::written_nodes<Graph, Arch>;

}  // namespace

TEST_CASE("additions that are the only readers of a layer") {
    using block = net<residual<conv<>, conv<>>, linear<3>>;  // nodes 0, 1, and 2 adds edges 2 and 0
    STATIC_REQUIRE(adds<block, 1, 2, 0>());
    STATIC_REQUIRE((adds<block, 0, 0>() && adds<block, 2, 0>() && adds<block, 3, 0>()));
    // Of two convolutions the later one, which is the second input.
    using both = net<residual<conv<>, shortcut<conv<>>>>;
    STATIC_REQUIRE((adds<both, 0, 0>() && adds<both, 1, 2, 1, true>()));
    // Other names, of this layer's output and of what is added.
    using names = net<residual<conv<>, batch_norm<>, flatten, shortcut<flatten>>>;  // 0 conv, 1, 2, 3 names, 4 adds edges 3 and 4
    STATIC_REQUIRE(adds<names, 0, 4, 4>());
    // Something is computed in between; somebody else reads the output; the caller does; it is added to itself.
    STATIC_REQUIRE(adds<net<residual<conv<>, shortcut<avg_pool2d<1>>>>, 0, 0>());
    STATIC_REQUIRE(adds<net<residual<conv<>, relu>>, 0, 0>());
    using shared = graph<input<int8, 4, 4, 16>, node<conv<>, 0>, node<add<>, 1, 0>, node<add<>, 2, 1>>;
    STATIC_REQUIRE(adds<shared, 0, 0>());
    using output = graph<input<int8, 4, 4, 16>, node<conv<>, 0>, node<add<>, 1, 0>, node<flatten, 1>>;
    STATIC_REQUIRE(adds<output, 0, 0>());
    using itself = graph<input<int8, 4, 4, 16>, node<conv<>, 0>, node<add<>, 1, 1>>;
    STATIC_REQUIRE(adds<itself, 0, 0>());
    // Bytes only; linear and depthwise layers too.
    STATIC_REQUIRE(adds<as_float<block>, 1, 0>());
    STATIC_REQUIRE(adds<model<input<int16, 4>, residual<linear<4>>>, 0, 0>());
    STATIC_REQUIRE(adds<model<input<uint8, 4>, residual<linear<4>>>, 0, 1>());
    STATIC_REQUIRE(adds<net<residual<depthwise_conv2d<window<3, 3>, same>>>, 0, 1>());
}

TEST_CASE("how additions are done") {
    using detail::adding, detail::adds_how;
    using wide = net<residual<conv<>, shortcut<conv<>>>>;  // node 1 adds node 0
    using narrow = net<residual<conv<>, shortcut<conv2d<16>>>>;
    using deep = net<residual<conv<>, shortcut<depthwise_conv2d<window<3, 3>, same>>>>;
    using line = model<input<int8, 80>, residual<linear<80>>>;
    STATIC_REQUIRE((adds_how<wide, 1, arch::scalar> == adding::by_lines && adds_how<wide, 1, arch::avx2> == adding::in_tiles));
    STATIC_REQUIRE((adds_how<wide, 1, arch::sse4_1> == adding::apart && adds_how<wide, 1, arch::avx_vnni> == adding::in_tiles));
    STATIC_REQUIRE((adds_how<narrow, 1, arch::scalar> == adding::by_lines && adds_how<narrow, 1, arch::avx2> == adding::apart));
    STATIC_REQUIRE((adds_how<deep, 1, arch::scalar> == adding::by_lines && adds_how<deep, 1, arch::avx512_vnni> == adding::apart));
    STATIC_REQUIRE((adds_how<line, 0, arch::scalar> == adding::apart && adds_how<line, 0, arch::avx2> == adding::apart));
    STATIC_REQUIRE((adds_how<wide, 0, arch::scalar> == adding::apart && !detail::fuses_add<wide, 0, arch::scalar>));
    // Lines save memory only where the sum replaces what is added: not the caller's input, nor what the layer reads, nor what is read
    // later.
    using own = net<residual<conv<>>>;
    using deeper = net<conv<>, residual<conv<>>>;
    using later = graph<input<int8, 4, 4, 16>, node<conv<>, 0>, node<conv<>, 0>, node<add<>, 2, 1>, node<add<>, 3, 1>>;
    STATIC_REQUIRE((adds_how<own, 0, arch::scalar> == adding::apart && adds_how<own, 0, arch::avx2> == adding::in_tiles));
    STATIC_REQUIRE((adds_how<deeper, 1, arch::scalar> == adding::apart && adds_how<later, 1, arch::scalar> == adding::apart));
}

TEST_CASE("for each node the one that it writes for") {
    // 0 conv, 1 pool, 2 conv, 3 conv, 4 add, 5 linear.
    using both = net<conv2d<16, window<3, 3>>, max_pool2d<2>, residual<conv<>, conv<>>, linear<3>>;
    STATIC_REQUIRE(written<both, arch::avx512_vnni> == std::array<std::size_t, 6>{1, 1, 2, 4, 4, 5});
    STATIC_REQUIRE(written<both, arch::scalar> == std::array<std::size_t, 6>{0, 1, 2, 4, 4, 5});
    STATIC_REQUIRE(detail::doer_of(written<both, arch::avx512_vnni>, 1) == 0);
    STATIC_REQUIRE(detail::doer_of(written<both, arch::avx512_vnni>, 0) == 0);
    STATIC_REQUIRE(detail::doer_of(written<both, arch::scalar>, 1) == 1);
    STATIC_REQUIRE(detail::doer_of(written<both, arch::scalar>, 3) == 3);
    STATIC_REQUIRE(detail::doer_of(written<both, arch::scalar>, 4) == 3);
    using deep = net<residual<conv<>, shortcut<depthwise_conv2d<window<3, 3>, same>>>>;
    STATIC_REQUIRE(written<deep, arch::scalar> == std::array<std::size_t, 3>{0, 2, 2});
    STATIC_REQUIRE(written<deep, arch::avx512_vnni> == std::array<std::size_t, 3>{0, 1, 2});
}

TEST_CASE("convolutions by 1 x 1 that are the only readers of a depthwise one") {
    using detail::pointwise_behind, detail::fuses_pointwise;
    using deep = depthwise_conv2d<window<3, 3>, same>;
    using block = net<conv2d<48>, deep, conv2d<8>, linear<3>>;
    STATIC_REQUIRE((pointwise_behind<block, 1>() == 2 && pointwise_behind<block, 0>() == 0 && pointwise_behind<block, 2>() == 0));
    STATIC_REQUIRE(pointwise_behind<net<deep, batch_norm<>, conv2d<8>>, 0>() == 2);
    // Windows, steps, padding, groups; somebody else reads the output, or the caller does; another shape; another layer.
    STATIC_REQUIRE(pointwise_behind<net<deep, conv2d<8, window<1, 3>, same>>, 0>() == 0);
    STATIC_REQUIRE(pointwise_behind<net<deep, conv2d<8, stride<2>>>, 0>() == 0);
    STATIC_REQUIRE(pointwise_behind<net<deep, conv2d<8, pad<1, 1, 1, 1>>>, 0>() == 0);
    STATIC_REQUIRE(pointwise_behind<net<deep, conv2d<8, groups<2>>>, 0>() == 0);
    STATIC_REQUIRE(pointwise_behind<graph<input<int8, 8, 8, 16>, node<deep, 0>, node<conv2d<16>, 1>, node<add<>, 2, 1>>, 0>() == 0);
    STATIC_REQUIRE((pointwise_behind<net<deep>, 0>() == 0 && pointwise_behind<net<deep, flatten, conv2d<8>>, 0>() == 0));
    STATIC_REQUIRE((pointwise_behind<net<deep, relu, conv2d<8>>, 0>() == 0 && pointwise_behind<net<conv<>, conv2d<8>>, 0>() == 0));
    // Where memory is saved: not where as much is read, or written, as lies between; always where that is the caller's.
    STATIC_REQUIRE(fuses_pointwise<block, 1, arch::scalar>);
    STATIC_REQUIRE_FALSE((fuses_pointwise<net<conv2d<48>, deep, conv2d<48>, linear<3>>, 1, arch::scalar>));
    STATIC_REQUIRE((fuses_pointwise<net<deep, conv2d<48>>, 0, arch::scalar> && !fuses_pointwise<net<deep, conv2d<48>>, 0, arch::avx2>));
    STATIC_REQUIRE((written<block, arch::scalar>[1] == 2 && detail::doer_of(written<block, arch::scalar>, 2) == 1));
    // With an addition behind it the depthwise convolution does the work of both.
    using inverted = net<conv2d<16>, residual<conv2d<96>, deep, conv2d<16>>, linear<3>>;
    STATIC_REQUIRE((written<inverted, arch::scalar>[2] == 3 && written<inverted, arch::scalar>[3] == 4));
    STATIC_REQUIRE(detail::doer_of(written<inverted, arch::scalar>, 4) == 2);
}
