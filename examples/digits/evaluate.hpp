// SPDX-License-Identifier: MIT
// How a network is run: the whole of the library that a deployed program would see.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <pare/metrics/classification.hpp>
#include <pare/model/cost.hpp>
#include <pare/pare.hpp>

#include "configuration.hpp"
#include "images.hpp"

namespace digits {

/// A packed network with its memory.
template <class Model>
struct engine {
    using packed = decltype(pare::pack<pare::arch::native>(std::declval<const pare::parameters<Model, pare::owned>&>()));
    using input = std::array<typename Model::input_value, Model::input_shape.size()>;

    packed network;
    pare::arena<Model> memory;
    std::array<typename Model::output_value, Model::output_shape.size()> scores;

    input prepare(std::span<const std::uint8_t> pixels) const {
        std::array<float, pixels_per_image> reals;
        for (std::size_t i = 0; i < reals.size(); ++i) reals[i] = float(pixels[i]) / 255;
        input values;
        pare::quantize_input(network, reals, values);
        return values;
    }

    std::size_t classify(const input& image) {
        pare::run(network, image, scores, memory);
        return pare::argmax(scores);
    }
};

template <class Model>
row evaluate(std::string name, const pare::parameters<Model, pare::owned>& parameters, const image_set& test) {
    const auto run = std::make_shared<engine<Model>>();
    run->network = pare::pack<pare::arch::native>(parameters);
    row r;
    r.name = std::move(name);
    for (std::size_t i = 0; i < test.count(); ++i) {
        const std::size_t given = run->classify(run->prepare(test.image(i)));
        r.confusion.add(test.labels[i], given);
        if (given != test.labels[i]) r.mistakes.push_back({i, test.labels[i], given});
    }
    r.accuracy = 100 * r.confusion.top1();
    r.stored_bytes = pare::stored_bytes(parameters);
    r.executing_bytes = pare::executing_bytes(run->network);
    r.macs = pare::cost_of(parameters).kept;

    std::vector<typename engine<Model>::input> images;
    for (std::size_t i = 0; i < 16; ++i) images.push_back(run->prepare(test.image(i)));
    r.run_one = [run, images, next = std::size_t(0)]() mutable { run->classify(images[next++ % images.size()]); };
    return r;
}

}  // namespace digits
