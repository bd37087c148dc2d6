// SPDX-License-Identifier: MIT
// Which weight formats are worth thinking of for a matrix product on an arch: small, fast, or both.
#pragma once

#include <algorithm>
#include <array>
#include <cassert>
#include <concepts>
#include <cstddef>
#include <cstdint>

#include <pare/arch/tags.hpp>
#include <pare/core/bits.hpp>
#include <pare/core/config.hpp>
#include <pare/core/text.hpp>
#include <pare/format/spell.hpp>
#include <pare/format/stored_weights.hpp>
#include <pare/kernel/execution.hpp>
#include <pare/kernel/execution_time.hpp>
#include <pare/kernel/select.hpp>

namespace pare::inline v0 {

/// The extents of a matrix product with weights: a linear layer over `rows` inputs, or a convolution of 1 x 1 over as many pixels.
struct matrix_product {
    std::size_t rows = 1;     ///< of activations
    std::size_t outputs = 0;  ///< of each row
    std::size_t depth = 0;    ///< weights of an output
};

/// A weight format for a matrix product, with what is expected of it.
struct format_choice {
    text<64> format{};                ///< what stands in weights<...>
    double density = 1;               ///< the fraction of the weights that exists
    form layout = form::expanded;     ///< the faster form
    std::size_t stored_bytes = 0;     ///< at rest
    std::size_t executing_bytes = 0;  ///< packed
    double nanoseconds = 0;           ///< of the product
    double speedup = 1;               ///< how many times as fast as dense int8
};

/// Formats in a row: an array of which the first `size` count.
struct format_choices {
    static constexpr std::size_t capacity = 24;  ///< places
    std::array<format_choice, capacity> all{};   ///< the formats, and places that are empty
    std::size_t count = 0;                       ///< formats

    constexpr std::size_t size() const { return count; }                               ///< how many
    constexpr bool empty() const { return count == 0; }                                ///< whether there is none
    constexpr const format_choice* begin() const { return all.data(); }                ///< the first
    constexpr const format_choice* end() const { return all.data() + count; }          ///< one past the last
    constexpr const format_choice& operator[](std::size_t i) const { return all[i]; }  ///< one of them
    /// Adds one.
    constexpr void push_back(const format_choice& choice) {
        assert(count < capacity);
        all[count++] = choice;
    }
};

namespace detail {

/// Bits of the positions of `count` things of which the fraction `density` exists, in any order: gaps are geometric, and Rice codes of the
/// best parameter r take 1 + r + q / (1 - q) bits with q = (1 - density)^(2^r) for each.
constexpr double predicted_position_bits(double count, double density) {
    if (density <= 0) return double(gap_code::parameter_bits);
    double q = 1 - density, least = 1 / density;
    for (int r = 1; r < 16; ++r) {
        q *= q;
        least = std::min(least, 1 + r + q / (1 - q));
    }
    return count * density * least + double(gap_code::parameter_bits);
}

/// Bytes at rest of a tensor, of which the fraction `density` exists: exact where the type knows them, else as many as are expected.
template <weight_format_type Format, std::size_t Rows, std::size_t Cols>
constexpr std::size_t predicted_stored_bytes(double density) {
    using stored = stored_weights<Format, Rows, Cols, view>;
    using counts = typename stored::counts;
    std::size_t bytes = counts::book + counts::scales * sizeof(float) + counts::factors +
                        counts::zero_points * sizeof(typename stored::zero_point_type) + Rows * sizeof(typename stored::bias_type);
    if constexpr (counts::kept != dynamic) return bytes + counts::codes + counts::positions;
    else {
        constexpr pruning_unit unit = Format::mask::unit;
        constexpr std::size_t of_unit = std::max<std::size_t>(1, unit.rows) * (unit.cols == 0 ? Cols : unit.cols);
        bytes += bytes_of_bits(std::size_t(double(Rows * Cols) * density) * std::size_t(Format::code_bits));
        return bytes + bytes_of_bits(std::size_t(predicted_position_bits(double(Rows * Cols / of_unit), density)));
    }
}

/// A format for a product.
template <weight_format_type Format, matrix_product P, class Arch>
constexpr format_choice choice_of(double density, const cost_table& c) {
    using shape = product_problem<std::int8_t, P.outputs, P.depth, P.rows>;
    format_choice f;
    spell<Format>(f.format);
    f.density = density;
    f.layout = faster_form<Format, shape, Arch>(P.rows, density, c);
    f.stored_bytes = predicted_stored_bytes<Format, P.outputs, P.depth>(density);
    const auto bytes = [&]<form Form>() { return std::size_t(predicted_bytes(execution<Format, shape, Arch, Form>{}, density)); };
    constexpr form direct = selected_form<Format, shape, Arch>;
    f.executing_bytes = f.layout == direct ? bytes.template operator()<direct>() : bytes.template operator()<form::expanded>();
    f.nanoseconds = predicted_time<Format, shape, Arch>(P.rows, density, c);
    f.speedup = predicted_time<weights<int8, per_channel>, shape, Arch>(P.rows, 1, c) / f.nanoseconds;
    return f;
}

/// Whether one choice leaves no reason for another: it takes no more as it runs, neither bytes nor time, says as much of the weights, and
/// is better in one of these. Positions are coded as densely as values, so what a format can say is what it takes at rest.
constexpr bool dominates(const format_choice& a, const format_choice& b) {
    return a.executing_bytes <= b.executing_bytes && a.nanoseconds <= b.nanoseconds && a.stored_bytes >= b.stored_bytes &&
           (a.executing_bytes < b.executing_bytes || a.nanoseconds < b.nanoseconds || a.stored_bytes > b.stored_bytes);
}

}  // namespace detail

/// Formats for the product `P` on `Arch`, each as `predicted_time` sees it: dense ones of 8, 4 and 2 bits and of 16 shared values, 2:4,
/// weights pruned one by one by 70 to 95 %, also with 16 or 32 shared values, and natural blocks and, where the arch picks activations,
/// places of 64 outputs pruned by 50, 75 and 90 %.
template <matrix_product P, arch::instruction_set Arch = arch::native>
constexpr format_choices known_formats(const cost_table& c = cost_table_of<Arch>) {
    format_choices all;
    const auto add = [&]<class... Policies>(auto... densities) {
        (all.push_back(detail::choice_of<weights<Policies..., per_channel>, P, Arch>(double(densities), c)), ...);
    };
    add.template operator()<int8>(1);
    add.template operator()<int4>(1);
    add.template operator()<int2>(1);
    add.template operator()<ternary>(1);
    add.template operator()<int8, codebook<16>>(1);
    add.template operator()<int8, n_of_m<2, 4>>(0.5);
    add.template operator()<int8, unstructured<>>(0.3, 0.2, 0.1, 0.05);
    add.template operator()<int8, unstructured<>, codebook<16>>(0.1, 0.05);
    add.template operator()<int8, unstructured<>, codebook<32>>(0.1, 0.05);
    if constexpr (Arch::lanes > 1) add.template operator()<int8, natural_blocks<Arch>>(0.5, 0.25, 0.1);
    if constexpr (requires { Arch::picks_bytes; }) add.template operator()<int8, blocks<64, 1>>(0.5, 0.25, 0.1);
    return all;
}

/// The known formats that take at most `budget` bytes at rest, without those that are beaten: by another one that takes no more bytes and
/// time as it runs, and no less at rest. The fastest comes first. Without the last condition the sparsest would always be alone; what is
/// left out costs accuracy, of which only a network and its data tell.
template <matrix_product P, arch::instruction_set Arch = arch::native>
constexpr format_choices recommend(std::size_t budget, const cost_table& c = cost_table_of<Arch>) {
    format_choices within, front;
    for (const format_choice& f : known_formats<P, Arch>(c))
        if (f.stored_bytes <= budget) within.push_back(f);
    for (const format_choice& f : within)
        if (std::none_of(within.begin(), within.end(), [&](const format_choice& other) { return detail::dominates(other, f); }))
            front.push_back(f);
    std::sort(front.all.begin(), front.all.begin() + std::ptrdiff_t(front.count), [](const format_choice& a, const format_choice& b) {
        return a.nanoseconds != b.nanoseconds ? a.nanoseconds < b.nanoseconds : a.stored_bytes < b.stored_bytes;
    });
    return front;
}

}  // namespace pare::inline v0
