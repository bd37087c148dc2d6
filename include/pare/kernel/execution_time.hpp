// SPDX-License-Identifier: MIT
// How long a matrix product takes, as far as a few measured numbers tell: what its parts take, and how many there are.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>

#include <pare/core/bits.hpp>
#include <pare/core/config.hpp>
#include <pare/core/extents.hpp>
#include <pare/kernel/cost_table.hpp>
#include <pare/kernel/execution.hpp>
#include <pare/kernel/gather_steps.hpp>
#include <pare/kernel/packed_weights.hpp>
#include <pare/kernel/select.hpp>

namespace pare::inline v0 {

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
