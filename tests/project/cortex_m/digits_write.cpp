// SPDX-License-Identifier: MIT
// digits_write DATA FOLDER: compresses the digits example in two ways and emits it for boards, with 100 test images and what this
// machine's own kernels make of them; for instruction sets that are not scalar in a folder of their name.
#include <pare/compress.hpp>
#include <pare/io/emit.hpp>
#include <pare/io/literal.hpp>
#include <pare/pare.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "data.hpp"
#include "models.hpp"

namespace {

constexpr std::size_t image_count = 100;

template <class Model>
void write(const digits::material& m, const std::filesystem::path& folder, const std::string& name, double rate) {
    pare::compress::recipe recipe;
    recipe.rate = rate;
    // A part of the calibration set is quick, and exactness is what counts here.
    const auto calibration = pare::compress::make_dataset(std::span(m.calibration.pixels).first(200 * digits::pixels_per_image),
                                                          digits::pixels_per_image, 1.0f / 255);
    const auto parameters = pare::compress::run<Model>(m.weights, calibration, recipe);
    const auto emit = [&](const std::filesystem::path& to, auto arch) {
        pare::io::emit(parameters, to / (name + ".hpp"), arch, {.model = "digits::" + name, .include = "models.hpp", .name = "board"});
    };
    emit(folder, pare::arch::scalar{});
    emit(folder / "helium", pare::arch::helium{});
    emit(folder / "cortex_m_dsp", pare::arch::cortex_m_dsp{});

    const auto packed = pare::pack<pare::arch::native>(parameters);
    static pare::arena<Model> memory;
    std::array<float, digits::pixels_per_image> reals;
    std::array<typename Model::input_value, digits::pixels_per_image> input;
    std::array<typename Model::output_value, 10> scores;
    std::vector<std::byte> expected;
    std::size_t right = 0;
    for (std::size_t i = 0; i < image_count; ++i) {
        for (std::size_t k = 0; k < reals.size(); ++k) reals[k] = float(m.test.image(i)[k]) / 255;
        pare::quantize_input(packed, reals, input);
        pare::run(packed, input, scores, memory);
        right += pare::argmax(scores) == m.test.labels[i];
        for (const auto score : scores) expected.push_back(std::byte(score));
    }
    std::printf("%s: %zu bytes at rest, %zu on the board, %zu of %zu right\n", name.c_str(), pare::stored_bytes(parameters),
                pare::executing_bytes(pare::pack<pare::arch::scalar>(parameters)), right, image_count);
    const std::string text = "// Scores of " + name + " as this machine computes them.\n#pragma once\n\nconstexpr unsigned char expected[" +
                             std::to_string(expected.size()) + " + 1] =\n" + pare::io::detail::bytes_literal(expected) + ";\n";
    for (const auto& to : {folder, folder / "helium", folder / "cortex_m_dsp"})
        pare::io::detail::write_file(to / (name + "_expected.hpp"), std::as_bytes(std::span(text)));
}

}  // namespace

int main(int argc, char** argv) {
    try {
        if (argc != 3) throw pare::io::error("digits_write: arguments; got another number; needs DATA FOLDER");
        const digits::material m = digits::load(argv[1]);
        const std::filesystem::path folder = argv[2];
        const auto pixels = std::as_bytes(std::span(m.test.pixels).first(image_count * digits::pixels_per_image));
        const std::string text = "// Test images.\n#pragma once\n\nconstexpr unsigned char images[" + std::to_string(pixels.size()) +
                                 " + 1] =\n" + pare::io::detail::bytes_literal(pixels) + ";\n";
        for (const auto* arch : {"", "helium", "cortex_m_dsp"}) {
            std::filesystem::create_directories(folder / arch);
            pare::io::detail::write_file(folder / arch / "digits_images.hpp", std::as_bytes(std::span(text)));
        }
        write<digits::int8_per_channel>(m, folder, "int8_per_channel", 0);
        write<digits::int8_pruned_codebook16>(m, folder, "int8_pruned_codebook16", 0.9);
    } catch (const std::exception& e) {
        std::fprintf(stderr, "%s\n", e.what());
        return 1;
    }
}
