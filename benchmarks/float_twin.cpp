// SPDX-License-Identifier: MIT
// How fast is the float twin? Its layers of the digits network beside oneDNN f32, one thread. needs: dnnl
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <memory>
#include <random>
#include <unordered_map>
#include <vector>

#include <benchmark/benchmark.h>
#include <dnnl.hpp>

#include <pare/pare.hpp>

#include "measure.hpp"

namespace {

using dims = dnnl::memory::dims;
using tag = dnnl::memory::format_tag;

/// A layer of pare with random weights, and the same values for a peer.
template <class Layer, std::size_t Height, std::size_t Width, std::size_t Channels>
struct twin {
    using model = pare::model<pare::input<pare::f32, Height, Width, Channels>, Layer>;
    static constexpr pare::node_info info = pare::describe_nodes<model>()[0];

    std::vector<float> weights = std::vector<float>(info.weights.rows * info.weights.cols);
    std::vector<float> bias = std::vector<float>(info.weights.rows);
    std::vector<float> source = std::vector<float>(info.in.size());
    std::vector<float> output = std::vector<float>(info.out.size());
    std::vector<float> peer_output = std::vector<float>(info.out.size());
    std::unique_ptr<pare::parameters<model>> parameters = std::make_unique<pare::parameters<model>>();
    std::unique_ptr<decltype(pare::pack<pare::arch::native>(*parameters))> packed;
    pare::arena<model> arena;

    twin() {
        std::mt19937 random(1);
        std::uniform_real_distribution<float> uniform(-1.0f, 1.0f);
        for (auto* values : {&weights, &bias, &source})
            for (float& v : *values) v = uniform(random);
        auto& stored = parameters->template layer<0>();
        std::memcpy(stored.codes.data(), weights.data(), weights.size() * sizeof(float));
        std::copy(bias.begin(), bias.end(), stored.bias.begin());
        packed = std::make_unique<decltype(pare::pack<pare::arch::native>(*parameters))>(pare::pack<pare::arch::native>(*parameters));
    }
    void run() { pare::run(*packed, source, output, arena); }

    /// Largest difference to the peer, relative to the largest output.
    double difference() const {
        double worst = 0, largest = 0;
        for (std::size_t i = 0; i < output.size(); ++i) {
            worst = std::max(worst, std::abs(double(output[i]) - double(peer_output[i])));
            largest = std::max(largest, std::abs(double(output[i])));
        }
        return worst / largest;
    }
};

/// The same layer in oneDNN, weights in the layout that it asks for, relu fused.
struct peer {
    dnnl::engine engine{dnnl::engine::kind::cpu, 0};
    dnnl::stream stream{engine};
    dnnl::primitive primitive;
    std::unordered_map<int, dnnl::memory> arguments;

    void run() {
        primitive.execute(stream, arguments);
        stream.wait();
    }
    dnnl::memory in_layout(dnnl::memory::desc from, float* data, dnnl::memory::desc wanted) {
        dnnl::memory plain(from, engine, data);
        if (wanted == from) return plain;
        dnnl::memory packed(wanted, engine);
        dnnl::reorder(plain, packed).execute(stream, plain, packed);
        stream.wait();
        return packed;
    }
    static dnnl::primitive_attr relu() {
        dnnl::primitive_attr attributes;
        dnnl::post_ops operations;
        operations.append_eltwise(1.0f, dnnl::algorithm::eltwise_relu, 0.0f, 0.0f);
        attributes.set_post_ops(operations);
        return attributes;
    }
};

template <class Twin>
peer convolution(Twin& t) {
    peer p;
    const auto type = dnnl::memory::data_type::f32;
    const auto n = [](std::size_t v) { return dnnl::memory::dim(v); };
    const auto& i = Twin::info;
    const dims src{1, n(i.in.channels), n(i.in.height), n(i.in.width)}, dst{1, n(i.out.channels), n(i.out.height), n(i.out.width)};
    const dims weights{n(i.out.channels), n(i.in.channels), n(i.window.kernel_height), n(i.window.kernel_width)};
    const dims pad{n(i.window.pad_top), n(i.window.pad_left)};
    const dnnl::convolution_forward::desc wanted(dnnl::prop_kind::forward_inference, dnnl::algorithm::convolution_direct,
                                                 {src, type, tag::nhwc}, {weights, type, tag::any}, {{n(i.out.channels)}, type, tag::x},
                                                 {dst, type, tag::nhwc}, {1, 1}, pad, pad);
    const dnnl::convolution_forward::primitive_desc chosen(wanted, peer::relu(), p.engine);
    p.primitive = dnnl::convolution_forward(chosen);
    p.arguments = {{DNNL_ARG_SRC, dnnl::memory(chosen.src_desc(), p.engine, t.source.data())},
                   {DNNL_ARG_WEIGHTS, p.in_layout({weights, type, tag::ohwi}, t.weights.data(), chosen.weights_desc())},
                   {DNNL_ARG_BIAS, dnnl::memory(chosen.bias_desc(), p.engine, t.bias.data())},
                   {DNNL_ARG_DST, dnnl::memory(chosen.dst_desc(), p.engine, t.peer_output.data())}};
    return p;
}

template <class Twin>
peer inner_product(Twin& t) {
    peer p;
    const auto type = dnnl::memory::data_type::f32;
    const auto rows = dnnl::memory::dim(Twin::info.weights.rows), cols = dnnl::memory::dim(Twin::info.weights.cols);
    const dnnl::inner_product_forward::desc wanted(dnnl::prop_kind::forward_inference, {{1, cols}, type, tag::ab},
                                                   {{rows, cols}, type, tag::any}, {{rows}, type, tag::x}, {{1, rows}, type, tag::ab});
    const dnnl::inner_product_forward::primitive_desc chosen(wanted, peer::relu(), p.engine);
    p.primitive = dnnl::inner_product_forward(chosen);
    p.arguments = {{DNNL_ARG_SRC, dnnl::memory(chosen.src_desc(), p.engine, t.source.data())},
                   {DNNL_ARG_WEIGHTS, p.in_layout({{rows, cols}, type, tag::ab}, t.weights.data(), chosen.weights_desc())},
                   {DNNL_ARG_BIAS, dnnl::memory(chosen.bias_desc(), p.engine, t.bias.data())},
                   {DNNL_ARG_DST, dnnl::memory(chosen.dst_desc(), p.engine, t.peer_output.data())}};
    return p;
}

/// Both run in turn within each round, so that a busy machine slows both; the ratio is peer / own, above 1 where pare is faster.
template <class Twin>
void compare(benchmark::State& state, peer (*make)(Twin&)) {
    Twin own;
    peer other = make(own);
    own.run();
    other.run();
    if (own.difference() > 1e-5) return state.SkipWithError("results differ from oneDNN's");
    const std::size_t calls = bench::calls_for(3e5, [&] { own.run(); });
    std::vector<double> ours, theirs, ratios;
    for (auto _ : state) {
        ours.push_back(bench::nanoseconds(calls, [&] { own.run(); }));
        theirs.push_back(bench::nanoseconds(calls, [&] { other.run(); }));
        ratios.push_back(theirs.back() / ours.back());
        state.SetIterationTime(ours.back() * 1e-9);
    }
    state.counters["ns"] = bench::median(ours);
    state.counters["onednn_ns"] = bench::median(theirs);
    state.counters["ratio"] = bench::median(ratios);
    state.counters["gflops"] = 2.0 * double(Twin::info.macs) / bench::median(ours);
}

template <std::size_t Out>
using conv = pare::conv2d<Out, pare::window<3, 3>, pare::same, pare::weights<pare::f32>, pare::relu>;
using conv1 = twin<conv<32>, 28, 28, 1>;
using conv2 = twin<conv<64>, 14, 14, 32>;
using fc1 = twin<pare::linear<100, pare::weights<pare::f32>, pare::relu>, 1, 1, 3136>;

template <class Twin>
void add(const char* name, peer (*make)(Twin&)) {
    benchmark::RegisterBenchmark(name, [make](benchmark::State& state) { compare<Twin>(state, make); })->UseManualTime()->Iterations(200);
}

}  // namespace

int main(int argc, char** argv) {
    benchmark::Initialize(&argc, argv);
    add("conv1 3x3 28x28x1->32 f32", &convolution<conv1>);
    add("conv2 3x3 14x14x32->64 f32", &convolution<conv2>);
    add("fc1 1x100x3136 f32", &inner_product<fc1>);
    benchmark::RunSpecifiedBenchmarks();
}
