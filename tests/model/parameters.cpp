// SPDX-License-Identifier: MIT
// Parameters at rest: what each layer keeps, and how many bytes that is.
#include <pare/model/parameters.hpp>

#include <concepts>
#include <cstddef>
#include <span>
#include <tuple>

#include <pare/model/model.hpp>

#include "support/catch.hpp"

namespace {

using namespace pare;
using net = model<input<int8, 4, 4, 2>, conv2d<3, window<2, 2>, weights<int4, per_channel>>, relu, depthwise_conv2d<window<2, 2>>, flatten,
                  linear<5, weights<codebook<4>, affine>>, softmax<>>;

template <std::size_t I, class Storage>
using layer_of = std::tuple_element_t<I, decltype(parameters<net, Storage>::layers)>;

// One tensor for each layer with weights: outputs, and weights of each.
static_assert(std::same_as<layer_of<0, fixed>, stored_weights<weights<int4, per_channel>, 3, 8, fixed>>);
static_assert(std::same_as<layer_of<2, view>, stored_weights<weights<>, 3, 4, view>>);
static_assert(std::same_as<layer_of<4, fixed>, stored_weights<weights<codebook<4>, affine>, 5, 12, fixed>>);
static_assert(std::same_as<layer_of<1, fixed>, no_weights> && std::same_as<layer_of<5, fixed>, no_weights>);

}  // namespace

TEST_CASE("bytes at rest, by hand") {
    parameters<net> p;
    CHECK(p.edges.size() == 7);
    CHECK(p.layer<0>().bytes() == 12 + 3 * 4 + 3 * 4);  // 24 codes of 4 bits, scales, biases
    CHECK(p.layer<1>().bytes() == 0);
    CHECK(p.layer<2>().bytes() == 12 + 4 + 3 * 4);          // 12 bytes, one scale, biases
    CHECK(p.layer<4>().bytes() == 15 + 4 + 4 + 1 + 5 * 4);  // 60 codes of 2 bits, four values, scale, zero point, biases
    CHECK(stored_bytes(p) == 36 + 28 + 44 + 7 * 8);
}

TEST_CASE("a layer is written and read by its index") {
    parameters<net> p;
    p.layer<2>().bias = {1, 2, 3};
    const parameters<net>& q = p;
    CHECK(q.layer<2>().bias[2] == 3);
    CHECK(std::get<2>(q.layers).bias[0] == 1);
    CHECK(q.edges[6] == quantization{1.0f, 0});

    // A view of the same takes no bytes of its own, and counts those that it sees.
    parameters<net, view> seen;
    seen.layer<2>().bias = q.layer<2>().bias;
    CHECK(seen.layer<2>().bias.data() == q.layer<2>().bias.data());
    CHECK(stored_bytes(seen) == 12 + 7 * 8);
}
