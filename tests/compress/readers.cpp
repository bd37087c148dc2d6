// SPDX-License-Identifier: MIT
// Who reads whom, in a chain and around an addition.
#include <pare/compress/readers.hpp>
#include <pare/pare.hpp>

#include <cstddef>
#include <vector>

#include "support/catch.hpp"

using namespace pare;

TEST_CASE("a node of a residual block is read by all that take its output") {
    using net_type = model<input<int8, 4>, linear<4>, residual<linear<4>, relu>, linear<2>>;
    constexpr auto described = describe_nodes<net_type>();
    const std::vector<node_info> nodes(described.begin(), described.end());
    std::size_t add = 0;
    for (std::size_t i = 0; i < nodes.size(); ++i)
        if (nodes[i].kind == layer_kind::add) add = i;
    REQUIRE(add > 0);
    CHECK(compress::readers_of(nodes, 0) == std::vector<std::size_t>{1, add});
    CHECK(compress::readers_of(nodes, add) == std::vector<std::size_t>{add + 1});
    CHECK(compress::readers_of(nodes, nodes.size() - 1).empty());
}
