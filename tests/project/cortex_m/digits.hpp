// SPDX-License-Identifier: MIT
// Runs an emitted form of the digits network on 100 images, and prints its scores.
#pragma once

#include <cstddef>
#include <cstdint>

#include <pare/model/run.hpp>

#include "console.hpp"
#include "digits_images.hpp"

/// `expected` has the ten scores of each image, as kernels of another machine gave them.
template <class Network>
int run_digits(const Network& network, void (*run)(const std::int8_t*, std::int8_t*, std::byte*), std::byte* memory,
               const unsigned char* expected) {
    static float reals[28 * 28];
    static std::int8_t input[28 * 28];
    int different = 0;
    for (std::size_t i = 0; i < 100; ++i) {
        for (std::size_t k = 0; k < 28 * 28; ++k) reals[k] = float(images[i * 28 * 28 + k]) / 255;
        pare::quantize_input(network, reals, input);
        std::int8_t scores[10];
        run(input, scores, memory);
        for (std::size_t c = 0; c < 10; ++c) {
            print(scores[c]);
            print(c == 9 ? "\n" : " ");
            different += scores[c] != std::int8_t(expected[i * 10 + c]);
        }
    }
    print(different);
    print(" scores differ from those of another machine\n");
    return different != 0;
}
