// SPDX-License-Identifier: MIT
// A network with one badly scaled channel: one scale for each tensor breaks it, equalisation and bias correction mend it.
#include <pare/compress.hpp>
#include <pare/pare.hpp>

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <vector>

#include "digits/data.hpp"
#include "digits/evaluate.hpp"
#include "digits/models.hpp"
#include "support/catch.hpp"

namespace {

using namespace pare;

/// The digits network with one channel of conv1 made 1,000 times as large, and read with a thousandth of its weights: the same function.
io::safetensors badly_scaled() {
    io::safetensors file = io::read_safetensors(std::filesystem::path(PARE_DATA) / "digits.safetensors");
    constexpr std::size_t channel = 5, channels = 32, taps = 9;
    const auto change = [&](const char* name, const auto& f) {
        const io::tensor& old = file.tensors.at(name);
        std::vector<float> values = io::to_f32(old);
        for (std::size_t i = 0; i < values.size(); ++i) values[i] *= f(i);
        file.tensors[name] = io::make_tensor<float>(name, std::span<const float>(values), old.shape);
    };
    change("conv1.weight", [](std::size_t i) { return i / taps == channel ? 1000.0f : 1.0f; });
    change("conv1.bias", [](std::size_t i) { return i == channel ? 1000.0f : 1.0f; });
    change("conv2.weight", [](std::size_t i) { return i % channels == channel ? 0.001f : 1.0f; });
    return file;
}

/// Percent of the first 1,000 test images that are right in int8, one scale for each tensor of weights and of activations.
double accuracy(const compress::recipe& how) {
    const digits::image_set images = digits::load_images(PARE_DATA, "calibration"), test = digits::load_images(PARE_DATA, "t10k");
    const auto calibration =
        compress::make_dataset(std::span(images.pixels).first(200 * digits::pixels_per_image), digits::pixels_per_image, 1.0f / 255);
    const auto engine = std::make_unique<digits::engine<digits::int8_per_tensor>>();
    engine->network = pack<arch::native>(compress::run<digits::int8_per_tensor>(badly_scaled(), calibration, how));
    std::size_t right = 0;
    for (std::size_t i = 0; i < 1000; ++i) right += engine->classify(engine->prepare(test.image(i))) == test.labels[i];
    return double(right) / 10;
}

}  // namespace

TEST_CASE("one channel a thousand times too large costs points, until ranges are equalised") {
    const double float_network = 99.7;  // of the same images
    const double broken = accuracy({}), mended = accuracy({.equalize = true, .correct_bias = true});
    CAPTURE(broken, mended);
    CHECK(broken < float_network - 5);
    CHECK(mended > float_network - 0.5);
}
