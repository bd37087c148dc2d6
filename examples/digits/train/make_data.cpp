// SPDX-License-Identifier: MIT
// Cuts calibration and validation images out of MNIST's training set: make_data MNIST_FOLDER OUT_FOLDER
//
// Writes, in the order of the training set, OUT_FOLDER/calibration-images-idx3-ubyte and -labels-idx1-ubyte: the first 100 training
// images of each class; and OUT_FOLDER/validation-...: the last 5,000 training images, which training holds out.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <span>
#include <string>
#include <vector>

#include "mnist.hpp"

namespace {

constexpr std::size_t per_class = 100;

void write_idx(const std::filesystem::path& path, std::initializer_list<std::size_t> shape, std::span<const std::uint8_t> elements) {
    constexpr char unsigned_bytes = 0x08;
    std::ofstream file(path, std::ios::binary);
    file.put(0).put(0).put(unsigned_bytes).put(static_cast<char>(shape.size()));
    for (const std::size_t extent : shape) {
        for (int shift = 24; shift >= 0; shift -= 8) file.put(static_cast<char>(extent >> shift & 0xFF));
    }
    file.write(reinterpret_cast<const char*>(elements.data()), static_cast<std::streamsize>(elements.size()));
    if (!file.flush()) throw pare::io::error(path.string() + ": cannot be written");
}

/// The images at `indices` and their labels.
void write_images(const std::filesystem::path& out, const std::string& name, const mnist::dataset& set,
                  const std::vector<std::size_t>& indices) {
    std::vector<std::uint8_t> pixels, labels;
    for (const std::size_t i : indices) {
        pixels.insert(pixels.end(), set.image(i), set.image(i) + mnist::pixels_per_image);
        labels.push_back(set.labels[i]);
    }
    write_idx(out / (name + "-images-idx3-ubyte"), {labels.size(), mnist::side, mnist::side}, pixels);
    write_idx(out / (name + "-labels-idx1-ubyte"), {labels.size()}, labels);
    std::printf("%s: %zu images\n", name.c_str(), labels.size());
}

}  // namespace

int main(int argc, char** argv) try {
    if (argc != 3) {
        std::fprintf(stderr, "usage: %s MNIST_FOLDER OUT_FOLDER\n", argv[0]);
        return 2;
    }
    const mnist::dataset set = mnist::load(argv[1], "train");
    std::array<std::size_t, mnist::classes> taken{};
    std::vector<std::size_t> calibration, validation;
    for (std::size_t i = 0; i < set.count(); ++i) {
        if (taken[set.labels[i]]++ < per_class) calibration.push_back(i);
        if (i + mnist::held_out >= set.count()) validation.push_back(i);
    }
    write_images(argv[2], "calibration", set, calibration);
    write_images(argv[2], "validation", set, validation);
    return 0;
} catch (const std::exception& e) {
    std::fprintf(stderr, "make_data: %s\n", e.what());
    return 1;
}
