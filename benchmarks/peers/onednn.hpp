// SPDX-License-Identifier: MIT
// oneDNN's int8 convolution and matrix product, weights in the layout that it asks for, scales of channels applied inside.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include <dnnl.hpp>

#include "peers/work.hpp"

namespace bench::onednn {

using dims = dnnl::memory::dims;
using tag = dnnl::memory::format_tag;
using type = dnnl::memory::data_type;

inline dnnl::memory::dim dim(std::size_t n) { return dnnl::memory::dim(n); }

/// A primitive with its memory. The source is u8, the form it multiplies fastest: the same numbers, since the zero point of s8 is -128.
struct layer {
    dnnl::engine engine{dnnl::engine::kind::cpu, 0};
    dnnl::stream stream{engine};
    dnnl::primitive primitive;
    std::unordered_map<int, dnnl::memory> arguments;
    std::vector<std::uint8_t> source;
    std::vector<std::int8_t> weights, output;
    std::vector<float> bias;

    explicit layer(const quantized_work& w)
        : source(w.unsigned_source()), output(w.e.pixels() * w.e.outputs), bias(w.bias.begin(), w.bias.end()) {}
    void run() {
        primitive.execute(stream, arguments);
        stream.wait();
    }
    dnnl::primitive_attr scaled(const quantized_work& w, int mask) {
        dnnl::primitive_attr attributes;
        attributes.set_output_scales(mask, w.scales);
        return attributes;
    }
    dnnl::memory packed(const dnnl::memory::desc& from, const dnnl::memory::desc& wanted) {
        dnnl::memory plain(from, engine, weights.data());
        if (wanted == from) return plain;
        dnnl::memory result(wanted, engine);
        dnnl::reorder(plain, result).execute(stream, plain, result);
        stream.wait();
        return result;
    }
};

/// s8 weights [outputs][depth] and rows of the source: M x K by K x N.
inline std::shared_ptr<layer> inner_product(const quantized_work& w) {
    auto l = std::make_shared<layer>(w);
    l->weights = w.weights;
    const dims source{dim(w.e.pixels()), dim(w.e.depth())}, weights{dim(w.e.outputs), dim(w.e.depth())};
    const dims output{dim(w.e.pixels()), dim(w.e.outputs)};
    const dnnl::inner_product_forward::desc wanted(dnnl::prop_kind::forward_inference, {source, type::u8, tag::ab},
                                                   {weights, type::s8, tag::any}, {{dim(w.e.outputs)}, type::f32, tag::x},
                                                   {output, type::s8, tag::ab});
    const dnnl::inner_product_forward::primitive_desc chosen(wanted, l->scaled(w, 2), l->engine);
    l->primitive = dnnl::inner_product_forward(chosen);
    l->arguments = {{DNNL_ARG_SRC, dnnl::memory(chosen.src_desc(), l->engine, l->source.data())},
                    {DNNL_ARG_WEIGHTS, l->packed({weights, type::s8, tag::ab}, chosen.weights_desc())},
                    {DNNL_ARG_BIAS, dnnl::memory(chosen.bias_desc(), l->engine, l->bias.data())},
                    {DNNL_ARG_DST, dnnl::memory(chosen.dst_desc(), l->engine, l->output.data())}};
    return l;
}

/// The same by its other primitive.
inline std::shared_ptr<layer> matmul(const quantized_work& w) {
    auto l = std::make_shared<layer>(w);
    l->weights = w.weights;
    const dims source{dim(w.e.pixels()), dim(w.e.depth())}, weights{dim(w.e.depth()), dim(w.e.outputs)};
    const dims output{dim(w.e.pixels()), dim(w.e.outputs)};
    const dnnl::matmul::desc wanted({source, type::u8, tag::ab}, {weights, type::s8, tag::any}, {{1, dim(w.e.outputs)}, type::f32, tag::ab},
                                    {output, type::s8, tag::ab});
    const dnnl::matmul::primitive_desc chosen(wanted, l->scaled(w, 2), l->engine);
    l->primitive = dnnl::matmul(chosen);
    l->arguments = {{DNNL_ARG_SRC, dnnl::memory(chosen.src_desc(), l->engine, l->source.data())},
                    {DNNL_ARG_WEIGHTS, l->packed({weights, type::s8, tag::ba}, chosen.weights_desc())},
                    {DNNL_ARG_BIAS, dnnl::memory(chosen.bias_desc(), l->engine, l->bias.data())},
                    {DNNL_ARG_DST, dnnl::memory(chosen.dst_desc(), l->engine, l->output.data())}};
    return l;
}

/// Convolution over one image; weights OHWI, of a depthwise one [channels][kernel][kernel].
inline std::shared_ptr<layer> convolution(const quantized_work& w) {
    auto l = std::make_shared<layer>(w);
    l->weights = w.weights;
    const extents& e = w.e;
    const dims source{1, dim(e.channels), dim(e.height), dim(e.width)};
    const dims output{1, dim(e.outputs), dim(e.out_height()), dim(e.out_width())};
    const dims weights = e.depthwise ? dims{dim(e.channels), 1, 1, dim(e.kernel), dim(e.kernel)}
                                     : dims{dim(e.outputs), dim(e.channels), dim(e.kernel), dim(e.kernel)};
    const dims stride{dim(e.stride), dim(e.stride)}, pad{dim(e.pad), dim(e.pad)};
    const dnnl::convolution_forward::desc wanted(dnnl::prop_kind::forward_inference, dnnl::algorithm::convolution_direct,
                                                 {source, type::u8, tag::nhwc}, {weights, type::s8, tag::any},
                                                 {{dim(e.outputs)}, type::f32, tag::x}, {output, type::s8, tag::nhwc}, stride, pad, pad);
    const dnnl::convolution_forward::primitive_desc chosen(wanted, l->scaled(w, 2), l->engine);
    l->primitive = dnnl::convolution_forward(chosen);
    const dnnl::memory::desc plain =
        e.depthwise ? dnnl::memory::desc(weights, type::s8, tag::goihw) : dnnl::memory::desc(weights, type::s8, tag::ohwi);
    l->arguments = {{DNNL_ARG_SRC, dnnl::memory(chosen.src_desc(), l->engine, l->source.data())},
                    {DNNL_ARG_WEIGHTS, l->packed(plain, chosen.weights_desc())},
                    {DNNL_ARG_BIAS, dnnl::memory(chosen.bias_desc(), l->engine, l->bias.data())},
                    {DNNL_ARG_DST, dnnl::memory(chosen.dst_desc(), l->engine, l->output.data())}};
    return l;
}

}  // namespace bench::onednn
