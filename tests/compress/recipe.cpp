// SPDX-License-Identifier: MIT
// What is done where nothing is said.
#include <pare/compress/recipe.hpp>

#include <string>
#include <string_view>

#include "support/catch.hpp"

using namespace pare::compress;

TEST_CASE("a recipe removes nothing by itself") {
    const recipe r;
    CHECK(r.rate == 0.0);
    CHECK(r.prune_by == criterion::error);
    CHECK(r.rate_of == rate_base::weights);
    CHECK(r.allocate == allocation::global);
    CHECK(r.damping == 0.01f);
    CHECK(r.damping == prune_problem{}.damping);  // a layer pruned alone is pruned alike
    CHECK(r.weight_calibration == calibration::mse);
    CHECK(r.activation_calibration == calibration::min_max);
    CHECK(r.coverage == 0.9999);
    CHECK(r.coverage == range_rule(calibration::percentile).coverage);
    CHECK_FALSE(r.correct_bias);
    CHECK(r.seed == 1);
    CHECK(r.threads == 2);
    CHECK_FALSE(r.progress);
}

TEST_CASE("fields are named") {
    std::string told;
    const recipe r{
        .prune_by = criterion::random, .rate = 0.9, .seed = 5, .threads = 3, .progress = [&](std::string_view what, double share) {
            told += std::string(what) + " " + std::to_string(int(share * 100)) + "%";
        }};
    r.progress("pruning", 0.25);
    CHECK(told == "pruning 25%");
    CHECK(r.prune_by == criterion::random);
    CHECK(r.rate == 0.9);
    CHECK(r.seed == 5);
    CHECK(r.threads == 3);
}
