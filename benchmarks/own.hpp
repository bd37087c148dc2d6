// SPDX-License-Identifier: MIT
// The library's own layers for work given as plain arrays.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <pare/core/executor.hpp>
#include <pare/io/owned.hpp>
#include <pare/kernel/conv.hpp>
#include <pare/kernel/depthwise.hpp>
#include <pare/kernel/gemm.hpp>
#include <pare/kernel/pack.hpp>
#include <pare/kernel/select.hpp>

#include "peers/work.hpp"

namespace bench {

/// Value `i` of a book of so many: those next to zero, but not zero.
constexpr int shared_value(std::size_t entries, std::size_t i) {
    const int v = int(i) - int(entries / 2);
    return v < 0 ? v : v + 1;
}

/// Weights of the work at rest, in a format of integers that hold them, or of shared ones, if they are all of these; those of zero are
/// absent where the format has a mask.
template <class Format = pare::weights<pare::int8, pare::per_channel>>
pare::stored_weights<Format, pare::dynamic, pare::dynamic, pare::owned> stored_of(const quantized_work& w) {
    pare::stored_weights<Format, pare::dynamic, pare::dynamic, pare::owned> stored;
    constexpr int bits = Format::code_bits;
    stored.codes.resize(pare::bytes_of_bits(w.weights.size() * std::size_t(bits)));
    std::size_t kept = 0;
    for (const std::int8_t v : w.weights) {
        if (!Format::is_dense && v == 0) continue;
        const int code = Format::is_shared ? v - shared_value(Format::sharing::entries, 0) - (v > 0) : v;
        pare::write_bits(stored.codes.data(), kept++ * std::size_t(bits), bits, std::uint32_t(code) & ((1u << bits) - 1u));
    }
    if constexpr (Format::is_shared) {
        stored.book.resize(Format::sharing::entries);
        for (std::size_t i = 0; i < stored.book.size(); ++i) stored.book[i] = std::byte(shared_value(stored.book.size(), i));
    }
    stored.codes.resize(pare::bytes_of_bits(kept * std::size_t(bits)));
    if constexpr (pare::stored_mask<typename Format::mask>) {
        const std::size_t rows = w.e.outputs, cols = w.e.depth();
        const auto write = [&](pare::bit_writer&& out) {
            Format::mask::write(out, rows, cols, [&](std::size_t n, std::size_t k) { return w.weights[n * cols + k] != 0; });
            return out.position();
        };
        stored.positions.resize(pare::bytes_of_bits(write(pare::bit_writer())));
        write(pare::bit_writer(stored.positions));
    }
    stored.bias.assign(w.bias.begin(), w.bias.end());
    stored.scales.assign(w.scales.begin(), w.scales.end());
    return stored;
}

template <class Execution>
std::vector<typename Execution::dot::lhs> scratch_of(std::size_t bytes) {
    return std::vector<typename Execution::dot::lhs>(bytes / sizeof(typename Execution::dot::lhs) + 16);
}

/// M x N x K, extents known to the compiler or `dynamic`, in the form that is selected or another; the problem says how many rows there
/// are. Signed activations or the same as unsigned ones.
template <class Arch, class Rounding, std::size_t M, std::size_t N, std::size_t K,
          class Format = pare::weights<pare::int8, pare::per_channel>,
          pare::form Form = pare::selected_form<Format, pare::product_problem<std::int8_t, N, K, M>, Arch>, class Activation = std::int8_t>
struct own_gemm {
    using shape = pare::product_problem<Activation, N, K, M>;
    static constexpr bool is_signed = std::same_as<Activation, std::int8_t>;
    using execution = pare::execution<Format, shape, Arch, Form>;
    decltype(pare::pack_weights<execution, Rounding, pare::owned>(stored_of<Format>(std::declval<const quantized_work&>()), execution{}, {},
                                                                  {})) packed;
    std::vector<Activation> source;
    std::vector<std::int8_t> output;
    std::vector<typename execution::dot::lhs> scratch;

    explicit own_gemm(const quantized_work& w, std::size_t threads = 1)
        : packed(pare::pack_weights<execution, Rounding, pare::owned>(
              stored_of<Format>(w), execution{shape::extents::of({w.e.outputs, w.e.depth(), w.e.depth(), 1})},
              {1.0f, is_signed ? quantized_work::zero_point : 0}, {1.0f, 0})),
          output(w.e.pixels() * w.e.outputs),
          scratch(scratch_of<execution>(pare::gemm_scratch_bytes(packed.shape, threads, w.e.pixels()))) {
        if constexpr (is_signed) source = w.source;
        else source = w.unsigned_source();
    }

    template <class Executor = pare::inline_executor>
    PARE_NOINLINE void run(const Executor& exec = {}) {
        const std::size_t m = M == pare::dynamic ? output.size() / packed.shape.outputs() : M, n = packed.shape.outputs(),
                          k = packed.shape.depth();
        pare::gemm<M, K, N>({source.data(), m, k, k}, packed, {output.data(), m, n, n},
                            pare::requantize_sums<std::int8_t>(packed, {0, -128, 127}), std::span(scratch), exec);
    }
};

/// A convolution of `E`, whose sizes the compiler knows.
template <class Arch, class Rounding, extents E, class Format = pare::weights<pare::int8, pare::per_channel>>
struct own_conv {
    using format = Format;
    static constexpr pare::conv_geometry geometry{E.kernel, E.kernel, E.stride, E.stride, 1, 1, E.pad, E.pad};
    static constexpr pare::conv_shape lies{geometry, E.height, E.width, E.channels, E.out_height(), E.out_width()};
    using execution = pare::select<format, pare::conv_problem<format, std::int8_t, E.outputs, lies, 1, Arch>, Arch>;
    decltype(pare::pack_weights<execution, Rounding, pare::owned>(stored_of<Format>(std::declval<const quantized_work&>()), execution{}, {},
                                                                  {})) packed;
    std::vector<std::int8_t> source, output;
    std::vector<typename execution::dot::lhs> scratch;

    explicit own_conv(const quantized_work& w, std::size_t threads = 1)
        : packed(pare::pack_weights<execution, Rounding, pare::owned>(stored_of<Format>(w), execution{}, {1.0f, quantized_work::zero_point},
                                                                      {1.0f, 0})),
          source(w.source),
          output(w.e.pixels() * w.e.outputs),
          scratch(scratch_of<execution>(pare::conv_scratch_bytes(packed.shape, lies, threads))) {}

    template <class Executor = pare::inline_executor>
    PARE_NOINLINE void run(const Executor& exec = {}) {
        pare::conv2d_kernel<pare::plan_conv(execution{}, lies)>(
            {source.data(), E.height, E.width, E.channels, E.width * E.channels, E.channels}, geometry, packed,
            std::int8_t(quantized_work::zero_point),
            {output.data(), E.out_height(), E.out_width(), E.outputs, E.out_width() * E.outputs, E.outputs},
            pare::requantize_sums<std::int8_t>(packed, {0, -128, 127}), std::span(scratch), exec);
    }
};

/// A depthwise convolution of `E`.
template <class Rounding, extents E>
struct own_depthwise {
    using format = pare::weights<pare::int8, pare::per_channel>;
    using packed_type = pare::packed_depthwise<format, std::int8_t, E.channels, E.depth(), Rounding, pare::owned>;
    packed_type packed;
    std::vector<std::int8_t> source, output;
    static constexpr pare::conv_geometry geometry{E.kernel, E.kernel, E.stride, E.stride, 1, 1, E.pad, E.pad};

    explicit own_depthwise(const quantized_work& w)
        : packed(pare::pack_depthwise<packed_type>(stored_of(w), E.channels, E.depth(), {1.0f, quantized_work::zero_point}, {1.0f, 0})),
          source(w.source),
          output(w.e.pixels() * w.e.outputs) {}

    PARE_NOINLINE void run() {
        pare::depthwise_kernel<pare::arch::native>(
            {source.data(), E.height, E.width, E.channels, E.width * E.channels, E.channels}, geometry, packed, 1,
            std::int8_t(quantized_work::zero_point),
            {output.data(), E.out_height(), E.out_width(), E.outputs, E.out_width() * E.outputs, E.outputs},
            pare::requantize_sums<std::int8_t>(packed, {0, -128, 127}));
    }
};

/// Empty, or where two results differ.
inline std::string difference(const std::vector<std::int8_t>& own, const std::vector<std::int8_t>& other, const std::string& name) {
    for (std::size_t i = 0; i < own.size(); ++i)
        if (own[i] != other[i])
            return name + " differs at " + std::to_string(i) + ": " + std::to_string(other[i]) + ", not " + std::to_string(own[i]);
    return "";
}

}  // namespace bench
