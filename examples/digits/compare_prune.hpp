// SPDX-License-Identifier: MIT
// One network pruned by one criterion in one geometry at several rates, and how well it does.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <pare/compress/run.hpp>

#include "compare_grid.hpp"
#include "images.hpp"

namespace digits {

/// A float network, what it is calibrated and judged with. Shared by all that prune it.
struct subject {
    std::string name;
    pare::compress::network net;  ///< dense, int8 with a scale for each output
    pare::compress::dataset calibration;
    pare::compress::activations edges;  ///< of the calibration images
    image_set test;

    std::size_t weights() const {
        std::size_t sum = 0;
        for (const pare::node_info& n : net.nodes) sum += n.weights.rows * n.weights.cols;
        return sum;
    }
    std::size_t macs() const {
        std::size_t sum = 0;
        for (const pare::node_info& n : net.nodes) sum += n.macs;
        return sum;
    }
};

/// How a rate becomes rates of layers, or that the geometry leaves no choice.
enum class division { global, per_layer, by_geometry };

struct result {
    std::string network{}, geometry{}, criterion{};
    division allocation{};
    double rate = 0;      ///< share of the pruned layers' weights that is to go
    double reached = 0;   ///< share of them that went
    double removed = 0;   ///< share of all weights of the network that went
    double accuracy = 0;  ///< percent
};

/// Percent of the images that the network gets right, in float.
inline double accuracy(const pare::compress::network& net, const image_set& images) {
    constexpr std::size_t block = 200;  // images at a time, for the memory
    std::size_t right = 0;
    for (std::size_t first = 0; first < images.count(); first += block) {
        const std::size_t count = std::min(block, images.count() - first);
        const auto pixels = std::span(images.pixels).subspan(first * pixels_per_image, count * pixels_per_image);
        const auto scores = evaluate(net, pare::compress::make_dataset(pixels, pixels_per_image, 1.0f / 255).inputs).back();
        for (std::size_t i = 0; i < count; ++i) {
            Eigen::Index answer = 0;
            scores.row(Eigen::Index(i)).maxCoeff(&answer);
            right += std::size_t(answer) == images.labels[first + i];
        }
    }
    return 100 * double(right) / double(images.count());
}

/// The rate from which on global allocation has no choice: no layer is tried above it.
inline double last_trial_rate(const pare::compress::network& net) {
    double last = 0;
    for (const pare::node_info& n : net.nodes)
        if (has_weights(n.kind)) last = std::max(last, pare::compress::detail::trial_rates(n).back());
    return last;
}

/// Compresses and judges a network whose masks all say how many weights they keep.
inline result judge(const subject& s, pare::compress::network net, const pare::compress::recipe& r) {
    // Activations stay real numbers: what is judged is the weights.
    const std::vector<pare::compress::edge_type> real(net.nodes.size() + 1, {.is_float = true});
    const auto c = compress_network(std::move(net), s.calibration, real, r);
    std::size_t kept = 0, dense = 0;
    for (std::size_t i = 0; i < c.net.nodes.size(); ++i) {
        const pare::node_info& n = c.net.nodes[i];
        if (!has_weights(n.kind)) continue;
        if (n.format.is_dense) dense += n.weights.rows * n.weights.cols;
        else kept += std::size_t((c.quantized[i].mask != 0).count());
    }
    const double all = double(s.weights()), open = all - double(dense), gone = open - double(kept);
    return {.reached = open > 0 ? gone / open : 0, .removed = gone / all, .accuracy = accuracy(c.net, s.test)};
}

/// One criterion in one geometry: what is measured together.
struct job {
    const subject* of;
    geometry shape;
    named_criterion by;
    std::vector<division> allocations;
    std::vector<double> rates;  ///< ascending

    std::size_t runs() const { return shape.has_own_rate() ? 1 : allocations.size() * rates.size(); }
    bool measures_curves() const { return !shape.has_own_rate() && std::ranges::count(allocations, division::global) > 0; }

    /// Work in multiply-adds or so, for telling what is left: of pruning, of one run, of the curves, of all.
    double pruning_work() const {
        if (by.rank_by != pare::compress::criterion::error || shape.is_channels()) return 0;
        double sum = 0;
        for (const pare::node_info& n : of->net.nodes) {
            // Rows of up to 512 weights are pruned in many small steps (error_pruning.hpp).
            const double solves = double(n.weights.rows) / double(std::max<std::size_t>(shape.unit.rows, 1));
            sum += solves * std::pow(double(n.weights.cols), 3) * (n.weights.cols <= 512 ? 5 : 0.1);
        }
        return sum;
    }
    double run_work() const {
        return pruning_work() + (double(of->test.count()) + 2 * double(of->calibration.count())) * double(of->macs());
    }
    double curve_work() const {
        if (!measures_curves()) return 0;
        const auto layers = std::ranges::count_if(of->net.nodes, [](const pare::node_info& n) { return has_weights(n.kind); });
        return pruning_work() + 5 * double(layers) * double(of->calibration.count()) * double(of->macs());
    }
    double work() const { return double(runs()) * run_work() + curve_work(); }
};

/// All results of a job; `tell` is called with the work done in each step.
inline std::vector<result> run(const job& j, const std::function<void(double)>& tell) {
    using pare::compress::network;
    const subject& s = *j.of;
    network net{with_geometry(s.net.nodes, j.shape), s.net.weights, 1};
    pare::compress::recipe r;
    r.prune_by = j.by.rank_by;
    r.threads = 1;  // jobs run side by side
    std::vector<result> results;
    const auto add = [&](network ready, division how, double rate) {
        result one = judge(s, std::move(ready), r);
        one.network = s.name, one.geometry = j.shape.name, one.criterion = j.by.name, one.allocation = how, one.rate = rate;
        results.push_back(std::move(one));
        tell(j.run_work());
    };
    if (j.shape.has_own_rate()) {
        add(std::move(net), division::by_geometry, j.shape.own_rate());
        return results;
    }
    std::vector<std::size_t> open;
    for (std::size_t i = 0; i < net.nodes.size(); ++i)
        if (pare::compress::detail::has_open_rate(net.nodes[i])) open.push_back(i);
    for (const division how : j.allocations) {
        std::vector<pare::compress::rate_curve> curves;
        if (how == division::global) {
            r.rate = j.rates.back();  // what the curves reach, once for all rates
            curves = rate_curves(net, s.edges, r);
            r.rate = 0;
            tell(j.curve_work());
        }
        for (const double rate : j.rates) {
            std::vector<double> shares(open.size(), rate);
            if (how == division::global) shares = pare::compress::allocate(curves, rate);
            network ready = net;
            for (std::size_t k = 0; k < open.size(); ++k) {
                pare::node_info& n = ready.nodes[open[k]];
                const double all = double(n.weights.rows * n.weights.cols);
                n.kept = std::size_t(std::lround(all - shares[k] * all));
            }
            add(std::move(ready), how, rate);
        }
    }
    return results;
}

}  // namespace digits
