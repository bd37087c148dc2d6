// SPDX-License-Identifier: MIT
// The networks that are trained, as dlib's types, and how their float weights are written.
#pragma once

#include <dlib/dnn.h>

#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <pare/io/safetensors.hpp>

namespace networks {

using image = dlib::matrix<float>;

// dlib's con pads by half its window unless it is told otherwise, and its max_pool with a stride does not pad.
template <long Filters, long Side, class Below>
using conv_same = dlib::add_layer<dlib::con_<Filters, Side, Side, 1, 1>, Below>;
template <long Filters, long Side, class Below>
using conv_valid = dlib::add_layer<dlib::con_<Filters, Side, Side, 1, 1, 0, 0>, Below>;
template <class Below>
using halved = dlib::max_pool<2, 2, 2, 2, Below>;
using input = dlib::input<image>;

inline void add(pare::io::safetensors& file, const std::string& name, const std::vector<float>& values, std::vector<std::size_t> shape) {
    file.tensors[name] = pare::io::make_tensor(name, std::span<const float>(values), std::move(shape));
}

/// dlib keeps the filters as [out, in, side, side], then the biases; here the filters are [out, side, side, in].
template <class Layer>
void add_conv(pare::io::safetensors& file, const std::string& name, const Layer& layer, std::size_t out, std::size_t side, std::size_t in) {
    const std::size_t window = side * side;
    const float* values = layer.layer_details().get_layer_params().host();
    std::vector<float> weights;
    for (std::size_t o = 0; o < out; ++o) {
        for (std::size_t tap = 0; tap < window; ++tap) {
            for (std::size_t i = 0; i < in; ++i) weights.push_back(values[(o * in + i) * window + tap]);
        }
    }
    const float* bias = values + out * in * window;
    add(file, name + ".weight", weights, {out, side, side, in});
    add(file, name + ".bias", {bias, bias + out}, {out});
}

/// dlib keeps [in, out], then the biases, and flattens its input as channel, position; here it is [out, in] and position, channel.
template <class Layer>
void add_linear(pare::io::safetensors& file, const std::string& name, const Layer& layer, std::size_t out, std::size_t channels,
                std::size_t positions) {
    const std::size_t in = channels * positions;
    const float* values = layer.layer_details().get_layer_params().host();
    std::vector<float> weights;
    for (std::size_t o = 0; o < out; ++o) {
        for (std::size_t position = 0; position < positions; ++position) {
            for (std::size_t channel = 0; channel < channels; ++channel)
                weights.push_back(values[(channel * positions + position) * out + o]);
        }
    }
    const float* bias = values + in * out;
    add(file, name + ".weight", weights, {out, in});
    add(file, name + ".bias", {bias, bias + out}, {out});
}

/// The network of the quickstart: 28 -> 14 -> 7.
struct digits {
    static constexpr std::size_t epochs = 16;
    using type = dlib::loss_multiclass_log<
        dlib::fc<10, dlib::relu<dlib::fc<100, halved<dlib::relu<conv_same<64, 3, halved<dlib::relu<conv_same<32, 3, input>>>>>>>>>>;

    static void add_weights(pare::io::safetensors& file, const type& net) {
        add_conv(file, "conv1", dlib::layer<9>(net), 32, 3, 1);
        add_conv(file, "conv2", dlib::layer<6>(net), 64, 3, 32);
        add_linear(file, "fc1", dlib::layer<3>(net), 100, 64, 7 * 7);
        add_linear(file, "fc2", dlib::layer<1>(net), 10, 100, 1);
    }
};

/// LeNet-300-100 (LeCun et al., Gradient-based learning applied to document recognition, 1998), with relu.
struct lenet300 {
    static constexpr std::size_t epochs = 64;
    using type = dlib::loss_multiclass_log<dlib::fc<10, dlib::relu<dlib::fc<100, dlib::relu<dlib::fc<300, input>>>>>>;

    static void add_weights(pare::io::safetensors& file, const type& net) {
        add_linear(file, "fc1", dlib::layer<5>(net), 300, 1, 28 * 28);
        add_linear(file, "fc2", dlib::layer<3>(net), 100, 300, 1);
        add_linear(file, "fc3", dlib::layer<1>(net), 10, 100, 1);
    }
};

/// LeNet-5 as Caffe has it, with one relu, behind fc1: 28 -> 24 -> 12 -> 8 -> 4.
struct lenet5 {
    static constexpr std::size_t epochs = 16;
    using type =
        dlib::loss_multiclass_log<dlib::fc<10, dlib::relu<dlib::fc<500, halved<conv_valid<50, 5, halved<conv_valid<20, 5, input>>>>>>>>;

    static void add_weights(pare::io::safetensors& file, const type& net) {
        add_conv(file, "conv1", dlib::layer<7>(net), 20, 5, 1);
        add_conv(file, "conv2", dlib::layer<5>(net), 50, 5, 20);
        add_linear(file, "fc1", dlib::layer<3>(net), 500, 50, 4 * 4);
        add_linear(file, "fc2", dlib::layer<1>(net), 10, 500, 1);
    }
};

}  // namespace networks
