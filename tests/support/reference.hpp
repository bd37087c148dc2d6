// SPDX-License-Identifier: MIT
// The independent reference, and how the library's formats and tensors are handed to it as plain values.
#pragma once

#include <concepts>
#include <cstddef>
#include <vector>

#include <pare/format/stored_weights.hpp>
#include <pare/format/weight_format.hpp>

#include "support/reference_arithmetic.hpp"
#include "support/reference_format.hpp"
#include "support/reference_layers.hpp"

namespace reference {

/// N, M and R of n_of_m, R and C of blocks.
template <class Mask>
struct numbers {};
template <size_t N, size_t M, size_t R>
struct numbers<pare::n_of_m<N, M, R>> {
    static constexpr size_t a = N, b = M, shared = R;
};
template <size_t R, size_t C>
struct numbers<pare::blocks<R, C>> {
    static constexpr size_t a = R, b = C;
};

template <class Mask>
inline constexpr bool is_n_of_m = false;
template <size_t N, size_t M, size_t R>
inline constexpr bool is_n_of_m<pare::n_of_m<N, M, R>> = true;
template <class Mask>
inline constexpr bool is_blocks = false;
template <size_t R, size_t C>
inline constexpr bool is_blocks<pare::blocks<R, C>> = true;
template <class Mask>
inline constexpr bool is_unstructured = false;
template <size_t Kept>
inline constexpr bool is_unstructured<pare::unstructured<Kept>> = true;

/// A format of the library as values. Encodings and masks that are not the library's are taken at their own word.
template <class Format>
format format_of() {
    using encoding = typename Format::encoding;
    using mask = typename Format::mask;
    format f;
    f.bits = encoding::bits;
    if constexpr (std::same_as<encoding, pare::f32>) f.code = code_kind::ieee;
    else if constexpr (std::same_as<encoding, pare::binary>) f.code = code_kind::sign, f.low = -1, f.high = 1;
    else if constexpr (std::same_as<encoding, pare::ternary>) f.code = code_kind::ternary, f.low = -1, f.high = 1;
    else if constexpr (std::same_as<encoding, pare::uint8>) f.code = code_kind::natural, f.low = 0, f.high = 255;
    else if constexpr (requires(encoding e) { []<int Bits>(pare::integer<Bits>) {}(e); })
        f.low = -(1 << (f.bits - 1)), f.high = (1 << (f.bits - 1)) - 1;
    else
        f.code = code_kind::own, f.low = encoding::lowest, f.high = encoding::highest,
        f.own_code = [](std::uint32_t code) { return int(encoding::decode(code)); };

    if constexpr (is_unstructured<mask>) f.mask = mask_kind::gaps;
    else if constexpr (is_n_of_m<mask>)
        f.mask = mask_kind::n_of_m, f.a = numbers<mask>::a, f.b = numbers<mask>::b, f.shared = numbers<mask>::shared;
    else if constexpr (is_blocks<mask>) f.mask = mask_kind::blocks, f.a = numbers<mask>::a, f.b = numbers<mask>::b;
    else if constexpr (std::same_as<mask, pare::channels>) f.mask = mask_kind::rows;
    else if constexpr (std::same_as<mask, pare::dense>) f.mask = mask_kind::none;
    else if constexpr (pare::fixed_mask<mask>) f.mask = mask_kind::fixed, f.fixed = mask::present;
    else f.mask = mask_kind::listed;

    if constexpr (!std::same_as<typename Format::sharing, pare::unique>) {
        f.entries = Format::sharing::entries;
        f.book_per_row = std::same_as<typename Format::sharing::scope, pare::per_channel>;
    }
    f.affine = std::same_as<typename Format::symmetry, pare::affine>;
    f.group = Format::granularity::group;
    return f;
}

/// A stored tensor of the library as plain values; `present` for masks that the reference cannot read.
template <class Format, size_t Rows, size_t Cols, class Storage>
tensor tensor_of(const pare::stored_weights<Format, Rows, Cols, Storage>& w, size_t rows, size_t cols,
                 const std::vector<char>& present = {}) {
    tensor t;
    t.f = format_of<Format>();
    t.rows = rows, t.cols = cols;
    t.positions.assign(w.positions.begin(), w.positions.end());
    t.codes.assign(w.codes.begin(), w.codes.end());
    t.book.assign(w.book.begin(), w.book.end());
    t.scales.assign(w.scales.begin(), w.scales.end());
    t.factors.assign(w.factors.begin(), w.factors.end());
    if constexpr (Format::is_float) {
        t.real_bias.assign(w.bias.begin(), w.bias.end());
    } else {
        t.zero_points.assign(w.zero_points.begin(), w.zero_points.end());
        t.bias.assign(w.bias.begin(), w.bias.end());
    }
    t.present = present;
    return t;
}

}  // namespace reference
