// SPDX-License-Identifier: MIT
// One cell: its weights are drawn, packed as a layer packs them, run, and compared with the dense matrix that they stand for.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <pare/kernel/conv.hpp>
#include <pare/kernel/depthwise.hpp>
#include <pare/kernel/gemm.hpp>
#include <pare/kernel/pack.hpp>
#include <pare/kernel/select.hpp>

#include "matrix/data.hpp"
#include "matrix/formats.hpp"
#include "matrix/kernel_of.hpp"
#include "support/guarded.hpp"

namespace matrix {

using support::guarded;
using support::guarded_vector;

/// Where sums are stored as they are.
template <class Out>
struct sums_of {
    std::size_t cols;
    guarded_vector<Out> values;
    sums_of(std::size_t rows, std::size_t n) : cols(n), values(rows * n, Out(77)) {}

    /// Empty, or the first that is not what it must be.
    std::string compare(const std::vector<reference::total>& wanted) const {
        for (std::size_t i = 0; i < values.size(); ++i)
            if (std::int64_t(values[i]) != wanted[i].integer)
                return "row " + std::to_string(i / cols) + " output " + std::to_string(i % cols) + ": got " + std::to_string(values[i]) +
                       ", needs " + std::to_string(wanted[i].integer);
        return values.size() == wanted.size() ? "" : "another number of outputs";
    }
};

inline guarded_vector<std::int8_t> draw_inputs(support::lots& r, std::size_t count) {
    guarded_vector<std::int8_t> x(count);
    const support::spread s = support::draw_spread(r);
    for (auto& v : x) v = support::draw_activation<std::int8_t>(r, s);
    return x;
}

/// A matrix product of few rows, which are neither whole registers nor whole groups; of so many weights that structured ones are executed
/// as they are.
struct linear_case {
    static constexpr std::size_t rows = 2, outputs = 70, depth = 970, weights = depth;
    template <class Format, class Arch>
    using problem_of = product_problem<std::int8_t, outputs, depth, rows>;

    /// What a kernel makes of weights in its form.
    template <class Kernel>
    [[gnu::noinline]] static std::string run(support::lots& r, const packed_weights<Kernel, rounding::fp32, guarded>& w,
                                             const quantization& in, const reference::tensor& plain, const reference::matrix& dense) {
        using lhs_type = typename Kernel::dot::lhs;
        const auto x = draw_inputs(r, rows * depth);
        sums_of<typename Kernel::total> y(rows, outputs);
        guarded_vector<lhs_type> scratch(gemm_scratch_bytes(w.shape) / sizeof(lhs_type));
        gemm<rows>(contiguous_matrix(x.data(), rows, depth), w, contiguous_matrix(y.values.data(), rows, outputs),
                   raw_sum<typename Kernel::total>{}, std::span(scratch));
        return y.compare(reference::linear(x.data(), rows, depth, in.zero_point, plain, dense));
    }
};

/// A convolution of 3 x 3 with padding.
struct conv_case {
    static constexpr std::size_t height = 4, width = 3, channels = 22, outputs = 70, weights = 9 * channels;
    static constexpr conv_geometry geometry{.kernel_height = 3, .kernel_width = 3, .pad_top = 1, .pad_left = 1};
    static constexpr conv_shape shape{geometry, height, width, channels, height, width};
    template <class Format, class Arch>
    using problem_of = conv_problem<Format, std::int8_t, outputs, shape, 1, Arch>;

    template <class Kernel>
    [[gnu::noinline]] static std::string run(support::lots& r, const packed_weights<Kernel, rounding::fp32, guarded>& w,
                                             const quantization& in, const reference::tensor& plain, const reference::matrix& dense) {
        using lhs_type = typename Kernel::dot::lhs;
        const auto x = draw_inputs(r, height * width * channels);
        sums_of<typename Kernel::total> y(height * width, outputs);
        guarded_vector<lhs_type> scratch(conv_scratch_bytes(w.shape, shape) / sizeof(lhs_type));
        conv2d_kernel<plan_conv(Kernel{}, shape)>(contiguous_image(x.data(), height, width, channels), geometry, w,
                                                  std::int8_t(in.zero_point), contiguous_image(y.values.data(), height, width, outputs),
                                                  raw_sum<typename Kernel::total>{}, std::span(scratch));
        const reference::image<std::int8_t> image{x.data(), height, width, channels, width * channels, channels};
        return y.compare(
            reference::conv2d(image, reference::same(height, 3, 1, 1), reference::same(width, 3, 1, 1), 1, in.zero_point, plain, dense));
    }
};

/// A depthwise convolution of 3 x 3 with padding; of formats only encodings reach its kernel.
struct depthwise_case {
    static constexpr std::size_t height = 4, width = 3, outputs = 70, weights = window_taps;
    template <class Format>
    using packed_type = packed_depthwise<Format, std::int8_t, outputs, weights, rounding::fp32, guarded>;
    template <class Format>
    using kernel_type = packed_type<pare::weights<typename Format::encoding, per_channel>>;

    template <class Arch, class Packed>
    [[gnu::noinline]] static std::string run(support::lots& r, const Packed& w, const quantization& in, const reference::tensor& plain,
                                             const reference::matrix& dense) {
        const auto x = draw_inputs(r, height * width * outputs);
        sums_of<typename Packed::total> y(height * width, outputs);
        depthwise_kernel<Arch>(contiguous_image(x.data(), height, width, outputs), conv_case::geometry, w, 1, std::int8_t(in.zero_point),
                               contiguous_image(y.values.data(), height, width, outputs), raw_sum<typename Packed::total>{});
        const reference::image<std::int8_t> image{x.data(), height, width, outputs, width * outputs, outputs};
        return y.compare(
            reference::depthwise(image, reference::same(height, 3, 1, 1), reference::same(width, 3, 1, 1), 1, in.zero_point, plain, dense));
    }
};

/// What is wrong with weights of `Format` in a layer on `Arch`; empty if nothing is.
template <class Case, class Arch, class Format>
[[gnu::cold]] std::string run_on(support::lots& r, const drawn<Format, guarded>& w) {
    if constexpr (std::same_as<Case, depthwise_case>) {
        using kernel_type = depthwise_case::kernel_type<Format>;
        auto p = pack_depthwise<depthwise_case::packed_type<Format>>(w.stored, Case::outputs, Case::weights, w.in, {1, 0});
        kernel_type k;
        k.taps = std::move(p.taps), k.bias = std::move(p.bias), k.scales = std::move(p.scales);
        return depthwise_case::run<Arch>(r, k, w.in, w.plain, w.dense);
    } else {
        using execution = pare::select<Format, typename Case::template problem_of<Format, Arch>, Arch>;
        return Case::run(r, for_kernel(pack_weights<execution, rounding::fp32, guarded>(w.stored, execution{}, w.in, {1, 0})), w.in,
                         w.plain, w.dense);
    }
}

/// What ran, and what went wrong.
struct outcome {
    std::map<std::string, std::size_t, std::less<>> runs;  ///< on each arch
    std::size_t wrong = 0;
    std::string last;  ///< that was wrong

    void add(std::string_view arch, oddity o, const std::string& what) {
        ++runs[std::string(arch)];
        if (what.empty()) return;
        ++wrong;
        last = std::string(arch) + ", oddity " + std::to_string(int(o)) + ", " + what;
    }
};

/// The case of a layer.
template <layer_choice Layer>
using case_of = std::tuple_element_t<std::size_t(Layer), std::tuple<linear_case, conv_case, depthwise_case>>;

/// Runs `Format` in a layer on each of `Archs` that is here, with weights of every oddity.
template <class Case, class Format, class... Archs>
[[gnu::cold]] void run_format(std::uint64_t seed, outcome& log) {
    for (const oddity o : oddities) {
        support::lots r(seed, std::uint64_t(o), 0);
        support::guarded_memory::get().put_at_end(int(o) % 2 == 0);
        const drawn<Format, guarded> w(r, Case::outputs, Case::weights, o);
        const auto run = [&]<class Arch>(Arch) {
            if constexpr (arch::compiled_for<Arch>)
                if (arch::available<Arch>()) log.add(Arch::name, o, run_on<Case, Arch>(r, w));
        };
        (run(Archs{}), ...);
    }
}

}  // namespace matrix
