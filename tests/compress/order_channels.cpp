// SPDX-License-Identifier: MIT
// Models whose hidden channels are in another order: the same outputs, fewer steps, and what has to stay where it is.
#include <pare/compress/order_channels.hpp>
#include <pare/pare.hpp>

#include <algorithm>
#include <cstddef>
#include <vector>

#include "support/catch.hpp"
#include "support/masked_channels.hpp"

namespace {

using namespace pare;
using support::difference;
using support::random_parameters;
using vnni = arch::avx512_vnni;

/// Weights of which masks keep `Kept`, by which they are drawn, or any number, for which they are gathered.
template <std::size_t Kept = dynamic>
using scattered = weights<per_channel, unstructured<Kept>>;

/// Parameters of `Open`, whose masks say for themselves how many weights they keep, out of those of `Drawn`.
template <class Open, class Drawn>
parameters<Open, owned> sparse_parameters(unsigned seed) {
    return support::remove_channels<Open>(random_parameters<Drawn>(seed), {}, false);
}

/// Bytes of the gathered weights of node `I` on `Arch`, which are about as many as there are steps.
template <class Graph, std::size_t I, class Arch>
std::size_t gathered_bytes(const parameters<Graph, owned>& p) {
    using execution = detail::node_execution<Graph, I, Arch>;
    STATIC_REQUIRE(execution::gathers);
    const auto stored = compress::detail::read_weights(p.template layer<I>());
    const auto operand = [&](std::size_t n, std::size_t k) {
        return typename execution::operand(stored.mask(Eigen::Index(n), Eigen::Index(k)) ? 1 : 0);
    };
    std::size_t bytes = 0;
    for (std::size_t panel = 0; panel < execution{}.panels(); ++panel)
        bytes += kernels::gathered_packer<execution, decltype(operand)>(execution{}, panel, operand, nullptr).bytes();
    return bytes;
}

/// The codes of a layer.
template <std::size_t I, class Graph>
std::vector<std::byte> codes(const parameters<Graph, owned>& p) {
    return p.template layer<I>().codes;
}

}  // namespace

TEST_CASE("channels of an edge move with the sets that they are in") {
    // conv of 3 channels, a depthwise layer of two for each, a pool, and a linear layer on 2 x 2 places.
    using graph =
        model<input<int8, 4, 4, 2>, conv2d<3>, depthwise_conv2d<window<1>, depth_multiplier<2>>, max_pool2d<2>, flatten, linear<2>>;
    constexpr auto nodes = describe_nodes<graph>();
    const auto ties = compress::tie_channels(nodes);
    const std::vector<std::size_t> sets = compress::detail::movable_sets(nodes, ties, 0), order{2, 0, 1};
    REQUIRE(sets.size() == 3);
    const auto moved = [&](std::size_t edge, std::size_t channels) {
        return compress::detail::moved_channels(ties, edge, channels, sets, order);
    };
    CHECK(moved(1, 3) == std::vector<std::size_t>{2, 0, 1});
    CHECK(moved(2, 6) == std::vector<std::size_t>{4, 5, 0, 1, 2, 3});
    CHECK(moved(4, 24) == std::vector<std::size_t>{4, 5, 0, 1, 2, 3, 10, 11, 6, 7, 8, 9, 16, 17, 12, 13, 14, 15, 22, 23, 18, 19, 20, 21});
    CHECK(moved(0, 2) == std::vector<std::size_t>{0, 1});
}

template <class First, class Second>
using two = model<input<int8, 700>, linear<300, First, relu>, linear<200, Second, relu>, linear<10>>;
template <class First, class Second, class Third>
using stream = model<input<int8, 8, 8, 3>, conv2d<24, window<3>, same, First, relu>,
                     residual<conv2d<32, Second, relu>, conv2d<24, window<3>, same, Third>, add<relu>>,
                     depthwise_conv2d<window<3>, same, depth_multiplier<2>, weights<per_channel>, relu>, max_pool2d<2>, flatten,
                     linear<40, weights<codebook<8, per_channel>, unstructured<>>, relu>, linear<5, weights<affine>>>;

TEST_CASE("fully connected layers say the same and take fewer steps") {
    using net = two<scattered<>, scattered<>>;
    const auto p = sparse_parameters<net, two<scattered<12000>, scattered<3000>>>(3);
    const auto on = [&]<class Arch>(Arch) {
        const auto q = compress::order_channels<Arch>(p);
        CHECK(difference(p, q) == "");
        CHECK(codes<0>(q) != codes<0>(p));
        CHECK(codes<2>(q) != codes<2>(p));
        const double first = double(gathered_bytes<net, 0, Arch>(q)) / double(gathered_bytes<net, 0, Arch>(p));
        CHECK((first < 0.97 && double(gathered_bytes<net, 1, Arch>(q)) < 0.97 * double(gathered_bytes<net, 1, Arch>(p))));
        // Twice is as good as once.
        CHECK(gathered_bytes<net, 0, Arch>(compress::order_channels<Arch>(q)) <= gathered_bytes<net, 0, Arch>(q));
    };
    on(vnni{});
    on(arch::avx2{});
    CHECK(codes<0>(compress::order_channels<vnni>(p, 0)) != codes<0>(p));  // without tries they are sorted
}

TEST_CASE("streams, depthwise layers, pools and flatten carry channels along") {
    using net = stream<scattered<>, scattered<>, scattered<>>;
    const auto p = sparse_parameters<net, stream<scattered<120>, scattered<150>, scattered<900>>>(8);
    const auto q = compress::order_channels<vnni>(p);
    CHECK(difference(p, q) == "");
    CHECK(codes<0>(q) != codes<0>(p));
    CHECK(codes<7>(q) != codes<7>(p));
    CHECK(q.template layer<7>().bias != p.template layer<7>().bias);
}

TEST_CASE("channels stay where a pattern, a group or an end of the model holds them") {
    const auto stays = []<class Reader>(Reader) {
        using net = model<input<int8, 500>, linear<80, scattered<>, relu>, Reader, linear<4>>;
        const auto p = sparse_parameters<net, model<input<int8, 500>, linear<80, scattered<2500>, relu>, Reader, linear<4>>>(5);
        const auto q = compress::order_channels<vnni>(p);
        return q.template layer<0>().codes == p.template layer<0>().codes && q.template layer<1>().codes == p.template layer<1>().codes;
    };
    CHECK(stays(linear<16, weights<per_group<8>>>{}));
    CHECK(stays(linear<16, weights<n_of_m<2, 4>>>{}));
    CHECK(stays(linear<16, weights<blocks<1, 4>>>{}));
    CHECK(stays(linear<32, weights<blocks<16, 4>>>{}));
    CHECK_FALSE(stays(linear<16, weights<per_channel>>{}));
    CHECK_FALSE(stays(linear<16, weights<int4, channels>>{}));
    using groups_read = model<input<int8, 4, 4, 3>, conv2d<32, scattered<>>, conv2d<8, groups<2>>>;
    using only = model<input<int8, 500>, linear<80, scattered<>>>;
    const auto g = random_parameters<groups_read>(1);
    const auto o = random_parameters<only>(1);
    CHECK(codes<0>(compress::order_channels<vnni>(g)) == codes<0>(g));
    CHECK(codes<0>(compress::order_channels<vnni>(o)) == codes<0>(o));
}

TEST_CASE("damaged parameters are refused") {
    using net = model<input<int8, 60>, linear<48, scattered<>, relu>, linear<4>>;
    auto p = random_parameters<net>(2);
    p.layer<0>().codes.pop_back();
    CHECK_THROWS_AS(compress::order_channels<vnni>(p), io::error);
}
