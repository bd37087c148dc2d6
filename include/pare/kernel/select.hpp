// SPDX-License-Identifier: MIT
// Which executing form a format takes on an arch. The one place where formats and arches meet by type.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>

#include <pare/arch/tags.hpp>
#include <pare/core/config.hpp>
#include <pare/format/weight_format.hpp>
#include <pare/kernel/execution.hpp>
#include <pare/kernel/structured_steps.hpp>

namespace pare::inline v0 {

/// True where `Arch` decodes registers of nibbles through a 16-entry table.
template <class Arch>
inline constexpr bool looks_up_nibbles = false;
/// What the arch says of itself.
template <class Arch>
    requires requires { Arch::looks_up_nibbles; }
inline constexpr bool looks_up_nibbles<Arch> = Arch::looks_up_nibbles;

/// True where the format's codes are indices into one table of bytes, and whole numbers of them are a nibble: int4, int2, ternary, binary,
/// codebooks of one scope with 2, 3, 4 or 9 to 16 entries.
template <weight_format_type Format>
inline constexpr bool is_nibble_table = [] {
    if constexpr (Format::is_float || !Format::is_dense || Format::has_zero_point) return false;
    else if constexpr (Format::code_bits != 1 && Format::code_bits != 2 && Format::code_bits != 4) return false;
    else if constexpr (!operand_range<Format>::fits_s8) return false;
    else if constexpr (Format::is_shared) return !Format::sharing::per_row;
    else return true;
}();

/// A fast decode of `Format` on `Arch`: codes stay as they are in the executing form.
template <class Format, class Problem, class Arch>
inline constexpr bool has_fast_decode =
    is_nibble_table<Format> && looks_up_nibbles<Arch> &&
    (std::same_as<typename Problem::activation, std::int8_t> || std::same_as<typename Problem::activation, std::uint8_t>);

/// True where codes are the operands themselves, so that both forms are one.
template <class Format>
inline constexpr bool codes_are_operands =
    Format::is_dense && !Format::is_shared && !Format::has_zero_point &&
    (std::same_as<typename Format::encoding, int8> || std::same_as<typename Format::encoding, int16> || Format::is_float);

/// The shortest run of neighbours in which `Arch` gathers activations of `Problem` for weights of `Format` fast; 0: it never does. It is a
/// window, where that is read whole, and otherwise three dense steps, which take as long as one that gathers.
template <class Format, class Problem, class Arch>
inline constexpr std::size_t gathered_segment = [] {
    using activation = typename Problem::activation;
    if constexpr (Format::is_float || !(std::same_as<activation, std::int8_t> || std::same_as<activation, std::uint8_t>)) {
        return std::size_t(0);
    } else {
        using gathered = execution<Format, Problem, Arch, form::gathered>;
        if constexpr (gathered::gathers_windows) return gathered::window;
        else return arch::gathers_loads_of<typename gathered::arch, typename gathered::dot> ? 3 * gathered::unit : std::size_t(0);
    }
}();

/// True where weights that may lie anywhere are few: then only the data knows how many there are, and what they take when they are packed.
template <class Format>
inline constexpr bool is_scattered = std::same_as<typename Format::mask, unstructured<>>;

/// True where steps of weights with their places are faster than all weights, if few enough exist, which only the data knows: from 70 % of
/// absent ones on, and from 80 % where runs of neighbours are short. Each run is cut into steps by itself, and one shorter than a window
/// has few weights to choose from.
template <class Format, class Problem, class Arch>
inline constexpr bool gathers_fast = [] {
    if constexpr (!is_scattered<Format> || Format::group != 0 || Problem::window_rows > 0) return false;
    else {
        constexpr std::size_t shortest = gathered_segment<Format, Problem, Arch>;
        return shortest > 0 && (Problem::segment == dynamic || Problem::segment >= shortest);
    }
}();

/// True where blocks of a mask are registers of weights on `Arch`, or some of them: those without weights are skipped, if there are enough,
/// which only the data knows.
template <class Format, class Problem, class Arch>
inline constexpr bool skips_fast = [] {
    using activation = typename Problem::activation;
    if constexpr (Format::is_float || Format::group != 0 || Problem::window_rows > 0 || Arch::lanes == 1 || Problem::segment == dynamic ||
                  std::same_as<activation, binary_word>)
        return false;
    else if constexpr (requires { Format::mask::unit; }) {
        using of_blocks = execution<Format, Problem, Arch, form::skipped>;
        constexpr pruning_unit block = Format::mask::unit;
        return block.of == 0 && block.cols > 0 && block.rows % of_blocks::lanes == 0 && block.cols % of_blocks::unit == 0 &&
               of_blocks::lanes > 1 && !of_blocks::folds && Problem::segment >= of_blocks::unit;
    } else return false;
}();

/// So many weights come from further away than a core's own caches.
inline constexpr std::size_t far_weights = std::size_t(4) << 20;

/// True where one row or two are known to meet weights that a core's own caches hold.
template <class Problem>
inline constexpr bool few_rows_near = [] {
    if constexpr (Problem::rows == dynamic || Problem::outputs == dynamic || Problem::depth == dynamic) return false;
    else return Problem::rows <= 2 && Problem::outputs * Problem::depth < far_weights;
}();

/// True where the outputs of a register or of several have their weights at the same places by their mask, and `Arch` picks the activations
/// at those places faster than it would multiply the others, if there are enough, which only the data knows. Short runs leave steps half
/// empty. On NEON, by instructions counted, picking takes 0.31 of the time of all steps of a panel of four registers where six rows share
/// places, and 0.72 for one row, which so gains nothing but what it does not read.
template <class Format, class Problem, class Arch>
inline constexpr bool picks_fast = [] {
    if constexpr (Format::is_float || Format::group != 0 || Problem::window_rows > 0 || Problem::segment == dynamic ||
                  std::same_as<typename Problem::activation, binary_word>)
        return false;
    else if constexpr (requires {
                           Format::mask::unit;
                           Arch::picks_bytes;
                       }) {
        using of_panels = execution<Format, Problem, Arch, form::picked>;
        constexpr pruning_unit unit = Format::mask::unit;
        return !unit.fixed && unit.rows > 0 && unit.cols > 0 && unit.rows % of_panels::lanes == 0 && of_panels::lanes > 1 &&
               of_panels::width * of_panels::lanes >= Arch::picks_bytes &&
               (Arch::picks_bytes <= of_panels::lanes || !few_rows_near<Problem>) && !of_panels::folds &&
               sizeof(typename of_panels::dot::lhs) == 1 && Problem::segment >= 64;
    } else return false;
}();

/// True where few rows meet the weights, as far as the problem says, or weights come from far away and not many rows meet them: then a step
/// may cost some more instructions for each row if it reads less.
template <class Problem>
inline constexpr bool reading_counts = [] {
    if constexpr (Problem::rows == dynamic || Problem::rows <= 2) return true;
    else if constexpr (Problem::outputs == dynamic || Problem::depth == dynamic) return false;
    else return Problem::rows < many_rows && Problem::outputs * Problem::depth >= far_weights;
}();

/// True where weights of which N of every M exist are executed as they are: lanes pick activations for them, and few rows meet them. At 2
/// of 4 one row with a matrix of 1024 or 4096 took 0.8 and 0.65 of the time of all weights; 4 rows with one of 1024 as long, 128 1.13 times
/// as long; 16 and 64 rows with one of 4096, which comes from further away, 0.62 and 0.87. What a step costs more than a dense one is
/// hidden from about 64 KB of weights on. Nothing of this is measured on NEON: instructions of one row are 1.2 times those of all weights
/// at 2 of 4, those of vectors 1.9 times, of 0.62 of the bytes. It gains where weights come from beyond a core's own caches, and one or two
/// rows meet them.
template <class Format, class Problem, class Arch>
inline constexpr bool structured_fast = [] {
    if constexpr (Format::is_float || Format::group != 0 || Problem::segment == dynamic || Problem::segment != Problem::depth ||
                  Problem::outputs == dynamic || Problem::rows == dynamic || std::same_as<typename Problem::activation, binary_word>)
        return false;
    else if constexpr (requires { Format::mask::unit; }) {
        using of_groups = execution<Format, Problem, Arch, form::structured>;
        constexpr std::size_t all = Problem::outputs * Problem::depth;
        constexpr bool enough = of_groups::lanes < 16 ? Problem::rows <= 2 && all >= far_weights : all >= std::size_t(1) << 16;
        return !of_groups::folds && arch::picks_from_spans<typename of_groups::arch, typename of_groups::dot> && reading_counts<Problem> &&
               enough && detail::structured_span(Format::mask::unit, of_groups::unit) > 0;
    } else return false;
}();

/// The block of weights of 8 bits that `Arch` skips: registers, each of as many outputs as it has lanes. One is the smallest block; two are
/// a panel's, whose products share what they load.
template <arch::instruction_set Arch, std::size_t Registers = 1>
    requires(Arch::lanes > 1 && Registers > 0)
using natural_blocks = blocks<Registers * Arch::lanes, Arch::template dot_for<std::int8_t, std::int8_t>::unit>;

/// True where codes are looked up as they are used. On archs whose memory is that of a server only where weights are read for a few rows
/// (1.4 times as fast as int8 at one row): where many rows, as the pixels of a convolution, read the same weights again and again, it loses
/// (0.84). With one sum in a register flash is what counts, of which codes take half.
template <class Format, class Problem, class Arch>
inline constexpr bool decodes_fast =
    has_fast_decode<Format, Problem, Arch> && (Arch::lanes == 1 || (Problem::segment == Problem::depth && reading_counts<Problem>));

/// True where a step is one product, so that decoding a weight takes little longer than loading it, and memory matters most.
template <class Format, class Problem, class Arch>
inline constexpr bool decodes_each = Arch::lanes == 1 && execution<Format, Problem, Arch, form::coded>::register_elements == 1;

/// The form that is fastest where speed is at stake, and smallest on the scalar arch: codes are decoded as they are used where
/// the arch has a fast decode. Others are expanded once, when they are packed: a generic decode in the hot loop loses to dense.
template <class Format, class Problem, class Arch>
inline constexpr form selected_form = gathers_fast<Format, Problem, Arch>      ? form::gathered
                                      : skips_fast<Format, Problem, Arch>      ? form::skipped
                                      : picks_fast<Format, Problem, Arch>      ? form::picked
                                      : structured_fast<Format, Problem, Arch> ? form::structured
                                      : codes_are_operands<Format> || std::same_as<typename Problem::activation, binary_word> ||
                                              (arch::has_vectors<Arch> && Problem::window_rows > 0)
                                          ? form::expanded
                                      : decodes_fast<Format, Problem, Arch> || decodes_each<Format, Problem, Arch> ? form::coded
                                                                                                                   : form::expanded;

/// The execution of `Format` for `Problem` on `Arch`.
template <weight_format_type Format, class Problem, arch::instruction_set Arch>
using select = execution<Format, Problem, Arch, selected_form<Format, Problem, Arch>>;

}  // namespace pare::inline v0
