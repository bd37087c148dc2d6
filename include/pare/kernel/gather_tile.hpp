// SPDX-License-Identifier: MIT
// Sums of weights that are gathered: the registers of a panel one after the other, each over all of its steps.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include <pare/arch/address.hpp>
#include <pare/arch/arch.hpp>
#include <pare/core/config.hpp>
#include <pare/kernel/accumulators.hpp>
#include <pare/kernel/decode.hpp>
#include <pare/kernel/element.hpp>
#include <pare/kernel/gather_steps.hpp>
#include <pare/kernel/packed_weights.hpp>

namespace pare::inline v0::inline PARE_ISA {

namespace kernels {
/// No table, and no codes.
struct no_table {};
struct no_codes {};

/// What the codes of a book stand for, if weights that are gathered have codes.
template <class Execution>
PARE_INLINE constexpr auto table_of_codes([[maybe_unused]] const std::int8_t* book) {
    if constexpr (!Execution::gathers_codes) return no_table{};
    else if constexpr (Execution::format::sharing::entries < 32 && requires { load_table32(book, typename Execution::arch{}); })
        return load_table32(book, typename Execution::arch{});
    else return load_table64(book, typename Execution::arch{});
}
}  // namespace kernels

/// The steps of a panel, in the order of packing.
template <class Execution>
    requires(Execution::layout == form::gathered)
struct operand_stream<Execution> {
    using dot = typename Execution::dot;                                   ///< the step of the arch
    using arch = typename Execution::arch;                                 ///< the arch that runs it
    using layout = detail::gathered_layout<Execution>;                     ///< where the parts of a panel lie
    static constexpr std::size_t elements = Execution::register_elements;  ///< weights of a step
    /// Whether instructions take places; otherwise activations are picked one by one.
    static constexpr bool loads_places =
        Execution::gathers_windows || requires { load_places(static_cast<const std::byte*>(nullptr), dot{}, arch{}); };

    const std::byte* counts;   ///< steps of the next run
    const std::byte* offsets;  ///< the window of the next step
    const std::byte* order;    ///< the place of each output's sum
    const std::byte* places;   ///< of the next step
    const std::byte* weights;  ///< of the next step

    /// What codes stand for, where there are any.
    [[no_unique_address]] decltype(kernels::table_of_codes<Execution>(nullptr)) table{};

    /// Begins at the front of the panel.
    PARE_INLINE constexpr explicit operand_stream(const panel_view<Execution>& panel)
        : counts(panel.data + layout::counts_at),
          offsets(panel.data + get_element<std::uint32_t>(panel.data, 0)),
          order(panel.data + get_element<std::uint32_t>(panel.data, 1)),
          places(panel.data + get_element<std::uint32_t>(panel.data, 2)),
          weights(panel.data + get_element<std::uint32_t>(panel.data, 3)) {
        if constexpr (Execution::gathers_codes) table = kernels::table_of_codes<Execution>(panel.book);
    }

    /// How many steps the next run has.
    PARE_INLINE constexpr std::size_t next_run() {
        const std::size_t count = get_element<std::uint32_t>(counts, 0);
        counts += sizeof(std::uint32_t);
        return count;
    }
    /// Where in its segment the next step's window begins.
    PARE_INLINE constexpr std::size_t next_window() {
        const std::size_t window = get_element<typename layout::offset>(offsets, 0);
        offsets += sizeof(typename layout::offset);
        return window;
    }
    /// The places of the next step.
    PARE_INLINE constexpr auto next_places() {
        const std::byte* const here = places;
        places += layout::place_bytes;
        if constexpr (loads_places) {
            return load_places(here, dot{}, arch{});
        } else {
            std::array<std::uint8_t, elements> all{};
            for (std::size_t i = 0; i < elements; ++i) all[i] = std::to_integer<std::uint8_t>(here[i]);
            return all;
        }
    }
    /// Where the weights of the next step lie.
    PARE_INLINE constexpr const std::byte* next_weights_at() {
        const std::byte* const here = weights;
        weights += layout::weight_bytes;
        return here;
    }
    /// The bytes of the codes of two steps.
    PARE_INLINE constexpr auto next_codes() { return load_nibbles(next_weights_at(), dot{}, arch{}); }
    /// The weights of the next step, whose places are these: one `Half` of `codes`, or what lies next.
    template <int Half, class Codes, class Places>
    PARE_INLINE constexpr auto weights_of([[maybe_unused]] const Codes& codes, [[maybe_unused]] const Places& of_step) {
        using rhs = typename dot::rhs;
        if constexpr (Execution::gathers_codes) {
            return lookup_places<Half>(codes, of_step, table, dot{}, arch{});
        } else if constexpr (loads_places) {
            return load_rhs(reinterpret_cast<const rhs*>(next_weights_at()), dot{}, arch{});
        } else {
            const std::byte* const here = next_weights_at();
            std::array<rhs, elements> all{};
            for (std::size_t i = 0; i < elements; ++i) all[i] = get_element<rhs>(here, i);
            return all;
        }
    }
};

namespace kernels {

/// Where copies of rows begin in scratch: where windows do, if they are read whole.
template <class Execution>
PARE_INLINE constexpr typename Execution::dot::lhs* window_front(typename Execution::dot::lhs* scratch) {
    using lhs = typename Execution::dot::lhs;
    if constexpr (Execution::gathers_windows) return v0::arch::aligned_address<Execution::window * sizeof(lhs)>(scratch);
    else return scratch;
}

/// Sets of sums that take turns, where the sums of the rows would wait for their own latency.
template <std::size_t Rows>
inline constexpr std::size_t gather_sets = Rows > 4   ? 1
                                           : Rows > 2 ? 2
                                                      : 4;

/// The activations of a step, of a window that begins at `window`.
template <class Execution, class Places>
PARE_INLINE constexpr auto activations_of(const typename Execution::dot::lhs* window, const Places& places) {
    using dot = typename Execution::dot;
    using arch = typename Execution::arch;
    if constexpr (Execution::gathers_wide) return gather_wide_lhs(window, places, dot{}, arch{});
    else return gather_lhs(window, places, dot{}, arch{});
}

/// One step of register `Column`, of rows whose segment begins `first` behind lhs[i]. Where weights are codes `codes` has those of two
/// steps, of which this is one `Half`.
template <class Execution, std::size_t Column, int Half, std::size_t Rows, std::size_t Width, class Codes>
PARE_INLINE constexpr void gather_step(sums_of<Execution> (&sums)[Rows][Width], operand_stream<Execution>& from,
                                       const std::array<const typename Execution::dot::lhs*, Rows>& lhs, std::size_t first,
                                       [[maybe_unused]] const Codes& codes) {
    using dot = typename Execution::dot;
    using arch = typename Execution::arch;
    const std::size_t at = first + from.next_window();
    const auto places = from.next_places();
    if constexpr (Rows == 1 && Execution::gathers_windows && !Execution::gathers_codes) {
        multiply_add_at<Execution>(sums[0][Column], activations_of<Execution>(lhs[0] + at, places), from.next_weights_at());
    } else {
        const auto weights = from.template weights_of<Half>(codes, places);
        // One address for all rows, whose distances are part of the instructions where they are static. With an address for each the
        // registers for them do not suffice; a single row has two less to do for a step without.
        const typename dot::lhs* window = lhs[0] + at;
        if constexpr (Rows > 4) window = v0::arch::whole_address(window);
        PARE_UNROLL for (std::size_t i = 0; i < Rows; ++i) {
            const auto gathered = activations_of<Execution>(window + (lhs[i] - lhs[0]), places);
            if constexpr (Execution::gathers_windows) multiply_add(sums[i][Column], gathered, weights, dot{}, arch{});
            else multiply_add_each(sums[i][Column], gathered, weights, dot{}, arch{});
        }
    }
}

/// `Count` steps, one or two, whose weights may share bytes; sets of sums take turns from `Set` on.
template <class Execution, std::size_t Column, std::size_t Count, std::size_t Set = 0, std::size_t Sets, std::size_t Rows,
          std::size_t Width>
PARE_INLINE constexpr void gather_steps(sums_of<Execution> (&sums)[Sets][Rows][Width], operand_stream<Execution>& from,
                                        const std::array<const typename Execution::dot::lhs*, Rows>& lhs, std::size_t first) {
    if constexpr (Execution::gathers_codes) {
        const auto codes = from.next_codes();
        gather_step<Execution, Column, 0>(sums[Set % Sets], from, lhs, first, codes);
        if constexpr (Count == 2) gather_step<Execution, Column, 1>(sums[(Set + 1) % Sets], from, lhs, first, codes);
    } else {
        // A loop: of two steps one after the other g++ 12 keeps sums of 12 rows on the stack on AArch64.
        PARE_UNROLL for (std::size_t s = 0; s < Count; ++s) {
            gather_step<Execution, Column, 0>(sums[(Set + s) % Sets], from, lhs, first, no_codes{});
        }
    }
}

/// The steps of a run, at least two written out one after the other, which gains 2 %.
template <class Execution, std::size_t Column, std::size_t Sets, std::size_t Rows, std::size_t Width>
PARE_INLINE constexpr void gather_run(sums_of<Execution> (&sums)[Sets][Rows][Width], operand_stream<Execution>& from,
                                      const std::array<const typename Execution::dot::lhs*, Rows>& lhs, std::size_t first) {
    const std::size_t steps = from.next_run();
    constexpr std::size_t turn = std::max<std::size_t>(Sets, 2);
    for (std::size_t turns = steps / turn; turns > 0; --turns) {
        gather_steps<Execution, Column, 2, 0>(sums, from, lhs, first);
        if constexpr (turn == 4) gather_steps<Execution, Column, 2, 2>(sums, from, lhs, first);
    }
    if constexpr (Execution::gathers_codes) {
        if (turn == 4 && steps % 4 >= 2) gather_steps<Execution, Column, 2>(sums, from, lhs, first);
        if (steps % 2 == 1) gather_steps<Execution, Column, 1>(sums, from, lhs, first);
    } else {
        for (std::size_t left = steps % turn; left > 0; --left) gather_steps<Execution, Column, 1>(sums, from, lhs, first);
    }
}

/// Sums over all of K where nothing is folded in between. By recursion: a loop over columns would be unrolled too late for g++ 12 to keep
/// sums in registers.
template <class Execution, std::size_t Column = 0, std::size_t Sets, std::size_t Rows, std::size_t Width>
PARE_INLINE constexpr void sum_gathered(sums_of<Execution> (&sums)[Sets][Rows][Width], const Execution& x,
                                        const std::array<const typename Execution::dot::lhs*, Rows>& lhs, std::size_t segment_stride,
                                        operand_stream<Execution>& from) {
    for (std::size_t s = 0; s < x.segments(); ++s) gather_run<Execution, Column>(sums, from, lhs, s * segment_stride);
    // At once, so that no other column's sets are in registers.
    PARE_UNROLL for (std::size_t i = 0; i < Rows; ++i) {
        PARE_UNROLL for (std::size_t s = 1; s < Sets; ++s)
            add_sums(sums[0][i][Column], sums[s][i][Column], typename Execution::dot{}, typename Execution::arch{});
    }
    if constexpr (Column + 1 < Width) sum_gathered<Execution, Column + 1>(sums, x, lhs, segment_stride, from);
}

/// Sums over all of K, each run folded into the totals.
template <class Execution, std::size_t Column = 0, std::size_t Rows, std::size_t Width>
PARE_INLINE constexpr void fold_gathered(sums_of<Execution> (&sums)[1][Rows][Width], totals_of<Execution> (&totals)[Rows][Width],
                                         const Execution& x, const std::array<const typename Execution::dot::lhs*, Rows>& lhs,
                                         std::size_t segment_stride, operand_stream<Execution>& from, const std::uint8_t* factors) {
    const std::uint8_t* of_run = factors;
    for (k_run r = x.run_at(0, 0); r.segment < x.segments(); r = x.run_after(r)) {
        gather_run<Execution, Column>(sums, from, lhs, r.segment * segment_stride);
        PARE_UNROLL for (std::size_t i = 0; i < Rows; ++i) {
            totals[i][Column].fold(sums[0][i][Column], of_run + Column * Execution::lanes);
            sums[0][i][Column] = zero_sums(typename Execution::dot{}, typename Execution::arch{});
        }
        if constexpr (Execution::format::group != 0) of_run += x.table_size();
    }
    if constexpr (Column + 1 < Width) fold_gathered<Execution, Column + 1>(sums, totals, x, lhs, segment_stride, from, factors);
}

}  // namespace kernels

}  // namespace pare::inline v0::inline PARE_ISA
