// SPDX-License-Identifier: MIT
// Weights at rest to the executing form. Constexpr, and for any arch from any machine.
#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

#include <pare/core/bits.hpp>
#include <pare/core/config.hpp>
#include <pare/format/activations.hpp>
#include <pare/format/stored_weights.hpp>
#include <pare/kernel/block_steps.hpp>
#include <pare/kernel/element.hpp>
#include <pare/kernel/gather_steps.hpp>
#include <pare/kernel/packed_weights.hpp>
#include <pare/kernel/picked_steps.hpp>
#include <pare/kernel/structured_steps.hpp>

namespace pare::inline v0::detail {

/// Where the parts of a panel lie in a sparse form.
template <class Execution>
using sparse_layout = std::conditional_t<Execution::skips, block_layout<Execution>,
                                         std::conditional_t<Execution::picks, picked_layout<Execution>, gathered_layout<Execution>>>;

}  // namespace pare::inline v0::detail

namespace pare::inline v0::inline PARE_ISA {

namespace kernels {

/// Gives a part its size: containers that grow are resized, arrays must have it.
template <class Array>
constexpr void set_size(Array& a, std::size_t n) {
    if constexpr (requires { a.resize(n); }) a.resize(n);
    else assert(a.size() >= n);
}

/// Where no weight is.
inline constexpr std::int32_t absent = -1;

/// The raw code of a weight of `Format`, or `absent`: as narrow as may be, for all codes of a tensor lie in memory while it is packed.
template <weight_format_type Format>
using raw_code = std::conditional_t<
    Format::is_float && !Format::is_shared, std::int64_t,
    std::conditional_t<(Format::code_bits < 8), std::int8_t, std::conditional_t<(Format::code_bits < 16), std::int16_t, std::int32_t>>>;

/// The raw code of each weight of a tensor, row by row, `absent` where there is none.
template <class Storage, weight_format_type Format, std::size_t Rows, std::size_t Cols, class Source>
constexpr auto codes_of(const stored_weights<Format, Rows, Cols, Source>& w, std::size_t rows, std::size_t cols) {
    using code = raw_code<Format>;
    typename Storage::template array<code, static_product(Rows, Cols)> codes{};
    set_size(codes, rows * cols);
    for (std::size_t i = 0; i < rows * cols; ++i) codes[i] = absent;
    std::size_t index = 0;
    const std::span<const std::byte> bits(w.codes);
    visit_positions<typename Format::mask>(std::span<const std::byte>(w.positions), rows, cols, [&](std::size_t n, std::size_t k) {
        if ((index + 1) * std::size_t(Format::code_bits) > bits.size() * 8) return;
        std::uint32_t value = read_bits(bits.data(), index++ * std::size_t(Format::code_bits), Format::code_bits);
        if constexpr (Format::is_shared) value = value < Format::sharing::entries ? value : 0;  // kernels trust indices
        codes[n * cols + k] = code(value);
    });
    return codes;
}

/// Word `k` of the codes of one output, of which `run` follow one another from the front of a word on.
template <class Codes>
constexpr binary_word word_of(const Codes& codes, std::size_t first, std::size_t k, std::size_t run) {
    const std::size_t words = binary_word::words(run), begin = k % words * binary_word::values;
    const std::size_t at = first + k / words * run + begin, count = std::min(binary_word::values, run - begin);
    binary_word word;
    for (std::size_t i = 0; i < count; ++i) word.bits |= std::uint32_t(codes[at + i] & 1) << i;
    return word;
}

/// Calls f(element, output of the group, k) for each weight of panel `p` in packing order; `k` is `dynamic` where the place is
/// padding.
template <class Execution, class F>
constexpr void for_each_element(const Execution& x, std::size_t p, const F& f) {
    const std::size_t column = p * Execution::width * Execution::lanes;
    const std::size_t width = x.panel_width(p);
    std::size_t element = 0;
    x.for_each_run([&](k_run r) {
        const std::size_t first = r.segment * x.segment() + r.offset;
        for (std::size_t taken = 0; taken < r.length; taken += Execution::unit)
            for (std::size_t lane = 0; lane < width * Execution::lanes; ++lane)
                for (std::size_t j = 0; j < (Execution::trims ? std::min(Execution::unit, r.length - taken) : Execution::unit);
                     ++j, ++element) {
                    const std::size_t n = column + lane, k = Execution::step_at(taken / Execution::unit, r.length) + j;
                    f(element, n, taken <= k && k < r.length && n < x.outputs() ? first + k : dynamic);
                }
    });
}

/// Weights of an output: as many as its depth, or as runs of `run` in words come to.
template <class Execution>
constexpr std::size_t weights_of_output(const Execution& x, std::size_t run) {
    if constexpr (Execution::is_binary) return x.depth() / binary_word::words(run) * run;
    else return x.depth();
}

/// The bits of weight `k` of an output that is multiplied where its code lies.
template <class Execution>
constexpr std::uint32_t code_to_lie(int value, std::size_t k) {
    constexpr int bits = Execution::format::code_bits;
    constexpr std::size_t codes = 8 / std::size_t(bits);
    const bool is_last = k / Execution::unit % codes == codes - 1;
    return std::uint32_t(is_last ? value : value + (1 << (bits - 1))) & ((1u << bits) - 1);
}

/// Writes panel `p` of group `g` at `out`; returns its bytes.
template <class Execution, class Codes, class Reader>
constexpr std::size_t pack_panel(const Execution& x, std::size_t g, std::size_t p, const Codes& codes, const Reader& reader,
                                 std::size_t run, std::byte* out) {
    using counts = detail::packed_counts<Execution>;
    using format = typename Execution::format;
    const auto code_of = [&](std::size_t n, std::size_t k) { return codes[(g * x.outputs() + n) * x.depth() + x.resting(k)]; };
    const std::size_t bytes = counts::panel_bytes(x, x.panel_width(p));
    if constexpr (Execution::layout == form::structured) {
        const auto operand = [&](std::size_t n, auto code) { return reader.operand_of(std::uint32_t(code), g * x.outputs() + n); };
        pack_structured(x, p, code_of, operand, out);
        return bytes;
    }
    std::size_t code_at = counts::has_presence ? bytes * 8 : 0;
    for_each_element(x, p, [&](std::size_t element, std::size_t n, std::size_t k) {
        if (k == dynamic) return;
        if constexpr (Execution::is_binary) {
            const std::size_t first = (g * x.outputs() + n) * weights_of_output(x, run);
            set_element(out, element, word_of(codes, first, k, run));
        } else {
            const auto code = code_of(n, k);
            if constexpr (Execution::rhs_offset != 0) {
                if (code == absent) return set_element(out, element, typename Execution::dot::rhs(Execution::rhs_offset));
            }
            if (code == absent) return;
            if constexpr (Execution::layout == form::expanded) {
                const auto operand = reader.operand_of(std::uint32_t(code), g * x.outputs() + n);
                set_element(out, element, typename Execution::dot::rhs(operand + Execution::rhs_offset));
            } else if constexpr (counts::has_presence) {
                write_bits(out, element, 1, 1);
                write_bits(out, code_at, format::code_bits, std::uint32_t(code));
                code_at += std::size_t(format::code_bits);
            } else {
                const auto bits = Execution::packs_in_place
                                      ? code_to_lie<Execution>(int(reader.operand_of(std::uint32_t(code), g * x.outputs() + n)), k)
                                      : std::uint32_t(code);
                write_bits(out, counts::code_bit(element, x.panel_width(p)), format::code_bits, bits);
            }
        }
    });
    return counts::has_presence ? round_up(bytes_of_bits(code_at), Execution::arch::alignment) : bytes;
}

/// Packs all panels of weights that are gathered, or lie in blocks. Weights of zero are left out like absent ones.
template <class Packed, class Codes, class Reader>
constexpr void pack_sparse(Packed& result, const Codes& codes, const Reader& reader) {
    using execution = typename Packed::execution;
    using value = typename detail::sparse_layout<execution>::value;
    const execution& x = result.shape;
    const auto each_panel = [&](auto* out) {
        std::size_t at = 0;
        for (std::size_t g = 0; g < x.groups(); ++g) {
            const auto operand = [&](std::size_t n, std::size_t k) {
                const std::size_t row = g * x.outputs() + n;
                const auto code = codes[row * x.depth() + x.resting(k)];
                if (code == absent) return value{};
                const auto of_code = reader.operand_of(std::uint32_t(code), row);
                if constexpr (execution::gathers_codes) return of_code == 0 ? value{} : value(code + 1);
                else return value(of_code);
            };
            for (std::size_t p = 0; p < x.panels(); ++p) {
                result.offsets[g * x.panels() + p] = std::uint32_t(at);
                using read = decltype(operand);
                using packer = std::conditional_t<
                    execution::skips, block_packer<execution, read>,
                    std::conditional_t<execution::picks, picked_packer<execution, read>, gathered_packer<execution, read>>>;
                at += packer(x, p, operand, out == nullptr ? nullptr : out + at).bytes();
            }
        }
        return at;
    };
    set_size(result.data, each_panel(static_cast<std::byte*>(nullptr)));
    each_panel(result.data.data());
}

}  // namespace kernels

/// Packs a tensor at rest for `Execution`. `in` and `out` are the quantisations of the activations read and written; biases take in
/// the zero point of `in`, scales become those of `Rounding`. Rows of `w` are the outputs of all groups, one after the other.
/// A dynamic depth must not be above Execution::problem::max_depth. `run` is the number of values that follow one another from the front
/// of a word on, where activations are words: the channels of a pixel, or all that a matrix product reads.
template <class Execution, class Rounding, class Storage, weight_format_type Format, std::size_t Rows, std::size_t Cols, class Source>
    requires std::same_as<Format, typename Execution::format>
constexpr packed_weights<Execution, Rounding, Storage> pack_weights(const stored_weights<Format, Rows, Cols, Source>& w, const Execution& x,
                                                                    quantization in, quantization out,
                                                                    std::size_t run = Cols == dynamic ? 0 : Cols) {
    using packed = packed_weights<Execution, Rounding, Storage>;
    using counts = detail::packed_counts<Execution>;
    using total = typename Execution::total;
    const std::size_t rows = x.groups() * x.outputs();
    assert(x.depth() <= Execution::problem::max_depth);
    assert(w.bias.size() == rows);
    assert(!Execution::is_binary || run > 0);
    const std::size_t cols = kernels::weights_of_output(x, run);

    packed result;
    result.shape = x;
    const weight_reader<Format> reader(w);
    const auto codes = kernels::codes_of<Storage>(w, rows, cols);

    kernels::set_size(result.bias, x.table_size());
    if constexpr (counts::has_offsets) kernels::set_size(result.offsets, x.groups() * x.panels());
    if constexpr (Execution::is_sparse) {
        kernels::pack_sparse(result, codes, reader);
    } else {
        std::size_t kept = 0;
        if constexpr (counts::has_presence)
            for (std::size_t i = 0; i < rows * x.depth(); ++i) kept += codes[i] != kernels::absent;
        kernels::set_size(result.data, counts::data_bytes(x, kept));
        std::size_t at = 0;
        for (std::size_t g = 0; g < x.groups(); ++g)
            for (std::size_t p = 0; p < x.panels(); ++p) {
                if constexpr (counts::has_presence) result.offsets[g * x.panels() + p] = std::uint32_t(at);
                at += kernels::pack_panel(x, g, p, codes, reader, run, result.data.data() + at);
            }
        if constexpr (counts::has_presence && requires { result.data.resize(at); }) result.data.resize(at);
    }

    for (std::size_t n = 0; n < rows; ++n) {
        if constexpr (Format::is_float) {
            result.bias[n] = w.bias[n];
        } else if constexpr (Execution::is_binary) {
            result.bias[n] = w.bias[n] + total(cols);  // less twice those that differ
        } else {
            // Unsigned: sums wrap together with the registers that they are added to, and the whole is right again.
            std::uint64_t sum = 0;
            x.for_each_run([&](k_run r) {
                std::uint64_t part = 0;
                for (std::size_t i = 0; i < r.length; ++i) {
                    const std::size_t k = r.segment * x.segment() + r.offset + i;
                    const auto code = codes[n * x.depth() + k];
                    if (code != kernels::absent) part += std::uint64_t(std::int64_t(reader.operand_of(std::uint32_t(code), n)));
                }
                if constexpr (Format::group != 0) part *= w.factors[n * groups_of<typename Format::granularity>(x.depth()) + r.group];
                sum += part;
            });
            const auto offset = std::uint64_t(std::int64_t(in.zero_point) + Execution::lhs_offset);
            result.bias[n] = total(std::uint64_t(std::int64_t(w.bias[n])) - offset * sum);
        }
    }
    if constexpr (Execution::skips_taps && !Format::is_float) {
        const std::size_t taps = x.segments() * Execution::problem::taps;
        kernels::set_size(result.tap_sums, taps * x.table_size());
        if constexpr (Execution::is_binary) {
            for (std::size_t tap = 0; tap < taps; ++tap)
                for (std::size_t n = 0; n < rows; ++n) result.tap_sums[tap * x.table_size() + n] = -total(run);
        } else {
            const std::int64_t offset = std::int64_t(in.zero_point) + Execution::lhs_offset;
            for (std::size_t n = 0; n < rows; ++n)
                for (std::size_t k = 0; k < x.depth(); ++k) {
                    const auto code = codes[n * x.depth() + k];
                    if (code == kernels::absent) continue;
                    total& sum = result.tap_sums[k / Execution::tap_depth * x.table_size() + n];
                    sum = total(std::uint64_t(std::int64_t(sum)) +
                                std::uint64_t(offset * std::int64_t(reader.operand_of(std::uint32_t(code), n))));
                }
        }
    }
    if constexpr (!Format::is_float) {
        kernels::set_size(result.scales, x.table_size());
        for (std::size_t n = 0; n < rows; ++n)
            result.scales[n] = Rounding::from(double(in.scale) * double(w.scales[w.scales.size() == 1 ? 0 : n]) / double(out.scale));
    }
    if constexpr (!Format::is_float && !Execution::folds && Execution::lanes > 1 && std::floating_point<typename packed::scale_type>) {
        // Half as much as fits, for what rounding to f32 adds.
        result.products_fit = true;
        for (std::size_t n = 0; n < rows; ++n) {
            const double bias = double(Execution::is_binary ? total(w.bias[n]) : result.bias[n]);
            double largest = bias < 0 ? -bias : bias;
            for (std::size_t k = 0; k < cols; ++k) {
                const auto code = codes[n * cols + k];
                const double weight = code == kernels::absent ? 0 : double(reader.operand_of(std::uint32_t(code), n));
                largest += (weight < 0 ? -weight : weight) * double(Execution::is_binary ? 1 : Execution::activation_bound);
            }
            const double product = largest * double(result.scales[n]);
            if (product >= double(1 << 30)) result.products_fit = false;
        }
    }
    if constexpr (Format::group != 0) {
        kernels::set_size(result.factors, x.run_count() * x.table_size());
        std::size_t index = 0;
        x.for_each_run([&](k_run r) {
            for (std::size_t n = 0; n < rows; ++n)
                result.factors[index * x.table_size() + n] = w.factors[n * groups_of<typename Format::granularity>(x.depth()) + r.group];
            ++index;
        });
    }
    if constexpr (Execution::gathers_codes) {
        // Code 0 is that of places where no weight is.
        kernels::set_size(result.book, counts::book);
        for (std::size_t i = 0; i < Format::sharing::entries; ++i) result.book[1 + i] = typename packed::book_type(reader.shared_value(i));
    } else if constexpr (counts::book != 0) {
        constexpr std::size_t entries = Format::sharing::entries;
        const std::size_t books = Format::sharing::per_row ? rows : 1;
        kernels::set_size(result.book, Format::sharing::per_row ? x.table_size() * entries : std::max<std::size_t>(16, entries));
        for (std::size_t i = 0; i < books * entries; ++i) result.book[i] = typename packed::book_type(reader.shared_value(i));
    }
    if constexpr (counts::zero_points != 0) {
        kernels::set_size(result.zero_points, x.table_size());
        for (std::size_t n = 0; n < rows; ++n) result.zero_points[n] = w.zero_points[w.zero_points.size() == 1 ? 0 : n];
    }
    return result;
}

}  // namespace pare::inline v0::inline PARE_ISA
