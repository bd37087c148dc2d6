// SPDX-License-Identifier: MIT
// Confusion counts and accuracy, against numbers by hand.
#include <pare/metrics/classification.hpp>

#include <cmath>

#include "support/catch.hpp"

using pare::metrics::class_counts;
using pare::metrics::confusion_matrix;

TEST_CASE("three classes, ten samples") {
    confusion_matrix m(3);
    //            given: 0  1  2
    // class 0:          3  1  0
    // class 1:          0  2  1
    // class 2:          2  0  1
    for (int i = 0; i < 3; ++i) m.add(0, 0);
    m.add(0, 1);
    for (int i = 0; i < 2; ++i) m.add(1, 1);
    m.add(1, 2);
    for (int i = 0; i < 2; ++i) m.add(2, 0);
    m.add(2, 2);

    CHECK(m.samples() == 10);
    CHECK(m.at(2, 0) == 2);
    CHECK(m.at(0, 2) == 0);
    CHECK(m.counts(0) == class_counts{3, 4, 2, 1});
    CHECK(m.counts(1) == class_counts{2, 6, 1, 1});
    CHECK(m.counts(2) == class_counts{1, 6, 1, 2});
    CHECK(m.counts(0).accuracy() == 0.7);
    CHECK(m.counts(1).accuracy() == 0.8);
    CHECK(m.counts(2).accuracy() == 0.7);
    CHECK(m.counts() == class_counts{6, 16, 4, 4});
    CHECK(m.counts().accuracy() == 22.0 / 30.0);
    CHECK(m.top1() == 0.6);
}

TEST_CASE("no samples, no accuracy") {
    const confusion_matrix m(2);
    CHECK(std::isnan(m.top1()));
    CHECK(std::isnan(m.counts(0).accuracy()));
}

TEST_CASE("what is no class is refused") {
    confusion_matrix m(10);
    CHECK_THROWS_WITH(m.add(10, 0), "confusion matrix: classes count from 0; got 10; needs below 10");
    CHECK_THROWS_WITH(m.add(0, 11), "confusion matrix: classes count from 0; got 11; needs below 10");
    CHECK(m.samples() == 0);
}
