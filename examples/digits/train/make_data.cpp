// SPDX-License-Identifier: MIT
// Cuts the calibration images out of MNIST's training set: make_data MNIST_FOLDER OUT_FOLDER
//
// Writes OUT_FOLDER/calibration-images-idx3-ubyte and -labels-idx1-ubyte: the first 100 training images of each class, in the
// order of the training set.
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <span>
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

}  // namespace

int main(int argc, char** argv) try {
    if (argc != 3) {
        std::fprintf(stderr, "usage: %s MNIST_FOLDER OUT_FOLDER\n", argv[0]);
        return 2;
    }
    const mnist::dataset set = mnist::load(argv[1], "train");
    std::array<std::size_t, mnist::classes> taken{};
    std::vector<std::uint8_t> pixels, labels;
    for (std::size_t i = 0; i < set.count(); ++i) {
        if (taken[set.labels[i]] == per_class) continue;
        ++taken[set.labels[i]];
        pixels.insert(pixels.end(), set.image(i), set.image(i) + mnist::pixels_per_image);
        labels.push_back(set.labels[i]);
    }
    const std::filesystem::path out = argv[2];
    write_idx(out / "calibration-images-idx3-ubyte", {labels.size(), mnist::side, mnist::side}, pixels);
    write_idx(out / "calibration-labels-idx1-ubyte", {labels.size()}, labels);
    std::printf("%zu images\n", labels.size());
    return 0;
} catch (const std::exception& e) {
    std::fprintf(stderr, "make_data: %s\n", e.what());
    return 1;
}
