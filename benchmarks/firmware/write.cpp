// SPDX-License-Identifier: MIT
// write DATA FOLDER ARCH...: packs what is counted for each arch, FOLDER/NAME/ARCH/measured.hpp, and prints each NAME.
#include <pare/compress.hpp>
#include <pare/io/emit.hpp>
#include <pare/pare.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "data.hpp"
#include "layers.hpp"
#include "models.hpp"
#include "support/random_parameters.hpp"

namespace {

struct task {
    std::filesystem::path folder;
    std::vector<std::string> archs;
};

template <class Parameters>
void write(const task& t, const std::string& name, const std::string& model, const std::string& include, const Parameters& p) {
    const auto emit = [&]<class Arch>(Arch arch) {
        if (std::find(t.archs.begin(), t.archs.end(), Arch::name) == t.archs.end()) return;
        const std::filesystem::path folder = t.folder / name / std::string(Arch::name);
        std::filesystem::create_directories(folder);
        pare::io::emit(p, folder / "measured.hpp", arch, {.model = model, .include = include, .name = "board"});
    };
    emit(pare::arch::scalar{});
    emit(pare::arch::helium{});
    emit(pare::arch::cortex_m_dsp{});
    std::printf("%s\n", name.c_str());
    std::fflush(stdout);
}

/// Leaves one of ten weights of a layer that is pruned one by one.
template <class Format, std::size_t Rows, std::size_t Cols>
void thin(pare::stored_weights<Format, Rows, Cols, pare::owned>& w, std::mt19937& random) {
    if constexpr (pare::is_scattered<Format>) {
        std::vector<char> present(Rows * Cols);
        for (char& c : present) c = random() % 10 == 0;
        const auto exists = [&](std::size_t n, std::size_t k) { return present[n * Cols + k] != 0; };
        pare::bit_writer counter;
        Format::mask::write(counter, Rows, Cols, exists);
        w.positions.assign(pare::bytes_of_bits(counter.position()), std::byte{});
        pare::bit_writer out(w.positions);
        Format::mask::write(out, Rows, Cols, exists);
        w.codes.resize(std::size_t(std::count(present.begin(), present.end(), 1)));
    }
}

template <class Model>
void layer(const task& t, const std::string& name) {
    auto p = support::random_parameters<Model>(1);
    std::mt19937 random(1);
    thin(p.template layer<0>(), random);
    write(t, name, "layers::" + name, "layers.hpp", p);
}

template <class Model>
void network(const task& t, const digits::material& m, const std::string& name, double rate) {
    pare::compress::recipe recipe;
    recipe.rate = rate;
    const auto calibration = pare::compress::make_dataset(std::span(m.calibration.pixels).first(200 * digits::pixels_per_image),
                                                          digits::pixels_per_image, 1.0f / 255);
    write(t, "digits_" + name, "digits::" + name, "models.hpp", pare::compress::run<Model>(m.weights, calibration, recipe));
}

}  // namespace

int main(int argc, char** argv) {
    try {
        if (argc < 4) throw pare::io::error("write: arguments; got another number; needs DATA FOLDER ARCH...");
        const task t{argv[2], {argv + 3, argv + argc}};
        const digits::material m = digits::load(argv[1]);
        network<digits::int8_per_channel>(t, m, "int8_per_channel", 0);
        network<digits::int8_pruned_codebook16>(t, m, "int8_pruned_codebook16", 0.9);
        layer<layers::conv_64>(t, "conv_64");
        layer<layers::conv_3>(t, "conv_3");
        layer<layers::conv_1x1>(t, "conv_1x1");
        layer<layers::depthwise>(t, "depthwise");
        layer<layers::linear>(t, "linear");
        layer<layers::linear_int4>(t, "linear_int4");
        layer<layers::linear_pruned>(t, "linear_pruned");
    } catch (const std::exception& e) {
        std::fprintf(stderr, "%s\n", e.what());
        return 1;
    }
}
