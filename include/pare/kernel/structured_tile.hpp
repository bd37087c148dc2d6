// SPDX-License-Identifier: MIT
// Sums of structured weights: those that exist, each with the activation that its place says, which lanes pick for themselves.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

#include <pare/arch/arch.hpp>
#include <pare/core/config.hpp>
#include <pare/kernel/accumulators.hpp>
#include <pare/kernel/decode.hpp>
#include <pare/kernel/packed_weights.hpp>
#include <pare/kernel/structured_steps.hpp>

namespace pare::inline v0::inline PARE_ISA {

namespace kernels {
/// What order_of(step) says, where it can be loaded.
template <class Execution, std::size_t Step>
alignas(64) inline constexpr std::array<std::uint8_t, 64> order_of_span = detail::structured_layout<Execution>::order_of(Step);
}  // namespace kernels

/// The steps of a panel, turn by turn.
template <class Execution>
    requires(Execution::layout == form::structured)
struct operand_stream<Execution> {
    using format = typename Execution::format;            ///< of the weights
    using dot = typename Execution::dot;                  ///< the step of the arch
    using arch = typename Execution::arch;                ///< the arch that runs it
    using layout = detail::structured_layout<Execution>;  ///< where the parts of a panel lie

    /// What nibbles stand for, where no book says so.
    alignas(16) static constexpr std::array<std::int8_t, 16> values = [] {
        std::array<std::int8_t, 16> all{};
        if constexpr (layout::nibbles && !format::is_shared)
            for (std::uint32_t code = 0; code < 1u << format::code_bits; ++code) all[code] = std::int8_t(format::encoding::decode(code));
        return all;
    }();

    /// A register with a table.
    using table_type = decltype(load_table16(values.data(), arch{}));
    const std::byte* at;  ///< the next turn
    table_type table;     ///< what nibbles stand for

    /// Begins at the front of the panel.
    PARE_INLINE explicit operand_stream(const panel_view<Execution>& panel) : at(panel.data) {
        if constexpr (format::is_shared && layout::nibbles) table = load_table16(panel.book, arch{});
        else table = load_table16(values.data(), arch{});
    }

    /// The places of register `column` in step `Step` of the `Steps` of the turn.
    template <std::size_t Step, std::size_t Steps>
    PARE_INLINE auto places(std::size_t column) const {
        const std::byte* const here = at + layout::places_at(Steps, column);
        if constexpr (layout::coded_places)
            return load_coded_places<Step / layout::nibble_steps>(here, kernels::order_of_span<Execution, layout::order_step(Step)>, dot{},
                                                                  arch{});
        else return load_group_places<Step * layout::place_bits, layout::place_bits>(here, layout::bases, dot{}, arch{});
    }
    /// The places of register `column` in all `Steps` of the turn.
    template <std::size_t Steps>
    PARE_INLINE auto places_of_turn(std::size_t column) const {
        return load_places(at + layout::places_at(Steps, column), dot{}, arch{});
    }
    /// Where the weights of register `column` of `Width` in step `Step` of the `Steps` of the turn lie.
    template <std::size_t Step, std::size_t Steps, std::size_t Width>
    PARE_INLINE const std::byte* weights_at(std::size_t column) const {
        return at + layout::weights_at(Width, Steps, column, Step);
    }
    /// The weights themselves.
    template <std::size_t Step, std::size_t Steps, std::size_t Width>
    PARE_INLINE auto weights(std::size_t column) const {
        const std::byte* const here = weights_at<Step, Steps, Width>(column);
        if constexpr (layout::nibbles) return lookup16_u4_s8<Step % 2 * 4>(here, table, dot{}, arch{});
        else return register_at(here, dot{}, arch{});
    }
    /// The register of all weights that is the next one.
    PARE_INLINE auto next(std::size_t) {
        const std::byte* const here = at;
        at += layout::register_bytes;
        return register_at(here, dot{}, arch{});
    }
};

namespace kernels {

/// Step `Step` of the `Steps` of a turn, of rows whose activations of the turn begin `first` behind lhs[i].
template <class Execution, std::size_t Step, std::size_t Steps, std::size_t Rows, std::size_t Width, class Lhs>
PARE_INLINE void structured_step(sums_of<Execution> (&sums)[Rows][Width], const operand_stream<Execution>& from,
                                 const std::array<const Lhs*, Rows>& lhs, std::size_t first) {
    using dot = typename Execution::dot;
    using arch = typename Execution::arch;
    using layout = detail::structured_layout<Execution>;
    constexpr std::size_t span = layout::span;
    std::remove_cvref_t<decltype(from.template weights<Step, Steps, Width>(0))> rhs[Width];
    std::remove_cvref_t<decltype(from.template places<Step, Steps>(0))> places[Width];
    PARE_UNROLL for (std::size_t j = 0; j < Width; ++j) {
        places[j] = from.template places<Step, Steps>(j);
        rhs[j] = from.template weights<Step, Steps, Width>(j);
    }
    PARE_UNROLL for (std::size_t i = 0; i < Rows; ++i) {
        const auto near = broadcast_span<span>(lhs[i] + first + Step / layout::span_steps * span, dot{}, arch{});
        PARE_UNROLL for (std::size_t j = 0; j < Width; ++j)
            multiply_add(sums[i][j], pick_from_span(near, places[j], dot{}, arch{}), rhs[j], dot{}, arch{});
    }
}

/// Whether a row alone picks out of tables of activations: by one index of each byte those of all steps whose places are a nibble, so that
/// places are loaded once, and masked and shifted for each nibble only.
template <class Execution, std::size_t Rows>
inline constexpr bool picks_from_tables = [] {
    using layout = detail::structured_layout<Execution>;
    if constexpr (Rows != 1 || layout::span / layout::group.of > 4) return false;
    else
        return requires(decltype(load_places(nullptr, typename Execution::dot{}, typename Execution::arch{})) places) {
            pick_from_table(places, places, typename Execution::dot{}, typename Execution::arch{});
        };
}();

/// The index by which step `Step` of a turn picks, of what all of its places are.
template <class Execution, std::size_t Step, class Places>
PARE_INLINE auto index_of_step(const Places& places) {
    using dot = typename Execution::dot;
    using arch = typename Execution::arch;
    using layout = detail::structured_layout<Execution>;
    constexpr int half = int(Step / layout::nibble_steps);
    if constexpr (layout::coded_places) return index_of_codes<half>(places, dot{}, arch{});
    else return index_of_places<half>(places, layout::numbers, dot{}, arch{});
}

/// The steps of a turn by tables, one column after the other.
template <class Execution, std::size_t Sets, std::size_t Width, class Lhs, std::size_t... Step>
PARE_INLINE void tabled_turn(sums_of<Execution> (&sums)[Sets][1][Width], const operand_stream<Execution>& from, const Lhs* lhs,
                             std::index_sequence<Step...>) {
    using dot = typename Execution::dot;
    using arch = typename Execution::arch;
    using layout = detail::structured_layout<Execution>;
    constexpr std::size_t span = layout::span, steps = sizeof...(Step);
    const decltype(broadcast_span<span>(lhs, dot{}, arch{})) tables[] = {
        table_of_span<span>(broadcast_span<span>(lhs + Step / layout::span_steps * span, dot{}, arch{}),
                            order_of_span<Execution, layout::order_step(Step)>, dot{}, arch{})...};
    PARE_UNROLL for (std::size_t j = 0; j < Width; ++j) {
        const auto places = from.template places_of_turn<steps>(j);
        const auto step = [&]<std::size_t S>(std::integral_constant<std::size_t, S>) PARE_INLINE_CLOSURE {
            const auto picked = pick_from_table(tables[S], index_of_step<Execution, S>(places), dot{}, arch{});
            if constexpr (layout::nibbles)
                multiply_add(sums[S % Sets][0][j], picked, from.template weights<S, steps, Width>(j), dot{}, arch{});
            else multiply_add_at<Execution>(sums[S % Sets][0][j], picked, from.template weights_at<S, steps, Width>(j));
        };
        (step(std::integral_constant<std::size_t, Step>{}), ...);
    }
}

/// Steps `Step` to `Last` of a turn; sets of sums take turns.
template <class Execution, std::size_t Last, std::size_t Step = 0, std::size_t Sets, std::size_t Rows, std::size_t Width, class Lhs>
PARE_INLINE void structured_turn(sums_of<Execution> (&sums)[Sets][Rows][Width], const operand_stream<Execution>& from,
                                 const std::array<const Lhs*, Rows>& lhs, std::size_t first) {
    if constexpr (Step == 0 && Last > 0 && picks_from_tables<Execution, Rows>) {
        tabled_turn<Execution>(sums, from, lhs[0] + first, std::make_index_sequence<Last>{});
    } else if constexpr (Step < Last) {
        structured_step<Execution, Step, Last>(sums[Step % Sets], from, lhs, first);
        structured_turn<Execution, Last, Step + 1>(sums, from, lhs, first);
    }
}

/// Sums over all of K, which is one segment.
template <class Execution, std::size_t Sets, std::size_t Rows, std::size_t Width, class Lhs>
PARE_INLINE void sum_structured(sums_of<Execution> (&sums)[Sets][Rows][Width], const std::array<const Lhs*, Rows>& lhs,
                                operand_stream<Execution>& from) {
    using dot = typename Execution::dot;
    using arch = typename Execution::arch;
    using layout = detail::structured_layout<Execution>;
    constexpr Execution x{};
    constexpr std::size_t turns = layout::steps(x) / layout::turn, last = layout::steps(x) % layout::turn;
    std::size_t first = 0;
    for (std::size_t n = turns; n > 0; --n, first += layout::turn_span) {
        structured_turn<Execution, layout::turn>(sums, from, lhs, first);
        from.at += layout::turn_bytes(Width, layout::turn);
    }
    structured_turn<Execution, last>(sums, from, lhs, first);
    from.at += layout::turn_bytes(Width, last);
    if constexpr (layout::rest(x) > 0) {
        constexpr std::size_t rest = layout::rest(x), unit = Execution::unit;
        first = x.depth() - rest;
        PARE_UNROLL for (std::size_t k = 0; k < rest; k += unit, first += unit) {
            std::remove_cvref_t<decltype(from.next(0))> rhs[Width];
            PARE_UNROLL for (std::size_t j = 0; j < Width; ++j) rhs[j] = from.next(j);
            PARE_UNROLL for (std::size_t i = 0; i < Rows; ++i) {
                const auto few = k + unit <= rest ? broadcast_lhs(lhs[i] + first, dot{}, arch{})
                                                  : broadcast_lhs_tail(lhs[i] + first, rest % unit, dot{}, arch{});
                PARE_UNROLL for (std::size_t j = 0; j < Width; ++j) multiply_add(sums[0][i][j], few, rhs[j], dot{}, arch{});
            }
        }
    }
}

}  // namespace kernels

}  // namespace pare::inline v0::inline PARE_ISA
