// SPDX-License-Identifier: MIT
// The files of the example: test images, calibration images, float weights.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>

#include <pare/io/idx.hpp>
#include <pare/io/safetensors.hpp>

#include "images.hpp"

namespace digits {

/// Reads NAME-images-idx3-ubyte.gz and NAME-labels-idx1-ubyte.gz; throws pare::io::error where they are not what they should be.
inline image_set load_images(const std::filesystem::path& folder, const std::string& name) {
    const auto read = [&](const std::string& kind, std::size_t dimensions) {
        const std::filesystem::path path = folder / (name + kind);
        pare::io::idx file = pare::io::read_idx(path);
        if (file.shape.size() != dimensions || (dimensions == 3 && (file.shape[1] != 28 || file.shape[2] != 28)))
            throw pare::io::error(path.string() + ": wrong shape; needs " + (dimensions == 3 ? "[count, 28, 28]" : "[count]"));
        return file;
    };
    const pare::io::idx images = read("-images-idx3-ubyte.gz", 3), labels = read("-labels-idx1-ubyte.gz", 1);
    if (images.shape[0] != labels.shape[0])
        throw pare::io::error(folder.string() + ": " + name + ": got " + std::to_string(images.shape[0]) + " images and " +
                              std::to_string(labels.shape[0]) + " labels; needs as many of both");
    return {pare::io::values<std::uint8_t>(images), pare::io::values<std::uint8_t>(labels)};
}

/// Everything that the example reads.
struct material {
    pare::io::safetensors weights;
    image_set calibration;
    image_set test;
};

inline material load(const std::filesystem::path& folder) {
    return {pare::io::read_safetensors(folder / "digits.safetensors"), load_images(folder, "calibration"), load_images(folder, "t10k")};
}

}  // namespace digits
