// SPDX-License-Identifier: MIT
// Cuts of matrix products: by hand; and that pieces cover everything once and none is larger than it must be.
#include <pare/kernel/product_cut.hpp>

#include <algorithm>
#include <cstddef>
#include <vector>

#include "support/catch.hpp"

namespace {

using pare::detail::cut_product;
using pare::detail::product_cut;

constexpr bool is(product_cut c, std::size_t row_parts, std::size_t panel_parts) {
    return c.row_parts == row_parts && c.panel_parts == panel_parts;
}

}  // namespace

TEST_CASE("cuts by hand") {
    // One thread, or one tile with one panel: nothing to cut.
    STATIC_REQUIRE(is(cut_product(100, 16, 1, false), 1, 1));
    STATIC_REQUIRE(is(cut_product(1, 1, 8, false), 1, 1));
    STATIC_REQUIRE(is(cut_product(0, 16, 8, false), 1, 1));
    // Panels where they come out even, rows where there are too few panels or one would be left over.
    STATIC_REQUIRE(is(cut_product(86, 16, 2, false), 1, 2));
    STATIC_REQUIRE(is(cut_product(86, 1, 2, false), 2, 1));
    STATIC_REQUIRE(is(cut_product(86, 3, 2, false), 2, 1));
    STATIC_REQUIRE(is(cut_product(1, 16, 2, false), 1, 2));
    // Both: 2 x 2 pieces of one tile with one panel.
    STATIC_REQUIRE(is(cut_product(2, 2, 4, false), 2, 2));
    // Where rows are copied first they are cut at once, and panels where there is only one tile.
    STATIC_REQUIRE(is(cut_product(86, 16, 2, true), 2, 1));
    STATIC_REQUIRE(is(cut_product(1, 16, 2, true), 1, 2));
    // Sixteen panels among seven: three each are six pieces.
    STATIC_REQUIRE(is(cut_product(1, 16, 7, false), 1, 6));
}

TEST_CASE("pieces cover a product once, and the largest is as small as any grid's") {
    for (std::size_t tiles = 1; tiles <= 9; ++tiles)
        for (std::size_t panels = 1; panels <= 9; ++panels)
            for (std::size_t most = 1; most <= 12; ++most)
                for (const bool keep_panels : {false, true}) {
                    const product_cut c = cut_product(tiles, panels, most, keep_panels);
                    INFO(tiles << " tiles, " << panels << " panels, " << most << " pieces");
                    REQUIRE(c.pieces() <= most);
                    std::vector<int> seen(tiles * panels, 0);
                    std::size_t largest = 0;
                    for (std::size_t i = 0; i < c.pieces(); ++i) {
                        const auto rows = c.tiles(i, tiles), columns = c.panels(i, panels);
                        REQUIRE(rows.begin < rows.end);
                        REQUIRE(columns.begin < columns.end);
                        largest = std::max(largest, (rows.end - rows.begin) * (columns.end - columns.begin));
                        for (std::size_t t = rows.begin; t < rows.end; ++t)
                            for (std::size_t p = columns.begin; p < columns.end; ++p) ++seen[t * panels + p];
                    }
                    REQUIRE(std::all_of(seen.begin(), seen.end(), [](int n) { return n == 1; }));
                    std::size_t smallest = tiles * panels;
                    for (std::size_t r = 1; r <= most; ++r)
                        smallest = std::min(smallest, ((tiles + r - 1) / r) * ((panels + most / r - 1) / (most / r)));
                    REQUIRE(largest == smallest);
                }
}
