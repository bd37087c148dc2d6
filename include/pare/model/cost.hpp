// SPDX-License-Identifier: MIT
// What a model costs: multiplications, bytes, and an estimate of time, known to the compiler.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <type_traits>
#include <utility>

#include <pare/core/config.hpp>
#include <pare/core/extents.hpp>
#include <pare/core/require.hpp>
#include <pare/model/describe.hpp>
#include <pare/model/packed.hpp>
#include <pare/model/parameters.hpp>

namespace pare::inline v0 {

/// What one layer costs for one input. `dynamic` stands where only the data knows. Bytes include the quantisation of the layer's
/// output, those of the first layer that of the model's input too, so that sums over layers leave nothing out.
struct layer_cost {
    std::size_t macs_dense = 0;       ///< multiply-accumulates over all taps, those on the padding too
    std::size_t macs_kept = 0;        ///< the same of the weights that exist
    std::size_t operations = 0;       ///< executed: two for each multiply-accumulate, one for each element that other layers read;
                                      ///< of sparse forms those of the steps that are done, which only packed weights tell
    std::size_t stored_bytes = 0;     ///< at rest
    std::size_t executing_bytes = 0;  ///< packed for an arch
    std::size_t moved_bytes = 0;      ///< of the activations read and written
    bool fused = false;               ///< the layer before it does its work, and has its operations
};

/// Multiply-accumulates of a whole model for one input; `kept` is `dynamic` where only the data knows.
struct model_macs {
    std::size_t dense = 0;  ///< of all weights
    std::size_t kept = 0;   ///< of those that exist
};

namespace detail {

constexpr std::size_t static_sum(std::size_t a, std::size_t b) { return a == dynamic || b == dynamic ? dynamic : a + b; }

/// Bytes of a tensor at rest, but for its data, where the compiler knows them.
template <class Stored>
constexpr std::size_t static_stored_bytes(std::size_t rows) {
    using counts = typename Stored::counts;
    std::size_t all = counts::scales * sizeof(float) + counts::zero_points * sizeof(typename Stored::zero_point_type) +
                      rows * sizeof(typename Stored::bias_type);
    for (const std::size_t part : {counts::positions, counts::codes, counts::book, counts::factors}) all = static_sum(all, part);
    return all;
}

/// Weights of node `I` that exist.
template <class Graph, std::size_t I>
constexpr std::size_t static_kept() {
    using layer = typename Graph::template layer_at<I>;
    constexpr matrix_shape extent = layer::weight_shape(Graph::template input_edge<I>::extent);
    return kept_of<typename layer::options::format::mask>(extent.rows, extent.cols);
}

/// Bytes of the quantisations that node `index` accounts for.
constexpr std::size_t edge_bytes(std::size_t index) { return sizeof(quantization) * (index == 0 ? 2 : 1); }

/// Whether only the weights of node `I` that exist are multiplied, of which the type says how many there are.
template <class Graph, std::size_t I, class Arch>
constexpr bool is_structured() {
    if constexpr (Graph::template layer_at<I>::kind == layer_kind::linear)
        return node_execution<Graph, I, Arch>::layout == form::structured;
    else return false;
}

template <class Graph, std::size_t I, class Arch>
constexpr layer_cost cost_of_node() {
    using node = typename Graph::template node_at<I>;
    using layer = typename node::layer;
    using packed_node = typename node_packed<Graph, I, Arch, view>::type;
    using constants = decltype(packed_node::data);
    constexpr shape out = Graph::shapes[I + 1];
    constexpr std::size_t pixels = out.height * out.width;
    // The last that this node does the work of, and that before it where it is an addition.
    constexpr std::size_t written = written_nodes<Graph, Arch>[written_nodes<Graph, Arch>[I]];
    constexpr std::size_t adding_node = fuses_pointwise<Graph, I, Arch> ? pointwise_behind<Graph, I>() : I;
    constexpr bool adds = fuses_add<Graph, adding_node, Arch>;
    layer_cost c;
    if constexpr (!is_alias(layer::kind)) {
        for (const std::size_t e : node::inputs)
            c.moved_bytes += Graph::shapes[e].size() * sizeof(typename Graph::template edge_type<node::inputs[0]>);
        c.moved_bytes += (1 + adds) * Graph::shapes[written + 1].size() * sizeof(typename Graph::template edge_type<I + 1>);
        c.operations = Graph::shapes[node::inputs[0]].size() * node::inputs.size();
        if constexpr (requires { layer::geometry(shape{}); }) {
            constexpr window_geometry g = layer::geometry(Graph::shapes[node::inputs[0]]);
            c.operations = out.size() * g.kernel_height * g.kernel_width;
        }
    }
    if constexpr (has_weights(layer::kind)) {
        constexpr matrix_shape extent = layer::weight_shape(Graph::template input_edge<I>::extent);
        c.macs_dense = extent.rows * extent.cols * pixels;
        c.macs_kept = static_product(static_kept<Graph, I>(), pixels);
        // Every execution multiplies all places of its panels, absent weights as zeros; but structured weights have no places for those.
        c.operations = 2 * (is_structured<Graph, I, Arch>() ? c.macs_kept : c.macs_dense);
        // What the node behind reads: comparisons of a pool, and of an addition both inputs.
        if (fuses_pool<Graph, I, Arch>) c.operations += out.size();
        if (adds) c.operations += 2 * Graph::shapes[written + 1].size();
        if (fuses_pointwise<Graph, I, Arch>) c.operations += 2 * Graph::shapes[written + 1].size() * out.channels;
        c.stored_bytes = static_stored_bytes<typename node_parameters<Graph, I, view>::type>(extent.rows);
    }
    if constexpr (requires { constants::static_bytes; })
        c.executing_bytes = static_sum(constants::static_bytes, sizeof(packed_node::range));
    else if constexpr (requires { constants::bytes(); }) c.executing_bytes = constants::bytes() + sizeof(packed_node::range);
    else c.executing_bytes = sizeof(packed_node);
    if (doer_of(written_nodes<Graph, Arch>, I) != I) c.fused = true, c.operations = c.moved_bytes = 0;
    c.stored_bytes = static_sum(c.stored_bytes, edge_bytes(I));
    c.executing_bytes = static_sum(c.executing_bytes, edge_bytes(I));
    return c;
}

template <class Graph>
constexpr model_macs macs_of_graph() {
    model_macs m;
    const auto add = [&]<std::size_t I>(std::integral_constant<std::size_t, I>) {
        constexpr layer_cost c = cost_of_node<Graph, I, arch::scalar>();
        m.dense += c.macs_dense;
        m.kept = static_sum(m.kept, c.macs_kept);
    };
    [&]<std::size_t... I>(std::index_sequence<I...>) {
        (add(std::integral_constant<std::size_t, I>{}), ...);
    }(std::make_index_sequence<Graph::node_count>{});
    return m;
}

/// Weights of a tensor that exist.
template <weight_format_type Format, std::size_t Rows, std::size_t Cols, class Storage>
constexpr std::size_t kept_weights(const stored_weights<Format, Rows, Cols, Storage>& w) {
    std::size_t kept = 0;
    visit_positions<typename Format::mask>(std::span<const std::byte>(w.positions), Rows, Cols, [&](std::size_t, std::size_t) { ++kept; });
    return kept;
}

}  // namespace detail

/// What each layer costs on `Arch`, in the order of the graph.
template <class Graph, class Arch = arch::native>
inline constexpr std::array<layer_cost, Graph::node_count> layer_costs = []<std::size_t... I>(std::index_sequence<I...>) {
    return std::array<layer_cost, Graph::node_count>{detail::cost_of_node<Graph, I, Arch>()...};
}(std::make_index_sequence<Graph::node_count>{});

/// Multiply-accumulates of a model for one input.
template <class Graph>
inline constexpr model_macs cost = detail::macs_of_graph<Graph>();

/// What each layer costs with these parameters, packed: nothing is `dynamic`.
template <class Graph, class Source, class Arch, class Storage>
constexpr std::array<layer_cost, Graph::node_count> costs_of(const parameters<Graph, Source>& p, const packed<Graph, Arch, Storage>& q) {
    std::array<layer_cost, Graph::node_count> all = layer_costs<Graph, Arch>;
    const auto fill = [&]<std::size_t I>(std::integral_constant<std::size_t, I>) {
        all[I].executing_bytes = detail::packed_bytes(std::get<I>(q.layers)) + detail::edge_bytes(I);
        using data = std::remove_cvref_t<decltype(std::get<I>(q.layers).data)>;
        if constexpr (detail::is_choice<data>) {
            // Steps of the weights that exist, and what is fused.
            const data& weights = std::get<I>(q.layers).data;
            constexpr std::size_t dense = 2 * layer_costs<Graph, Arch>[I].macs_dense,
                                  beside = layer_costs<Graph, Arch>[I].operations - dense;
            constexpr std::size_t of_step = 2 * data::sparse_type::execution::register_elements;
            constexpr shape out = Graph::shapes[I + 1];
            const std::size_t doer = detail::doer_of(detail::written_nodes<Graph, Arch>, I);
            const std::size_t steps = detail::sparse_steps(weights.sparse) * of_step * out.height * out.width;
            if (weights.is_sparse()) all[doer].operations = doer == I ? steps + beside : all[doer].operations + steps - dense;
        }
        if constexpr (has_weights(Graph::template layer_at<I>::kind)) {
            constexpr shape out = Graph::shapes[I + 1];
            all[I].stored_bytes = p.template layer<I>().bytes() + detail::edge_bytes(I);
            if constexpr (layer_costs<Graph, Arch>[I].macs_kept == dynamic)
                all[I].macs_kept = detail::kept_weights(p.template layer<I>()) * out.height * out.width;
        }
    };
    [&]<std::size_t... I>(std::index_sequence<I...>) {
        (fill(std::integral_constant<std::size_t, I>{}), ...);
    }(std::make_index_sequence<Graph::node_count>{});
    return all;
}

/// Multiply-accumulates of a model with these parameters for one input.
template <class Graph, class Storage>
constexpr model_macs cost_of(const parameters<Graph, Storage>& p) {
    model_macs m{cost<Graph>.dense, 0};
    const auto add = [&]<std::size_t I>(std::integral_constant<std::size_t, I>) {
        if constexpr (has_weights(Graph::template layer_at<I>::kind)) {
            constexpr shape out = Graph::shapes[I + 1];
            m.kept += detail::kept_weights(p.template layer<I>()) * out.height * out.width;
        }
    };
    [&]<std::size_t... I>(std::index_sequence<I...>) {
        (add(std::integral_constant<std::size_t, I>{}), ...);
    }(std::make_index_sequence<Graph::node_count>{});
    return m;
}

namespace detail {

template <class Graph, class Arch>
struct flash {
    static constexpr std::size_t known = [] {
        std::size_t all = 0;
        for (const layer_cost& c : layer_costs<Graph, Arch>) all = static_sum(all, c.executing_bytes);
        return all;
    }();
    static_assert(require<(known != dynamic), got_type<Graph>, needs_type<Arch>>,
                  "flash_bytes: the compiler must know every count; got a mask whose positions only the data knows; use "
                  "unstructured<Kept>, or executing_bytes of packed parameters");
    static constexpr std::size_t bytes = known;
};

}  // namespace detail

/// Bytes of constants that a model puts into flash on `Arch`, all counted; code is not. It equals executing_bytes of the packed model
/// in `fixed` storage; `owned` storage and emitted headers take less where positions are kept, whose padding they leave out.
template <class Graph, class Arch = arch::native>
inline constexpr std::size_t flash_bytes = detail::flash<Graph, Arch>::bytes;

/// What a machine does in a second.
struct device {
    double operations_per_second = 1e9;  ///< additions and multiplications counted apart, as in GOP/s
    double bytes_per_second = 1e9;       ///< read or written, of weights and activations
    double seconds_per_layer = 0;        ///< to begin one
};

/// Seconds for layers that cost this: of each, the longer of its operations / operations_per_second and its bytes / bytes_per_second
/// (the roofline of Williams, Waterman, Patterson 2009), plus its beginning. A bound from below where the numbers are peaks.
template <std::size_t Count>
constexpr double inference_time(const std::array<layer_cost, Count>& costs, const device& d) {
    double seconds = 0;
    for (const layer_cost& c : costs) {
        if (c.operations == 0) continue;
        const double computing = double(c.operations) / d.operations_per_second;
        const double moving = double(c.executing_bytes + c.moved_bytes) / d.bytes_per_second;
        seconds += std::max(computing, moving) + d.seconds_per_layer;
    }
    return seconds;
}

/// Seconds for one input, where the compiler knows every count; elsewhere give `costs_of(parameters, packed)`.
template <class Graph, class Arch = arch::native>
constexpr double inference_time(const device& d) {
    static_assert(detail::flash<Graph, Arch>::bytes != dynamic);
    return inference_time(layer_costs<Graph, Arch>, d);
}

}  // namespace pare::inline v0
