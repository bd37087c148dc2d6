// SPDX-License-Identifier: MIT
// Do masks of trained networks, whose outputs have more weights here and fewer there, gain as much as masks that are drawn by lot? Fully
// connected layers pruned by error to 90 % of all weights, channels in the order that compress::order_channels gives them, each beside as
// many weights that lie anywhere.
#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include <pare/compress.hpp>
#include <pare/compress/order_channels.hpp>

#include "digits/data.hpp"
#include "digits/lenet.hpp"
#include "digits/models.hpp"
#include "own.hpp"
#include "report.hpp"

namespace {

using native = pare::arch::native;
using scattered = pare::weights<pare::int8, pare::per_channel, pare::unstructured<>>;
using dense = pare::weights<pare::int8, pare::per_channel>;

/// Work whose weights exist where `present` says so.
bench::quantized_work masked_work(const bench::extents& e, const std::vector<char>& present) {
    bench::quantized_work w(e);
    for (std::size_t i = 0; i < present.size(); ++i)
        if (!present[i]) w.weights[i] = 0;
        else if (w.weights[i] == 0) w.weights[i] = 1;
    return w;
}

/// Adds a row for a layer of N outputs of K weights, multiplied by M rows.
template <std::size_t M, std::size_t N, std::size_t K, class Source>
void add(bench::comparison& table, const std::string& name, const pare::stored_weights<scattered, N, K, Source>& layer) {
    std::vector<char> present(N * K);
    std::size_t kept = 0;
    pare::visit_positions<pare::unstructured<>>(std::span<const std::byte>(layer.positions), N, K,
                                                [&](std::size_t o, std::size_t i) { present[o * K + i] = 1, ++kept; });
    std::vector<char> by_lot(present.size());
    std::fill_n(by_lot.begin(), kept, 1);
    std::shuffle(by_lot.begin(), by_lot.end(), std::mt19937(3));
    static constexpr bench::extents e{.height = M, .width = 1, .channels = K, .outputs = N};
    const std::string size = std::to_string(M) + "x" + std::to_string(N) + "x" + std::to_string(K);
    table.add((M == 1 ? "gemv " : "gemm ") + size + " " + name + " " + std::to_string(100 - 100 * kept / present.size()) + "%",
              std::string(native::name), e.operations(), [present, by_lot](std::string&) {
                  using own = bench::own_gemm<native, pare::rounding::fp32, M, N, K, scattered>;
                  using all = bench::own_gemm<native, pare::rounding::fp32, M, N, K, dense>;
                  const auto mine = std::make_shared<own>(masked_work(e, present)), lot = std::make_shared<own>(masked_work(e, by_lot));
                  const auto whole = std::make_shared<all>(masked_work(e, present));
                  return std::vector<bench::contestant>{{"pare", [mine] { mine->run(); }},
                                                        {"as many by lot", [lot] { lot->run(); }},
                                                        {"own dense int8", [whole] { whole->run(); }, false}};
              });
}

template <class Model>
auto pruned(const pare::io::safetensors& weights, const digits::material& m) {
    pare::compress::recipe r;
    r.rate = 0.9;
    r.prune_by = pare::compress::criterion::error;
    r.threads = std::max(1u, std::thread::hardware_concurrency());
    const auto inputs = pare::compress::make_dataset(m.calibration.pixels, digits::pixels_per_image, 1.0f / 255);
    return pare::compress::order_channels(pare::compress::run<Model>(weights, inputs, r));
}

}  // namespace

int main(int argc, char** argv) {
    const std::filesystem::path data = PARE_DATA;
    const digits::material m = digits::load(data);
    const auto lenet = pruned<digits::lenet300_uniform<pare::int8, pare::per_channel, pare::unstructured<>>>(
        pare::io::read_safetensors(data / "lenet300.safetensors"), m);
    const auto network = pruned<digits::uniform<pare::int8, pare::per_channel, pare::unstructured<>>>(m.weights, m);
    bench::comparison table("masks", bench::peak_int8<native>());
    add<128>(table, "lenet300 fc1", lenet.layer<1>());
    add<1>(table, "lenet300 fc1", lenet.layer<1>());
    add<128>(table, "lenet300 fc2", lenet.layer<2>());
    add<1>(table, "lenet300 fc2", lenet.layer<2>());
    add<128>(table, "digits fc1", network.layer<5>());
    add<1>(table, "digits fc1", network.layer<5>());
    return table.run(argc, argv);
}
