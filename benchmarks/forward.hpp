// SPDX-License-Identifier: MIT
// A model with weights of any values, ready to run.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <random>
#include <tuple>
#include <vector>

#include <pare/pare.hpp>

namespace bench {

/// A model packed for an arch, with its input, output and memory.
template <class Model, class Arch = pare::arch::native>
struct forward {
    std::unique_ptr<pare::parameters<Model>> parameters = std::make_unique<pare::parameters<Model>>();
    std::unique_ptr<decltype(pare::pack<Arch>(*parameters))> packed;
    std::vector<std::int8_t> input = std::vector<std::int8_t>(Model::input_shape.size()),
                             output = std::vector<std::int8_t>(Model::output_shape.size());
    pare::arena<Model, Arch> arena;
    pare::traced_arena<Model, Arch> traced_arena;

    forward() {
        std::mt19937 random(1);
        for (auto& v : input) v = std::int8_t(random());
        std::apply([&](auto&... layer) { (fill(layer, random), ...); }, parameters->layers);
        parameters->edges.fill({1.0f / 32, -128});  // as behind a relu
        packed = std::make_unique<decltype(pare::pack<Arch>(*parameters))>(pare::pack<Arch>(*parameters));
    }
    static void fill(pare::no_weights&, std::mt19937&) {}
    template <class Weights>
    static void fill(Weights& w, std::mt19937& random) {
        for (auto& code : w.codes) code = std::byte(random());
        for (auto& scale : w.scales) scale = 1.0f / 1024;
    }
    PARE_NOINLINE void run() { pare::run(*packed, input, output, arena); }
    /// One layer after the other.
    PARE_NOINLINE void run_apart() {
        pare::run(*packed, input, output, traced_arena, [](std::size_t, const auto&) {});
    }
};

}  // namespace bench
