// SPDX-License-Identifier: MIT
// One thread and two: a matrix product of 1024 x 1024 x 1024; and the digits network on 64 images, first with layers whose work is shared
// among threads, then with images that are. Weights and images are drawn by lot, times do not depend on them. Results must be equal.
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <memory>
#include <random>
#include <span>
#include <utility>
#include <vector>

#include <pare/io/owned.hpp>
#include <pare/metrics/timing.hpp>
#include <pare/pare.hpp>

#include "../digits/models.hpp"
#include "thread_pool.hpp"

namespace {

constexpr std::size_t threads = 2;
using bytes = std::vector<std::int8_t>;
const pare::inline_executor alone;

/// Measures the same work with one thread and with all, in turn; `work` writes its results to where it is told. False where they differ.
template <class Work>
bool compare(const char* name, std::size_t results, const executors::thread_pool& pool, const Work& work) {
    bytes one(results), all(results);
    const std::array<std::function<void()>, 2> both{[&] { work(alone, std::span(one)); }, [&] { work(pool, std::span(all)); }};
    const auto times = pare::metrics::measure_in_turn(both);
    const bool equal = one == all;
    std::printf("%-36s %10.1f %10.1f %6.2fx  %s\n", name, times[0].median * 1e6, times[1].median * 1e6, times[0].median / times[1].median,
                equal ? "equal" : "DIFFERENT");
    return equal;
}

bytes draw(std::mt19937& lots, std::size_t count) {
    std::uniform_int_distribution<int> any(-127, 127);
    bytes values(count);
    for (std::int8_t& v : values) v = std::int8_t(any(lots));
    return values;
}

/// `outputs` x `depth` weights, whose sums over activations of any size take about the range of a byte.
template <class Stored>
void draw_weights(std::mt19937& lots, Stored& w, std::size_t outputs, std::size_t depth) {
    w.codes.clear();
    for (const std::int8_t v : draw(lots, outputs * depth)) w.codes.push_back(std::byte(v));
    w.scales.assign(outputs, 1.0f / 127 / std::sqrt(float(depth)));
    w.bias.assign(outputs, 0);
}

template <class Model>
pare::parameters<Model, pare::owned> draw_parameters(std::mt19937& lots) {
    pare::parameters<Model, pare::owned> p;
    p.edges.fill({1.0f, 0});
    const auto draw_layer = [&]<std::size_t I>() {
        using node = typename Model::template node_at<I>;
        if constexpr (pare::has_weights(node::layer::kind)) {
            constexpr pare::matrix_shape s = node::layer::weight_shape(Model::shapes[node::inputs[0]]);
            draw_weights(lots, p.template layer<I>(), s.rows, s.cols);
        }
    };
    [&]<std::size_t... I>(std::index_sequence<I...>) {
        (draw_layer.template operator()<I>(), ...);
    }(std::make_index_sequence<Model::node_count>{});
    return p;
}

bool product(const executors::thread_pool& pool) {
    constexpr std::size_t size = 1024;
    using format = pare::weights<pare::int8, pare::per_channel>;
    using execution = pare::select<format, pare::problem<std::int8_t, size, size>, pare::arch::native>;
    std::mt19937 lots(1);
    pare::stored_weights<format, size, size, pare::owned> w;
    draw_weights(lots, w, size, size);
    const auto weights = pare::pack_weights<execution, pare::rounding::fp32, pare::owned>(w, execution{}, {1.0f, 0}, {1.0f, 0});
    const bytes x = draw(lots, size * size);
    std::vector<execution::dot::lhs> scratch(pare::gemm_scratch_bytes(execution{}, threads) / sizeof(execution::dot::lhs));

    return compare("1024 x 1024 x 1024", size * size, pool, [&](const auto& exec, std::span<std::int8_t> y) {
        pare::gemm<size, size, size>({x.data(), size, size, size}, weights, {y.data(), size, size, size},
                                     pare::requantize_sums<std::int8_t>(weights, {0, -128, 127}), std::span(scratch), exec);
    });
}

bool network(const executors::thread_pool& pool) {
    using model = digits::int8_per_channel;
    constexpr std::size_t batch = 64, in = model::input_shape.size(), out = model::output_shape.size();
    std::mt19937 lots(2);
    const auto packed = pare::pack<pare::arch::native>(draw_parameters<model>(lots));
    const bytes x = draw(lots, batch * in);
    const std::span<const std::int8_t> images(x);

    // One arena for the batch; kernels share their work. Or one for each thread, which runs its part of the images.
    const auto of_batch = std::make_unique<pare::arena<model, pare::arch::native, batch, threads>>();
    const auto of_threads = std::make_unique<std::array<pare::arena<model>, threads>>();
    const bool layers = compare("64 digits, layers shared", batch * out, pool, [&](const auto& exec, std::span<std::int8_t> scores) {
        pare::run_batch<batch, threads>(packed, images, scores, *of_batch, pare::no_trace{}, exec);
    });
    return compare("64 digits, images shared", batch * out, pool,
                   [&](const auto& exec, std::span<std::int8_t> scores) {
                       exec(threads, [&](std::size_t t) {
                           for (std::size_t i = batch * t / threads; i < batch * (t + 1) / threads; ++i)
                               pare::run(packed, images.subspan(i * in, in), scores.subspan(i * out, out), (*of_threads)[t]);
                       });
                   }) &&
           layers;
}

}  // namespace

int main() {
    const executors::thread_pool pool(threads);
    std::printf("%-36s %10s %10s\n", "microseconds", "1 thread", "2 threads");
    const bool products_equal = product(pool), networks_equal = network(pool);
    return products_equal && networks_equal ? 0 : 1;
}
