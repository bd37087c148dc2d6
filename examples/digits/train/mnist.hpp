// SPDX-License-Identifier: MIT
// The MNIST files as plain arrays.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <pare/io/error.hpp>
#include <pare/io/idx.hpp>

namespace mnist {

inline constexpr std::size_t side = 28;
inline constexpr std::size_t pixels_per_image = side * side;
inline constexpr std::size_t classes = 10;
/// The last so many training images are not learnt: the best epoch, and rates, are chosen by them.
inline constexpr std::size_t held_out = 5000;

/// Images [count, 28, 28] of bytes and their labels 0..9.
struct dataset {
    std::vector<std::uint8_t> pixels;
    std::vector<std::uint8_t> labels;

    std::size_t count() const { return labels.size(); }
    const std::uint8_t* image(std::size_t index) const { return pixels.data() + index * pixels_per_image; }
};

inline std::vector<std::uint8_t> bytes_of(const pare::io::idx& file) {
    std::vector<std::uint8_t> bytes;
    bytes.reserve(file.data.size());
    for (const std::byte b : file.data) bytes.push_back(std::to_integer<std::uint8_t>(b));
    return bytes;
}

/// Reads FOLDER/NAME-images-idx3-ubyte and FOLDER/NAME-labels-idx1-ubyte, or the same with .gz; throws pare::io::error.
inline dataset load(const std::filesystem::path& folder, const std::string& name) {
    const auto find = [&](const std::string& kind) {
        const std::filesystem::path plain = folder / (name + kind);
        return exists(plain) ? plain : std::filesystem::path(plain.string() + ".gz");
    };
    const std::filesystem::path images_path = find("-images-idx3-ubyte");
    const std::filesystem::path labels_path = find("-labels-idx1-ubyte");
    const pare::io::idx images = pare::io::read_idx(images_path);
    const pare::io::idx labels = pare::io::read_idx(labels_path);
    if (images.type != pare::io::dtype::u8 || images.shape.size() != 3 || images.shape[1] != side || images.shape[2] != side) {
        throw pare::io::error(images_path.string() + ": images: got another type or shape; needs u8 [count, 28, 28]");
    }
    if (labels.type != pare::io::dtype::u8 || labels.shape != std::vector<std::size_t>{images.shape[0]}) {
        throw pare::io::error(labels_path.string() + ": labels: got another type or shape; needs u8 [" + std::to_string(images.shape[0]) +
                              "]");
    }
    dataset set{bytes_of(images), bytes_of(labels)};
    for (std::size_t i = 0; i < set.count(); ++i) {
        if (set.labels[i] >= classes) {
            throw pare::io::error(labels_path.string() + ": label " + std::to_string(i) + ": got " + std::to_string(set.labels[i]) +
                                  "; needs 0..9");
        }
    }
    return set;
}

}  // namespace mnist
