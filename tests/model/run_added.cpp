// SPDX-License-Identifier: MIT
// Layers and the additions behind them, in one go without a trace and one after the other with one; graphs drawn by lot.
#include <pare/model/run.hpp>

#include <cstddef>
#include <cstdint>
#include <utility>

#include <pare/pare.hpp>

#include "support/catch.hpp"
#include "support/model_check.hpp"

namespace {

using namespace pare;
template <std::size_t Outputs, class... Options>
using conv = conv2d<Outputs, window<3, 3>, same, weights<per_channel>, Options...>;

/// `Fused` additions are found, and both ways are compared by check_models.
template <class Graph, class Arch, std::size_t Fused>
void check_on() {
    if constexpr (arch::compiled_for<Arch>) {
        constexpr std::size_t fused = [] {
            std::size_t count = 0;
            for (std::size_t i = 0; i < Graph::node_count; ++i) count += plan_of<Graph, Arch>.is_fused(i);
            return count;
        }();
        STATIC_REQUIRE(fused == Fused);
    }
    REQUIRE(support::check_models<Graph, Arch>(12, 15) == "");
}
template <class Graph, std::size_t Fused>
void check() {
    check_on<Graph, arch::native, Fused>();
    check_on<Graph, arch::scalar, Fused>();
}

// Of networks with residual blocks: the shortcut is the block's input, a convolution, a pool, behind which nobody adds, or the
// convolution's own input; batch norm that compression folds stands between.
using identity = model<input<int8, 7, 6, 5>, conv<20>, residual<conv<20, relu>, conv<20>, add<relu>>, linear<3>>;
using projected = model<input<int8, 8, 8, 64>, residual<conv<32, relu, stride<2>>, conv<32>, shortcut<conv2d<32, stride<2>>>>, linear<3>>;
using pooled = model<input<int8, 8, 8, 8>, residual<conv<8, stride<2>>, shortcut<avg_pool2d<2>>>, linear<3>>;
using own_input = model<input<uint8, 6, 6, 4>, conv<16>, residual<conv<16>>, residual<conv2d<16>>>;
using normed = model<input<int8, 6, 6, 16>, residual<conv<16>, batch_norm<>, flatten, shortcut<flatten>, add<relu6>>, linear<3>>;

}  // namespace

TEST_CASE("additions behind convolutions of residual networks") {
    check<identity, 1>();
    check<projected, 1>();
    check<pooled, 0>();
    check_on<own_input, arch::native, 1>();  // few weights an output do not pay
    check_on<own_input, arch::scalar, 0>();
    check_on<normed, arch::native, 1>();
    check_on<normed, arch::scalar, 0>();  // no memory is gained
    check_on<identity, arch::avx2, 1>();
}

TEST_CASE("additions behind sums that are folded, rounded by integers, of groups, gathered or picked") {
    check<model<input<int8, 5, 5, 4>, conv2d<20>, residual<conv2d<20>, conv2d<20, window<3, 3>, same, weights<int4, per_group<6>>>>>, 1>();
    check<model<input<int8, 5, 5, 4>, rounding::gemmlowp, conv<20>, residual<conv2d<20>, conv<20>>>, 1>();
    check<model<input<uint8, 5, 5, 4>, conv<20>, residual<conv<20, groups<2>, rounding::single>, conv<20, dilation<2>>>>, 1>();
    using scattered = conv2d<20, window<3, 3>, same, weights<per_channel, unstructured<>>>;
    check<model<input<int8, 6, 6, 32>, conv<20>, residual<conv<32>, scattered>>, 1>();
    using picked = conv2d<64, window<3, 3>, same, weights<per_channel, blocks<64, 1>>>;
    check<model<input<int8, 4, 4, 16>, conv2d<64>, residual<conv<16>, picked>>, 1>();
}

TEST_CASE("lines of images with padding of any kind, of sixteen bits and depthwise") {
    using padded = conv2d<12, window<3, 2>, pad<4, 1, 3, 2>, stride<2, 3>, weights<per_channel>>;
    check_on<model<input<int8, 5, 4, 3>, residual<padded, shortcut<padded>>>, arch::scalar, 1>();
    using words = graph<input<int16, 5, 4, 3>, node<conv<7, out<int8>>, 0>, node<conv<7, out<int8>, relu>, 0>, node<add<>, 1, 2>>;
    check_on<words, arch::scalar, 1>();
    using net =
        model<input<int8, 6, 5, 9>, conv2d<9>, residual<conv2d<9>, depthwise_conv2d<window<3, 3>, same, weights<per_channel>>>, linear<3>>;
    check_on<net, arch::scalar, 1>();
    check_on<net, arch::native, arch::native::lanes == 1>();
}

TEST_CASE("sixteen bits, floats, linear layers and outputs that others read are added by themselves") {
    check<model<input<int16, 5, 5, 4>, conv<8>, residual<conv<8>>>, 0>();
    check<model<input<int8, 20>, linear<33, relu>, residual<linear<70>, linear<33>, add<relu>>, residual<linear<33>>>, 0>();
    check<as_float<identity>, 0>();
    // The model's output is the convolution's, under another name.
    using output = graph<input<int8, 4, 4, 3>, node<conv<3>, 0>, node<add<>, 1, 0>, node<flatten, 1>>;
    check<output, 0>();
    using twice = graph<input<int8, 4, 4, 3>, node<conv<3>, 0>, node<add<>, 1, 1>>;
    check<twice, 0>();
}

TEST_CASE("batches and threads where additions are fused") {
    CHECK(support::check_batch<identity, arch::native, 1>() == "");
    CHECK(support::check_batch<identity, arch::native, 3>() == "");
    CHECK(support::check_batch<projected, arch::scalar, 2>() == "");
}

namespace {

// Graphs by lot, all of whose edges have one shape: what node I does and which edges it reads.
constexpr std::size_t drawn(std::size_t seed, std::size_t i, std::size_t what, std::size_t count) {
    std::uint64_t x = seed * 1000003 + i * 1009 + what * 17 + 1;
    for (int k = 0; k < 3; ++k) x ^= x << 13, x ^= x >> 7, x ^= x << 17;
    return std::size_t(x >> 16) % count;
}
template <std::size_t Seed, std::size_t I>
struct drawn_node {
    static constexpr std::size_t what = drawn(Seed, I, 0, 8), edge = I - drawn(Seed, I, 1, I < 4 ? I + 1 : 4);
    static constexpr auto pick() {
        if constexpr (what < 2) return node<conv<16>, edge>{};
        else if constexpr (what == 2) return node<conv2d<16, weights<per_channel>, relu>, edge>{};
        else if constexpr (what == 3) return node<relu, edge>{};
        else if constexpr (what == 4) return node<batch_norm<>, edge>{};
        else return node<add<>, I, edge>{};
    }
    using type = decltype(pick());
};
template <std::size_t Seed, class Index = std::make_index_sequence<9>>
struct drawn_graph;
template <std::size_t Seed, std::size_t... I>
struct drawn_graph<Seed, std::index_sequence<I...>> {
    using type = graph<input<int8, 4, 3, 16>, node<conv<16>, 0>, typename drawn_node<Seed, I + 1>::type...>;
};

template <std::size_t Seed>
std::size_t check_drawn() {
    using net = typename drawn_graph<Seed>::type;
    const auto on = []<class Arch>(Arch) {
        INFO("graph " << Seed);
        REQUIRE(support::check_models<net, Arch>(4, 16, Seed) == "");
    };
    on(arch::native{});
    on(arch::scalar{});
    std::size_t fused = 0;
    for (std::size_t i = 0; i < net::node_count; ++i) fused += plan_of<net, arch::scalar>.is_fused(i);
    return fused;
}

}  // namespace

TEST_CASE("graphs by lot") {
    const std::size_t fused = []<std::size_t... Seed>(std::index_sequence<Seed...>) {
        return (check_drawn<Seed>() + ...);
    }(std::make_index_sequence<12>{});
    CHECK(fused == 3);
}
