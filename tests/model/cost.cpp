// SPDX-License-Identifier: MIT
// Multiplications, bytes and estimates of time, against numbers by hand and against packed models.
#include <pare/model/cost.hpp>

#include <array>
#include <cstdint>

#include <pare/io/owned.hpp>
#include <pare/model/model.hpp>
#include <pare/model/table.hpp>

#include "support/catch.hpp"

namespace {

using namespace pare;

// 8x8x2 -> conv 3x3x4 same, half of the weights -> pool -> depthwise 3x3 -> flatten -> linear 10 (8 of 640 groups of 16).
using net = model<input<int8, 8, 8, 2>, conv2d<4, window<3, 3>, same, weights<per_channel, n_of_m<1, 2>>, relu>, max_pool2d<2>,
                  depthwise_conv2d<window<3, 3>, same>, flatten, linear<10, weights<int4, per_group<16>>>, softmax<>>;
using data_dependent = model<input<int8, 12>, linear<5, weights<unstructured<>>>>;
using counted = model<input<int8, 12>, linear<5, weights<unstructured<7>, codebook<4>>>>;

// Sums of both forms, with parameters in fixed storage: only sizes count here.
template <class Model, class Arch>
void check_sums() {
    static parameters<Model> p{};
    static packed<Model, Arch> q{};
    std::size_t stored = 0, executing = 0;
    for (const layer_cost& c : layer_costs<Model, Arch>) stored += c.stored_bytes, executing += c.executing_bytes;
    CHECK(stored == stored_bytes(p));
    CHECK(executing == executing_bytes(q));
    CHECK(flash_bytes<Model, Arch> == executing);
}

}  // namespace

TEST_CASE("multiply-accumulates, dense and kept") {
    STATIC_REQUIRE(cost<net>.dense == 8 * 8 * 4 * 18 + 4 * 4 * 4 * 9 + 64 * 10);
    STATIC_REQUIRE(cost<net>.kept == 8 * 8 * 4 * 9 + 4 * 4 * 4 * 9 + 64 * 10);
    STATIC_REQUIRE(layer_costs<net, arch::scalar>[0].macs_kept == 8 * 8 * 4 * 9);
    STATIC_REQUIRE(layer_costs<net, arch::scalar>[1].macs_dense == 0);
    STATIC_REQUIRE(cost<data_dependent>.dense == 60);
    STATIC_REQUIRE(cost<data_dependent>.kept == dynamic);
    STATIC_REQUIRE(cost<counted>.kept == 7);
    STATIC_REQUIRE(cost<as_float<counted>>.kept == 60);
}

TEST_CASE("operations: two for a multiplication, one for an element that is read") {
    constexpr auto& c = layer_costs<net, arch::scalar>;
    STATIC_REQUIRE(c[0].operations == 2 * 8 * 8 * 4 * 18);
    STATIC_REQUIRE(c[1].operations == 8 * 8 * 4);
    STATIC_REQUIRE(c[3].operations == 0);
    STATIC_REQUIRE(c[4].operations == 2 * 640);
    STATIC_REQUIRE(c[5].operations == 10);
    STATIC_REQUIRE(c[0].moved_bytes == 8 * 8 * 2 + 8 * 8 * 4);
    STATIC_REQUIRE(c[3].moved_bytes == 0);
}

TEST_CASE("a pool that is fused costs what its convolution does more") {
    constexpr auto& c = layer_costs<net, arch::avx512_vnni>;
    STATIC_REQUIRE((!c[0].fused && c[1].fused && !c[2].fused));
    STATIC_REQUIRE(c[0].operations == 2 * 8 * 8 * 4 * 18 + 8 * 8 * 4);
    STATIC_REQUIRE(c[0].moved_bytes == 8 * 8 * 2 + 4 * 4 * 4);
    STATIC_REQUIRE((c[1].operations == 0 && c[1].moved_bytes == 0));
    STATIC_REQUIRE_FALSE(layer_costs<net, arch::scalar>[1].fused);
    STATIC_REQUIRE(describe<net, arch::avx512_vnni>()[1].format.view() == "fused");
    STATIC_REQUIRE(describe<net, arch::scalar>()[1].format.view() == "");
}

TEST_CASE("an addition that is fused is work of the layer before it") {
    using block = model<input<int8, 4, 4, 16>, residual<conv2d<16, window<3, 3>, same>>, residual<depthwise_conv2d<window<3, 3>, same>>>;
    constexpr auto& c = layer_costs<block, arch::avx512_vnni>;
    STATIC_REQUIRE((!c[0].fused && c[1].fused && !c[2].fused && !c[3].fused));
    STATIC_REQUIRE(c[0].operations == 2 * 4 * 4 * 16 * 144 + 2 * 256);
    STATIC_REQUIRE(c[0].moved_bytes == 3 * 256);
    STATIC_REQUIRE((c[1].operations == 0 && c[1].moved_bytes == 0));
    STATIC_REQUIRE(
        (c[2].operations == 2 * 4 * 4 * 16 * 9 && c[2].moved_bytes == 2 * 256 && c[3].operations == 512 && c[3].moved_bytes == 768));
    STATIC_REQUIRE_FALSE(layer_costs<block, arch::scalar>[3].fused);
    STATIC_REQUIRE(describe<block, arch::avx512_vnni>()[1].format.view() == "fused");
    STATIC_REQUIRE(describe<block, arch::avx512_vnni>()[3].format.view() == "");
}

TEST_CASE("bytes by hand") {
    constexpr auto& c = layer_costs<net, arch::scalar>;
    // 4 outputs x 9 pairs, 1 bit and one 8-bit code each, a scale and a bias for each output, the quantisations of two edges.
    STATIC_REQUIRE(c[0].stored_bytes == 5 + 36 + 16 + 16 + 16);
    // 640 codes of 4 bits, 10 scales, 40 factors, 10 biases, one edge.
    STATIC_REQUIRE(c[4].stored_bytes == 320 + 40 + 40 + 40 + 8);
    STATIC_REQUIRE(layer_costs<counted, arch::scalar>[0].stored_bytes > 2 + 4 + 4 + 20 + 16);
    STATIC_REQUIRE(layer_costs<data_dependent, arch::scalar>[0].stored_bytes == dynamic);
}

TEST_CASE("costs of layers add up to the bytes of both forms") {
    check_sums<net, arch::scalar>();
    check_sums<net, arch::avx2>();
    check_sums<net, arch::avx512_vnni>();
    check_sums<counted, arch::scalar>();
    check_sums<as_float<net>, arch::avx512_vnni>();
}

TEST_CASE("with parameters, nothing is unknown") {
    // Row n keeps weights n and n + 1: ten of sixty.
    constexpr auto p = [] {
        parameters<model<input<int8, 12>, linear<5, weights<unstructured<10>>>>> made{};
        auto& w = made.template layer<0>();
        bit_writer out(w.positions);
        unstructured<>::write(out, 5, 12, [](std::size_t n, std::size_t k) { return k == n || k == n + 1; });
        return made;
    }();
    STATIC_REQUIRE(cost_of(p).kept == 10);
    STATIC_REQUIRE(cost_of(p).dense == 60);

    using graph = data_dependent;
    parameters<graph, view> viewed;
    const auto& from = p.layer<0>();
    viewed.edges = p.edges;
    auto& to = viewed.layer<0>();
    to.positions = from.positions, to.codes = from.codes, to.scales = from.scales, to.bias = from.bias;
    packed<graph, arch::scalar, view> executing;
    CHECK(cost_of(viewed).kept == 10);
    const auto costs = costs_of(viewed, executing);
    CHECK(costs[0].macs_kept == 10);
    CHECK(costs[0].stored_bytes == stored_bytes(viewed));
    CHECK(costs[0].executing_bytes == executing_bytes(executing));
}

TEST_CASE("sparse forms cost the steps that they do") {
    // Of two registers of 16 outputs and 64 weights the first has two blocks of four columns, the second one of them.
    using graph = model<input<int8, 64>, linear<32, weights<per_channel, blocks<16, 4>>>>;
    using vnni = arch::avx512_vnni;
    parameters<graph, owned> p;
    p.edges.fill({1.0f, 0});
    auto& w = p.layer<0>();
    const auto exists = [](std::size_t n, std::size_t k) { return k / 4 == 3 || (n < 16 && k / 4 == 9); };
    w.positions.resize(64);
    bit_writer out(w.positions);
    blocks<16, 4>::write(out, 32, 64, exists);
    w.codes.assign(3 * 64, std::byte(1));
    w.scales.assign(32, 1.0f);
    w.bias.assign(32, 0);
    const auto q = pack<vnni>(p);
    REQUIRE(std::get<0>(q.layers).data.is_sparse());
    CHECK(costs_of(p, q)[0].operations == 3 * 2 * 64);
    CHECK(layer_costs<graph, vnni>[0].operations == 2 * 32 * 64);
}

TEST_CASE("the estimate is the longer of computing and moving, layer by layer") {
    constexpr std::array<layer_cost, 3> costs{layer_cost{.operations = 2000, .executing_bytes = 50, .moved_bytes = 50},
                                              layer_cost{.operations = 100, .executing_bytes = 600, .moved_bytes = 400},
                                              layer_cost{.operations = 0, .executing_bytes = 8, .moved_bytes = 0}};
    constexpr device d{.operations_per_second = 1000, .bytes_per_second = 500, .seconds_per_layer = 0.25};
    STATIC_REQUIRE(inference_time(costs, d) == 2.0 + 2.0 + 2 * 0.25);
    STATIC_REQUIRE(inference_time<net, arch::scalar>(d) == inference_time(layer_costs<net, arch::scalar>, d));
    STATIC_REQUIRE(inference_time<net, arch::scalar>(d) > double(2 * cost<net>.dense) / 1000);
}
