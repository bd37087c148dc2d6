// SPDX-License-Identifier: MIT
// Compression with masks of channels: networks narrowed at run time, and models of the narrow type, against the masked ones, on the scalar
// arch: kernels of this machine, which narrow.cpp compares, are 15 s of 65 to compile.
#include <pare/compress/narrow.hpp>
#include <pare/compress/narrow_channels.hpp>
#include <pare/pare.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/lots.hpp"
#include "support/masked_channels.hpp"
#include "support/random_layers.hpp"

namespace {

using namespace pare;
using compress::allocation;
using compress::compressed_network;
using compress::criterion;
using compress::matrix;
using compress::network;
using compress::recipe;
using support::scalar_difference;

template <class Model>
compressed_network compressed(const recipe& r, const compress::dataset& data) {
    return compress::compress_network(support::draw_network<Model>(), data, compress::detail::edge_types<Model>(), r);
}

template <class Model>
compress::dataset inputs() {
    support::lots r(21);
    return {support::draw_matrix(r, 48, Model::input_shape.size())};
}

/// A network's weights as parameters of a model of its extents.
template <class Model>
parameters<Model, owned> stored(const compressed_network& c) {
    constexpr auto nodes = describe_nodes<Model>();
    parameters<Model, owned> p;
    for (std::size_t e = 0; e < c.edges.size(); ++e) p.edges[e] = c.edges[e];
    io::detail::for_each_weighted<Model>([&]<std::size_t I> {
        REQUIRE(std::size_t(c.quantized[I].mask.rows()) == nodes[I].weights.rows);
        REQUIRE(std::size_t(c.quantized[I].mask.cols()) == nodes[I].weights.cols);
        compress::encode(c.quantized[I], c.net.weights[I].bias, c.edges[nodes[I].inputs[0]].scale, "layer", p.template layer<I>());
    });
    return p;
}

template <class Model>
bool same_bytes(const parameters<Model, owned>& a, const parameters<Model, owned>& b) {
    bool same = a.edges == b.edges;
    io::detail::for_each_weighted<Model>([&]<std::size_t I> {
        const auto &x = a.template layer<I>(), &y = b.template layer<I>();
        same = same && x.positions == y.positions && x.codes == y.codes && x.book == y.book && x.scales == y.scales &&
               x.factors == y.factors && x.zero_points == y.zero_points && x.bias == y.bias;
    });
    return same;
}

/// Compresses, narrows at both levels, and compares everything with everything.
template <class Masked, class Small>
compressed_network check(const recipe& r) {
    const compress::dataset data = inputs<Masked>();
    const compressed_network c = compressed<Masked>(r, data), narrow = compress::narrow(c);
    const auto p = stored<Masked>(c);
    const auto q = compress::narrow<Small>(p);
    CHECK(scalar_difference(p, q) == "");
    CHECK(same_bytes(stored<Small>(narrow), q));

    // What the network says of itself is what the narrow type says.
    constexpr auto nodes = describe_nodes<Small>();
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        const node_info& n = narrow.net.nodes[i];
        INFO("node " << i);
        CHECK((n.kind == nodes[i].kind && n.in == nodes[i].in && n.out == nodes[i].out && n.weights == nodes[i].weights));
        CHECK((n.macs == nodes[i].macs && n.kept == nodes[i].kept));
        CHECK((n.format.is_dense == nodes[i].format.is_dense && n.format.unit.fixed == nodes[i].format.unit.fixed));
    }
    const matrix wide = compress::evaluate(c.net, data.inputs).back(), small = compress::evaluate(narrow.net, data.inputs).back();
    CHECK((wide - small).cwiseAbs().maxCoeff() < 1e-4f * wide.cwiseAbs().maxCoeff());
    CHECK((wide.rowwise() - wide.row(0)).cwiseAbs().maxCoeff() > 1e-2f);
    return narrow;
}

template <std::size_t A, std::size_t B, class Cut, class Kept>
using straight = model<input<int8, 8, 7, 3>, conv2d<A, window<3>, same, relu, Cut>, max_pool2d<2>, conv2d<B, window<3>, same, relu, Cut>,
                       flatten, linear<5, Kept>>;

template <std::size_t C, std::size_t Inner, class Cut, class Depthwise = weights<>>
using streams = model<
    input<int8, 6, 6, 2>, conv2d<C, window<3>, same, relu, Cut>,
    residual<conv2d<Inner, relu, Cut>, depthwise_conv2d<window<3>, same, Depthwise, relu>, conv2d<C, window<3>, same, Cut>, add<relu>>,
    residual<conv2d<C, window<3>, same, Cut>>, global_avg_pool2d<>, linear<4>>;

template <std::size_t A, std::size_t B, class Cut>
using flat = model<input<int8, 12>, linear<A, relu, Cut>, linear<B, Cut>, relu6, linear<3>>;

recipe half(criterion by) { return {.prune_by = by, .rate = 0.5, .allocate = allocation::per_layer}; }

}  // namespace

TEST_CASE("compressed networks are narrowed, bit for bit") {
    for (const criterion by : {criterion::error, criterion::activation_entropy, criterion::magnitude}) {
        check<straight<8, 6, weights<per_channel, channels>, weights<codebook<8>>>,
              straight<4, 3, weights<per_channel>, weights<codebook<8>>>>(half(by));
        check<flat<10, 8, weights<int4, channels, codebook<4, per_channel>>>, flat<5, 4, weights<int4, codebook<4, per_channel>>>>(
            half(by));
    }
    recipe corrected = half(criterion::random);
    corrected.correct_bias = true;
    check<straight<8, 6, weights<affine, channels>, weights<unstructured<>>>, straight<4, 3, weights<affine>, weights<unstructured<>>>>(
        corrected);
}

TEST_CASE("streams lose channels together, and depthwise layers with them") {
    for (const criterion by : {criterion::error, criterion::activation_entropy}) {
        const compressed_network c = check<streams<8, 6, weights<per_channel, channels>>, streams<4, 3, weights<per_channel>>>(half(by));
        CHECK((c.net.nodes[2].kind == layer_kind::depthwise_conv2d && c.net.nodes[2].weights == matrix_shape{3, 9}));
        check<streams<8, 6, weights<channels>, weights<channels>>, streams<4, 3, weights<>, weights<>>>(half(by));
    }
}

TEST_CASE("a network that has lost nothing stays as it is") {
    using masked = flat<10, 8, weights<channels>>;
    const compressed_network c = compressed<masked>({}, inputs<masked>()), n = compress::narrow(c);
    for (const std::size_t i : {0u, 1u, 3u}) {
        CHECK(n.quantized[i].codes == c.quantized[i].codes);
        CHECK(n.net.weights[i].bias == c.net.weights[i].bias);
        CHECK(n.net.nodes[i].format.is_dense);
    }
}

TEST_CASE("the means of removed channels are not lost") {
    // Channels that hardly vary say much; without their means in the readers' biases the output would be far off.
    using masked = flat<10, 8, weights<channels>>;
    network net = support::draw_network<masked>();
    net.weights[0].weights.topRows(5) *= 0.01f;
    net.weights[0].bias.head(5).setConstant(2.0f);
    const compress::dataset data = inputs<masked>();
    const matrix wanted = compress::evaluate(net, data.inputs).back();
    const auto types = compress::detail::edge_types<masked>();
    recipe r = half(criterion::error);
    const compressed_network c = compress::compress_network(net, data, types, r);
    for (Eigen::Index n = 0; n < 10; ++n) CHECK((c.quantized[0].mask(n, 0) == 0) == (n < 5));
    compressed_network silent = c;  // the second layer as it was
    const matrix got = compress::evaluate(c.net, data.inputs)[2], before = compress::evaluate(net, data.inputs)[2];
    silent.net.weights[1].bias = net.weights[1].bias;
    const matrix lost = compress::evaluate(silent.net, data.inputs)[2];
    CHECK(wanted.cols() == 3);
    const auto alive = [&](const matrix& m) {
        double sum = 0;
        for (Eigen::Index n = 0; n < 8; ++n)
            if (c.quantized[1].mask(n, 0)) sum += double((m.col(n) - before.col(n)).squaredNorm());
        return sum;
    };
    CHECK(alive(got) * 50 < alive(lost));
}

TEST_CASE("what cannot be narrowed is refused in words") {
    using masked = flat<10, 8, weights<channels>>;
    const compressed_network c = compressed<masked>(half(criterion::magnitude), inputs<masked>());
    compressed_network loud = c;
    std::size_t gone = 0;
    while (c.quantized[0].mask(Eigen::Index(gone), 0)) ++gone;
    loud.net.weights[0].bias[Eigen::Index(gone)] = 0.25f;
    CHECK_THROWS_WITH(compress::narrow(loud),
                      "linear.0.bias: a channel that vanishes says 0, as compress_network leaves it; got 0.250000 at index " +
                          std::to_string(gone) + "; needs 0");
    compressed_network high = c;
    high.net.nodes[2].low = 1;
    CHECK_THROWS_WITH(compress::narrow(high),
                      "activation.0: a channel that vanishes says 0, as compress_network leaves it; got an activation to "
                      "[1.000000, 6.000000]; needs one that leaves 0 as it is");
    compressed_network none = c;
    none.quantized[1].mask.setZero();
    CHECK_THROWS_WITH(compress::narrow(none), "linear.1: a layer keeps a channel at least; got none of 8; needs 1");

    using grouped = model<input<int8, 6>, linear<8, weights<channels>, relu>, linear<3, weights<int4, per_group<4>>>>;
    compressed_network groups = compressed<grouped>({.rate = 0.25}, inputs<grouped>());
    groups.quantized[1].factors = {1, 2, 3, 4, 5, 6};
    CHECK_THROWS_WITH(
        compress::narrow(groups),
        Catch::Matchers::ContainsSubstring("linear.1.weight: weights of one group have one factor, also when others have gone from "
                                           "between them; got factors 1 and 2 in a group of 4 of output 0; needs groups"));
    groups.quantized[1].factors = {2, 2, 3, 3, 5, 5};
    CHECK(compress::narrow(groups).quantized[1].factors == std::vector<std::uint8_t>{2, 2, 3, 3, 5, 5});
}
