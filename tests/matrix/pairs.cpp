// SPDX-License-Identifier: MIT
// Every two choices of different slots in one format at least, in a layer, on the scalar arch and this machine's. All combinations are
// run by benchmarks/matrix.sh.
#include <array>
#include <cstddef>
#include <cstdio>
#include <string>
#include <utility>

#include <pare/format/spell.hpp>

#include "matrix/formats.hpp"
#include "matrix/run_cell.hpp"
#include "support/catch.hpp"

namespace {

using namespace matrix;

/// Each mask with each encoding, no more than are needed, and the other slots so that all pairs of them occur (found by search).
constexpr std::size_t row_count = choices[mask_slot] * choices[encoding_slot];
constexpr cell row_of(std::size_t row) {
    const std::size_t i = row / choices[encoding_slot], j = row % choices[encoding_slot];
    cell c{j, i, (i + j) % choices[sharing_slot], (j + i / 3) % choices[granularity_slot], (j + i / 2 + j / 3) % choices[layer_slot]};
    if (!is_possible(c)) c[layer_slot] = (i + j) % 2;
    return c;
}

/// Pairs of choices that no row has and that could be.
constexpr std::size_t missing_pairs() {
    std::size_t missing = 0;
    for (std::size_t a = 0; a < slot_count; ++a)
        for (std::size_t b = a + 1; b < slot_count; ++b)
            for (std::size_t x = 0; x < choices[a]; ++x)
                for (std::size_t y = 0; y < choices[b]; ++y) {
                    cell pair{};
                    pair[a] = x, pair[b] = y;
                    bool seen = !is_possible(pair);
                    for (std::size_t row = 0; row < row_count && !seen; ++row) seen = row_of(row)[a] == x && row_of(row)[b] == y;
                    missing += !seen;
                }
    return missing;
}
static_assert(missing_pairs() == 0);
static_assert([] {
    for (std::size_t row = 0; row < row_count; ++row)
        if (!is_possible(row_of(row))) return false;
    return true;
}());

template <std::size_t Row>
std::size_t check() {
    constexpr cell c = row_of(Row);
    using format = format_at<c>;
    using layer = case_of<layer_choice(c[layer_slot])>;
    pare::text<64> name;
    pare::spell<format>(name);
    std::size_t wrong = 0;
    run_format<layer, format, arch::scalar, arch::native>(Row, [&](const std::string& what) {
        if (wrong++ == 0) UNSCOPED_INFO(std::string(name.view()) << " in layer " << c[layer_slot] << ": " << what);
    });
    return wrong;
}

}  // namespace

TEST_CASE("each two choices of slots meet in a layer that equals its dense matrix") {
    const auto run = []<std::size_t... Row>(std::index_sequence<Row...>) { return (check<Row>() + ...); };
    CHECK(run(std::make_index_sequence<row_count>{}) == 0);
}
