// SPDX-License-Identifier: MIT
// Every two choices of different slots in one format at least, in a layer, on the scalar arch and this machine's. All combinations are
// run by benchmarks/matrix.sh.
#include <array>
#include <cstddef>
#include <iterator>
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
[[gnu::cold]] void check(std::size_t& runs) {
    constexpr cell c = row_of(Row);
    using format = format_at<c>;
    outcome log;
    run_format<case_of<layer_choice(c[layer_slot])>, format, arch::scalar, arch::native>(Row, log);
    for (const auto& [arch, count] : log.runs) runs += count;
    if (log.wrong > 0) {
        pare::text<64> name;
        pare::spell<format>(name);
        FAIL_CHECK(name.view() << " in layer " << c[layer_slot] << ": " << log.wrong << " runs are wrong; " << log.last);
    }
}

}  // namespace

TEST_CASE("each two choices of slots meet in a layer that equals its dense matrix") {
    std::size_t runs = 0;
    [&]<std::size_t... Row>(std::index_sequence<Row...>) { (check<Row>(runs), ...); }(std::make_index_sequence<row_count>{});
    CHECK(runs == row_count * std::size(oddities) * 2);
}
