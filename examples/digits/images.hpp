// SPDX-License-Identifier: MIT
// Images of handwritten digits in memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace digits {

inline constexpr std::size_t pixels_per_image = 28 * 28;

/// Images of 28x28 bytes, one after the other, and what they show.
struct image_set {
    std::vector<std::uint8_t> pixels;
    std::vector<std::uint8_t> labels;

    std::size_t count() const { return labels.size(); }
    std::span<const std::uint8_t> image(std::size_t i) const { return std::span(pixels).subspan(i * pixels_per_image, pixels_per_image); }
};

}  // namespace digits
