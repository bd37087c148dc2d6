// SPDX-License-Identifier: MIT
// Entropy of an output's weights: terms by hand, the convention beyond 1/e, every geometry, and an exhaustive search.
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

#include <pare/compress/prune.hpp>

#include "support/catch.hpp"

using namespace pare::compress;
using pare::pruning_unit;

namespace {

constexpr double inverse_e = 0.36787944117144233;

/// What is left at one rate, row by row: 1 where a weight exists.
std::vector<int> left(const matrix& weights, double rate, const pruning_unit& unit = {}) {
    const prune_problem p{.weights = weights, .bias = vector::Zero(weights.rows()), .unit = unit};
    const layer_weights w = prune(p, criterion::entropy, std::vector<double>{rate}).front();
    for (Eigen::Index i = 0; i < weights.size(); ++i)
        CHECK(w.weights.data()[i] == (w.mask.data()[i] ? weights.data()[i] : 0.0f));  // what remains is as it was
    return {w.mask.data(), w.mask.data() + w.mask.size()};
}

}  // namespace

TEST_CASE("terms of Shannon's entropy, mirrored beyond 1/e") {
    CHECK(entropy_share(0) == 0);
    CHECK(entropy_share(0.25) == Approx(0.34657359027997264));           // ln 4 / 4
    CHECK(entropy_share(0.125) == Approx(0.25993019270997947));          // ln 8 / 8
    CHECK(entropy_share(inverse_e) == Approx(inverse_e));                // the peak of -p log p
    CHECK(entropy_share(0.5) == Approx(2 * inverse_e - 0.34657359028));  // ln 2 / 2 is as far below the peak as this is above it
    CHECK(entropy_share(1) == Approx(2 * inverse_e));                    // literally 0, which would go first
    for (int i = 0; i < 1000; ++i) CHECK(entropy_share(i / 1000.0) < entropy_share((i + 1) / 1000.0));
}

TEST_CASE("weights go by what they contribute, not by their size") {
    // Shares of the first output are 1/8, which counts 0.2599, and 7/8, beyond 1/e; of the second 1/4 each, which count 0.3466. By
    // magnitude the second output would go first.
    const matrix w{{8, 56, 0, 0}, {-1, 1, 1, 1}};
    CHECK(left(w, 2.0 / 8) == std::vector{1, 1, 0, 0, 1, 1, 1, 1});  // zeros contribute nothing
    CHECK(left(w, 3.0 / 8) == std::vector{0, 1, 0, 0, 1, 1, 1, 1});
    CHECK(left(w, 4.0 / 8) == std::vector{0, 1, 0, 0, 0, 1, 1, 1});  // of equal ones the first, whatever its sign
    CHECK(left(w, 7.0 / 8) == std::vector{0, 1, 0, 0, 0, 0, 0, 0});  // 7/8 contributes most by the convention
}

TEST_CASE("a weight that is its output's whole sum goes last, and an output of zeros first") {
    const matrix w{{0, 1e-30f, 0}, {1, 1, 1}, {0, 0, 0}};
    CHECK(left(w, 5.0 / 9) == std::vector{0, 1, 0, 1, 1, 1, 0, 0, 0});
    CHECK(left(w, 8.0 / 9) == std::vector{0, 1, 0, 0, 0, 0, 0, 0, 0});
    CHECK(left(w, 1.0 / 3, {.rows = 1, .cols = 0}) == std::vector{1, 1, 1, 1, 1, 1, 0, 0, 0});
}

TEST_CASE("an output's scale does not count") {
    const matrix w{{1, 2, 3, 4, 5, 6}, {2048, 4096, 6144, 8192, 10240, 12288}};
    CHECK(left(w, 4.0 / 12) == std::vector{0, 0, 1, 1, 1, 1, 0, 0, 1, 1, 1, 1});
    CHECK(left(w, 5.0 / 12) == std::vector{0, 0, 0, 1, 1, 1, 0, 0, 1, 1, 1, 1});  // the first of two equal ones
    const float largest = std::numeric_limits<float>::max();
    CHECK(left(matrix{{largest, -largest, 0.5f * largest, 0}}, 0.5) == std::vector{1, 1, 0, 0});  // sums do not overflow
}

TEST_CASE("units sum what their weights contribute") {
    SECTION("outputs") {
        // Of 1/8, 1/8, 1/4, 1/2 it is 0.5199 + 0.3466 and 0.3892 for the half, mirrored; ln 4 = 1.3863 of even shares.
        const matrix w{{100, 100, 200, 400}, {1, 1, 1, 1}};
        CHECK(left(w, 0.5, {.rows = 1, .cols = 0}) == std::vector{0, 0, 0, 0, 1, 1, 1, 1});
    }
    SECTION("blocks across outputs") {
        // Shares of 8ths: 1 1 | 2 4 | 0 over 2 2 | 2 1 | 1; columns 0-1 give 2 * 0.2599 + 2 * 0.3466 = 1.2130, columns 2-3
        // 0.3466 + 0.3892 + 0.3466 + 0.2599 = 1.3422.
        const matrix w{{1, 1, 2, 4, 0}, {20, 20, 20, 10, 10}};
        CHECK(left(w, 0.4, {.rows = 2, .cols = 2}) == std::vector{0, 0, 1, 1, 1, 0, 0, 1, 1, 1});
    }
    SECTION("a tail stays, and is part of its output's sum") {
        // Shares of 24ths: 1 1 | 2 2 | 18; but for the tail they would be 1/6 1/6 | 1/3 1/3 and the last block would count most.
        const matrix w{{1, 1, 1, 1, 0}, {1, 1, 2, 2, 18}};
        CHECK(left(w, 0.4, {.rows = 1, .cols = 2}) == std::vector{1, 1, 1, 1, 1, 0, 0, 0, 0, 1});
    }
    SECTION("N:M") {
        const matrix w{{9, 8, 7, 1, 2, 3, 4}};
        CHECK(left(w, 0.0, {.keep = 1, .of = 3}) == std::vector{1, 0, 0, 0, 0, 1, 1});
        CHECK(left(w, 0.0, {.keep = 2, .of = 3}) == std::vector{1, 1, 0, 0, 1, 1, 1});
    }
}

TEST_CASE("what goes contributes least of all sets of as many units") {
    struct geometry {
        Eigen::Index n, k;
        pruning_unit unit;
    };
    const geometry all[] = {{3, 4, {}}, {4, 3, {.rows = 2, .cols = 1}}, {2, 6, {.rows = 1, .cols = 2}}, {6, 2, {.rows = 1, .cols = 0}}};
    std::mt19937 random(1);
    std::normal_distribution<float> normal;
    for (const geometry& g : all)
        for (int round = 0; round < 20; ++round) {
            matrix w(g.n, g.k);
            for (Eigen::Index i = 0; i < w.size(); ++i) w.data()[i] = normal(random) * normal(random);
            const std::size_t rows = g.unit.rows, cols = g.unit.cols ? g.unit.cols : std::size_t(g.k);
            const std::size_t across = std::size_t(g.k) / cols, units = std::size_t(g.n) / rows * across;
            std::vector<double> share(units);
            for (Eigen::Index r = 0; r < g.n; ++r)
                for (Eigen::Index c = 0; c < g.k; ++c) {
                    const double p = double(std::abs(w(r, c))) / w.row(r).cast<double>().cwiseAbs().sum();
                    share[std::size_t(r) / rows * across + std::size_t(c) / cols] +=
                        p < inverse_e ? -p * std::log(p) : 2 * inverse_e + p * std::log(p);
                }
            for (std::size_t gone = 0; gone < units; ++gone) {
                double least = std::numeric_limits<double>::infinity();
                std::uint32_t best = 0;
                for (std::uint32_t set = 0; set < (1u << units); ++set) {
                    if (std::size_t(std::popcount(set)) != gone) continue;
                    double sum = 0;
                    for (std::size_t u = 0; u < units; ++u) sum += (set >> u & 1) ? share[u] : 0.0;
                    if (sum < least) least = sum, best = set;
                }
                const std::vector<int> mask = left(w, double(gone) / double(units), g.unit);
                for (std::size_t i = 0; i < mask.size(); ++i) {
                    const std::size_t u = i / std::size_t(g.k) / rows * across + i % std::size_t(g.k) / cols;
                    if (mask[i] != int(~best >> u & 1)) FAIL("unit " << u << " of " << units << ", " << gone << " removed");
                }
            }
        }
}
