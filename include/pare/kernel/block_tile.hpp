// SPDX-License-Identifier: MIT
// Sums of weights in blocks: only those that exist, each after the place of its activations.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <pare/arch/address.hpp>
#include <pare/arch/arch.hpp>
#include <pare/core/config.hpp>
#include <pare/kernel/accumulators.hpp>
#include <pare/kernel/block_steps.hpp>
#include <pare/kernel/decode.hpp>
#include <pare/kernel/element.hpp>
#include <pare/kernel/packed_weights.hpp>

namespace pare::inline v0::inline PARE_ISA {

/// The steps of a panel, in the order of packing.
template <class Execution>
    requires(Execution::layout == form::skipped)
struct operand_stream<Execution> {
    using dot = typename Execution::dot;             ///< the step of the arch
    using arch = typename Execution::arch;           ///< the arch that runs it
    using layout = detail::block_layout<Execution>;  ///< where the parts of a panel lie

    const std::byte* counts;   ///< steps of the next list
    const std::byte* offsets;  ///< where the next step begins: behind the counts
    const std::byte* weights;  ///< of the next step

    /// Begins at the front of the panel.
    PARE_INLINE constexpr explicit operand_stream(const panel_view<Execution>& panel)
        : counts(panel.data + layout::counts_at), offsets(nullptr), weights(panel.data + get_element<std::uint32_t>(panel.data, 0)) {}

    /// Where the first step's place is, behind `lists` counts.
    PARE_INLINE constexpr void begin(std::size_t lists) { offsets = counts + lists * sizeof(std::uint32_t); }
    /// How many steps the next list has.
    PARE_INLINE constexpr std::size_t next_list() {
        const std::size_t count = get_element<std::uint32_t>(counts, 0);
        counts += sizeof(std::uint32_t);
        return count;
    }
    /// The first activation of the next step.
    PARE_INLINE constexpr std::size_t next_place() {
        const std::size_t place = get_element<typename layout::offset>(offsets, 0);
        offsets += sizeof(typename layout::offset);
        return place;
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

/// One step of registers [First, Last) of a panel, of rows whose segment begins `first` behind lhs[i].
template <class Execution, std::size_t First, std::size_t Last, std::size_t Rows, std::size_t Width, class Lhs>
PARE_INLINE constexpr void block_step(sums_of<Execution> (&sums)[Rows][Width], operand_stream<Execution>& from,
                                      const std::array<const Lhs*, Rows>& lhs, std::size_t first) {
    using dot = typename Execution::dot;
    using arch = typename Execution::arch;
    if constexpr (Rows == 1) {
        const auto few = broadcast_lhs(lhs[0] + (first + from.next_place()), dot{}, arch{});
        PARE_UNROLL for (std::size_t j = First; j < Last; ++j) multiply_add_at<Execution>(sums[0][j], few, from.next_at());
        return;
    }
    std::remove_cvref_t<decltype(from.next(0))> rhs[Last - First];
    PARE_UNROLL for (std::size_t j = First; j < Last; ++j) rhs[j - First] = from.next(j);
    // One address for all rows, as where activations are gathered.
    const Lhs* at = lhs[0] + (first + from.next_place());
    if constexpr (Rows > 4) at = v0::arch::whole_address(at);
    PARE_UNROLL for (std::size_t i = 0; i < Rows; ++i) {
        const auto few = broadcast_lhs(at + (lhs[i] - lhs[0]), dot{}, arch{});
        PARE_UNROLL for (std::size_t j = First; j < Last; ++j) multiply_add(sums[i][j], few, rhs[j - First], dot{}, arch{});
    }
}

/// The steps of a list.
template <class Execution, std::size_t First, std::size_t Last, std::size_t Sets, std::size_t Rows, std::size_t Width, class Lhs>
PARE_INLINE constexpr void block_list(sums_of<Execution> (&sums)[Sets][Rows][Width], operand_stream<Execution>& from,
                                      const std::array<const Lhs*, Rows>& lhs, std::size_t first) {
    const std::size_t steps = from.next_list();
    for (std::size_t turns = steps / Sets; turns > 0; --turns) {
        PARE_UNROLL for (std::size_t set = 0; set < Sets; ++set) block_step<Execution, First, Last>(sums[set], from, lhs, first);
    }
    if constexpr (Sets > 1)
        for (std::size_t left = steps % Sets; left > 0; --left) block_step<Execution, First, Last>(sums[0], from, lhs, first);
}

/// Sums over all of K.
template <class Execution, std::size_t Sets, std::size_t Rows, std::size_t Width, class Lhs>
PARE_INLINE constexpr void sum_blocks(sums_of<Execution> (&sums)[Sets][Rows][Width], const Execution& x,
                                      const std::array<const Lhs*, Rows>& lhs, std::size_t segment_stride,
                                      operand_stream<Execution>& from) {
    from.begin(detail::block_layout<Execution>::lists(Width) * x.segments());
    for (std::size_t s = 0; s < x.segments(); ++s) {
        const std::size_t first = s * segment_stride;
        block_list<Execution, 0, Width>(sums, from, lhs, first);
        if constexpr (Width == 2) {
            block_list<Execution, 0, 1>(sums, from, lhs, first);
            block_list<Execution, 1, 2>(sums, from, lhs, first);
        }
    }
}

}  // namespace kernels

}  // namespace pare::inline v0::inline PARE_ISA
