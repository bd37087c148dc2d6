// SPDX-License-Identifier: MIT
// Depthwise convolution: every channel by itself, many channels at a time.
#pragma once

#include <algorithm>
#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include <pare/core/config.hpp>
#include <pare/core/executor.hpp>
#include <pare/core/view.hpp>
#include <pare/format/activations.hpp>
#include <pare/format/stored_weights.hpp>
#include <pare/kernel/depthwise_blocks.hpp>
#include <pare/kernel/depthwise_columns.hpp>
#include <pare/kernel/depthwise_pairs.hpp>
#include <pare/kernel/epilogue.hpp>
#include <pare/kernel/execution.hpp>
#include <pare/kernel/pack.hpp>
#include <pare/kernel/store_tile.hpp>
#include <pare/kernel/window.hpp>

namespace pare::inline v0 {

/// Depthwise weights in the executing form: taps of operands, channels innermost, already times the factor of their group.
/// `Rows` output channels of `Taps` weights each.
template <weight_format_type Format, class Activation, std::size_t Rows, std::size_t Taps, class Rounding, class Storage>
struct packed_depthwise {
    using format = Format;          ///< of the weights
    using rounding = Rounding;      ///< how sums become outputs
    using activation = Activation;  ///< the type of activations
    /// What proves the type of sums.
    using bounds = execution<Format, problem<Activation, Rows, Taps>, arch::scalar, form::expanded>;
    using total = typename bounds::total;  ///< the type of sums
    /// Factors of groups are multiplied in.
    using operand = std::conditional_t<Format::group == 0, typename bounds::operand, std::int32_t>;
    /// What a scale is kept as.
    using scale_type = std::conditional_t<Format::is_float, float, typename Rounding::scale_type>;

    detail::register_array<Storage, operand, static_product(Rows, Taps)> taps{};        ///< [tap][channel]
    detail::register_array<Storage, total, Rows> bias{};                                ///< not folded: padded taps are skipped
    detail::register_array<Storage, scale_type, Format::is_float ? 0 : Rows> scales{};  ///< of each output

    /// Bytes of all parts.
    constexpr std::size_t bytes() const {
        std::size_t all = 0;
        for_each_part(*this, [&](std::string_view, const auto& part) { all += part.size() * sizeof(part[0]); });
        return all;
    }

    /// The same where the compiler knows every count, `dynamic` elsewhere.
    static constexpr std::size_t static_bytes =
        Rows == dynamic || Taps == dynamic ? dynamic
                                           : Rows * (Taps * sizeof(operand) + sizeof(total) + (Format::is_float ? 0 : sizeof(scale_type)));

    /// Calls f(name, array) for each part.
    template <class Self, class F>
    static constexpr void for_each_part(Self& self, F&& f) {
        f("taps", self.taps);
        f("bias", self.bias);
        f("scales", self.scales);
    }
};

}  // namespace pare::inline v0

namespace pare::inline v0::inline PARE_ISA {

/// Packs depthwise weights at rest: `rows` output channels of `taps` weights.
template <class Packed, weight_format_type Format, std::size_t Rows, std::size_t Taps, class Source>
constexpr Packed pack_depthwise(const stored_weights<Format, Rows, Taps, Source>& w, std::size_t rows, std::size_t taps, quantization in,
                                quantization out) {
    Packed result;
    kernels::set_size(result.taps, rows * taps);
    kernels::set_size(result.bias, rows);
    visit_weights(w, rows, taps, [&](std::size_t n, std::size_t k, auto value) {
        if constexpr (Format::group != 0) value *= w.factors[n * groups_of<typename Format::granularity>(taps) + k / Format::group];
        result.taps[k * rows + n] = typename Packed::operand(value);
    });
    for (std::size_t n = 0; n < rows; ++n) result.bias[n] = w.bias[n];
    if constexpr (!Format::is_float) {
        kernels::set_size(result.scales, rows);
        for (std::size_t n = 0; n < rows; ++n)
            result.scales[n] =
                Packed::rounding::from(double(in.scale) * double(w.scales[w.scales.size() == 1 ? 0 : n]) / double(out.scale));
    }
    return result;
}

/// dst(y, x, c * multiplier + i) = epilogue(bias + sum over the taps inside the image of (image(., ., c) - zero point) * weight).
template <class Arch = arch::native, class Packed, class Epilogue, executor Executor = inline_executor>
constexpr void depthwise_kernel(image_view<const typename Packed::activation> image, const conv_geometry& g, const Packed& weights,
                                std::size_t multiplier, typename Packed::activation zero_point,
                                image_view<typename Epilogue::value_type> dst, const Epilogue& epilogue, const Executor& exec = {}) {
    using total = typename Packed::total;
    constexpr std::size_t most = 64;  // channels at a time: their sums stay in registers or the first cache lines
    const std::size_t channels = image.channels * multiplier;
    assert(dst.channels == channels && weights.bias.size() == channels);
    const std::size_t pieces = std::min<std::size_t>(exec.concurrency(), dst.height);
    if constexpr (kernels::has_columns<Packed, Epilogue, Arch>) {
        using columns = kernels::depthwise_columns<Packed, typename Epilogue::value_type, Arch>;
        if (!std::is_constant_evaluated() && multiplier == 1 && weights.scales.data() == epilogue.scales &&
            g.kernel_height <= columns::most_rows && g.kernel_width <= columns::most_columns) {
            return exec(pieces, [&](std::size_t piece) {
                for (std::size_t c = 0; c < channels; c += columns::channels) {
                    columns block(image, dst, g, weights, zero_point, c);
                    const std::size_t last = dst.height * (piece + 1) / pieces;
                    for (std::size_t y = dst.height * piece / pieces; y < last;) y += block.rows_from(y, last - y, dst, epilogue);
                }
            });
        }
    }
    exec(pieces, [&](std::size_t piece) {
        if constexpr (kernels::has_pairs<Packed, Epilogue, Arch>)
            if (!std::is_constant_evaluated() && multiplier == 1 &&
                kernels::depthwise_rows<Arch>(image, g, weights, zero_point, dst, epilogue, dst.height * piece / pieces,
                                              dst.height * (piece + 1) / pieces))
                return;
        if constexpr (kernels::has_blocks<Packed, Epilogue, Arch>)
            if (!std::is_constant_evaluated() && multiplier == 1 && channels >= kernels::block_channels)
                return kernels::depthwise_by_blocks<Arch>(image, g, weights, zero_point, dst, epilogue, dst.height * piece / pieces,
                                                          dst.height * (piece + 1) / pieces);
        for (std::size_t y = dst.height * piece / pieces; y < dst.height * (piece + 1) / pieces; ++y)
            for (std::size_t x = 0; x < dst.width; ++x)
                for (std::size_t c0 = 0; c0 < channels; c0 += most) {
                    const std::size_t count = std::min(most, channels - c0);
                    std::array<total, most> sums{};
                    for (std::size_t c = 0; c < count; ++c) sums[c] = weights.bias[c0 + c];
                    for (std::size_t ky = 0; ky < g.kernel_height; ++ky) {
                        const std::size_t iy = y * g.stride_y + ky * g.dilation_y - g.pad_top;  // wraps above the image
                        if (iy >= image.height) continue;
                        for (std::size_t kx = 0; kx < g.kernel_width; ++kx) {
                            const std::size_t ix = x * g.stride_x + kx * g.dilation_x - g.pad_left;
                            if (ix >= image.width) continue;
                            const auto* const pixel = image.pixel(iy, ix);
                            const auto* const tap = weights.taps.data() + (ky * g.kernel_width + kx) * channels + c0;
                            if (multiplier == 1) {
                                for (std::size_t c = 0; c < count; ++c)
                                    sums[c] += (total(pixel[c0 + c]) - total(zero_point)) * total(tap[c]);
                            } else {
                                for (std::size_t c = 0; c < count; ++c)
                                    sums[c] += (total(pixel[(c0 + c) / multiplier]) - total(zero_point)) * total(tap[c]);
                            }
                        }
                    }
                    auto* const out = dst.pixel(y, x) + c0;
                    const auto& of_row = epilogue_of_row(epilogue, out);
                    if constexpr (finishing_epilogue<Epilogue, Arch>) {
                        kernels::waiting_values<typename Epilogue::value_type, 1, most> waiting;
                        for (std::size_t c = 0; c < count; ++c) waiting.values[0][c] = of_row(sums[c], c0 + c);
                        kernels::finish_rows<Arch>(epilogue, waiting, std::array{out}, count);
                    } else {
                        for (std::size_t c = 0; c < count; ++c) out[c] = of_row(sums[c], c0 + c);
                    }
                }
    });
}

}  // namespace pare::inline v0::inline PARE_ISA
