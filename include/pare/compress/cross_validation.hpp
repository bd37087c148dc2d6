// SPDX-License-Identifier: MIT
// How well a network does on inputs that its compression has not seen: k folds.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <numeric>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <pare/compress/dataset.hpp>
#include <pare/compress/error.hpp>
#include <pare/compress/prune_network.hpp>
#include <pare/compress/recipe.hpp>
#include <pare/compress/run.hpp>
#include <pare/core/config.hpp>

namespace pare::inline v0::compress {

/// Inputs, one a row, and the class of each. Inputs that the network was trained with tell little here: it knows them.
struct labelled_dataset {
    matrix inputs;                    ///< one a row
    std::vector<std::size_t> labels;  ///< the class of each, from 0

    /// How many inputs there are.
    std::size_t count() const { return std::size_t(inputs.rows()); }
};

/// Percent of `inputs` whose highest output is that of their label; nan of none.
inline double percent_right(const network& net, const matrix& inputs, const std::vector<std::size_t>& labels) {
    std::size_t right = 0;
    constexpr std::size_t block = 256;  // at a time, so that activations stay small
    for (std::size_t at = 0; at < labels.size(); at += block) {
        const Eigen::Index size = Eigen::Index(std::min(block, labels.size() - at));
        const matrix scores = evaluate(net, inputs.middleRows(Eigen::Index(at), size)).back();
        for (Eigen::Index s = 0; s < size; ++s) {
            Eigen::Index best = 0;
            scores.row(s).maxCoeff(&best);
            right += std::size_t(best) == labels[at + std::size_t(s)];
        }
    }
    return 100.0 * double(right) / double(labels.size());
}

/// One thing to measure: a criterion at a rate, compressed without one fold of the data and judged on that fold.
struct rate_task {
    criterion by = criterion::error;  ///< what ranks weights
    std::size_t fold = 0;             ///< the one that judges
    double rate = 0;                  ///< share of weights REMOVED

    /// By criterion, then fold, then rate.
    auto operator<=>(const rate_task&) const = default;
};

/// A labelled dataset in folds. Inputs are shuffled by `seed` and dealt in turn, so that folds differ in size by one at most.
class cross_validation {
public:
    /// Compresses `net` as `how` says but for criterion, rate and seed; at most `calibration` inputs, the first of the other folds in
    /// shuffled order, are what compression sees. `highest_rate` is the highest that will be asked for. Everything runs on one thread
    /// a task, so that scores do not depend on how tasks are spread. Throws compress::error for data that does not fit.
    cross_validation(network net, labelled_dataset data, recipe how, std::size_t folds, std::size_t calibration, double highest_rate)
        : net_(std::move(net)), data_(std::move(data)), how_(std::move(how)), folds_(folds), calibration_(calibration) {
        const std::size_t count = data_.count(), classes = net_.nodes.back().out.size();
        require_inputs({data_.inputs}, net_.nodes.front().in.size());
        if (data_.labels.size() != count)
            detail::fail("cross-validation", "each input has one label", std::to_string(data_.labels.size()) + " labels",
                         std::to_string(count));
        for (std::size_t i = 0; i < count; ++i)
            if (data_.labels[i] >= classes)
                detail::fail("cross-validation", "labels are classes of the network",
                             std::to_string(data_.labels[i]) + " for input " + std::to_string(i), "below " + std::to_string(classes));
        if (folds < 2 || folds > count)
            detail::fail("cross-validation", "there are at least 2 folds, and no more than inputs", std::to_string(folds),
                         "2 to " + std::to_string(count));
        if (calibration == 0) detail::fail("cross-validation", "compression sees inputs", "0", "at least 1");
        net_.threads = 1;
        how_.threads = 1;
        how_.progress = {};
        how_.rate = highest_rate;
        if (how_.equalize) equalize(net_);
        order_.resize(count);
        std::iota(order_.begin(), order_.end(), std::size_t(0));
        std::mt19937_64 random(how_.seed);  // own shuffle: the standard's differs among libraries
        for (std::size_t i = count; i > 1; --i) std::swap(order_[i - 1], order_[random() % i]);
    }

    /// How many folds there are.
    std::size_t folds() const { return folds_; }

    /// Percent of the inputs of the task's fold that are classified rightly by the network compressed on the others. May be called by
    /// several threads at once.
    double operator()(const rate_task& task) const {
        const matrix seen = inputs_where([&](std::size_t i) { return i % folds_ != task.fold; }, calibration_).first;
        recipe r = how_;
        r.prune_by = task.by;
        const activations edges = evaluate(net_, seen);
        const std::vector<double> rates = divide_rate(net_, task.rate, curves(task, edges, r));
        const std::vector<edge_type> types(net_.nodes.size() + 1, {.is_float = true});
        const network compressed = compress_at_rates(net_, edges, rates, types, r).net;
        const auto [inputs, labels] = inputs_where([&](std::size_t i) { return i % folds_ == task.fold; }, data_.count());
        return percent_right(compressed, inputs, labels);
    }

private:
    /// At most `most` of the inputs at places of the shuffled order that `wanted` names, and their labels.
    template <class Wanted>
    std::pair<matrix, std::vector<std::size_t>> inputs_where(const Wanted& wanted, std::size_t most) const {
        std::vector<std::size_t> chosen;
        for (std::size_t i = 0; i < order_.size() && chosen.size() < most; ++i)
            if (wanted(i)) chosen.push_back(order_[i]);
        std::pair<matrix, std::vector<std::size_t>> result{matrix(Eigen::Index(chosen.size()), data_.inputs.cols()), {}};
        for (std::size_t i = 0; i < chosen.size(); ++i) {
            result.first.row(Eigen::Index(i)) = data_.inputs.row(Eigen::Index(chosen[i]));
            result.second.push_back(data_.labels[chosen[i]]);
        }
        return result;
    }

    /// The curves of a criterion without a fold, made once.
    std::vector<rate_curve> curves(const rate_task& task, const activations& edges, const recipe& r) const {
        if (r.allocate == allocation::per_layer || open_rates(net_) < 2) return {};
        const std::pair key(task.by, task.fold);
        {
            const std::lock_guard lock(mutex_);
            if (const auto at = curves_.find(key); at != curves_.end()) return at->second;
        }
        std::vector<rate_curve> made = rate_curves(net_, edges, r);
        const std::lock_guard lock(mutex_);
        return curves_.emplace(key, std::move(made)).first->second;
    }

    network net_;
    labelled_dataset data_;
    recipe how_;
    std::size_t folds_, calibration_;
    std::vector<std::size_t> order_;
    mutable std::mutex mutex_;
    mutable std::map<std::pair<criterion, std::size_t>, std::vector<rate_curve>> curves_;
};

}  // namespace pare::inline v0::compress
