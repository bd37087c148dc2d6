// SPDX-License-Identifier: MIT
// What a network's output loses when one of its layers alone is compressed.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <pare/compress/parallel.hpp>
#include <pare/core/bits.hpp>
#include <pare/core/config.hpp>
#include <pare/format/stored_weights.hpp>
#include <pare/io/error.hpp>
#include <pare/io/owned.hpp>
#include <pare/model/arena.hpp>
#include <pare/model/describe.hpp>
#include <pare/model/model.hpp>
#include <pare/model/packed.hpp>
#include <pare/model/parameters.hpp>
#include <pare/model/run.hpp>

namespace pare::inline v0::metrics {

/// What one layer does to the output of its network, the mean over some inputs.
struct layer_sensitivity {
    std::string name;  ///< of the layer
    /// KL(softmax(float output) || softmax(output)) in nats; of a network that ends in a softmax, that of the outputs themselves.
    double divergence = 0;
    /// The share of inputs whose largest output is another one.
    double changed = 0;
    /// The share of inputs of which the float network finds the label, less that of the changed one; nan where there are no labels.
    double lost = std::numeric_limits<double>::quiet_NaN();
};

namespace detail {

/// Fills a tensor of floats with the reals that the codes of another stand for.
template <class Format, std::size_t Rows, std::size_t Cols, class Storage, class Twin>
void fill_reals(const stored_weights<Format, Rows, Cols, Storage>& from, float input_scale, const std::string& name, Twin& to) {
    const auto scale_of = [&](std::size_t n) { return Format::is_float ? 1.0f : from.scales[from.scales.size() == 1 ? 0 : n]; };
    std::vector<float> values(Rows * Cols, 0.0f);
    const bool sound = visit_weights(from, Rows, Cols, [&](std::size_t n, std::size_t k, auto operand) {
        float scale = scale_of(n);
        if constexpr (Format::group != 0)
            scale *= float(from.factors[n * ((Cols + Format::group - 1) / Format::group) + k / Format::group]);
        values[n * Cols + k] = scale * float(operand);
    });
    if (!sound)
        io::detail::fail(name + ".weight", "positions and codes must belong together", "positions without codes", "sound parameters");
    to.codes.assign(Rows * Cols * sizeof(float), std::byte{});
    bit_writer writer(to.codes);
    for (const float value : values) writer.write(32, std::bit_cast<std::uint32_t>(value));
    to.bias.resize(Rows);
    for (std::size_t n = 0; n < Rows; ++n) {
        if constexpr (Format::is_float) to.bias[n] = from.bias[n];
        else to.bias[n] = float(from.bias[n]) * input_scale * scale_of(n);
    }
}

}  // namespace detail

/// Parameters of the float twin: the reals that the codes of `p` stand for. Throws io::error where `p` is damaged.
template <class Graph, class Storage>
parameters<as_float<Graph>, owned> to_float(const parameters<Graph, Storage>& p) {
    constexpr auto nodes = describe_nodes<Graph>();
    parameters<as_float<Graph>, owned> result;
    const auto one = [&]<std::size_t Node>(std::integral_constant<std::size_t, Node>) {
        name_buffer buffer;
        if constexpr (has_weights(nodes[Node].kind))
            detail::fill_reals(p.template layer<Node>(), p.edges[nodes[Node].inputs[0]].scale, std::string(layer_name(nodes[Node], buffer)),
                               result.template layer<Node>());
    };
    [&]<std::size_t... I>(std::index_sequence<I...>) {
        (one(std::integral_constant<std::size_t, I>{}), ...);
    }(std::make_index_sequence<Graph::node_count>{});
    return result;
}

/// KL(softmax(a) || softmax(b)) in nats, of as many scores; of `a` and `b` themselves where they are probabilities.
inline double divergence(std::span<const float> a, std::span<const float> b, bool probabilities = false) {
    // log(softmax(x)_i) = x_i - log(sum(exp(x))), without overflow.
    const auto log_sum = [](std::span<const float> x) {
        const double largest = *std::max_element(x.begin(), x.end());
        double sum = 0;
        for (const float value : x) sum += std::exp(double(value) - largest);
        return largest + std::log(sum);
    };
    const double a_sum = probabilities ? 0 : log_sum(a), b_sum = probabilities ? 0 : log_sum(b);
    double result = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        const double log_p = probabilities ? std::log(std::max(double(a[i]), 1e-30)) : double(a[i]) - a_sum;
        const double log_q = probabilities ? std::log(std::max(double(b[i]), 1e-30)) : double(b[i]) - b_sum;
        result += std::exp(log_p) * (log_p - log_q);
    }
    return result;
}

}  // namespace pare::inline v0::metrics

namespace pare::inline v0::metrics::inline PARE_ISA {

namespace kernels {

/// The outputs of a float network for inputs that follow one another, in the same order.
template <class Twin>
std::vector<float> float_outputs(const parameters<Twin, owned>& p, std::span<const float> inputs, unsigned threads) {
    constexpr std::size_t in = Twin::input_shape.size(), out = Twin::output_shape.size();
    const auto packed = pack<arch::native>(p);
    std::vector<float> outputs(inputs.size() / in * out);
    compress::in_parallel(inputs.size() / in, threads, [&](std::size_t first, std::size_t last) {
        const auto memory = std::make_unique<arena<Twin>>();
        for (std::size_t i = first; i < last; ++i)
            run(packed, inputs.subspan(i * in, in), std::span(outputs).subspan(i * out, out), *memory);
    });
    return outputs;
}

}  // namespace kernels

/// Runs the float network `twin` with the weights of one layer taken from `compressed`, for each layer that has any, in the order of the
/// graph. Activations stay float: what is seen is what the weights of that layer do. `inputs` follow one another in reals; `labels` are
/// what their largest output should be, one for each input, or none. Throws io::error where sizes do not fit.
template <class Graph, class Storage>
std::vector<layer_sensitivity> sensitivities(const parameters<as_float<Graph>, owned>& twin, const parameters<Graph, Storage>& compressed,
                                             std::span<const float> inputs, std::span<const std::uint8_t> labels = {},
                                             unsigned threads = 1) {
    using twin_graph = as_float<Graph>;
    constexpr std::size_t in = Graph::input_shape.size(), out = Graph::output_shape.size();
    constexpr auto nodes = describe_nodes<Graph>();
    const std::size_t count = inputs.size() / in;
    if (inputs.empty() || inputs.size() % in != 0)
        io::detail::fail("sensitivities", "inputs must fill the model's", std::to_string(inputs.size()) + " values",
                         "a multiple of " + std::to_string(in));
    if (!labels.empty() && labels.size() != count)
        io::detail::fail("sensitivities", "every input has a label, or none has", std::to_string(labels.size()) + " labels",
                         std::to_string(count));
    const auto reals = to_float(compressed);
    const std::vector<float> before = kernels::float_outputs(twin, inputs, threads);
    std::vector<layer_sensitivity> result;
    const auto one = [&]<std::size_t Node>(std::integral_constant<std::size_t, Node>) {
        if constexpr (has_weights(nodes[Node].kind)) {
            parameters<twin_graph, owned> mixed = twin;
            mixed.template layer<Node>() = reals.template layer<Node>();
            const std::vector<float> after = kernels::float_outputs(mixed, inputs, threads);
            name_buffer buffer;
            layer_sensitivity s{std::string(layer_name(nodes[Node], buffer))};
            std::size_t changed = 0, right_before = 0, right_after = 0;
            for (std::size_t i = 0; i < count; ++i) {
                const auto a = std::span(before).subspan(i * out, out), b = std::span(after).subspan(i * out, out);
                s.divergence += divergence(a, b, nodes.back().kind == layer_kind::softmax);
                changed += argmax(a) != argmax(b);
                if (labels.empty()) continue;
                right_before += argmax(a) == labels[i];
                right_after += argmax(b) == labels[i];
            }
            s.divergence /= double(count);
            s.changed = double(changed) / double(count);
            if (!labels.empty()) s.lost = (double(right_before) - double(right_after)) / double(count);
            result.push_back(std::move(s));
        }
    };
    [&]<std::size_t... I>(std::index_sequence<I...>) {
        (one(std::integral_constant<std::size_t, I>{}), ...);
    }(std::make_index_sequence<Graph::node_count>{});
    return result;
}

}  // namespace pare::inline v0::metrics::inline PARE_ISA
