// SPDX-License-Identifier: MIT
// Who reads whom in a network.
#pragma once

#include <cstddef>
#include <vector>

#include <pare/core/config.hpp>
#include <pare/model/describe.hpp>

namespace pare::inline v0::compress {

/// The nodes that read the output of node `i`, in order; a node that adds it to itself is there once.
inline std::vector<std::size_t> readers_of(const std::vector<node_info>& nodes, std::size_t i) {
    std::vector<std::size_t> readers;
    for (std::size_t j = i + 1; j < nodes.size(); ++j)
        if (nodes[j].inputs[0] == i + 1 || (nodes[j].kind == layer_kind::add && nodes[j].inputs[1] == i + 1)) readers.push_back(j);
    return readers;
}

}  // namespace pare::inline v0::compress
