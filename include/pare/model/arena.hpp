// SPDX-License-Identifier: MIT
// Where activations live while a model runs: one arena, planned by the compiler, in which buffers follow one another. What is fused
// with the layer after it has no buffer.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include <pare/core/config.hpp>
#include <pare/kernel/conv.hpp>
#include <pare/kernel/gemm.hpp>
#include <pare/model/execution.hpp>
#include <pare/model/fusion.hpp>
#include <pare/model/graph.hpp>

namespace pare::inline v0 {

namespace detail {

/// Bytes of scratch that node `I` wants, a linear layer or a convolution, where `Execution` is what runs.
template <class Graph, std::size_t I, class Execution, std::size_t Batch, bool Fused>
constexpr std::size_t execution_scratch_bytes(std::size_t threads) {
    if constexpr (Graph::template layer_at<I>::kind == layer_kind::linear) return gemm_scratch_bytes(Execution{}, threads, Batch);
    else return conv_scratch_bytes(Execution{}, node_conv<Graph, I, Fused>, threads);
}

/// Bytes of scratch that node `I` wants.
template <class Graph, std::size_t I, class Arch, std::size_t Batch, bool Traced>
constexpr std::size_t node_scratch_bytes(std::size_t threads) {
    constexpr layer_kind kind = Graph::template layer_at<I>::kind;
    if constexpr (kind == layer_kind::linear || kind == layer_kind::conv2d) {
        constexpr bool fused = !Traced && fuses_pool<Graph, I, Arch>;
        using chosen = node_execution<Graph, I, Arch>;
        std::size_t bytes = execution_scratch_bytes<Graph, I, chosen, Batch, fused>(threads);
        if constexpr (chosen::is_sparse)
            bytes = std::max(bytes, execution_scratch_bytes<Graph, I, typename node_expanded<Graph, I, Arch>::type, Batch, fused>(threads));
        return bytes;
    } else {
        return 0;
    }
}

/// Bytes of scratch for each thread of node `I` where it adds by lines: for one line, before it is added, and for the convolution.
template <class Graph, std::size_t I, class Arch>
struct line_scratch {
    static constexpr std::size_t line = round_up(Graph::shapes[I + 1].width * Graph::shapes[I + 1].channels, 4);
    static constexpr std::size_t bytes = [] {
        if constexpr (Graph::template layer_at<I>::kind != layer_kind::conv2d) return line;
        else return line + node_scratch_bytes<Graph, I, Arch, 1, true>(1);
    }();
};

/// Bytes of scratch that node `I` wants, with what is fused into it.
template <class Graph, std::size_t I, class Arch, std::size_t Batch, bool Traced>
constexpr std::size_t fused_scratch_bytes(std::size_t threads) {
    if constexpr (!Traced && doer_of(written_nodes<Graph, Arch>, I) != I) return 0;
    else if constexpr (!Traced && adds_how<Graph, I, Arch> == adding::by_lines) return threads * line_scratch<Graph, I, Arch>::bytes;
    else if constexpr (!Traced && fuses_pointwise<Graph, I, Arch>) return threads * pointwise_bands<Graph, I, Arch>::bytes;
    else return node_scratch_bytes<Graph, I, Arch, Batch, Traced>(threads);
}

/// A buffer in the arena, alive from node `first` to node `last`.
struct buffer {
    std::size_t bytes = 0;
    std::size_t first = 0;
    std::size_t last = 0;
    std::size_t offset = 0;

    constexpr bool meets(const buffer& other) const { return first <= other.last && other.first <= last; }
};

/// Gives buffers offsets: the largest first, each at the lowest place where it meets no other that is alive at the same time.
/// Returns the bytes of the arena.
template <std::size_t Count>
constexpr std::size_t place(std::array<buffer, Count>& buffers, std::size_t alignment) {
    std::array<std::size_t, Count> order{};
    for (std::size_t i = 0; i < Count; ++i) order[i] = i;
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        return buffers[a].bytes != buffers[b].bytes ? buffers[a].bytes > buffers[b].bytes : a < b;
    });
    std::size_t end = 0;
    for (std::size_t i = 0; i < Count; ++i) {
        buffer& b = buffers[order[i]];
        if (b.bytes == 0) continue;
        b.offset = 0;
        for (bool moved = true; moved;) {
            moved = false;
            for (std::size_t j = 0; j < i; ++j) {
                const buffer& other = buffers[order[j]];
                if (other.bytes == 0 || !b.meets(other)) continue;
                if (b.offset < other.offset + other.bytes && other.offset < b.offset + b.bytes) {
                    b.offset = round_up(other.offset + other.bytes, alignment);
                    moved = true;
                }
            }
        }
        end = std::max(end, b.offset + b.bytes);
    }
    return end;
}

}  // namespace detail

/// Where every edge of a graph lies, and every node's scratch. A traced run sees the output of every layer: nothing is fused.
template <class Graph, class Arch, std::size_t Batch = 1, std::size_t Threads = 1, bool Traced = false>
struct arena_plan {
    static constexpr std::size_t nodes = Graph::node_count;  ///< of the graph
    static constexpr std::size_t edges = Graph::edge_count;  ///< of the graph

    /// The node whose output each node writes: its own, or that of the node behind it that it does the work of.
    static constexpr std::array<std::size_t, nodes> written = [] {
        auto all = detail::written_nodes<Graph, Arch>;
        for (std::size_t i = 0; Traced && i < nodes; ++i) all[i] = i;
        return all;
    }();

    /// The edge whose buffer an edge shares: layers that move no data write where they read, and so do activations and additions that are
    /// the last to read an edge.
    std::array<std::size_t, edges> root{};
    std::array<detail::buffer, edges + nodes> buffers{};  ///< of edges, then of each node's scratch
    std::size_t bytes = 0;                                ///< of the arena
    std::size_t scratch_bytes = 0;                        ///< of the node that wants most

    constexpr arena_plan() {
        for (std::size_t e = 0; e < edges; ++e) root[e] = e;
        const auto add_node = [&]<std::size_t I>(std::integral_constant<std::size_t, I>) {
            constexpr auto& inputs = Graph::template node_at<I>::inputs;
            root[I + 1] = root_of<I>();
            const std::size_t own = root[I + 1];
            if (own == I + 1 && !is_fused(I))
                buffers[own] = {Batch * Graph::shapes[own].size() * sizeof(typename Graph::template edge_type<I + 1>), doer(I), I, 0};
            for (const std::size_t e : inputs) buffers[root[e]].last = I;
            buffers[own].last = I;
            buffers[edges + I] = {detail::fused_scratch_bytes<Graph, I, Arch, Batch, Traced>(Threads), I, I, 0};
            scratch_bytes = std::max(scratch_bytes, buffers[edges + I].bytes);
        };
        [&]<std::size_t... I>(std::index_sequence<I...>) {
            (add_node(std::integral_constant<std::size_t, I>{}), ...);
        }(std::make_index_sequence<nodes>{});
        buffers[0].bytes = 0;            // the caller's input
        buffers[root[nodes]].bytes = 0;  // the caller's output
        bytes = detail::place(buffers, Arch::alignment < 8 ? 8 : Arch::alignment);
    }

    /// Whether node `i` does the work of a node after it, so that its own output is never written.
    static constexpr bool is_fused(std::size_t i) { return written[i] != i; }
    /// The node that does the work of node `i`: itself, or one that is fused.
    static constexpr std::size_t doer(std::size_t i) { return detail::doer_of(written, i); }

    /// Whether edge `e` lies in the caller's output.
    constexpr bool is_output(std::size_t e) const { return root[e] == root[nodes]; }

private:
    /// The edge whose buffer the output of node `I` goes to.
    template <std::size_t I>
    constexpr std::size_t root_of() const {
        constexpr auto& inputs = Graph::template node_at<I>::inputs;
        constexpr auto& read_by_doer = Graph::template node_at<doer(I)>::inputs;
        constexpr auto last_readers = last_readers_of_values<Graph>();
        constexpr layer_kind kind = Graph::template layer_at<I>::kind;
        if (is_alias(kind)) return root[inputs[0]];
        std::size_t best = I + 1;
        if (kind == layer_kind::activation || kind == layer_kind::add)
            for (const std::size_t e : inputs) {
                // Edge 0 belongs to the caller, who does not expect it to change. What is fused with this node writes nothing of its own,
                // and still reads its input while outputs are written.
                const bool is_free = root[e] != 0 && last_readers[e] == I;
                if (is_free && (doer(I) == I || (!is_fused(root[e] - 1) && root[e] != root[read_by_doer[0]])))
                    best = std::min(best, root[e]);
            }
        return best;
    }
};

/// The plan of a model, made once by the compiler.
template <class Graph, class Arch, std::size_t Batch = 1, std::size_t Threads = 1, bool Traced = false>
inline constexpr arena_plan<Graph, Arch, Batch, Threads, Traced> plan_of{};

/// Bytes of scratch memory that `run` needs: activations between layers, and windows of convolutions. `Traced`: with a trace.
template <class Graph, class Arch = arch::native, std::size_t Batch = 1, std::size_t Threads = 1, bool Traced = false>
inline constexpr std::size_t arena_bytes = plan_of<Graph, Arch, Batch, Threads, Traced>.bytes;

/// The same without the kernels' scratch, which depends on the arch: what activations alone take.
template <class Graph, std::size_t Batch = 1>
inline constexpr std::size_t activation_bytes = [] {
    auto plan = plan_of<Graph, arch::scalar, Batch, 1>;
    for (std::size_t i = Graph::edge_count; i < plan.buffers.size(); ++i) plan.buffers[i].bytes = 0;
    return detail::place(plan.buffers, 8);
}();

/// Memory for `run`, aligned as kernels like it.
template <class Graph, class Arch = arch::native, std::size_t Batch = 1, std::size_t Threads = 1, bool Traced = false>
struct alignas(Arch::alignment < 8 ? 8 : Arch::alignment) arena : std::array<std::byte, arena_bytes<Graph, Arch, Batch, Threads, Traced>> {
};

/// Memory for `run` with a trace, which has room for the output of every layer.
template <class Graph, class Arch = arch::native, std::size_t Batch = 1, std::size_t Threads = 1>
using traced_arena = arena<Graph, Arch, Batch, Threads, true>;

}  // namespace pare::inline v0
