// SPDX-License-Identifier: MIT
// How long a matrix product takes, as far as a few measured numbers tell: what the parts of one take on an arch, and how many there are.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>

#include <pare/core/bits.hpp>
#include <pare/core/config.hpp>
#include <pare/core/extents.hpp>
#include <pare/kernel/execution.hpp>
#include <pare/kernel/gather_steps.hpp>
#include <pare/kernel/packed_weights.hpp>
#include <pare/kernel/select.hpp>

namespace pare::inline v0 {

/// What the steps of a form take, in nanoseconds. A step is a register of weights, with all that belongs to it, and meets the rows of a
/// tile.
struct form_times {
    double first = 0;   ///< for one row: to fetch the weights out of the nearest cache, to decode and to multiply them
    double next = 0;    ///< for each further row of the tile
    double output = 0;  ///< to make outputs of a register of sums
    double begin = 0;   ///< to begin and to end the steps of a register of outputs in a tile
};

/// What a machine takes for the parts of a matrix product on one arch. `benchmarks/calibrate` measures these numbers and prints them as
/// C++.
struct cost_table {
    form_times expanded{};           ///< operands as they are
    form_times narrow{};             ///< the same of at most 64 in magnitude, where the arch multiplies those in another way
    form_times coded4{};             ///< codes of four bits, which are numbers
    form_times shared4{};            ///< codes of four bits that stand for shared values
    form_times coded2{};             ///< codes of one or two bits
    form_times gathered{};           ///< lanes that gather activations
    form_times gathered_codes{};     ///< the same with codes of shared values
    form_times skipped{};            ///< blocks
    form_times structured{};         ///< N of every M weights
    form_times picked{};             ///< places that 64 outputs share
    double product = 0;              ///< nanoseconds to begin a product
    double begin = 0;                ///< to begin a tile: some rows and a panel
    double nearest_bytes = 0;        ///< of the first cache, where it is told from the next one
    double near_bytes_per_ns = 0;    ///< that one product reads out of the caches behind it that a core has for itself
    double near_bytes = 0;           ///< of the latter
    double far_bytes_per_ns = 0;     ///< that one product reads out of the cache behind those
    double far_bytes = 0;            ///< of that cache
    double memory_bytes_per_ns = 0;  ///< that it reads out of memory
};

/// The cost table of `Arch`. A machine's own is a specialisation, or a value that is given to the functions below. This one is of no
/// machine: a core of 2 GHz that does one instruction of each kind in a cycle. Archs of which none was measured, as those of NEON, have it.
template <class Arch>
inline constexpr cost_table cost_table_of = {.expanded = {0.5, 0.5, 2},
                                             .narrow = {0.5, 1.0, 2},
                                             .coded4 = {1.5, 0.5, 2},
                                             .shared4 = {1.5, 0.5, 2},
                                             .coded2 = {1.5, 0.5, 2},
                                             .gathered = {1.0, 1.5, 3},
                                             .gathered_codes = {3.0, 1.5, 3},
                                             .skipped = {0.5, 0.7, 3},
                                             .structured = {1.0, 1.5, 3},
                                             .picked = {0.6, 0.7, 3},
                                             .begin = 10,
                                             .near_bytes = 524288,
                                             .far_bytes_per_ns = 8,
                                             .far_bytes = 4194304,
                                             .memory_bytes_per_ns = 4};

/// Intel, 971 GOP/s of bytes, AVX-512 with VNNI and VBMI, 2 MB of L2; g++ 12. Its L3 is larger than any product that was timed, so that
/// memory counts as fast. The same machine for the archs below. Forms that an arch does not select have the times of operands.
template <>
inline constexpr cost_table cost_table_of<arch::avx512_vnni> = {.expanded = {0.374, 0.090, 0.50},
                                                                .narrow = {0.373, 0.094, 0.51},
                                                                .coded4 = {0.405, 0.135, 0.44},
                                                                .shared4 = {0.405, 0.135, 0.44},
                                                                .coded2 = {0.360, 0.145, 0.57},
                                                                .gathered = {0.950, 0.243, 1.72},
                                                                .gathered_codes = {1.150, 0.287, 1.40},
                                                                .skipped = {0.521, 0.139, 1.06},
                                                                .structured = {0.645, 0.266, 0.50},
                                                                .picked = {0.372, 0.103, 2.40},
                                                                .begin = 2.8,
                                                                .near_bytes = 2097152,
                                                                .far_bytes_per_ns = 28.5,
                                                                .far_bytes = 503316480,
                                                                .memory_bytes_per_ns = 28.5};
/// AMD, Zen 4, 473 GOP/s of bytes, 1 MB of L2, 32 MB of L3 that others use too; g++ 12.
template <>
inline constexpr cost_table cost_table_of<arch::zen4> = {.expanded = {0.345, 0.266, 0.51},
                                                         .narrow = {0.360, 0.266, 0.34},
                                                         .coded4 = {0.240, 0.281, 0.00, 9.60},
                                                         .shared4 = {0.427, 0.246, 0.63},
                                                         .coded2 = {0.266, 0.279, 0.00, 7.60},
                                                         .gathered = {1.024, 0.333, 1.74, 4.29},
                                                         .gathered_codes = {0.830, 0.396, 1.66, 5.90},
                                                         .skipped = {0.423, 0.262, 0.86, 1.82},
                                                         .structured = {0.504, 0.462, 0.64},
                                                         .picked = {0.317, 0.273, 2.08, 5.45},
                                                         .product = 2.8,
                                                         .begin = 4.3,
                                                         .nearest_bytes = 32768,
                                                         .near_bytes_per_ns = 110.9,
                                                         .near_bytes = 1048576,
                                                         .far_bytes_per_ns = 80.0,
                                                         .far_bytes = 33554432,
                                                         .memory_bytes_per_ns = 29.0};
/// AVX-512 without VNNI.
template <>
inline constexpr cost_table cost_table_of<arch::avx512> = {.expanded = {0.464, 0.289, 0.21},
                                                           .narrow = {0.569, 0.435, 0.62},
                                                           .coded4 = {0.774, 0.428, 0.37},
                                                           .shared4 = {0.774, 0.428, 0.37},
                                                           .coded2 = {0.788, 0.396, 0.23},
                                                           .gathered = {1.149, 0.624, 2.79},
                                                           .gathered_codes = {1.147, 0.634, 1.35},
                                                           .skipped = {0.552, 0.310, 1.25},
                                                           .structured = {0.464, 0.289, 0.21},
                                                           .picked = {0.464, 0.289, 0.21},
                                                           .begin = 9.3,
                                                           .near_bytes = 2097152,
                                                           .far_bytes_per_ns = 28.0,
                                                           .far_bytes = 503316480,
                                                           .memory_bytes_per_ns = 28.0};
/// AVX2 with VNNI.
template <>
inline constexpr cost_table cost_table_of<arch::avx_vnni> = {.expanded = {0.288, 0.111, 0.57},
                                                             .narrow = {0.285, 0.112, 0.53},
                                                             .coded4 = {0.344, 0.117, 0.99},
                                                             .shared4 = {0.344, 0.117, 0.99},
                                                             .coded2 = {0.347, 0.132, 1.16},
                                                             .gathered = {0.706, 0.150, 1.97},
                                                             .gathered_codes = {0.715, 0.148, 1.90},
                                                             .skipped = {0.359, 0.144, 0.76},
                                                             .structured = {0.288, 0.111, 0.57},
                                                             .picked = {0.288, 0.111, 0.57},
                                                             .begin = 0.3,
                                                             .near_bytes = 2097152,
                                                             .far_bytes_per_ns = 26.9,
                                                             .far_bytes = 503316480,
                                                             .memory_bytes_per_ns = 26.9};
/// AVX2.
template <>
inline constexpr cost_table cost_table_of<arch::avx2> = {.expanded = {0.334, 0.168, 2.52},
                                                         .narrow = {0.470, 0.327, 0.00},
                                                         .coded4 = {0.597, 0.335, 1.16},
                                                         .shared4 = {0.597, 0.335, 1.16},
                                                         .coded2 = {0.558, 0.336, 0.00},
                                                         .gathered = {0.857, 0.267, 3.58},
                                                         .gathered_codes = {0.853, 0.272, 3.57},
                                                         .skipped = {0.436, 0.176, 1.74},
                                                         .structured = {0.334, 0.168, 2.52},
                                                         .picked = {0.334, 0.168, 2.52},
                                                         .begin = 7.2,
                                                         .near_bytes = 2097152,
                                                         .far_bytes_per_ns = 27.8,
                                                         .far_bytes = 503316480,
                                                         .memory_bytes_per_ns = 27.8};
/// SSE4.1.
template <>
inline constexpr cost_table cost_table_of<arch::sse4_1> = {.expanded = {0.375, 0.227, 1.03},
                                                           .narrow = {0.377, 0.303, 0.99},
                                                           .coded4 = {0.526, 0.319, 0.50},
                                                           .shared4 = {0.526, 0.319, 0.50},
                                                           .coded2 = {0.527, 0.321, 0.42},
                                                           .gathered = {0.641, 0.264, 4.94},
                                                           .gathered_codes = {0.664, 0.263, 4.64},
                                                           .skipped = {0.343, 0.251, 1.73},
                                                           .structured = {0.375, 0.227, 1.03},
                                                           .picked = {0.375, 0.227, 1.03},
                                                           .begin = 1.2,
                                                           .near_bytes = 2097152,
                                                           .far_bytes_per_ns = 20.2,
                                                           .far_bytes = 503316480,
                                                           .memory_bytes_per_ns = 20.2};

namespace detail {

/// The root, by Newton's iteration: the one of <cmath> is not constexpr.
constexpr double square_root(double x) {
    if (x <= 0) return 0;
    double root = x < 1 ? 1 : x;
    for (double next = (root + x / root) / 2; next < root; next = (root + x / root) / 2) root = next;
    return root;
}

/// The logarithm of a power of two.
constexpr double log2_of(std::size_t n) {
    double log = 0;
    for (; n > 1; n /= 2) ++log;
    return log;
}

/// Places without a weight that are expected before the next one of any lane.
constexpr double gap_before_weight(std::size_t lanes, double density) {
    double none = 1;
    for (; lanes > 0; --lanes) none *= 1 - density;
    return none / std::max(1 - none, 1e-9);
}

/// What the steps of `Execution` take.
template <class Execution>
constexpr const form_times& times_of(const cost_table& c) {
    if constexpr (Execution::gathers_codes) return c.gathered_codes;
    else if constexpr (Execution::gathers) return c.gathered;
    else if constexpr (Execution::skips) return c.skipped;
    else if constexpr (Execution::picks) return c.picked;
    else if constexpr (Execution::layout == form::structured) return c.structured;
    else if constexpr (Execution::layout == form::coded && Execution::format::code_bits <= 2) return c.coded2;
    else if constexpr (Execution::layout == form::coded) return Execution::format::is_shared ? c.shared4 : c.coded4;
    else if constexpr (std::same_as<typename Execution::dot, arch::narrow_dot>) return c.narrow;
    else return c.expanded;
}

/// The part of weights that a cache still has when they are read again, of all in turn. A cache that forgot the oldest first would have
/// none of those that exceed it by a little; processors' forget others too. Measured where `weights` are 0.84, 1.09, 1.4 and 1.6 of a
/// second-level cache: 0.78, 0.51, 0.19, 0.07.
constexpr double cached_part(double weights, double cache) { return cache <= 0 ? 0 : std::clamp(5.0 / 3 - weights / cache, 0.0, 1.0); }

/// The same of the first cache, which has all of them or none: where they are 1.03, 1.09 and 1.16 of it, steps take as if it had all, half,
/// none (Zen 4).
constexpr double nearest_part(double weights, double cache) { return cache <= 0 ? 0 : std::clamp(10 * (1.14 - weights / cache), 0.0, 1.0); }

/// Rows that are multiplied each time that weights come from afar: those of a tile, or of the tiles that are flipped, or added up, at a
/// time (`kernels::flipped_tiles`, `kernels::summed_tiles`).
template <class Execution>
constexpr double rows_of_pass(const Execution& x) {
    if constexpr (Execution::sums_rows) return double(std::clamp(summed_bytes / x.depth(), Execution::max_rows, summed_rows));
    else if constexpr (!Execution::flips) return double(Execution::max_rows);
    else return double(std::max<std::size_t>(2 * Execution::max_rows, flipped_bytes / std::max<std::size_t>(1, x.depth())));
}

}  // namespace detail

/// Steps that all registers of outputs take for a row, where the fraction `density` of the weights exists, anywhere: as many as are
/// expected. A lane that gathers takes `unit` weights in a step. Its weights in a window are binomial: of `lanes` lanes the fullest has
/// more of them than the mean, and so has the fullest lane over all of K, by 1.3 standard deviations, since outputs are sorted by their
/// weights. Where a window ends early for it, others have done less: (1 - density) * log2(lanes) / (2 unit) steps more in each window. At
/// the least they are windows, each behind a gap. Of random masks of 128 to 4096 weights on registers of x86 the steps are within 10 % of
/// that at densities of 10 % and more, at 5 % within 18, at 2 % within 27; on those of NEON, whose few lanes often wait for a window,
/// within 16 % from 2 % on.
template <class Execution>
constexpr double predicted_steps(const Execution& x, double density) {
    const double registers = double(ceil_div(x.outputs(), Execution::lanes) * x.groups());
    if constexpr (Execution::skips || Execution::picks) return registers * double(x.steps()) * density;
    else if constexpr (Execution::layout == form::structured)
        return registers * double(x.steps() * Execution::format::mask::unit.keep) / double(Execution::format::mask::unit.of);
    else if constexpr (Execution::gathers) {
        const double segment = double(x.segment()), unit = double(Execution::unit), mean = segment * density / unit;
        // Windows that begin at multiples of a part of one reach that much less far, at most.
        const double reach = double(Execution::window) - 0.75 * double(Execution::window_step - 1), windows = segment / reach;
        const double by_windows = windows * (1 - density) * 0.5 * detail::log2_of(Execution::lanes) / unit;
        const double by_lanes = 1.3 * detail::square_root(segment * density * (1 - density)) / unit;
        const double by_gaps = segment / (reach + detail::gap_before_weight(Execution::lanes, density));
        return registers * double(x.segments()) * std::min(segment, std::max(mean + std::max(by_windows, by_lanes), by_gaps));
    } else return registers * double(x.steps());
}

/// Bytes of the executing form, of which the fraction `density` exists: exact where the type knows them, else as many as are expected.
template <class Execution>
constexpr double predicted_bytes(const Execution& x, double density) {
    using counts = detail::packed_counts<Execution>;
    const double registers = double(ceil_div(x.outputs(), Execution::lanes) * x.groups());
    const double weights = double(x.outputs() * x.groups()) * double(x.depth()) * density;
    double bytes = double(x.table_size()) * double(sizeof(typename Execution::total) + sizeof(float));
    if constexpr (Execution::format::group != 0) bytes += double(x.run_count() * x.table_size());
    if constexpr (counts::book != 0 && counts::book != dynamic) bytes += double(counts::book);
    if constexpr (counts::has_offsets) bytes += double(x.panels() * x.groups() * sizeof(std::uint32_t));
    if constexpr (Execution::gathers) {
        using layout = detail::gathered_layout<Execution>;
        bytes += predicted_steps(x, density) *
                 double(layout::place_bytes + layout::weight_bytes / layout::sharing + sizeof(typename layout::offset));
        bytes += registers * double(4 * x.run_count()) + (Execution::sorts ? double(x.table_size()) : 0);
    } else if constexpr (Execution::skips) {
        // Two registers share the places of blocks that both have.
        const double shared = Execution::width == 2 ? density / 2 : 0;
        bytes += predicted_steps(x, density) * (double(Execution::register_elements) + 2 * (1 - shared));
    } else if constexpr (Execution::picks) {
        bytes += predicted_steps(x, density) * double(Execution::register_elements) + double(x.panels() * x.depth()) / 8;
    } else bytes += double(counts::data_bytes(x, std::size_t(weights)));
    return bytes;
}

/// Nanoseconds that the product of `rows` rows takes with weights of so many steps and bytes that lie as `x` says. Tiles have as many rows
/// as registers allow, and do all steps. For weights that are not in the nearest cache it is that or reading them once for each pass,
/// whichever is longer (the roofline of Williams, Waterman, Patterson 2009).
template <class Execution>
constexpr double execution_time(const Execution& x, std::size_t rows, double steps, double bytes, const cost_table& c) {
    const form_times& of = detail::times_of<Execution>(c);
    const double count = double(rows), tiles = double(ceil_div(rows, Execution::max_rows));
    const double registers = double(ceil_div(x.outputs(), Execution::lanes) * x.groups());
    const double passes = std::max(1.0, count / detail::rows_of_pass(x));
    const double nearest = (tiles * of.first + (count - tiles) * of.next) * steps + tiles * registers * of.begin;
    const auto read_at = [&](double rate) { return rate > 0 ? std::max(nearest, passes * bytes / rate) : nearest; };
    double far = c.far_bytes_per_ns > 0 ? bytes / c.far_bytes_per_ns : 0;
    if (c.memory_bytes_per_ns > 0) {
        const double stays = detail::cached_part(bytes, c.far_bytes);
        far = stays * far + (1 - stays) * bytes / c.memory_bytes_per_ns;
    }
    const double stays = detail::cached_part(bytes, c.near_bytes), stays_nearest = detail::nearest_part(bytes, c.nearest_bytes);
    return c.product + tiles * double(x.panels() * x.groups()) * c.begin + count * registers * of.output +
           stays * (stays_nearest * nearest + (1 - stays_nearest) * read_at(c.near_bytes_per_ns)) +
           (1 - stays) * std::max(nearest, passes * far);
}

/// The same of weights of which the fraction `density` exists.
template <class Execution>
constexpr double execution_time(const Execution& x, std::size_t rows, double density, const cost_table& c) {
    return execution_time(x, rows, predicted_steps(x, density), predicted_bytes(x, density), c);
}

/// The form in which weights of `Format` are predicted to be fastest: the one that their type selects, or all of them as operands. On an
/// arch without vectors memory matters most, and it is the former.
template <weight_format_type Format, class Problem, arch::instruction_set Arch>
constexpr form faster_form(std::size_t rows, double density = 1, const cost_table& c = cost_table_of<Arch>) {
    constexpr form direct = selected_form<Format, Problem, Arch>;
    if constexpr (direct == form::expanded || Arch::lanes == 1) return direct;
    else {
        const double as_they_are = execution_time(execution<Format, Problem, Arch, direct>{}, rows, density, c);
        const double as_operands = execution_time(execution<Format, Problem, Arch, form::expanded>{}, rows, density, c);
        return as_they_are <= as_operands ? direct : form::expanded;
    }
}

/// Nanoseconds that a product of `rows` rows takes with weights of `Format` in their faster form, of which the fraction `density` exists.
/// Extents are static. It is an estimate for one thread, for weights that exist anywhere alike; figures are better as ratios.
template <weight_format_type Format, class Problem, arch::instruction_set Arch>
constexpr double predicted_time(std::size_t rows, double density = 1, const cost_table& c = cost_table_of<Arch>) {
    if (faster_form<Format, Problem, Arch>(rows, density, c) == form::expanded)
        return execution_time(execution<Format, Problem, Arch, form::expanded>{}, rows, density, c);
    return execution_time(select<Format, Problem, Arch>{}, rows, density, c);
}

}  // namespace pare::inline v0
