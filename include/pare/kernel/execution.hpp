// SPDX-License-Identifier: MIT
// The one type between packing and running: what a weight matrix in a format, of an extent, on an arch, becomes.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>

#include <pare/arch/tags.hpp>
#include <pare/core/config.hpp>
#include <pare/core/extents.hpp>
#include <pare/core/require.hpp>
#include <pare/format/weight_format.hpp>
#include <pare/kernel/code_rules.hpp>
#include <pare/kernel/form.hpp>
#include <pare/kernel/problem.hpp>

namespace pare::inline v0 {

/// Weights in `Format` for `Problem` on `Arch`, lying in `Form`.
template <weight_format_type Format, class Problem, arch::instruction_set Arch, form Form>
struct execution {
    using format = Format;                                   ///< of the weights
    using problem = Problem;                                 ///< what is multiplied
    using activation = typename Problem::activation;         ///< the type of activations
    using extents = typename Problem::extents;               ///< of the problem
    static constexpr form layout = Form;                     ///< how weights lie
    static constexpr bool gathers = Form == form::gathered;  ///< whether lanes gather activations of their own
    static constexpr bool skips = Form == form::skipped;     ///< whether registers without weights are skipped
    static constexpr bool picks = Form == form::picked;      ///< whether activations are picked for a panel
    /// Whether only the data knows how many weights lie in a panel.
    static constexpr bool is_sparse = gathers || skips || picks;

    /// Activations are words of binary values, and so are weights; depth and segments count words.
    static constexpr bool is_binary = std::same_as<activation, binary_word>;

    /// The type that holds value - zero point of every weight.
    using operand = typename decltype([] {
        if constexpr (is_binary) return std::type_identity<binary_word>{};
        else if constexpr (Format::is_float) return std::type_identity<float>{};
        else if constexpr (operand_range<Format>::fits_s8) return std::type_identity<std::int8_t>{};
        else if constexpr (operand_range<Format>::fits_s16) return std::type_identity<std::int16_t>{};
        else return std::type_identity<std::int32_t>{};
    }())::type;

    static_assert(
        require<(Format::is_float == std::floating_point<activation>), got_type<typename Format::encoding>, needs_type<activation>>,
        "execution: f32 weights and float activations go together; got one without the other; use weights<f32> with float");
    static_assert(
        require<(!is_binary || (std::same_as<typename Format::encoding, binary> && Format::is_dense && !Format::is_shared &&
                                !Format::has_zero_point && Format::group == 0)),
                got_type<Format>, needs_type<weights<binary, per_channel>>>,
        "execution: binary activations meet weights that are binary, dense, unique, symmetric and without groups; got others; use "
        "weights<binary>, or activations of 8 bits");
    static_assert(require<(is_binary || Format::group == 0 || Problem::depth == dynamic || Format::group <= Problem::depth),
                          got<Format::group>, needs<Problem::depth>>,
                  "execution: a group may not be larger than the depth; use a smaller per_group<G>");

    /// Largest magnitude of a weight operand, of an activation as an arch may see it, and of one less its zero point.
    static constexpr std::int64_t operand_bound = [] {
        if constexpr (Format::is_float) return std::int64_t(0);
        else return std::max(std::int64_t(operand_range<Format>::highest), -std::int64_t(operand_range<Format>::lowest));
    }();
    /// Largest magnitude of an activation as an arch sees it.
    static constexpr std::int64_t activation_bound = is_binary ? binary_word::values : std::same_as<activation, std::int16_t> ? 32768 : 255;
    /// Largest magnitude of an activation less its zero point.
    static constexpr std::int64_t activation_span = std::same_as<activation, std::int16_t> ? 65535 : activation_bound;

    /// Largest magnitude that a sum over all of K can have, without the bias.
    static constexpr std::int64_t sum_bound =
        std::int64_t(Problem::max_depth) * operand_bound * activation_span * (Format::group != 0 ? 255 : 1);
    static constexpr std::int64_t register_bound = std::numeric_limits<std::int32_t>::max();  ///< largest sum in a register

    /// The smaller of s32 and s64 that the type proves enough.
    using total =
        std::conditional_t<Format::is_float, float, std::conditional_t<(sum_bound <= register_bound), std::int32_t, std::int64_t>>;

    /// The arch whose dot product is used: the scalar one where operands do not fit that of `Arch`, or a single step its register.
    using arch =
        std::conditional_t<is_binary ? !v0::arch::counts_bits<Arch>
                                     : (sizeof(typename Arch::template dot_for<activation, operand>::rhs) < sizeof(operand) ||
                                        std::int64_t(Arch::template dot_for<activation, operand>::unit) * operand_bound * activation_bound >
                                            register_bound),
                           v0::arch::scalar, Arch>;
    /// Whether signed activations stay as they are, and an offset is added to weights instead: sums then begin with that many times those
    /// of their rows, negated. Long rows that meet several panels are added up in half of the time that it takes to flip them into scratch:
    /// 196 x 256 x 2304 takes 0.97 of the time.
    static constexpr bool sums_rows = [] {
        if constexpr (!Problem::summed || Form != form::expanded || Format::group != 0 || !std::same_as<activation, std::int8_t> ||
                      !std::same_as<operand, std::int8_t> || Problem::depth == dynamic || !requires { typename arch::summed_dot; })
            return false;
        else
            return operand_bound <= arch::summed_dot::rhs_bound && std::same_as<total, std::int32_t> && Problem::depth >= 768 &&
                   Problem::outputs > arch::lanes * (arch::registers < 32 ? 2 : 4);
    }();

    /// The step of the arch. Activations that it would change at each load are changed once, before: on AVX-512 VNNI of Intel flipping
    /// bytes in the loop took a fifth of the time of a product.
    using dot = typename decltype([] {
        if constexpr (sums_rows) return std::type_identity<typename arch::summed_dot>{};
        else return v0::arch::detail::dot_of<arch, activation, operand, true, operand_bound, gathers>{};
    }())::type;
    using sum = typename dot::sum;  ///< of a register
    /// What is added to weights.
    static constexpr int rhs_offset = [] {
        if constexpr (sums_rows) return dot::rhs_offset;
        else return 0;
    }();
    static constexpr std::size_t lanes = arch::lanes;               ///< outputs in a register
    static constexpr std::size_t unit = dot::unit;                  ///< products a lane and step
    static constexpr std::size_t register_elements = lanes * unit;  ///< weights in a register
    /// What the arch adds to activations.
    static constexpr int lhs_offset = v0::arch::lhs_offset_of<arch, dot> +
                                      (std::same_as<activation, std::int8_t> && std::same_as<typename dot::lhs, std::uint8_t>   ? 128
                                       : std::same_as<activation, std::uint8_t> && std::same_as<typename dot::lhs, std::int8_t> ? -128
                                                                                                                                : 0);

    /// Whether the arch gathers out of registers. Then a step reads a whole window of neighbouring activations.
    static constexpr bool gathers_windows = gathers && v0::arch::gather_window_of<arch, dot> > 0;
    /// Weights of one book of at most 63 values keep their codes beside their places: in two bits of a place that a window of 64 leaves,
    /// and in a nibble. They are less to read, and more to do for each step, so that few rows gain, and not those of a convolution.
    static constexpr bool gathers_codes = [] {
        if constexpr (!gathers_windows || !Format::is_shared || Format::has_zero_point || Problem::segment != Problem::depth) return false;
        else
            return !Format::sharing::per_row && Format::sharing::entries < 64 && v0::arch::looks_up_places<arch, dot> &&
                   std::same_as<operand, std::int8_t>;
    }();

    /// Whether a window is two registers: more lanes find a unit of weights in it, so that steps are fewer (of 4096 weights of which 90 %
    /// are pruned 117 for 135), but each takes longer. That is worth it for one row whose weights come from beyond a second-level cache:
    /// 1 x 4096 x 4096 takes 0.86 of the time at 90 %, half at 95 %, and 1 x 1024 x 1024 1.0 and 0.9.
    static constexpr bool gathers_wide = [] {
        if constexpr (!gathers_windows || gathers_codes || Problem::rows != 1 || Problem::depth == dynamic || Problem::outputs == dynamic)
            return false;
        else return Problem::outputs * Problem::depth > std::size_t(2) << 20 && v0::arch::wide_gather_window_of<arch, dot> > 0;
    }();
    /// Neighbouring activations that the places of one step reach: they are bytes.
    static constexpr std::size_t window = !gathers_windows ? 256
                                          : gathers_wide   ? v0::arch::wide_gather_window_of<arch, dot>
                                                           : v0::arch::gather_window_of<arch, dot>;
    /// Registers that a window is loaded into.
    static constexpr std::size_t window_registers =
        gathers_windows ? ceil_div(window * sizeof(typename dot::lhs), arch::alignment) : std::size_t(1);
    /// Sums are folded into totals at the end of each run: where groups have factors, or where totals are wider than sums.
    static constexpr bool folds = Format::group != 0 || std::same_as<total, std::int64_t>;

    /// Activations among which some are picked at a time, into a buffer that is small beside a first-level cache.
    static constexpr std::size_t picked_run = 256;

    /// Weights whose sum is sure to fit a 32-bit register, as a multiple of the unit.
    static constexpr std::size_t run_limit = [] {
        if constexpr (picks) return picked_run;
        else if constexpr (!std::same_as<total, std::int64_t>) return std::numeric_limits<std::size_t>::max();
        else return std::size_t(register_bound / (operand_bound * activation_bound)) / unit * unit;
    }();

    /// Registers of outputs that share the places of their weights, as many as a panel can have.
    static constexpr std::size_t shared_width = [] {
        constexpr std::size_t most = arch::registers < 16 ? 1 : arch::registers < 32 ? 2 : 4;
        std::size_t w = most;
        if constexpr (requires { Format::mask::unit.rows; })
            while (w > 1 && Format::mask::unit.rows / lanes % w != 0) --w;
        return Problem::outputs == dynamic ? w : std::min(w, std::max<std::size_t>(1, ceil_div(Problem::outputs, lanes)));
    }();

    static constexpr std::size_t two_copies = 16384;  ///< bytes of the rows of a tile of which a first-level cache holds two copies
    static constexpr std::size_t longest_copied = two_copies / 7;  ///< the longest rows of which it holds two copies of seven
    static constexpr v0::arch::tile_size tile = v0::arch::tile_of<arch, dot, (Problem::rows == 1)>;  ///< what the arch says

    static constexpr std::size_t of_nibbles = folds ? 0 : detail::nibble_width<Format, Problem, arch, Form>;  ///< registers, or 0
    /// Registers of outputs side by side in a panel: as many as leave room for rows, and even over a static extent. Those that gather are
    /// summed one after the other: two leave twelve rows to share what is loaded, four are better to sort outputs into. The rows are worth
    /// more, where there are any and they stay in a first-level cache (128 x 1024 x 1024 takes 0.93 of the time, and the first layer of
    /// LeNet-300-100 with the mask that pruning by error gives it). Rows that are pooled want to be several groups.
    static constexpr std::size_t max_width = picks                           ? shared_width
                                             : of_nibbles != 0               ? of_nibbles
                                             : tile.width != 0               ? tile.width
                                             : arch::registers < 16          ? 1
                                             : arch::registers < 32 || skips ? 2
                                             : gathers && Problem::rows != 1 && (Problem::depth <= longest_copied || Problem::copied) ? 2
                                             : Problem::pooled > 1                                                                    ? 3
                                                                                                                                      : 4;
    /// Registers side by side in a panel of this problem.
    static constexpr std::size_t width = [] {
        if constexpr (Problem::outputs == dynamic || picks) return max_width;
        else {
            const std::size_t all = ceil_div(Problem::outputs, lanes);
            return ceil_div(all, ceil_div(all, max_width));
        }
    }();

    /// Registers of the last panel over a static extent, 0 where the extent is dynamic.
    static constexpr std::size_t last_width = [] {
        if constexpr (Problem::outputs == dynamic) return std::size_t(0);
        else {
            const std::size_t all = ceil_div(Problem::outputs, lanes);
            return all - (ceil_div(all, width) - 1) * width;
        }
    }();

    /// True where every register of outputs is known to be full.
    static constexpr bool whole_registers = Problem::outputs != dynamic && Problem::outputs % lanes == 0;

    /// Whether structured weights are nibbles that a table of 16 is looked up with.
    static constexpr bool looks_up_structured = Form == form::structured && detail::structured_nibbles<Format, Problem, arch>;

    /// Whether one row may multiply codes where they lie.
    static constexpr bool may_lie_in_place = Form == form::coded && !folds && detail::codes_may_lie<Format, Problem, arch, dot>;
    /// Whether codes are packed for that, in groups too, since rows are alone: all but the last of each byte are `1 << (bits - 1)` more.
    static constexpr bool packs_in_place =
        Form == form::coded && Problem::rows == 1 && std::same_as<total, sum> && detail::codes_may_lie<Format, Problem, arch, dot>;

    /// Registers that codes are decoded with: tables of nibbles, and a mask where registers are few; of structured weights places as well.
    static constexpr std::size_t decode_registers = [] {
        if constexpr (Form == form::structured) return width + 3;
        else if constexpr (Form != form::coded || arch::registers < 16 || Format::code_bits > 4) return std::size_t(0);
        else return std::size_t((packs_in_place ? 8 : 4) / Format::code_bits) + (arch::registers < 32 ? 1 : 0);
    }();

    /// Activations in a line of a cache: those that are shifted are bytes.
    static constexpr std::size_t line_bytes = 64;
    /// Whether rows that gather may be copied more than once: they are known, no piece of another, and have outputs enough to pay for it.
    static constexpr bool may_shift = gathers_windows && window >= line_bytes && !Problem::copied && Problem::depth != dynamic &&
                                      Problem::segment == Problem::depth && Problem::outputs >= 128;
    /// Rows that gather out of copies, at most: so many that two copies of each stay in a first-level cache (128 x 512 x 1536 takes 0.85 of
    /// the time with ten rows that are copied twice for twelve that are copied once, at 70 and at 80 %).
    static constexpr std::size_t copied_rows = [] {
        if constexpr (!may_shift) return std::size_t(12);
        else return std::clamp<std::size_t>(two_copies / Problem::depth, 7, 12);
    }();

    /// Rows of a register tile `w` registers wide: accumulators, a panel step, one activation and one spare fill the file.
    static constexpr std::size_t rows(std::size_t w) {
        if constexpr (tile.rows > 0) return tile.rows;
        constexpr std::size_t step = v0::arch::step_registers_of<arch, dot>;
        // A register of them and of their places, and of what their codes stand for; of a window the step has one.
        const std::size_t of_weights = gathers_codes ? 4 : gathers ? 1 + window_registers : w;
        const std::size_t taken = of_weights + step + decode_registers;
        const std::size_t free = arch::registers > taken ? arch::registers - taken : 1;
        const std::size_t most = Problem::pooled > 1 && w == 1 ? 16 : skips ? 14 : copied_rows;
        const std::size_t fit = std::clamp<std::size_t>(free / (w * (folds ? 2 : 1)), 1, most);
        return fit < Problem::pooled ? fit : fit / Problem::pooled * Problem::pooled;
    }
    static constexpr std::size_t max_rows = rows(width);  ///< of a full panel

    extents e{};  ///< the extents

    constexpr std::size_t outputs() const { return e.template get<0>(); }  ///< of a group
    constexpr std::size_t depth() const { return e.template get<1>(); }    ///< weights of an output
    constexpr std::size_t segment() const { return e.template get<2>(); }  ///< neighbouring activations
    constexpr std::size_t groups() const { return e.template get<3>(); }   ///< that do not see one another

    /// Panels of one group, and registers in panel `p`.
    constexpr std::size_t panels() const { return ceil_div(ceil_div(outputs(), lanes), width); }
    /// Registers of panel `p`.
    constexpr std::size_t panel_width(std::size_t p) const { return std::min(width, ceil_div(outputs(), lanes) - p * width); }
    /// Entries of a table over all output channels, so that whole registers of the last group can be read.
    constexpr std::size_t table_size() const { return (groups() - 1) * outputs() + round_up(outputs(), lanes); }

    /// Segments of K.
    PARE_INLINE constexpr std::size_t segments() const { return segment() == 0 ? 0 : depth() / segment(); }

    /// The run that begins at `offset` of segment `s`.
    PARE_INLINE constexpr k_run run_at(std::size_t s, std::size_t offset) const {
        if constexpr (!folds && !picks) {
            return {s, offset, segment(), 0};
        } else {
            const std::size_t k = s * segment() + offset;
            std::size_t length = std::min(segment() - offset, run_limit);
            std::size_t group = 0;
            if constexpr (Format::group != 0) {
                length = std::min(length, Format::group - k % Format::group);
                group = k / Format::group;
            }
            return {s, offset, length, group};
        }
    }

    /// The run after `r`; there is none where its segment is `segments()`.
    PARE_INLINE constexpr k_run run_after(k_run r) const {
        return r.offset + r.length < segment() ? run_at(r.segment, r.offset + r.length) : run_at(r.segment + 1, 0);
    }

    /// Calls f(k_run) for each run of K in order.
    template <class F>
    PARE_INLINE constexpr void for_each_run(const F& f) const {
        for (k_run r = run_at(0, 0); r.segment < segments(); r = run_after(r)) f(r);
    }

    /// Steps of all runs: each run is padded to whole units.
    constexpr std::size_t steps() const {
        std::size_t n = 0;
        for_each_run([&](k_run r) { n += ceil_div(r.length, unit); });
        return n;
    }
    /// Runs of K.
    constexpr std::size_t run_count() const {
        std::size_t n = 0;
        for_each_run([&](k_run) { ++n; });
        return n;
    }

    /// The last step of a run that is not whole units takes the unit before its end once more, the weights of what was taken already
    /// being zero, so that no activation is loaded in part; only operands are sure to have a zero.
    static constexpr bool overlaps = Form == form::expanded && unit > 1 && lanes > 1;
    /// Where a step is of one output it ends with the weights that are left instead: padding would be as much as a short run.
    static constexpr bool trims = Form == form::expanded && unit > 1 && lanes == 1;

    /// Where step `s` of a run of `length` begins.
    PARE_INLINE static constexpr std::size_t step_at(std::size_t s, std::size_t length) {
        return overlaps && length >= unit ? std::min(s * unit, length - unit) : s * unit;
    }

    /// What copies of runs are padded to: whole units, or nothing where places are single activations.
    static constexpr std::size_t run_unit = is_sparse ? 1 : unit;

    /// True where every run is whole units, and where each can be loaded in whole units.
    static constexpr bool aligned_runs = run_unit == 1 || (!folds && Problem::segment != dynamic && Problem::segment % unit == 0);
    /// Whether each can be loaded in whole units.
    static constexpr bool whole_units = aligned_runs || (!folds && overlaps && Problem::segment != dynamic && Problem::segment >= unit);

    /// Activations are copied into scratch where the arch multiplies another type.
    static constexpr bool widens = !std::same_as<typename dot::lhs, activation>;

    /// Copies of each row that gathers, each shifted by `window_step` more than the one before, so that any window which begins at a
    /// multiple of that is a line of a cache in one of them: to read one that crosses lines takes a third longer. As many as stay in a
    /// first-level cache with the other rows of a tile. Rows of windows of images lie in one band.
    static constexpr std::size_t shifts = [] {
        if constexpr (!may_shift) return std::size_t(1);
        else {
            constexpr std::size_t tile = max_rows * Problem::depth;
            return std::size_t(Problem::outputs >= 512 && tile <= two_copies / 2 ? 4 : tile <= two_copies ? 2 : 1);
        }
    }();
    /// What windows begin at multiples of.
    static constexpr std::size_t window_step = shifts > 1 ? line_bytes / shifts : 1;
    /// From copy to copy.
    PARE_INLINE constexpr std::size_t shift_stride() const { return ceil_div(depth() + slack(), window) * window; }
    /// Where the window lies that begins with activation `first` of a segment.
    PARE_INLINE constexpr std::size_t window_place(std::size_t first) const {
        const std::size_t shift = first / window_step % shifts;
        return shifts == 1 ? first : shift * shift_stride() + first - shift * window_step;
    }

    /// Activations that a window may read behind the last of a row.
    PARE_INLINE constexpr std::size_t slack() const { return gathers_windows && segment() < window ? window - segment() : 0; }
    /// Rows are copied where the arch multiplies another type, where windows reach behind them, and where they are wanted more than once.
    static constexpr bool copies = widens || shifts > 1 || (gathers_windows && (Problem::segment == dynamic || Problem::segment < window));
    /// Outputs of a panel lie in its registers by how many weights they have, so that those of a register have about as many. Sums are put
    /// in order behind the last step, which factors of groups do not wait for. A register of one output has nobody to wait for.
    static constexpr bool sorts = gathers && !folds && width > 1 && lanes > 1;

    /// A copied activation as the arch multiplies it.
    PARE_INLINE static constexpr typename dot::lhs copied(activation value) {
        if constexpr (std::floating_point<activation> || is_binary) return value;
        else return typename dot::lhs(value + (lhs_offset - v0::arch::lhs_offset_of<arch, dot>));
    }
    /// What the arch sees as zero, copied.
    static constexpr typename dot::lhs copied_zero = [] {
        if constexpr (std::floating_point<activation> || is_binary) return typename dot::lhs{};
        else return typename dot::lhs(-v0::arch::lhs_offset_of<arch, dot>);
    }();

    /// The copies lie like the activations: bytes become other bytes. Matrices and images are flipped whole, or in blocks of rows.
    static constexpr bool flips = widens && !gathers && sizeof(typename dot::lhs) == sizeof(activation) && !Problem::copied;

    /// True where taps can be skipped: weights can be entered at the step where any tap begins, and their sums are kept.
    static constexpr bool skips_taps = Problem::taps > 0 && Problem::window_rows == 0 && Problem::groups == 1 && !folds &&
                                       (!widens || flips) && Problem::segment != dynamic &&
                                       (Problem::segment / Problem::taps) % unit == 0 && Form == form::expanded;
    /// Activations of a tap that can be skipped; 0: none can.
    static constexpr std::size_t tap_depth = skips_taps ? Problem::segment / Problem::taps : 0;

    /// Where weight `k` of an output lies at rest, row by row of a window.
    static constexpr std::size_t resting(std::size_t k) {
        if constexpr (Problem::window_rows == 0) {
            return k;
        } else {
            constexpr std::size_t channels = Problem::depth / (Problem::window_rows * Problem::taps);
            const std::size_t tap = k / channels, row = tap % Problem::window_rows, column = tap / Problem::window_rows;
            return (row * Problem::taps + column) * channels + k % channels;
        }
    }

    /// Scratch elements (of dot::lhs) for `rows` rows of copied activations.
    constexpr std::size_t scratch_elements(std::size_t row_count) const {
        // Rows that gather are an odd number of windows apart, so that those of a tile do not meet in the same lines of a cache.
        if constexpr (gathers_windows) return row_count * (shifts * ceil_div(depth() + slack(), window) | 1) * window;
        else return row_count * (is_sparse ? depth() : steps() * unit);
    }
    /// Elements that scratch has beside those, so that rows may begin where windows do.
    static constexpr std::size_t scratch_lead = gathers_windows ? window : 0;
    /// Scratch bytes for a full tile.
    constexpr std::size_t scratch_bytes() const { return scratch_elements(max_rows) * sizeof(typename dot::lhs); }
};

}  // namespace pare::inline v0
