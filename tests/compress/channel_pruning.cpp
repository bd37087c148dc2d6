// SPDX-License-Identifier: MIT
// The choice among tied channels, against all choices that there are.
#include <pare/compress/channel_pruning.hpp>
#include <pare/compress/prune_network.hpp>
#include <pare/model/model.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <vector>

#include "support/catch.hpp"
#include "support/lots.hpp"
#include "support/random_layers.hpp"

namespace {

using namespace pare;
using compress::absent_channels;
using compress::activations;
using compress::channel_group;
using compress::channel_ties;
using compress::criterion;
using compress::matrix;
using compress::network;
using w = weights<channels>;

/// A stream of six channels that two layers write, with a depthwise layer that has a mask, and an inner layer of five.
using tied = model<input<int8, 4, 4, 2>, conv2d<6, window<3>, same, w, relu, named<"stem">>,
                   residual<conv2d<5, w, relu, named<"inner">>, conv2d<6, window<3>, same, w, named<"out">>>,
                   depthwise_conv2d<window<2>, w, named<"dw">>, flatten, linear<3>>;

/// What each output of a node counts, by definition, in double precision.
std::vector<double> counts(const network& net, std::size_t i, const activations& edges, criterion by) {
    network plain = net;
    plain.nodes[i].has_low = plain.nodes[i].has_high = false;
    const matrix out = compress::evaluate_node(by == criterion::error ? plain : net, i, edges[net.nodes[i].inputs[0]], nullptr, 1);
    const std::size_t outputs = net.nodes[i].weights.rows;
    std::vector<double> all;
    for (std::size_t n = 0; n < outputs; ++n) {
        if (by == criterion::magnitude) {
            double sum = 0;
            for (const float v : net.weights[i].weights.row(Eigen::Index(n))) sum += double(v) * double(v);
            all.push_back(sum);
        } else if (by == criterion::error) {
            std::vector<double> values;
            for (std::size_t k = n; k < std::size_t(out.size()); k += outputs) values.push_back(double(out.data()[k]));
            const double mean = std::accumulate(values.begin(), values.end(), 0.0) / double(values.size());
            double variance = 0;
            for (const double v : values) variance += (v - mean) * (v - mean) / double(values.size());
            all.push_back(variance);
        } else {
            const std::size_t places = std::size_t(out.cols()) / outputs;
            compress::vector means(out.rows());
            for (Eigen::Index s = 0; s < out.rows(); ++s) {
                double sum = 0;
                for (std::size_t p = 0; p < places; ++p) sum += double(out(s, Eigen::Index(p * outputs + n)));
                means[s] = float(sum / double(places));
            }
            all.push_back(compress::response_entropy(means));
        }
    }
    return all;
}

/// The channels, of six, whose removal costs least: all choices of `count` are tried.
std::vector<std::size_t> best_choice(const std::vector<std::vector<double>>& layers, std::size_t outputs, std::size_t count) {
    double least = 1e300;
    unsigned best = 0;
    for (unsigned choice = 0; choice < 1u << outputs; ++choice) {
        if (std::size_t(std::popcount(choice)) != count) continue;
        double cost = 0;
        for (const std::vector<double>& layer : layers) {
            const double average = std::accumulate(layer.begin(), layer.end(), 0.0) / double(layer.size());
            for (std::size_t n = 0; n < outputs; ++n)
                if (choice >> n & 1) cost += layer[n] / average;
        }
        if (cost < least) least = cost, best = choice;
    }
    std::vector<std::size_t> chosen;
    for (std::size_t n = 0; n < outputs; ++n)
        if (best >> n & 1) chosen.push_back(n);
    return chosen;
}

std::vector<std::size_t> gone(const absent_channels& a, std::size_t edge, std::size_t channels) {
    std::vector<std::size_t> all;
    for (std::size_t c = 0; c < channels; ++c)
        if (a.at(edge, c)) all.push_back(c);
    return all;
}

template <class Model>
std::vector<channel_group> groups_of() {
    constexpr auto nodes = describe_nodes<Model>();
    return compress::channel_groups(nodes, compress::tie_channels(nodes));
}

}  // namespace

TEST_CASE("layers whose channels are tied are one group") {
    const auto groups = groups_of<tied>();
    REQUIRE(groups.size() == 2);
    CHECK(groups[0].nodes == std::vector<std::size_t>{0, 2, 4});
    CHECK(groups[1].nodes == std::vector<std::size_t>{1});
    CHECK((groups[0].sets.size() == 6 && groups[0].all == 6 && groups[1].sets.size() == 5 && groups[1].all == 5));

    // A layer that joins two streams that stood apart before it.
    using joined = graph<input<int8, 4>, node<linear<3, w>, 0>, node<linear<3, w>, 0>, node<linear<3, w>, 0>, node<add<>, 1, 2>,
                         node<add<>, 4, 3>, node<linear<2>, 5>>;
    const auto one = groups_of<joined>();
    REQUIRE(one.size() == 1);
    CHECK((one[0].nodes == std::vector<std::size_t>{0, 1, 2} && one[0].all == 3));

    const auto pinned = groups_of<model<input<int8, 4>, linear<3, w>, linear<2, w>>>();
    REQUIRE(pinned.size() == 2);
    CHECK((pinned[0].sets.size() == 3 && pinned[1].sets.empty() && pinned[1].all == 2));
    CHECK(groups_of<model<input<int8, 4>, linear<3, weights<unstructured<>>>, linear<2>>>().empty());
}

TEST_CASE("scores of layers are comparable by their means, by hand") {
    constexpr auto nodes = describe_nodes<tied>();
    const channel_ties ties = compress::tie_channels(nodes);
    const channel_group g = compress::channel_groups(nodes, ties)[0];
    // 3, then thousandths, then a layer of zeros that says nothing.
    const std::vector<double> scores =
        compress::set_scores(ties, g, {{1, 2, 3, 3, 3, 6}, {0.006, 0.001, 0.001, 0.001, 0.001, 0.002}, {0, 0, 0, 0, 0, 0}});
    const std::vector<double> wanted{1 / 3.0 + 3, 2 / 3.0 + 0.5, 1.5, 1.5, 1.5, 3};
    REQUIRE(scores.size() == 6);
    for (std::size_t i = 0; i < 6; ++i) CHECK(scores[i] == Approx(wanted[i]));
    const auto at = [&](double rate) {
        std::vector<std::size_t> which;
        for (const std::size_t s : compress::lowest_sets(g, scores, rate))
            which.push_back(std::size_t(std::ranges::find(g.sets, s) - g.sets.begin()));
        return which;
    };
    CHECK(at(0).empty());
    CHECK(at(0.08).empty());
    CHECK(at(0.09) == std::vector<std::size_t>{1});
    CHECK(at(0.5) == std::vector<std::size_t>{1, 2, 3});         // the first of equal ones
    CHECK(at(0.99) == std::vector<std::size_t>{1, 2, 3, 4, 5});  // one stays
}

TEST_CASE("tied channels go together, those that all choices agree are the least loss") {
    const network net = support::draw_network<tied>();
    support::lots r(12);
    const activations edges = compress::evaluate(net, support::draw_matrix(r, 40, 32));
    for (const criterion by : {criterion::magnitude, criterion::error, criterion::activation_entropy})
        for (const std::size_t count : {1u, 2u, 3u, 5u}) {
            std::vector<double> rates(net.nodes.size(), double(count) / 6);
            rates[1] = 0.4;
            const absent_channels a = compress::detail::choose_channels(net, edges, {.prune_by = by}, rates);
            const auto wanted = best_choice({counts(net, 0, edges, by), counts(net, 2, edges, by), counts(net, 4, edges, by)}, 6, count);
            INFO("criterion " << int(by) << ", " << count << " channels");
            for (const std::size_t edge : {1u, 3u, 4u, 5u}) CHECK(gone(a, edge, 6) == wanted);
            CHECK(gone(a, 2, 5) == best_choice({counts(net, 1, edges, by)}, 5, 2));
        }
}

TEST_CASE("chance follows the recipe's seed") {
    const network net = support::draw_network<tied>();
    support::lots r(12);
    const activations edges = compress::evaluate(net, support::draw_matrix(r, 4, 32));
    const auto choice = [&](std::uint64_t seed) {
        return compress::detail::choose_channels(net, edges, {.prune_by = criterion::random, .seed = seed},
                                                 std::vector<double>(net.nodes.size(), 0.5))
            .sets;
    };
    CHECK(choice(1) == choice(1));
    CHECK((choice(1) != choice(2) || choice(1) != choice(3)));
}

TEST_CASE("by error a layer alone loses the outputs that its pruning would take") {
    using alone = model<input<int8, 4, 4, 4>, conv2d<6, window<2>, groups<2>, w>, linear<2>>;
    const network net = support::draw_network<alone>();
    support::lots r(3);
    const matrix in = support::draw_matrix(r, 30, 64);
    const matrix moments = compress::detail::stacked_moments(net, 0, in);
    const auto scores = compress::detail::output_scores(compress::detail::problem_of(net, 0, {in}, moments, {}), criterion::error);
    const compress::layer_weights pruned = compress::detail::prune_node(net, 0, {in}, moments, {.damping = 1e-6f}, {0.5}).front();
    std::vector<double> sorted = scores;
    std::ranges::sort(sorted);
    for (std::size_t n = 0; n < 6; ++n) CHECK((scores[n] <= sorted[2]) == (pruned.mask(Eigen::Index(n), 0) == 0));
}

TEST_CASE("a mask of channels where none may go is refused where some should") {
    const auto refused = []<class Model>(Model, const char* text) {
        const network net = support::draw_network<Model>();
        support::lots r(1);
        const activations edges = compress::evaluate(net, support::draw_matrix(r, 8, net.nodes[0].in.size()));
        CHECK_NOTHROW(compress::allocate_rates(net, edges, {}));
        for (const auto how : {compress::allocation::per_layer, compress::allocation::global})
            CHECK_THROWS_WITH(compress::allocate_rates(net, edges, {.rate = 0.5, .allocate = how}), text);
    };
    refused(
        model<input<int8, 4>, linear<3, w>, linear<2, w, named<"last">>>{},
        "last.weight: a mask of channels stands where channels may go: with all that are tied to them; got channels tied to the model's "
        "output; needs another mask here, or masks of channels there too");
    refused(model<input<int8, 4, 4, 2>, residual<conv2d<2, w>>, linear<2>>{},
            "conv2d.0.weight: a mask of channels stands where channels may go: with all that are tied to them; got channels tied to the "
            "model's input; needs another mask here, or masks of channels there too");
    refused(model<input<int8, 4, 4, 2>, conv2d<3, named<"stem">>, residual<conv2d<3, w, named<"branch">>>, linear<2>>{},
            "branch.weight: a mask of channels stands where channels may go: with all that are tied to them; got channels tied to stem, "
            "which has no mask of channels; needs another mask here, or masks of channels there too");
}

TEST_CASE("tied layers have one rate, and the rates fit the whole") {
    const network net = support::draw_network<tied>();
    support::lots r(5);
    const activations edges = compress::evaluate(net, support::draw_matrix(r, 40, 32));
    const auto rates = compress::allocate_rates(net, edges, {.rate = 0.4, .allocate = compress::allocation::global});
    CHECK((rates[0] == rates[2] && rates[2] == rates[4] && rates[5] == 0 && rates[6] == 0));
    double weights_of = 0, removed = 0;
    for (const std::size_t i : {0u, 1u, 2u, 4u}) {
        const double size = double(net.nodes[i].weights.rows * net.nodes[i].weights.cols);
        weights_of += size, removed += size * rates[i];
    }
    CHECK(removed / weights_of == Approx(0.4));
}
