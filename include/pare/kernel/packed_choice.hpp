// SPDX-License-Identifier: MIT
// Weights in whichever of two forms is faster, which only the data tells.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <pare/core/bits.hpp>
#include <pare/core/config.hpp>
#include <pare/core/extents.hpp>
#include <pare/core/text.hpp>
#include <pare/format/activations.hpp>
#include <pare/format/stored_weights.hpp>
#include <pare/kernel/execution_time.hpp>
#include <pare/kernel/pack.hpp>
#include <pare/kernel/packed_weights.hpp>
#include <pare/kernel/problem.hpp>

namespace pare::inline v0 {

/// Weights in a form of those that exist, where few enough do, and otherwise all of them as operands. The other form is empty.
template <class Sparse, class Expanded>
struct packed_choice {
    using sparse_type = Sparse;      ///< the form of few weights
    using expanded_type = Expanded;  ///< the form of many
    Sparse sparse{};                 ///< empty where many weights exist
    Expanded expanded{};             ///< empty where few do

    /// Whether only weights that exist are multiplied.
    PARE_INLINE constexpr bool is_sparse() const { return sparse.data.size() != 0; }
    /// Bytes of all parts.
    constexpr std::size_t bytes() const { return sparse.bytes() + expanded.bytes(); }
    static constexpr std::size_t static_bytes = dynamic;  ///< only the data knows

    /// Calls f(name, array) for each part.
    template <class Self, class F>
    static constexpr void for_each_part(Self& self, F&& f) {
        const auto of = [&](std::string_view form) {
            return [&f, form](std::string_view part, auto& array) {
                text<32> name;
                name.append(form), name.append("."), name.append(part);
                f(name.view(), array);
            };
        };
        Sparse::for_each_part(self.sparse, of("sparse"));
        Expanded::for_each_part(self.expanded, of("expanded"));
    }
};

namespace detail {

/// Steps of all registers of weights in a sparse form; one of two registers counts twice.
template <class Execution, class Rounding, class Storage>
constexpr std::size_t sparse_steps(const packed_weights<Execution, Rounding, Storage>& w) {
    using layout = sparse_layout<Execution>;
    std::size_t steps = 0;
    for (std::size_t g = 0; g < w.shape.groups(); ++g)
        for (std::size_t p = 0; p < w.shape.panels(); ++p) {
            const std::byte* const counts = panel_of(w, g, p).data + layout::counts_at;
            const std::size_t width = w.shape.panel_width(p), lists = layout::lists(width);
            for (std::size_t i = 0; i < lists * w.shape.run_count(); ++i)
                steps += read_bits(counts, 32 * i, 32) * layout::registers(width, i % lists);
        }
    return steps;
}

template <class T>
inline constexpr bool is_choice = false;
template <class Sparse, class Expanded>
inline constexpr bool is_choice<packed_choice<Sparse, Expanded>> = true;

}  // namespace detail

/// Calls f(packed weights) with the form that there is.
template <class Packed, class F>
PARE_INLINE constexpr void with_chosen(const Packed& weights, const F& f) {
    if constexpr (detail::is_choice<Packed>) weights.is_sparse() ? f(weights.sparse) : f(weights.expanded);
    else f(weights);
}

}  // namespace pare::inline v0

namespace pare::inline v0::inline PARE_ISA {

/// Whether weights in a sparse form are faster than all of them as operands of `Expanded`. A step that gathers takes as long as 2.4 to 2.8
/// steps of a dense product where those are of bytes and its window is a line of a cache, 3.1 to 3.4 where it may be anywhere (Intel,
/// AVX-512 with VNNI: at 70 % of absent weights products of 1024 x 1024 were 1.2 times as fast as dense, convolutions 0.93 to 0.97 times;
/// AMD's Zen 4, where both take about half: 1.5 to 1.75 and 2.0 to 2.25, 2.0 times and 1.4 to 1.5 times),
/// and 1.8 to 2.0 where they are of words (AVX2 1.52, AVX-512 1.38 times). Where a window is two registers (NEON) nothing is measured; it
/// is 3.1 to 3.4 times the instructions, and 4.8 times the cycles of a core that loads 64 bits in one (Cortex-A55). Nor is it on
/// microcontrollers: smlad takes 19 instructions for the 6 of a dense step, Helium 7 for 2, of which one loads sixteen bytes from anywhere,
/// and is taken to take as long as sixteen loads of a byte. A block takes at
/// most 1.25 times as long as its part of a dense step, and so do steps of picked activations where a panel is wide; picking for one
/// register of 16 outputs takes as long as two fifths of all its dense steps, and for four of four, as counted on NEON, as a third.
/// For few rows more than steps decides, and the cost table of an arch that tells the first cache from the next one does: a row with
/// 100 x 300 weights, all of which that cache has, takes 1.25 times as long as dense at 70 % of absent weights, one with 1024 x 1024 0.66
/// times (Zen 4).
template <class Expanded, class Execution, class Rounding, class Storage>
constexpr bool sparse_is_faster(const packed_weights<Execution, Rounding, Storage>& sparse) {
    constexpr Expanded dense{};
    constexpr cost_table c = cost_table_of<typename Execution::arch>;
    constexpr std::size_t rows = Execution::problem::rows;
    if constexpr (c.nearest_bytes > 0 && rows < many_rows)
        return execution_time(sparse.shape, rows, double(detail::sparse_steps(sparse)), double(sparse.bytes()), c) <=
               execution_time(dense, rows, 1.0, c);
    constexpr std::size_t dense_steps = dense.groups() * dense.steps() * ceil_div(dense.outputs(), Expanded::lanes);
    constexpr bool picks_for_few = [] {
        if constexpr (requires { Execution::arch::picks_bytes; })
            return Execution::picks && Execution::width * Execution::lanes <= Execution::arch::picks_bytes;
        else return false;
    }();
    constexpr std::size_t of_line = [] {
        if constexpr (requires { Execution::arch::gather_quarters; }) return Execution::arch::gather_quarters;
        else return std::size_t(11);
    }();
    constexpr std::size_t quarters = picks_for_few                          ? 7
                                     : Execution::skips || Execution::picks ? 5
                                     : Expanded::unit < 4                   ? 8
                                     : Execution::window_registers > 1      ? 20
                                     : Expanded::unit > 4                   ? 20
                                     : Execution::shifts > 1                ? of_line
                                                                            : of_line + 2;
    return quarters * detail::sparse_steps(sparse) <= 4 * dense_steps;
}

/// Packs a tensor at rest into the form of `Choice` that is faster.
template <class Choice, class Storage, weight_format_type Format, std::size_t Rows, std::size_t Cols, class Source>
constexpr Choice pack_choice(const stored_weights<Format, Rows, Cols, Source>& w, quantization in, quantization out) {
    using few = typename Choice::sparse_type;
    using all = typename Choice::expanded_type;
    Choice result;
    result.sparse = pack_weights<typename few::execution, typename few::rounding, Storage>(w, typename few::execution{}, in, out);
    if (sparse_is_faster<typename all::execution>(result.sparse)) return result;
    result.sparse = {};
    result.expanded = pack_weights<typename all::execution, typename all::rounding, Storage>(w, typename all::execution{}, in, out);
    return result;
}

}  // namespace pare::inline v0::inline PARE_ISA
