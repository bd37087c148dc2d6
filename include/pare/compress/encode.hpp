// SPDX-License-Identifier: MIT
// The parts of a quantised matrix packed into the bits of the form at rest.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>

#include <pare/compress/error.hpp>
#include <pare/compress/quantize.hpp>
#include <pare/core/bits.hpp>
#include <pare/core/config.hpp>
#include <pare/format/stored_weights.hpp>
#include <pare/io/owned.hpp>

namespace pare::inline v0::compress {

/// Fills a stored tensor. Integer biases are at input_scale * weight scale; one that does not fit 32 bits is refused.
template <weight_format_type Format, std::size_t Rows, std::size_t Cols>
void encode(const quantized_weights& q, const vector& bias, float input_scale, const std::string& name,
            stored_weights<Format, Rows, Cols, owned>& out) {
    using mask = typename Format::mask;
    using encoding = typename Format::encoding;
    const auto present = [&](std::size_t n, std::size_t k) { return q.mask(Eigen::Index(n), Eigen::Index(k)) != 0; };
    if constexpr (!fixed_mask<mask>) {
        bit_writer counter;
        mask::write(counter, Rows, Cols, present);
        out.positions.assign(bytes_of_bits(counter.position()), std::byte{});
        bit_writer writer(out.positions);
        mask::write(writer, Rows, Cols, present);
        if (constexpr std::size_t reserved = position_bytes_of<mask>(Rows, Cols); reserved != dynamic) out.positions.resize(reserved);
    }

    std::size_t kept = 0;
    visit_positions<mask>(out.positions, Rows, Cols, [&](std::size_t, std::size_t) { ++kept; });
    if (constexpr std::size_t expected = kept_of<mask>(Rows, Cols); expected != dynamic && kept != expected)
        detail::fail(name, "the mask's type fixes how many weights are kept", std::to_string(kept), std::to_string(expected));
    out.codes.assign(bytes_of_bits(kept * std::size_t(Format::code_bits)), std::byte{});
    bit_writer codes(out.codes);
    visit_positions<mask>(out.positions, Rows, Cols,
                          [&](std::size_t n, std::size_t k) { codes.write(Format::code_bits, q.codes[n * Cols + k]); });

    out.book.assign(bytes_of_bits(q.book.size() * std::size_t(encoding::bits)), std::byte{});
    bit_writer book(out.book);
    for (const std::uint32_t code : q.book) book.write(encoding::bits, code);

    out.scales = q.scales;
    out.factors = q.factors;
    out.zero_points.clear();
    for (const std::int32_t z : q.zero_points) out.zero_points.push_back(typename Format::encoding::value_type(z));

    out.bias.clear();
    for (std::size_t n = 0; n < Rows; ++n) {
        const float real = bias[Eigen::Index(n)];
        if (!std::isfinite(real))
            detail::fail(name + ".bias", "every bias must be finite", std::to_string(real) + " at index " + std::to_string(n),
                         "finite numbers");
        if constexpr (Format::is_float) {
            out.bias.push_back(real);
        } else {
            const double level = std::round(double(real) / (double(input_scale) * double(q.scales[q.scales.size() == 1 ? 0 : n])));
            if (std::abs(level) > double(std::int32_t(1) << 30))
                detail::fail(name + ".bias", "a bias in units of input scale * weight scale fits 30 bits and a sign",
                             std::to_string(level) + " at index " + std::to_string(n),
                             "a larger scale: this output's weights are almost zero");
            out.bias.push_back(std::int32_t(level));
        }
    }
}

}  // namespace pare::inline v0::compress
