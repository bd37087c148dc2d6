// SPDX-License-Identifier: MIT
// How far each layer's output is from that of the float twin.
#pragma once

#include <cmath>
#include <cstddef>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <pare/core/config.hpp>
#include <pare/format/activations.hpp>
#include <pare/io/error.hpp>
#include <pare/model/arena.hpp>
#include <pare/model/describe.hpp>
#include <pare/model/model.hpp>
#include <pare/model/packed.hpp>
#include <pare/model/run.hpp>

namespace pare::inline v0::metrics {

/// Powers of a layer's output over all inputs so far.
struct layer_error {
    std::string name;   ///< of the layer
    double signal = 0;  ///< sum of squares of the float output
    double noise = 0;   ///< sum of squares of the difference

    /// Signal to quantisation noise ratio in dB, 10 log10(signal / noise); infinite where there is no noise.
    double sqnr() const { return noise > 0 ? 10 * std::log10(signal / noise) : std::numeric_limits<double>::infinity(); }
};

}  // namespace pare::inline v0::metrics

namespace pare::inline v0::metrics::inline PARE_ISA {

/// Runs a packed model and its packed float twin on the same inputs, and compares what their layers give.
template <class Graph, class Arch, class Storage, class TwinArch, class TwinStorage>
class error_trace {
public:
    using twin_graph = as_float<Graph>;  ///< the model in float

    /// Both models must outlive the trace.
    error_trace(const packed<Graph, Arch, Storage>& model, const packed<twin_graph, TwinArch, TwinStorage>& twin)
        : model_(model), twin_(twin), layers_(Graph::node_count), reals_(Graph::node_count) {
        const auto nodes = describe_nodes<Graph>();
        for (std::size_t i = 0; i < nodes.size(); ++i) {
            name_buffer buffer;
            layers_[i].name = layer_name(nodes[i], buffer);
        }
    }

    /// Adds one input, in reals; throws io::error where it has another size than the model's.
    void add(std::span<const float> input) {
        if (input.size() != Graph::input_shape.size())
            io::detail::fail("error trace", "an input must fill the model's", std::to_string(input.size()) + " values",
                             std::to_string(Graph::input_shape.size()));
        std::vector<float> scores(twin_graph::output_shape.size());
        run(twin_, input, scores, *twin_arena_, [&](std::size_t layer, const auto& image) {
            reals_[layer].assign(image.data, image.data + image.height * image.width * image.channels);
        });
        std::vector<typename Graph::input_value> values(input.size());
        quantize_input(model_, input, values);
        std::vector<typename Graph::output_value> outputs(Graph::output_shape.size());
        run(model_, values, outputs, *arena_, [&](std::size_t layer, const auto& image) {
            const quantization q = model_.edges[layer + 1];
            for (std::size_t i = 0; i < reals_[layer].size(); ++i) {
                const double real = reals_[layer][i];
                const double difference = real - double(dequantize(image.data[i], q));
                layers_[layer].signal += real * real;
                layers_[layer].noise += difference * difference;
            }
        });
    }

    /// One entry for each layer, in the order of the graph.
    const std::vector<layer_error>& layers() const { return layers_; }

private:
    const packed<Graph, Arch, Storage>& model_;
    const packed<twin_graph, TwinArch, TwinStorage>& twin_;
    std::unique_ptr<traced_arena<Graph, Arch>> arena_ = std::make_unique<traced_arena<Graph, Arch>>();
    std::unique_ptr<traced_arena<twin_graph, TwinArch>> twin_arena_ = std::make_unique<traced_arena<twin_graph, TwinArch>>();
    std::vector<layer_error> layers_;
    std::vector<std::vector<float>> reals_;
};

}  // namespace pare::inline v0::metrics::inline PARE_ISA
