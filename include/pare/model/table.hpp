// SPDX-License-Identifier: MIT
// A model as a table: one row for each layer, and the rows as text.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <string_view>
#include <utility>

#include <pare/core/config.hpp>
#include <pare/core/text.hpp>
#include <pare/format/spell.hpp>
#include <pare/model/cost.hpp>
#include <pare/model/describe.hpp>

namespace pare::inline v0 {

/// One layer of a table. Texts that are longer than their place are cut.
struct table_row {
    text<32> name;      ///< as files have it
    layer_kind kind{};  ///< of layer
    shape in{};         ///< what it reads
    shape out{};        ///< what it writes
    text<72> format;    ///< of the weights, as in weights<...>; "fused" where the layer before does the work, else empty without weights
    layer_cost cost{};  ///< for one input
};

namespace detail {

template <class Graph, std::size_t I>
constexpr table_row row_of(const node_info& node, const layer_cost& cost) {
    table_row row{{}, node.kind, node.in, node.out, {}, cost};
    name_buffer buffer;
    row.name.append(layer_name(node, buffer));
    if constexpr (has_weights(Graph::template layer_at<I>::kind)) spell<typename Graph::template layer_at<I>::options::format>(row.format);
    else if (cost.fused) row.format.append("fused");
    return row;
}

template <class Graph>
constexpr std::array<table_row, Graph::node_count> rows_of(const std::array<layer_cost, Graph::node_count>& costs) {
    constexpr auto nodes = describe_nodes<Graph>();
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
        return std::array<table_row, Graph::node_count>{row_of<Graph, I>(nodes[I], costs[I])...};
    }(std::make_index_sequence<Graph::node_count>{});
}

constexpr void append_shape(text_sink auto& out, shape s) {
    if (s.height != 1 || s.width != 1) {
        append_number(out, s.height);
        out.append("x");
        append_number(out, s.width);
        out.append("x");
    }
    append_number(out, s.channels);
}

/// A count, or a question mark where only the data knows it.
constexpr text<20> count_text(std::size_t count) {
    text<20> t;
    if (count == dynamic) t.append("?");
    else append_number(t, count);
    return t;
}

struct column {
    std::string_view head;
    bool right;  ///< numbers stand at the right
    std::size_t width;
};

constexpr void append_cell(text_sink auto& out, const column& c, std::string_view cell) {
    const auto pad = [&] {
        for (std::size_t i = cell.size(); i < c.width; ++i) out.append(" ");
    };
    if (c.right) pad();
    out.append(cell);
    if (!c.right) pad();
}

}  // namespace detail

/// The layers of a model on `Arch`, for the compiler. Counts that only the data knows are `dynamic`.
template <class Graph, class Arch = arch::native>
constexpr std::array<table_row, Graph::node_count> describe() {
    return detail::rows_of<Graph>(layer_costs<Graph, Arch>);
}

/// The layers of a model with these parameters, packed.
template <class Graph, class Source, class Arch, class Storage>
constexpr std::array<table_row, Graph::node_count> describe(const parameters<Graph, Source>& p, const packed<Graph, Arch, Storage>& q) {
    return detail::rows_of<Graph>(costs_of(p, q));
}

/// Appends the rows as text, one line each under a line of heads and above a line of sums; "?" stands for what only the data knows.
/// With a text_writer the text lands in a buffer of the caller's.
constexpr void append_table(text_sink auto& out, std::span<const table_row> rows) {
    std::array<detail::column, 8> columns{{{"layer", false, 0},
                                           {"input", false, 0},
                                           {"output", false, 0},
                                           {"MACs dense", true, 0},
                                           {"MACs kept", true, 0},
                                           {"stored", true, 0},
                                           {"executing", true, 0},
                                           {"weights", false, 0}}};
    const auto shape_text = [](shape s) {
        text<64> t;
        detail::append_shape(t, s);
        return t;
    };
    layer_cost sum;
    for (const table_row& row : rows) {
        sum.macs_dense = detail::static_sum(sum.macs_dense, row.cost.macs_dense);
        sum.macs_kept = detail::static_sum(sum.macs_kept, row.cost.macs_kept);
        sum.stored_bytes = detail::static_sum(sum.stored_bytes, row.cost.stored_bytes);
        sum.executing_bytes = detail::static_sum(sum.executing_bytes, row.cost.executing_bytes);
    }
    // Calls f(column, cell) for each cell of a line.
    const auto numbers = [&](const layer_cost& c, const auto& f) {
        f(3, detail::count_text(c.macs_dense).view());
        f(4, detail::count_text(c.macs_kept).view());
        f(5, detail::count_text(c.stored_bytes).view());
        f(6, detail::count_text(c.executing_bytes).view());
    };
    const auto line = [&](const table_row& row, const auto& f) {
        f(0, row.name.view());
        f(1, shape_text(row.in).view());
        f(2, shape_text(row.out).view());
        numbers(row.cost, f);
        f(7, row.format.view());
    };
    const auto total = [&](const auto& f) {
        f(0, "sum");
        f(1, "");
        f(2, "");
        numbers(sum, f);
        f(7, "");
    };
    const auto widen = [&](std::size_t i, std::string_view cell) { columns[i].width = std::max(columns[i].width, cell.size()); };
    for (std::size_t i = 0; i < columns.size(); ++i) widen(i, columns[i].head);
    for (const table_row& row : rows) line(row, widen);
    total(widen);

    columns.back().width = 0;  // nothing stands behind it
    const auto write = [&](std::size_t i, std::string_view cell) {
        if (i > 0 && (i + 1 < columns.size() || !cell.empty())) out.append("  ");
        detail::append_cell(out, columns[i], cell);
        if (i + 1 == columns.size()) out.append("\n");
    };
    for (std::size_t i = 0; i < columns.size(); ++i) write(i, columns[i].head);
    for (const table_row& row : rows) line(row, write);
    total(write);
}

}  // namespace pare::inline v0
