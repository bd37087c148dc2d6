// SPDX-License-Identifier: MIT
// How well a classifier does: who was taken for whom, and what follows from that.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <pare/core/config.hpp>
#include <pare/io/error.hpp>

namespace pare::inline v0::metrics {

/// Samples seen from one class: it is theirs or not (positive), and they were given it or not.
struct class_counts {
    std::size_t true_positive = 0;   ///< of the class, and taken for it
    std::size_t true_negative = 0;   ///< of others, and taken for others
    std::size_t false_positive = 0;  ///< of others, but taken for it
    std::size_t false_negative = 0;  ///< of the class, but taken for others

    std::size_t all() const { return true_positive + true_negative + false_positive + false_negative; }  ///< samples

    /// (TP + TN) / (TP + TN + FP + FN); nan where there is no sample.
    double accuracy() const { return double(true_positive + true_negative) / double(all()); }

    friend bool operator==(const class_counts&, const class_counts&) = default;  ///< equal in every member
};

/// Counts of (class that a sample has, class that it was given).
class confusion_matrix {
public:
    /// Counts of so many classes, without samples.
    explicit confusion_matrix(std::size_t classes) : classes_(classes), counts_(classes * classes) {}

    std::size_t classes() const { return classes_; }  ///< how many classes there are

    /// Notes one sample; throws io::error where one of the two is no class.
    void add(std::size_t truth, std::size_t given) {
        for (const std::size_t c : {truth, given})
            if (c >= classes_)
                io::detail::fail("confusion matrix", "classes count from 0", std::to_string(c), "below " + std::to_string(classes_));
        ++counts_[truth * classes_ + given];
    }

    /// Samples of class `truth` that were given class `given`.
    std::size_t at(std::size_t truth, std::size_t given) const { return counts_.at(truth * classes_ + given); }

    /// Samples so far.
    std::size_t samples() const {
        std::size_t all = 0;
        for (const std::size_t count : counts_) all += count;
        return all;
    }

    /// The samples as class `c` sees them.
    class_counts counts(std::size_t c) const {
        class_counts n;
        n.true_positive = at(c, c);
        for (std::size_t other = 0; other < classes_; ++other) {
            if (other == c) continue;
            n.false_negative += at(c, other);
            n.false_positive += at(other, c);
        }
        n.true_negative = samples() - n.true_positive - n.false_negative - n.false_positive;
        return n;
    }

    /// The sum of what all classes see. Its accuracy counts, for each sample, every class that it was rightly not given, so among many
    /// classes it is far above `top1`.
    class_counts counts() const {
        class_counts sum;
        for (std::size_t c = 0; c < classes_; ++c) {
            const class_counts n = counts(c);
            sum.true_positive += n.true_positive;
            sum.true_negative += n.true_negative;
            sum.false_positive += n.false_positive;
            sum.false_negative += n.false_negative;
        }
        return sum;
    }

    /// The share of samples that were given their own class; nan where there is none.
    double top1() const { return double(counts().true_positive) / double(samples()); }

private:
    std::size_t classes_;
    std::vector<std::size_t> counts_;
};

}  // namespace pare::inline v0::metrics
