// SPDX-License-Identifier: MIT
// Layers drawn by lot, run by an arch of a board and by plain C++: every output is the same.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include <pare/pare.hpp>

#include "console.hpp"
#include "drawn.hpp"

namespace layers {

using namespace pare;
using drawn::lots;
using drawn::room;
using drawn::table;

/// What was compared.
struct tally {
    std::int32_t cases = 0, different = 0;
    std::uint32_t outputs = 0;  ///< a sum over all of them

    template <class T>
    void compare(const T* got, const T* wanted, std::size_t count) {
        ++cases;
        bool same = true;
        for (std::size_t i = 0; i < count; ++i) {
            same = same && got[i] == wanted[i];
            outputs = outputs * 31 + std::uint32_t(std::int32_t(got[i]));
        }
        different += !same;
    }
};

/// Any activations.
template <class T>
const std::array<T, 2048>& activations(lots& r) {
    auto& x = table::lay<std::array<T, 2048>>();
    for (T& v : x) v = r.value<T>();
    return x;
}

inline constexpr rounding::output_range range{-3, -128, 127};

template <class Format, class Activation, form Form, class Arch, class Rounding>
void product(const stored_weights<Format, dynamic, dynamic, room>& w, std::size_t rows, std::size_t outputs, std::size_t depth,
             const std::array<Activation, 2048>& lhs, quantization in, std::int8_t* out) {
    using shape = problem<Activation, dynamic, dynamic, dynamic, 1>;
    using x_type = execution<Format, shape, Arch, Form>;
    const x_type x{shape::extents::of({outputs, depth, depth, 1})};
    auto& packed = table::lay<packed_weights<x_type, Rounding, room>>();
    packed = pack_weights<x_type, Rounding, room>(w, x, in, {0.5f, -3});
    auto& scratch = table::lay<std::array<typename x_type::dot::lhs, 4096>>();
    gemm({lhs.data(), rows, depth, depth}, packed, {out, rows, outputs, outputs}, requantize_sums<std::int8_t>(packed, range),
         std::span(scratch));
}

template <class Format, class Activation, form Form, class Arch, class Rounding>
void convolution(const stored_weights<Format, dynamic, dynamic, room>& w, const conv_shape& s, std::size_t outputs,
                 const std::array<Activation, 2048>& values, quantization in, std::int8_t* out) {
    using shape = problem<Activation, dynamic, dynamic, dynamic, 1>;
    using x_type = execution<Format, shape, Arch, Form>;
    const std::size_t segment = s.window.kernel_width * s.channels;
    const x_type x{shape::extents::of({outputs, s.window.kernel_height * segment, segment, 1})};
    auto& packed = table::lay<packed_weights<x_type, Rounding, room>>();
    packed = pack_weights<x_type, Rounding, room>(w, x, in, {0.5f, -3});
    auto& scratch = table::lay<std::array<typename x_type::dot::lhs, 4096>>();
    const image_view<const Activation> image{values.data(), s.height, s.width, s.channels, s.width * s.channels, s.channels};
    conv2d_kernel(image, s.window, packed, Activation(in.zero_point), contiguous_image(out, s.out_height, s.out_width, outputs),
                  requantize_sums<std::int8_t>(packed, range), std::span(scratch));
}

/// Matrix products and convolutions of dynamic extents.
template <class Format, class Activation, class Arch, form Form, class Rounding = rounding::fp32>
void compare_form(tally& t, int cases) {
    using outputs_type = std::array<std::int8_t, 1024>;
    using weights_type = stored_weights<Format, dynamic, dynamic, room>;
    lots r(std::uint32_t(t.cases));
    for (int i = 0; i < cases; ++i) {
        const auto begin = [&]() -> decltype(auto) {
            table::clear();
            return activations<Activation>(r);
        };
        const quantization in{0.25f, std::int32_t(r.between(0, 200)) - (std::is_unsigned_v<Activation> ? 0 : 100)};
        const bool deep = i % 8 == 7;
        const std::size_t outputs = r.between(1, deep ? 4 : 11);
        {
            // Every tail, and now and then more than a window of places.
            const std::size_t depth = deep ? r.between(200, 500) : r.between(1, 40), rows = r.between(1, deep ? 3 : 7);
            const auto& x = begin();
            auto &got = table::lay<outputs_type>(), &wanted = table::lay<outputs_type>();
            auto& w = table::lay<weights_type>();
            drawn::draw(w, outputs, depth, r);
            product<Format, Activation, Form, Arch, Rounding>(w, rows, outputs, depth, x, in, got.data());
            product<Format, Activation, form::coded, arch::scalar, Rounding>(w, rows, outputs, depth, x, in, wanted.data());
            t.compare(got.data(), wanted.data(), rows * outputs);
        }
        {
            conv_shape s;
            s.window = {.kernel_height = r.between(1, 3),
                        .kernel_width = r.between(1, 3),
                        .stride_y = r.between(1, 2),
                        .stride_x = r.between(1, 2)};
            s.window.pad_top = r.between(0, s.window.kernel_height - 1), s.window.pad_left = r.between(0, s.window.kernel_width - 1);
            s.height = r.between(3, 6), s.width = r.between(3, 6), s.channels = i % 2 == 0 ? r.between(1, 4) : r.between(5, 20);
            s.out_height = (s.height + s.window.pad_top - s.window.kernel_height) / s.window.stride_y + 1;
            s.out_width = (s.width + s.window.pad_left - s.window.kernel_width) / s.window.stride_x + 1;
            const auto& x = begin();
            auto &got = table::lay<outputs_type>(), &wanted = table::lay<outputs_type>();
            auto& w = table::lay<weights_type>();
            drawn::draw(w, outputs, s.window.kernel_height * s.window.kernel_width * s.channels, r);
            convolution<Format, Activation, Form, Arch, Rounding>(w, s, outputs, x, in, got.data());
            convolution<Format, Activation, form::coded, arch::scalar, Rounding>(w, s, outputs, x, in, wanted.data());
            t.compare(got.data(), wanted.data(), s.out_height * s.out_width * outputs);
        }
    }
}

/// Packs a model for an arch and runs it.
template <class Arch, class Model, class In, class Out>
void run_on(const parameters<Model, room>& p, const In& in, Out& out) {
    auto& ready = table::lay<packed<Model, Arch, room>>();
    ready = pack<Arch>(p);
    run(ready, in, out, table::lay<arena<Model, Arch>>());
}

/// Models of static extents, as an emitter packs them.
template <class Model, class Arch>
void compare_model(tally& t) {
    using input_type = std::array<typename Model::input_value, Model::input_shape.size()>;
    using output_type = std::array<typename Model::output_value, Model::output_shape.size()>;
    lots r(std::uint32_t(t.cases));
    for (int i = 0; i < 3; ++i) {
        table::clear();
        auto& p = table::lay<parameters<Model, room>>();
        auto& in = table::lay<input_type>();
        auto &got = table::lay<output_type>(), &wanted = table::lay<output_type>();
        [&]<std::size_t... I>(std::index_sequence<I...>) {
            const auto one = [&]<std::size_t N> {
                if constexpr (requires { p.template layer<N>().codes; }) {
                    constexpr matrix_shape extent = Model::template layer_at<N>::weight_shape(Model::template input_edge<N>::extent);
                    drawn::draw(p.template layer<N>(), extent.rows, extent.cols, r);
                }
            };
            (one.template operator()<I>(), ...);
            const int lowest[] = {std::is_unsigned_v<typename Model::template edge_type<I + 1>> ? 0 : -10 ...};
            p.edges[0] = {0.25f, std::is_unsigned_v<typename Model::input_value> ? 77 : -77};
            for (std::size_t e = 1; e < p.edges.size(); ++e) p.edges[e] = {0.5f, lowest[e - 1] + int(r.between(0, 20))};
        }(std::make_index_sequence<Model::node_count>{});
        for (auto& v : in) v = r.value<typename Model::input_value>();
        run_on<Arch>(p, in, got);
        run_on<arch::scalar>(p, in, wanted);
        t.compare(got.data(), wanted.data(), got.size());
    }
}

/// Prints what was compared; how many cases differ.
inline int report(const char* arch, const tally& t) {
    print(arch);
    print(": ");
    print(t.cases);
    print(" cases, ");
    print(t.different);
    print(" differ; outputs come to ");
    print(std::int32_t(t.outputs & 0x7fffffff));
    print("\n");
    return t.cases == 0 ? 1 : t.different;
}

}  // namespace layers
