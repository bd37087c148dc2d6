// SPDX-License-Identifier: MIT
// Which channels are tied, written out for small graphs.
#include <pare/compress/channel_ties.hpp>
#include <pare/model/model.hpp>

#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include "support/catch.hpp"

namespace {

using namespace pare;
using compress::channel_ties;
using w = weights<channels>;

template <class Model>
channel_ties ties_of() {
    constexpr auto nodes = describe_nodes<Model>();
    return compress::tie_channels(nodes);
}

/// The sets of an edge's channels.
std::vector<std::size_t> sets(const channel_ties& t, std::size_t edge, std::size_t channels) {
    std::vector<std::size_t> s;
    for (std::size_t c = 0; c < channels; ++c) s.push_back(t.of(edge, c));
    return s;
}

}  // namespace

TEST_CASE("channels are passed on by pools, activations, flatten and depthwise layers") {
    const channel_ties t = ties_of<model<input<int8, 4, 4, 2>, conv2d<3, w>, max_pool2d<2>, relu, depthwise_conv2d<depth_multiplier<2>, w>,
                                         flatten, linear<4, w>, linear<2>>>();
    CHECK(sets(t, 0, 2) == std::vector<std::size_t>{0, 1});
    const std::vector<std::size_t> three{2, 3, 4};
    for (const std::size_t edge : {1u, 2u, 3u}) CHECK(sets(t, edge, 3) == three);
    CHECK(sets(t, 4, 6) == std::vector<std::size_t>{2, 2, 3, 3, 4, 4});
    const std::vector<std::size_t> flat = sets(t, 5, 24);
    for (std::size_t k = 0; k < 24; ++k) CHECK(flat[k] == 2 + k % 6 / 2);
    CHECK(sets(t, 6, 4) == std::vector<std::size_t>{5, 6, 7, 8});
    CHECK(sets(t, 7, 2) == std::vector<std::size_t>{9, 10});
    CHECK(t.kept_by == std::vector<std::string>{"the model's input", "the model's input", "", "", "", "", "", "", "", "the model's output",
                                                "the model's output"});
}

TEST_CASE("all that write into a stream are tied") {
    const channel_ties t = ties_of<model<input<int8, 4, 4, 2>, conv2d<3, w>, residual<conv2d<5, w>, conv2d<3, w>>,
                                         residual<conv2d<3, w>, shortcut<conv2d<3, w>>>, linear<2>>>();
    const auto stem = sets(t, 1, 3);
    CHECK(std::set(stem.begin(), stem.end()).size() == 3);
    CHECK((sets(t, 3, 3) == stem && sets(t, 4, 3) == stem));
    const auto inner = sets(t, 2, 5), second = sets(t, 5, 3);
    CHECK(std::set(inner.begin(), inner.end()).size() == 5);
    CHECK((sets(t, 6, 3) == second && sets(t, 7, 3) == second));
    for (const std::size_t s : second) CHECK((s != stem[0] && s != stem[1] && s != stem[2]));
    for (const std::size_t s : stem) CHECK(t.kept_by[s].empty());
}

TEST_CASE("what keeps a channel is told") {
    // The input, by an identity around a layer.
    const channel_ties in = ties_of<model<input<int8, 4, 4, 2>, residual<conv2d<2, w>>, linear<2, w>>>();
    for (const std::size_t c : {0u, 1u}) CHECK(in.kept_by[in.of(1, c)] == "the model's input");
    // A layer without a mask of channels that writes into the stream; a depthwise one keeps nothing.
    const channel_ties other = ties_of<model<input<int8, 4, 4, 2>, conv2d<3, w>, depthwise_conv2d<>,
                                             residual<conv2d<3, weights<unstructured<>>, named<"branch">>>, linear<2>>>();
    CHECK(other.kept_by[other.of(1, 2)] == "branch, which has no mask of channels");
    // The output through a flatten, and a softmax in between.
    const channel_ties last = ties_of<model<input<int8, 4, 4, 2>, conv2d<3, w>, flatten>>();
    for (const std::size_t c : {0u, 1u, 2u}) CHECK(last.kept_by[last.of(1, c)] == "the model's output");
    const channel_ties soft = ties_of<model<input<int8, 6>, linear<4, w>, softmax<>, linear<2>>>();
    CHECK(soft.kept_by[soft.of(1, 0)] == "softmax.0");
}

TEST_CASE("groups stay equal") {
    const channel_ties t = ties_of<model<input<int8, 4, 4, 2>, conv2d<6, w>, conv2d<4, groups<2>, w>, linear<2>>>();
    const auto in = sets(t, 1, 6), out = sets(t, 2, 4);
    CHECK((in[0] == in[3] && in[1] == in[4] && in[2] == in[5] && in[0] != in[1] && in[1] != in[2] && in[0] != in[2]));
    CHECK((out[0] == out[2] && out[1] == out[3] && out[0] != out[1]));
}

TEST_CASE("absent channels are asked by edge") {
    compress::absent_channels a{ties_of<model<input<int8, 4, 4, 2>, conv2d<3, w>, relu, linear<2>>>(), {}};
    a.sets.assign(a.ties.kept_by.size(), 0);
    CHECK_FALSE((a.any(0) || a.any(1) || a.any(2) || a.any(3)));
    a.sets[a.ties.of(1, 2)] = 1;
    CHECK((a.any(1) && a.any(2) && a.at(2, 2)));
    CHECK_FALSE((a.any(0) || a.any(3) || a.at(1, 1)));
}
