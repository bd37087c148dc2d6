// SPDX-License-Identifier: MIT
// The accuracy of a weights file on images, in plain loops and nothing of the trainer: evaluate FOLDER WEIGHTS.safetensors [NAME]
//
// FOLDER holds NAME-images-idx3-ubyte and NAME-labels-idx1-ubyte, plain or .gz; NAME is t10k where it is not given. Which of the
// networks the weights are of is seen by conv1: digits has windows of 3 x 3, lenet5 of 5 x 5, lenet300 has none.
#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <exception>
#include <functional>
#include <iterator>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <pare/io/safetensors.hpp>

#include "mnist.hpp"

namespace {

/// [height, width, channels], row-major.
struct map {
    std::size_t height, width, channels;
    std::vector<float> values = std::vector<float>(height * width * channels);

    float& at(std::size_t y, std::size_t x, std::size_t c) { return values[(y * width + x) * channels + c]; }
    float at(std::size_t y, std::size_t x, std::size_t c) const { return values[(y * width + x) * channels + c]; }
};

struct layer {
    std::vector<float> weights;
    std::vector<float> bias;
};

layer read(const pare::io::safetensors& file, const std::string& name, const std::vector<std::size_t>& shape) {
    const pare::io::tensor& weights = get(file, name + ".weight", shape);
    const pare::io::tensor& bias = get(file, name + ".bias", {shape.front()});
    require_finite(weights);
    require_finite(bias);
    return {to_f32(weights), to_f32(bias)};
}

/// side x side, padded with `pad` zeros on each side, weights [out, side, side, in].
map conv(const map& in, const layer& l, std::size_t side, std::size_t pad) {
    const std::size_t filters = l.bias.size();
    map out{in.height + 2 * pad - side + 1, in.width + 2 * pad - side + 1, filters};
    for (std::size_t y = 0; y < out.height; ++y) {
        for (std::size_t x = 0; x < out.width; ++x) {
            for (std::size_t f = 0; f < filters; ++f) {
                float sum = l.bias[f];
                for (std::size_t ky = 0; ky < side; ++ky) {
                    for (std::size_t kx = 0; kx < side; ++kx) {
                        if (y + ky < pad || y + ky >= in.height + pad || x + kx < pad || x + kx >= in.width + pad) continue;
                        const float* weights = l.weights.data() + ((f * side + ky) * side + kx) * in.channels;
                        for (std::size_t c = 0; c < in.channels; ++c) sum += weights[c] * in.at(y + ky - pad, x + kx - pad, c);
                    }
                }
                out.at(y, x, f) = sum;
            }
        }
    }
    return out;
}

map relu(map m) {
    for (float& v : m.values) v = std::max(v, 0.0F);
    return m;
}

map max_pool(const map& in) {
    map out{in.height / 2, in.width / 2, in.channels};
    for (std::size_t y = 0; y < out.height; ++y) {
        for (std::size_t x = 0; x < out.width; ++x) {
            for (std::size_t c = 0; c < in.channels; ++c) {
                out.at(y, x, c) = std::max(
                    {in.at(2 * y, 2 * x, c), in.at(2 * y, 2 * x + 1, c), in.at(2 * y + 1, 2 * x, c), in.at(2 * y + 1, 2 * x + 1, c)});
            }
        }
    }
    return out;
}

std::vector<float> linear(const std::vector<float>& in, const layer& l, bool relu) {
    std::vector<float> out = l.bias;
    for (std::size_t n = 0; n < out.size(); ++n) {
        for (std::size_t k = 0; k < in.size(); ++k) out[n] += l.weights[n * in.size() + k] * in[k];
        if (relu) out[n] = std::max(out[n], 0.0F);
    }
    return out;
}

using scorer = std::function<std::vector<float>(const map&)>;

scorer digits(const pare::io::safetensors& file) {
    const layer conv1 = read(file, "conv1", {32, 3, 3, 1}), conv2 = read(file, "conv2", {64, 3, 3, 32});
    const layer fc1 = read(file, "fc1", {100, 7 * 7 * 64}), fc2 = read(file, "fc2", {10, 100});
    return [=](const map& image) {
        const map features = max_pool(relu(conv(max_pool(relu(conv(image, conv1, 3, 1))), conv2, 3, 1)));
        return linear(linear(features.values, fc1, true), fc2, false);
    };
}

scorer lenet300(const pare::io::safetensors& file) {
    const layer fc1 = read(file, "fc1", {300, 28 * 28}), fc2 = read(file, "fc2", {100, 300}), fc3 = read(file, "fc3", {10, 100});
    return [=](const map& image) { return linear(linear(linear(image.values, fc1, true), fc2, true), fc3, false); };
}

scorer lenet5(const pare::io::safetensors& file) {
    const layer conv1 = read(file, "conv1", {20, 5, 5, 1}), conv2 = read(file, "conv2", {50, 5, 5, 20});
    const layer fc1 = read(file, "fc1", {500, 4 * 4 * 50}), fc2 = read(file, "fc2", {10, 500});
    return [=](const map& image) {
        const map features = max_pool(conv(max_pool(conv(image, conv1, 5, 0)), conv2, 5, 0));
        return linear(linear(features.values, fc1, true), fc2, false);
    };
}

scorer network_of(const pare::io::safetensors& file) {
    if (!file.tensors.contains("conv1.weight")) return lenet300(file);
    return get(file, "conv1.weight").shape == std::vector<std::size_t>{20, 5, 5, 1} ? lenet5(file) : digits(file);
}

}  // namespace

int main(int argc, char** argv) try {
    if (argc < 3 || argc > 4) {
        std::fprintf(stderr, "usage: %s FOLDER WEIGHTS.safetensors [NAME]\n", argv[0]);
        return 2;
    }
    const mnist::dataset set = mnist::load(argv[1], argc > 3 ? argv[3] : "t10k");
    const scorer network = network_of(pare::io::read_safetensors(argv[2]));
    std::size_t right = 0;
    for (std::size_t i = 0; i < set.count(); ++i) {
        map image{mnist::side, mnist::side, 1};
        std::transform(set.image(i), set.image(i) + mnist::pixels_per_image, image.values.begin(),
                       [](std::uint8_t pixel) { return static_cast<float>(pixel) / 255.0F; });
        const std::vector<float> scores = network(image);
        const auto answer = std::max_element(scores.begin(), scores.end()) - scores.begin();
        right += static_cast<std::size_t>(answer) == set.labels[i];
    }
    std::printf("%zu of %zu right: %.2f %%\n", right, set.count(), 100.0 * static_cast<double>(right) / static_cast<double>(set.count()));
    return 0;
} catch (const std::exception& e) {
    std::fprintf(stderr, "evaluate: %s\n", e.what());
    return 1;
}
