// SPDX-License-Identifier: MIT
// Folds, scores against compression by hand, and scores that do not depend on who computes them.
#include <pare/compress.hpp>
#include <pare/pare.hpp>

#include <cmath>
#include <cstddef>
#include <numeric>
#include <set>
#include <span>
#include <vector>

#include "support/catch.hpp"
#include "support/lots.hpp"
#include "support/random_layers.hpp"

namespace {

using namespace pare;
using Catch::Matchers::ContainsSubstring;
using compress::criterion;
using compress::cross_validation;
using compress::labelled_dataset;
using compress::matrix;
using compress::network;
using compress::rate_task;
using compress::recipe;

using net_type = model<input<int8, 6>, linear<8, relu, weights<unstructured<>>>, linear<3, weights<unstructured<>>>>;

/// A network of which each output is the highest for some inputs.
network balanced_network() {
    network net = support::draw_network<net_type>();
    net.weights[0].bias.setZero();
    support::lots r(7);
    net.weights[1].bias -= compress::evaluate(net, support::draw_matrix(r, 600, 6)).back().colwise().mean().transpose();
    return net;
}

/// Inputs labelled by the network itself: dense it is always right.
labelled_dataset own_labels(const network& net, std::size_t count) {
    support::lots r(7);
    labelled_dataset data{support::draw_matrix(r, count, 6), {}};
    const matrix out = compress::evaluate(net, data.inputs).back();
    for (Eigen::Index i = 0; i < out.rows(); ++i) {
        Eigen::Index best = 0;
        out.row(i).maxCoeff(&best);
        data.labels.push_back(std::size_t(best));
    }
    return data;
}

}  // namespace

TEST_CASE("what is right, in percent, over more than one block") {
    const network net = balanced_network();
    labelled_dataset data = own_labels(net, 600);
    CHECK(compress::percent_right(net, data.inputs, data.labels) == 100);
    for (std::size_t i = 0; i < 150; ++i) data.labels[4 * i] = (data.labels[4 * i] + 1) % 3;
    CHECK(compress::percent_right(net, data.inputs, data.labels) == 75);
}

TEST_CASE("folds judge what they did not compress") {
    // Rate 0 in int8 per channel loses next to nothing, all but everything a lot, and each fold counts its own inputs only.
    const network net = balanced_network();
    labelled_dataset data = own_labels(net, 100);
    const cross_validation whole(net, data, {}, 5, 1000, 0.9);
    double sum = 0;
    for (std::size_t f = 0; f < 5; ++f) {
        const double score = whole({criterion::magnitude, f, 0.0});
        CHECK(score >= 90);
        CHECK(score == std::round(score / 5) * 5);  // of 20 inputs
        CHECK(whole({criterion::magnitude, f, 0.9}) < score);
        sum += score;
    }
    CHECK(sum / 5 >= 97);
    // One wrong label is wrong in exactly one fold.
    data.labels[17] = (data.labels[17] + 1) % 3;
    const cross_validation spoilt(net, data, {}, 5, 1000, 0.9);
    std::size_t changed = 0;
    for (std::size_t f = 0; f < 5; ++f) changed += spoilt({criterion::magnitude, f, 0.0}) != whole({criterion::magnitude, f, 0.0});
    CHECK(changed == 1);
}

TEST_CASE("scores are the same on any number of threads, in any order, and for the same seed only") {
    const network net = balanced_network();
    const labelled_dataset data = own_labels(net, 90);
    std::vector<rate_task> tasks;
    for (const criterion by : {criterion::error, criterion::entropy})
        for (std::size_t f = 0; f < 3; ++f)
            for (const double rate : {0.3, 0.5, 0.6, 0.7}) tasks.push_back({by, f, rate});
    const auto scores = [&](unsigned threads, std::uint64_t seed) {
        const cross_validation cv(net, data, {.seed = seed}, 3, 40, 0.7);
        std::vector<double> all(tasks.size());
        compress::thread_executor{threads}(tasks.size(), [&](std::size_t i) { all[i] = cv(tasks[i]); });
        return all;
    };
    const std::vector<double> one = scores(1, 1);
    CHECK(scores(3, 1) == one);
    CHECK(scores(1, 2) != one);
    // A task alone, without what others left behind.
    for (const std::size_t i : {5u, 14u, 23u}) {
        const cross_validation fresh(net, data, {}, 3, 40, 0.7);
        CHECK(fresh(tasks[i]) == one[i]);
    }
    CHECK(std::set<double>(one.begin(), one.end()).size() > 3);
}

TEST_CASE("data that does not fit is refused") {
    const network net = balanced_network();
    labelled_dataset data = own_labels(net, 10);
    const auto make = [&](std::size_t folds, std::size_t calibration = 5) { cross_validation(net, data, {}, folds, calibration, 0.5); };
    CHECK_THROWS_WITH(make(1), "cross-validation: there are at least 2 folds, and no more than inputs; got 1; needs 2 to 10");
    CHECK_THROWS_WITH(make(11), ContainsSubstring("got 11; needs 2 to 10"));
    CHECK_THROWS_WITH(make(2, 0), "cross-validation: compression sees inputs; got 0; needs at least 1");
    data.labels[3] = 3;
    CHECK_THROWS_WITH(make(2), "cross-validation: labels are classes of the network; got 3 for input 3; needs below 3");
    data.labels.pop_back();
    CHECK_THROWS_WITH(make(2), "cross-validation: each input has one label; got 9 labels; needs 10");
    data.inputs = matrix::Ones(10, 5);
    CHECK_THROWS_WITH(make(2), ContainsSubstring("inputs must have the size of the model's"));
}
