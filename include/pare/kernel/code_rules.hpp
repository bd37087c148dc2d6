// SPDX-License-Identifier: MIT
// Which weights are executed as codes: what formats, problems and archs have to be for that.
#pragma once

#include <concepts>
#include <cstddef>

#include <pare/arch/tags.hpp>
#include <pare/core/extents.hpp>
#include <pare/format/encoding.hpp>
#include <pare/format/weight_format.hpp>
#include <pare/kernel/form.hpp>

namespace pare::inline v0::detail {

/// Whether codes of `Format` are numbers of two bits or four that one row may multiply where they lie on `Arch` (codes_in_place.hpp). Sums
/// of the last codes of bytes stay below 2^31: they are of at most 65536 products of -128 and 255. Groups are whole
/// bytes of all lanes.
template <weight_format_type Format, class Problem, class Arch, class Dot>
inline constexpr bool codes_may_lie = [] {
    using encoding = typename Format::encoding;
    constexpr bool is_number = std::same_as<encoding, int4> || std::same_as<encoding, int2> || std::same_as<encoding, ternary>;
    constexpr bool whole_groups = [] {
        if constexpr (Format::group == 0) return true;
        else return Problem::depth % Format::group == 0 && Format::group * std::size_t(Format::code_bits) % (8 * Dot::unit) == 0;
    }();
    if constexpr (!is_number || Format::is_shared || Format::has_zero_point || !Format::is_dense || !whole_groups) return false;
    else
        return arch::multiplies_in_place<Arch, Dot> && Problem::segment == Problem::depth && Problem::groups == 1 &&
               Problem::depth != dynamic && Problem::depth >= 256 && Problem::depth <= 131072;
}();

/// Whether structured weights of `Format` are nibbles that a table of 16 is looked up with: where a second-level cache does not hold their
/// operands (a row with a matrix of 1536 took 0.93 of the time, with one of 1024 1.13 times as long). Not on NEON: a look-up for each four
/// weights takes as long as it takes to read them, and g++ 12 has no room for them.
template <weight_format_type Format, class Problem, class Arch>
inline constexpr bool structured_nibbles = [] {
    if constexpr (Format::code_bits > 4 || Format::has_zero_point || Arch::lanes < 16) return false;
    else if constexpr (Problem::outputs != dynamic && Problem::outputs * Problem::depth <= std::size_t(2) << 20) return false;
    else if constexpr (Format::is_shared) return !Format::sharing::per_row;
    else return true;
}();

/// Registers of outputs side by side for which a row alone is multiplied by weights that are nibbles; 0: as many as of others. A turn of
/// structured ones has four tables of activations where places have two bits, for which there are registers.
template <weight_format_type Format, class Problem, class Arch, form Form>
inline constexpr std::size_t nibble_width = [] {
    if constexpr (Problem::rows != 1 || Problem::outputs == dynamic || sizeof(typename Problem::activation) != 1) return std::size_t(0);
    else if constexpr (Format::code_bits != 4 || Format::group != 0) return std::size_t(0);
    else if constexpr (Form == form::coded) return Format::is_dense ? arch::nibble_width_of<Arch> : std::size_t(0);
    else if constexpr (Form == form::structured) {
        constexpr std::size_t of = Format::mask::unit.of;
        return of > 2 && of <= 4 && structured_nibbles<Format, Problem, Arch> ? arch::nibble_width_of<Arch> : std::size_t(0);
    } else return std::size_t(0);
}();

}  // namespace pare::inline v0::detail
