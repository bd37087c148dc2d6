// SPDX-License-Identifier: MIT
// Sums of weights that lie step by step, operands or codes: all of K, run by run, or a part of it.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

#include <pare/arch/arch.hpp>
#include <pare/core/config.hpp>
#include <pare/kernel/accumulators.hpp>
#include <pare/kernel/codes_in_place.hpp>
#include <pare/kernel/codes_loaded_once.hpp>
#include <pare/kernel/decode.hpp>
#include <pare/kernel/flipped_rows.hpp>
#include <pare/kernel/gather_tile.hpp>
#include <pare/kernel/rows.hpp>

namespace pare::inline v0::inline PARE_ISA {

/// All of K.
struct whole_depth {};

/// Some taps of a window: `steps` steps from `first_step` on of each of the segments [first_segment, last_segment). The first of these
/// begins at lhs[i].
struct part_of_depth {
    std::size_t first_segment = 0;  ///< the first segment
    std::size_t last_segment = 0;   ///< one past the last segment
    std::size_t first_step = 0;     ///< the first step of each
    std::size_t steps = 0;          ///< how many steps of each
};

namespace kernels {

/// Where a run's activations begin in a row: by segment, or one run after the other where all of them are padded to whole units.
template <class Execution, behind_run Behind>
struct row_position {
    std::size_t segment_stride = 0;
    std::size_t padded = 0;

    PARE_INLINE constexpr std::size_t of(k_run r) {
        if constexpr (Behind == behind_run::padding && !Execution::aligned_runs)
            return std::exchange(padded, padded + round_up(r.length, Execution::unit));
        else return r.segment * segment_stride + r.offset;
    }
};

/// A step of which its stream knows the place among those that share bytes with it.
inline constexpr std::size_t any_place = dynamic;

/// Whether operands are loaded once for all rows of a tile where g++ 12 would load them again for each, and Zen 4 loads one register in a
/// cycle: where sums and totals take all registers but a few (64 x 256 x 256 by groups of 32 took 1.18 times as long), and by three rows
/// (3 x 256 x 256 took 1.2 times as long).
template <class Execution, std::size_t Rows>
inline constexpr bool loads_for_rows = [] {
    using arch = typename Execution::arch;
    if constexpr (Execution::layout != form::expanded || Rows == 1 || !v0::arch::compiled_for<arch>) return false;
    else if constexpr (Execution::folds ? even_run<Execution> == 0 : Rows != 3) return false;
    else return requires(const std::byte* p) { load_rhs_once(p, typename Execution::dot{}, arch{}); };
}();

/// One step of K: a register of weights for each column meets `count` activations of each row, at `offset` in it.
template <class Execution, std::size_t Place = any_place, std::size_t Rows, std::size_t Width, class Lhs>
PARE_INLINE constexpr void step(sums_of<Execution> (&sums)[Rows][Width], operand_stream<Execution>& weights,
                                const std::array<const Lhs*, Rows>& lhs, std::size_t offset, std::size_t count) {
    using dot = typename Execution::dot;
    using arch = typename Execution::arch;
    constexpr bool loads_once = Rows == 1 && loads_with_products<Execution>;
    std::remove_cvref_t<decltype(weights.next(0))> rhs[Width];
    if constexpr (loads_once) {
        // Products load their weights themselves.
    } else if constexpr (Place == any_place) {
        if constexpr (Execution::trims) {
            PARE_UNROLL for (std::size_t j = 0; j < Width; ++j) rhs[j] =
                count == Execution::unit ? weights.next(j) : weights.next_tail(count);
        } else if constexpr (loads_for_rows<Execution, Rows>) {
            PARE_UNROLL for (std::size_t j = 0; j < Width; ++j) rhs[j] = weights.next_once(j);
        } else {
            PARE_UNROLL for (std::size_t j = 0; j < Width; ++j) rhs[j] = weights.next(j);
        }
        if constexpr (requires { weights.end_step(); }) weights.end_step();
    } else {
        PARE_UNROLL for (std::size_t j = 0; j < Width; ++j) rhs[j] = weights.template next_at<Place>(j);
        weights.template end_step_at<Place, Rows>();
    }
    PARE_UNROLL for (std::size_t i = 0; i < Rows; ++i) {
        const auto few = count == Execution::unit ? broadcast_lhs(lhs[i] + offset, dot{}, arch{})
                                                  : broadcast_lhs_tail(lhs[i] + offset, count, dot{}, arch{});
        PARE_UNROLL for (std::size_t j = 0; j < Width; ++j) {
            if constexpr (loads_once) multiply_add_loaded(sums[i][j], few, weights.place_of(j), dot{}, arch{});
            else multiply_add(sums[i][j], few, rhs[j], dot{}, arch{});
        }
    }
    if constexpr (loads_once) weights.skip(Width);
}

/// Steps of K that are written out one after the other. Two, where sums are many and runs are long: the loop's end is met half as often,
/// and products of 256 x 1024 x 1024 take 0.96 of the time, 3 x 3 over 28 x 28 x 128 0.95 (AVX-512 VNNI, Intel); four gain no more. Where
/// registers are few, or a product is several instructions, g++ 12 keeps sums in memory for it.
template <class Execution, std::size_t Sets, std::size_t Rows, std::size_t Width>
inline constexpr std::size_t steps_of_turn = [] {
    constexpr std::size_t registers = Execution::arch::registers, sums = Rows * Width, segment = Execution::problem::segment;
    constexpr bool two = segment >= 128 && registers >= 32 && loads_with_products<Execution> && sums >= 10 && sums + Width + 3 <= registers;
    return std::max(Sets, std::size_t(two ? 2 : 1));
}();

/// Whether activations of four steps are loaded at once, for a row alone.
template <class Execution, std::size_t Rows>
inline constexpr bool loads_four_steps = [] {
    if constexpr (Rows != 1 || !loads_with_products<Execution>) return false;
    else
        return requires(const typename Execution::dot::lhs* x) {
            broadcast_four_steps(x, typename Execution::dot{}, typename Execution::arch{});
        };
}();

/// Step `Step` of four that are loaded.
template <class Execution, int Step, std::size_t Sets, std::size_t Width, class Steps>
PARE_INLINE void step_of_four(sums_of<Execution> (&sums)[Sets][1][Width], operand_stream<Execution>& weights, const Steps& steps) {
    using dot = typename Execution::dot;
    using arch = typename Execution::arch;
    const auto few = lhs_of_step<Step>(steps, dot{}, arch{});
    PARE_UNROLL for (std::size_t j = 0; j < Width; ++j)
        multiply_add_loaded(sums[Step % Sets][0][j], few, weights.place_of(Step * Width + j), dot{}, arch{});
}

/// `turns` turns from `first` on.
template <class Execution, std::size_t Sets, std::size_t Rows, std::size_t Width, class Lhs>
PARE_INLINE constexpr void turns_of_run(sums_of<Execution> (&sums)[Sets][Rows][Width], operand_stream<Execution>& weights,
                                        const std::array<const Lhs*, Rows>& lhs, std::size_t first, std::size_t turns) {
    constexpr std::size_t unit = Execution::unit, turn = steps_of_turn<Execution, Sets, Rows, Width>;
    for (std::size_t k = 0; k < turns; ++k) {
        PARE_UNROLL for (std::size_t s = 0; s < turn; ++s)
            step<Execution>(sums[s % Sets], weights, lhs, first + (k * turn + s) * unit, unit);
    }
}

/// `steps` whole steps from `first` on; sets of sums take turns where one would wait for its own latency.
template <class Execution, std::size_t Sets, std::size_t Rows, std::size_t Width, class Lhs, class Beside = nothing_beside>
PARE_INLINE constexpr void steps_of_run(sums_of<Execution> (&sums)[Sets][Rows][Width], operand_stream<Execution>& weights,
                                        const std::array<const Lhs*, Rows>& lhs, std::size_t first, std::size_t steps,
                                        const Beside& beside = {}) {
    constexpr std::size_t unit = Execution::unit;
    if constexpr (requires { operand_stream<Execution>::shared_steps; }) {
        using problem = typename Execution::problem;
        constexpr std::size_t shared = operand_stream<Execution>::shared_steps, group = Execution::format::group;
        // Where all of K is one run, or runs are groups of whole bytes, each begins with a first step; dynamic extents do not tell.
        constexpr bool one_segment = problem::segment != dynamic && problem::segment == problem::depth;
        constexpr bool begins_even = one_segment && (group != 0 ? group % (shared * unit) == 0 : !Execution::folds);
        if constexpr (!begins_even)
            for (; weights.place != 0 && steps > 0; --steps, first += unit) step<Execution>(sums[0], weights, lhs, first, unit);
        constexpr std::size_t turn = std::max(Sets, shared);
        for (std::size_t n = steps / turn; n > 0; --n, first += turn * unit) {
            PARE_UNROLL for (std::size_t p = 0; p < turn; p += shared) {
                if constexpr (loads_codes_once<Execution, Rows>) {
                    steps_of_codes<Execution>(sums, p, weights, lhs[0] + first + p * unit);
                } else {
                    step<Execution, 0>(sums[p % Sets], weights, lhs, first + p * unit, unit);
                    step<Execution, 1>(sums[(p + 1) % Sets], weights, lhs, first + (p + 1) * unit, unit);
                    if constexpr (shared > 2) {
                        step<Execution, 2>(sums[(p + 2) % Sets], weights, lhs, first + (p + 2) * unit, unit);
                        step<Execution, 3>(sums[(p + 3) % Sets], weights, lhs, first + (p + 3) * unit, unit);
                    }
                    if constexpr (shared > 4) {
                        step<Execution, 4>(sums[(p + 4) % Sets], weights, lhs, first + (p + 4) * unit, unit);
                        step<Execution, 5>(sums[(p + 5) % Sets], weights, lhs, first + (p + 5) * unit, unit);
                        step<Execution, 6>(sums[(p + 6) % Sets], weights, lhs, first + (p + 6) * unit, unit);
                        step<Execution, 7>(sums[(p + 7) % Sets], weights, lhs, first + (p + 7) * unit, unit);
                    }
                }
            }
        }
        for (std::size_t n = steps % turn; n > 0; --n, first += unit) step<Execution>(sums[0], weights, lhs, first, unit);
    } else {
        constexpr std::size_t turn = steps_of_turn<Execution, Sets, Rows, Width>;
        if constexpr (!std::same_as<Beside, nothing_beside>) {
            constexpr std::size_t between = Beside::values / unit;
            static_assert(between % turn == 0);
            for (; steps >= between; steps -= between, first += Beside::values) {
                turns_of_run<Execution>(sums, weights, lhs, first, between / turn);
                beside.template flip<Execution, Rows>(first, Beside::values);
            }
        }
        if constexpr (loads_four_steps<Execution, Rows>) {
            for (; steps >= 4; steps -= 4, first += 4 * unit) {
                const auto four = broadcast_four_steps(lhs[0] + first, typename Execution::dot{}, typename Execution::arch{});
                step_of_four<Execution, 0>(sums, weights, four);
                step_of_four<Execution, 1>(sums, weights, four);
                step_of_four<Execution, 2>(sums, weights, four);
                step_of_four<Execution, 3>(sums, weights, four);
                weights.skip(4 * Width);
            }
        }
        turns_of_run<Execution>(sums, weights, lhs, first, steps / turn);
        if constexpr (turn > 1)
            for (std::size_t k = steps / turn * turn; k < steps; ++k) step<Execution>(sums[0], weights, lhs, first + k * unit, unit);
    }
}

/// Sets of sums that take turns, so that as many products are under way as hide the latency of one: two begin in a cycle and take five
/// (vpdpbusd on Intel and AMD).
template <class Execution, std::size_t Rows, std::size_t Width>
inline constexpr std::size_t sets_of_sums = [] {
    constexpr std::size_t registers = Execution::arch::registers, sums = Rows * Width;
    if (Execution::folds || registers < 16) return std::size_t(1);
    if (Execution::gathers || Execution::skips) return std::size_t(gather_sets<Rows>);
    // Other products are under way for less long, and g++ 12 has no room for sixteen sums of NEON without dot products.
    if (registers < 32 || Execution::unit < 4) return std::size_t(sums >= 8 ? 1 : sums >= 4 ? 2 : 4);
    return std::size_t(sums >= 10 ? 1 : sums >= 4 ? 2 : 4);
}();

/// The last step of a run of `length`, where that is not whole units. What is loaded behind the run meets weights of zero, which only
/// operands are sure to have.
template <behind_run Behind, class Execution, std::size_t Rows, std::size_t Width, class Lhs>
PARE_INLINE constexpr void last_step(sums_of<Execution> (&sums)[Rows][Width], operand_stream<Execution>& weights,
                                     const std::array<const Lhs*, Rows>& lhs, std::size_t first, std::size_t length) {
    constexpr std::size_t unit = Execution::unit;
    const std::size_t whole = length / unit;
    if (length % unit == 0) return;
    if constexpr (Execution::trims) return step<Execution>(sums, weights, lhs, first + whole * unit, length % unit);
    constexpr bool loads_units = Behind == behind_run::padding || (Behind == behind_run::anything && Execution::overlaps);
    if (loads_units || Execution::whole_units || (Execution::overlaps && length >= unit))
        step<Execution>(sums, weights, lhs, first + Execution::step_at(whole, length), unit);
    else step<Execution>(sums, weights, lhs, first + whole * unit, length % unit);
}

/// Whether the arch has a loop of its own for all of a run, whose weights are operands.
template <class Execution, std::size_t Rows, std::size_t Width>
inline constexpr bool multiplies_runs = [] {
    using dot = typename Execution::dot;
    using arch = typename Execution::arch;
    if constexpr (!Execution::trims) return false;
    else
        return requires(sums_of<Execution>(&sums)[Rows][Width], const std::array<const typename dot::lhs*, Rows>& lhs,
                        const typename dot::rhs* weights) { multiply_run<true>(sums, lhs, weights, std::size_t(1), dot{}, arch{}); };
}();

/// All steps of a run of `length` from `first` on.
template <behind_run Behind, class Execution, std::size_t Sets, std::size_t Rows, std::size_t Width, class Lhs>
PARE_INLINE constexpr void sum_run(sums_of<Execution> (&sums)[Sets][Rows][Width], operand_stream<Execution>& weights,
                                   const std::array<const Lhs*, Rows>& lhs, std::size_t first, std::size_t length) {
    if constexpr (multiplies_runs<Execution, Rows, Width>) {
        std::array<const Lhs*, Rows> from{};
        PARE_UNROLL for (std::size_t i = 0; i < Rows; ++i) from[i] = lhs[i] + first;
        multiply_run<!Execution::aligned_runs>(sums[0], from, weights.place_of(0), length, typename Execution::dot{},
                                               typename Execution::arch{});
        weights.at += length * Width * sizeof(typename Execution::dot::rhs);
    } else {
        steps_of_run<Execution>(sums, weights, lhs, first, length / Execution::unit);
        if constexpr (Execution::unit > 1) last_step<Behind, Execution>(sums[0], weights, lhs, first, length);
    }
}

/// Sums over all of K where nothing is folded in between.
template <behind_run Behind, class Execution, std::size_t Sets, std::size_t Rows, std::size_t Width, class Source>
PARE_INLINE constexpr void sum_runs(sums_of<Execution> (&sums)[Sets][Rows][Width], const Execution& x,
                                    const std::array<const typename Source::lhs_type*, Rows>& lhs, const Source& rows,
                                    operand_stream<Execution>& weights) {
    if constexpr (flips_beside<Source>) {
        constexpr std::size_t depth = Execution::problem::depth, done = depth / Source::values * Source::values;
        steps_of_run<Execution>(sums, weights, lhs, 0, depth / Execution::unit, rows);
        last_step<Behind, Execution>(sums[0], weights, lhs, 0, depth);
        if constexpr (done < depth) rows.template flip<Execution, Rows>(done, depth - done);
    } else if constexpr (multiplies_in_place<Execution, Rows> && requires { rows.starts; }) {
        constexpr std::size_t done = turns_in_place<Execution> * in_place_turn<Execution>;
        sum_in_place(sums[0], weights, lhs[0]);
        sum_run<Behind>(sums, weights, lhs, done, Execution::problem::depth - done);
    } else {
        row_position<Execution, Behind> position{rows.segment_step()};
        for (std::size_t s = 0; s < x.segments(); ++s) {
            const std::size_t first = position.of(x.run_at(s, 0));
            sum_run<Behind>(sums, weights, lhs, first, x.segment());
        }
    }
}

/// Sums over a part of K.
template <class Execution, std::size_t Sets, std::size_t Rows, std::size_t Width, class Lhs>
PARE_INLINE constexpr void sum_part(sums_of<Execution> (&sums)[Sets][Rows][Width], const Execution& x,
                                    const std::array<const Lhs*, Rows>& lhs, std::size_t segment_stride, operand_stream<Execution>& weights,
                                    const part_of_depth& part) {
    const std::size_t all = x.segment() / Execution::unit;
    weights.skip((part.first_segment * all + part.first_step) * Width);
    for (std::size_t s = 0; s < part.last_segment - part.first_segment; ++s) {
        steps_of_run<Execution>(sums, weights, lhs, s * segment_stride, part.steps);
        weights.skip((all - part.steps) * Width);
    }
}

/// Folds the sums of a run into the totals; those of the next one begin at zero.
template <class Execution, std::size_t Rows, std::size_t Width>
PARE_INLINE constexpr void fold_run(sums_of<Execution> (&sums)[Rows][Width], totals_of<Execution> (&totals)[Rows][Width],
                                    const std::uint8_t* factors) {
    PARE_UNROLL for (std::size_t i = 0; i < Rows; ++i) {
        PARE_UNROLL for (std::size_t j = 0; j < Width; ++j) {
            totals[i][j].fold(sums[i][j], Execution::format::group != 0 ? factors + j * Execution::lanes : factors);
            sums[i][j] = zero_sums(typename Execution::dot{}, typename Execution::arch{});
        }
    }
}

/// Sums over all of K, each run folded into the totals.
template <behind_run Behind, class Execution, std::size_t Rows, std::size_t Width, class Lhs>
PARE_INLINE constexpr void fold_runs(sums_of<Execution> (&sums)[1][Rows][Width], totals_of<Execution> (&totals)[Rows][Width],
                                     const Execution& x, const std::array<const Lhs*, Rows>& lhs, std::size_t segment_stride,
                                     operand_stream<Execution>& weights, const std::uint8_t* factors) {
    const std::size_t next = Execution::format::group != 0 ? x.table_size() : 0;
    row_position<Execution, Behind> position{segment_stride};
    if constexpr (constexpr std::size_t length = even_run<Execution>; length != 0) {
        for (std::size_t s = 0; s < x.segments(); ++s) {
            for (std::size_t offset = 0; offset < Execution::problem::segment; offset += length, factors += next) {
                const std::size_t first = position.of({s, offset, length, 0});
                if constexpr (folds_in_place<Execution, Rows>) group_in_place<Execution>(sums[0][0], weights, lhs[0] + first);
                else sum_run<Behind>(sums, weights, lhs, first, length);
                fold_run<Execution>(sums[0], totals, factors);
            }
        }
    } else {
        for (k_run r = x.run_at(0, 0); r.segment < x.segments(); r = x.run_after(r), factors += next) {
            sum_run<Behind>(sums, weights, lhs, position.of(r), r.length);
            fold_run<Execution>(sums[0], totals, factors);
        }
    }
}

}  // namespace kernels

}  // namespace pare::inline v0::inline PARE_ISA
