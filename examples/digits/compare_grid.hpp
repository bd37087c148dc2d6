// SPDX-License-Identifier: MIT
// What is compared: criteria, geometries, and how a geometry is written into the nodes of a network.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include <pare/compress/prune_network.hpp>
#include <pare/format/mask.hpp>

namespace digits {

struct named_criterion {
    std::string name;
    pare::compress::criterion rank_by;
};

inline const std::vector<named_criterion> all_criteria = {
    {"error", pare::compress::criterion::error},     {"magnitude", pare::compress::criterion::magnitude},
    {"entropy", pare::compress::criterion::entropy}, {"activation_entropy", pare::compress::criterion::activation_entropy},
    {"random", pare::compress::criterion::random},
};

/// What may be removed. Where `unit.of` is not 0, how much is removed is said by it too.
struct geometry {
    std::string name;
    pare::pruning_unit unit;

    bool has_own_rate() const { return unit.of != 0; }
    bool is_channels() const { return unit.cols == 0; }
    double own_rate() const { return 1.0 - double(unit.keep) / double(unit.of); }
};

inline const std::vector<geometry> all_geometries = {
    {"unstructured", pare::unstructured<>::unit},
    {"1x4", pare::blocks<1, 4>::unit},
    {"16x4", pare::blocks<16, 4>::unit},
    {"2:4", pare::n_of_m<2, 4>::unit},
    {"1:4", pare::n_of_m<1, 4>::unit},
    {"channels", pare::channels::unit},
};

/// Activation entropy ranks whole outputs only.
inline bool can_rank(const named_criterion& c, const geometry& g) {
    return c.rank_by != pare::compress::criterion::activation_entropy || g.is_channels();
}

/// The nodes, dense before, with weights that `g` may prune. Layers stay dense where no unit fits, and, where whole outputs go, the
/// last one: its outputs are the answers.
inline std::vector<pare::node_info> with_geometry(std::vector<pare::node_info> nodes, const geometry& g) {
    const auto last = std::ranges::find_if(nodes.rbegin(), nodes.rend(), [](const auto& n) { return has_weights(n.kind); });
    for (pare::node_info& n : nodes) {
        const std::size_t width = g.has_own_rate() ? g.unit.of : g.unit.cols;
        const bool fits = n.weights.rows >= g.unit.rows && n.weights.cols >= width;
        if (!has_weights(n.kind) || !fits || (g.is_channels() && &n == &*last)) continue;
        n.format.is_dense = false;
        n.format.fixed_pattern = nullptr;
        n.format.unit = g.unit;
        n.kept = pare::dynamic;
        if (g.has_own_rate()) n.kept = n.weights.rows * (n.weights.cols / g.unit.of * g.unit.keep + n.weights.cols % g.unit.of);
    }
    return nodes;
}

}  // namespace digits
