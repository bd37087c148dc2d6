// SPDX-License-Identifier: MIT
// Sums of weights that the outputs of a panel have at the same places: their activations are picked once for all outputs of the panel,
// and then multiplied like dense ones.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <type_traits>

#include <pare/arch/address.hpp>
#include <pare/arch/arch.hpp>
#include <pare/arch/pick.hpp>
#include <pare/core/config.hpp>
#include <pare/kernel/accumulators.hpp>
#include <pare/kernel/decode.hpp>
#include <pare/kernel/element.hpp>
#include <pare/kernel/packed_weights.hpp>
#include <pare/kernel/picked_steps.hpp>

namespace pare::inline v0::inline PARE_ISA {

/// The runs of a panel, in the order of packing.
template <class Execution>
    requires(Execution::layout == form::picked)
struct operand_stream<Execution> {
    using dot = typename Execution::dot;              ///< the step of the arch
    using arch = typename Execution::arch;            ///< the arch that runs it
    using layout = detail::picked_layout<Execution>;  ///< where the parts of a panel lie

    const std::byte* counts;   ///< steps of the next run
    const std::byte* masks;    ///< of the next run: behind the counts
    const std::byte* weights;  ///< of the next step

    /// Begins at the front of the panel.
    PARE_INLINE constexpr explicit operand_stream(const panel_view<Execution>& panel)
        : counts(panel.data + layout::counts_at), masks(panel.data), weights(panel.data + get_element<std::uint32_t>(panel.data, 0)) {}

    /// Where the first mask is, behind the counts of `runs` runs.
    PARE_INLINE constexpr void begin(std::size_t runs) { masks += layout::masks_at(runs); }
    /// How many steps the next run has.
    PARE_INLINE constexpr std::size_t next_run() {
        const std::size_t count = get_element<std::uint32_t>(counts, 0);
        counts += sizeof(std::uint32_t);
        return count;
    }
    /// The masks of the next run.
    PARE_INLINE constexpr std::array<std::uint64_t, layout::words(Execution::picked_run)> next_masks(std::size_t length) {
        std::array<std::uint64_t, layout::words(Execution::picked_run)> all{};
        for (std::size_t i = 0; i < layout::words(length); ++i) all[i] = get_element<std::uint64_t>(masks, i);
        masks += layout::words(length) * sizeof(std::uint64_t);
        return all;
    }
    /// Where the next register of weights lies.
    PARE_INLINE constexpr const std::byte* next_at() {
        const std::byte* const here = weights;
        weights += layout::weight_bytes;
        return here;
    }
    /// The next register of weights.
    PARE_INLINE constexpr auto next(std::size_t) { return register_at(next_at(), dot{}, arch{}); }
};

namespace kernels {

/// Activations of the rows of a tile that are picked out of one run: room for all of them, and what is written behind them.
template <class Execution, std::size_t Rows>
using picked_rows = typename Execution::dot::lhs[Rows][Execution::picked_run + v0::arch::picked_at_once];

/// One step of activations that lie picked, `first` of each row.
template <class Execution, std::size_t Rows, std::size_t Width>
PARE_INLINE constexpr void picked_step(sums_of<Execution> (&sums)[Rows][Width], operand_stream<Execution>& from,
                                       const picked_rows<Execution, Rows>& picked, std::size_t first) {
    using dot = typename Execution::dot;
    using arch = typename Execution::arch;
    if constexpr (Rows == 1) {
        const auto few = broadcast_lhs(picked[0] + first, dot{}, arch{});
        PARE_UNROLL for (std::size_t j = 0; j < Width; ++j) multiply_add_at<Execution>(sums[0][j], few, from.next_at());
        return;
    }
    std::remove_cvref_t<decltype(from.next(0))> rhs[Width];
    PARE_UNROLL for (std::size_t j = 0; j < Width; ++j) rhs[j] = from.next(j);
    // One address for all rows.
    const auto* const at = v0::arch::whole_address(picked[0] + first);
    PARE_UNROLL for (std::size_t i = 0; i < Rows; ++i) {
        const auto* const row = std::is_constant_evaluated() ? picked[i] + first : at + i * std::size(picked[0]);
        const auto few = broadcast_lhs(row, dot{}, arch{});
        PARE_UNROLL for (std::size_t j = 0; j < Width; ++j) multiply_add(sums[i][j], few, rhs[j], dot{}, arch{});
    }
}

/// Picks the activations of run `r`; returns how many steps they are.
template <class Execution, std::size_t Rows, class Lhs>
PARE_INLINE constexpr std::size_t pick_run(picked_rows<Execution, Rows>& to, const std::array<const Lhs*, Rows>& lhs,
                                           std::size_t segment_stride, operand_stream<Execution>& from, k_run r) {
    const std::size_t steps = from.next_run();
    const auto masks = from.next_masks(r.length);
    v0::arch::pick_values<Execution::unit>(to, lhs, r.segment * segment_stride + r.offset, r.length, masks.data(),
                                           typename Execution::arch{});
    return steps;
}

/// Sums over all of K.
template <class Execution, std::size_t Sets, std::size_t Rows, std::size_t Width, class Lhs>
PARE_INLINE constexpr void sum_picked(sums_of<Execution> (&sums)[Sets][Rows][Width], const Execution& x,
                                      const std::array<const Lhs*, Rows>& lhs, std::size_t segment_stride,
                                      operand_stream<Execution>& from) {
    alignas(64) picked_rows<Execution, Rows> picked;
    if (std::is_constant_evaluated())
        for (auto& row : picked)
            for (Lhs& value : row) value = {};
    from.begin(x.run_count());
    for (k_run r = x.run_at(0, 0); r.segment < x.segments(); r = x.run_after(r)) {
        const std::size_t steps = pick_run<Execution>(picked, lhs, segment_stride, from, r);
        for (std::size_t turn = 0; turn < steps / Sets; ++turn) {
            PARE_UNROLL for (std::size_t set = 0; set < Sets; ++set)
                picked_step<Execution>(sums[set], from, picked, (turn * Sets + set) * Execution::unit);
        }
        if constexpr (Sets > 1)
            for (std::size_t k = steps / Sets * Sets; k < steps; ++k) picked_step<Execution>(sums[0], from, picked, k * Execution::unit);
    }
}

}  // namespace kernels

}  // namespace pare::inline v0::inline PARE_ISA
