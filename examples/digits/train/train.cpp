// SPDX-License-Identifier: MIT
// Trains the digits network on MNIST with dlib and writes its float weights: train MNIST_FOLDER OUT.safetensors [EPOCHS [SEED]]
//
// Stochastic gradient descent with momentum and weight decay, a cosine from the first learning rate to nothing, every image
// shifted at random by up to two pixels. The last 5,000 training images are held out; the weights of the epoch that does best on
// them are the ones that are kept. The test images are not read here: evaluate does that, from the file that this program writes.
#include <dlib/dnn.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <numbers>
#include <numeric>
#include <random>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <pare/io/safetensors.hpp>

#include "mnist.hpp"

namespace {

using image = dlib::matrix<float>;
// dlib's con pads by half its window, and its max_pool with a stride does not pad: 28 -> 14 -> 7.
using network = dlib::loss_multiclass_log<dlib::fc<
    10, dlib::relu<dlib::fc<
            100,
            dlib::max_pool<2, 2, 2, 2,
                           dlib::relu<dlib::con<
                               64, 3, 3, 1, 1, dlib::max_pool<2, 2, 2, 2, dlib::relu<dlib::con<32, 3, 3, 1, 1, dlib::input<image>>>>>>>>>>>;

constexpr std::size_t held_out = 5000;
constexpr std::size_t batch_size = 64;
constexpr double first_rate = 0.04;
constexpr float weight_decay = 0.0005F;
constexpr float momentum = 0.9F;
constexpr int max_shift = 2;

/// Uniform in [0, bound), from mt19937_64 alone: the standard distributions differ between libraries.
std::size_t uniform(std::mt19937_64& random, std::size_t bound) { return static_cast<std::size_t>(random() % bound); }

/// pixel / 255, moved down by dy and right by dx; what comes in from outside is 0.
image shifted(const std::uint8_t* pixels, int dy, int dx) {
    constexpr int side = mnist::side;
    image result(side, side);
    for (int y = 0; y < side; ++y) {
        for (int x = 0; x < side; ++x) {
            const int from_y = y - dy, from_x = x - dx;
            const bool inside = from_y >= 0 && from_y < side && from_x >= 0 && from_x < side;
            result(y, x) = inside ? static_cast<float>(pixels[from_y * side + from_x]) / 255.0F : 0.0F;
        }
    }
    return result;
}

std::size_t count_errors(network& net, const mnist::dataset& set, std::size_t first, std::size_t last) {
    std::vector<image> images;
    for (std::size_t i = first; i < last; ++i) images.push_back(shifted(set.image(i), 0, 0));
    const std::vector<unsigned long> answers = net(images, 256);
    std::size_t errors = 0;
    for (std::size_t i = first; i < last; ++i) errors += answers[i - first] != set.labels[i];
    return errors;
}

void add(pare::io::safetensors& file, const std::string& name, const std::vector<float>& values, std::vector<std::size_t> shape) {
    file.tensors[name] = pare::io::make_tensor(name, std::span<const float>(values), std::move(shape));
}

/// dlib keeps the filters as [out, in, height, width], then the biases; here the filters are [out, height, width, in].
void add_conv(pare::io::safetensors& file, const std::string& name, const dlib::tensor& params, std::size_t out, std::size_t in) {
    constexpr std::size_t window = 3 * 3;
    const float* values = params.host();
    std::vector<float> weights;
    for (std::size_t o = 0; o < out; ++o) {
        for (std::size_t tap = 0; tap < window; ++tap) {
            for (std::size_t i = 0; i < in; ++i) weights.push_back(values[(o * in + i) * window + tap]);
        }
    }
    const float* bias = values + out * in * window;
    add(file, name + ".weight", weights, {out, 3, 3, in});
    add(file, name + ".bias", {bias, bias + out}, {out});
}

/// dlib keeps [in, out], then the biases, and flattens its input as channel, position; here it is [out, in] and position, channel.
void add_linear(pare::io::safetensors& file, const std::string& name, const dlib::tensor& params, std::size_t out, std::size_t channels,
                std::size_t positions) {
    const std::size_t in = channels * positions;
    const float* values = params.host();
    std::vector<float> weights;
    for (std::size_t o = 0; o < out; ++o) {
        for (std::size_t position = 0; position < positions; ++position) {
            for (std::size_t channel = 0; channel < channels; ++channel)
                weights.push_back(values[(channel * positions + position) * out + o]);
        }
    }
    const float* bias = values + in * out;
    add(file, name + ".weight", weights, {out, in});
    add(file, name + ".bias", {bias, bias + out}, {out});
}

void save(network& net, const std::string& path) {
    pare::io::safetensors file;
    file.metadata = {{"input", "[28, 28, 1], pixel / 255"}, {"layout", "NHWC, conv weights OHWI, linear weights [out, in]"}};
    add_conv(file, "conv1", dlib::layer<9>(net).layer_details().get_layer_params(), 32, 1);
    add_conv(file, "conv2", dlib::layer<6>(net).layer_details().get_layer_params(), 64, 32);
    add_linear(file, "fc1", dlib::layer<3>(net).layer_details().get_layer_params(), 100, 64, 7 * 7);
    add_linear(file, "fc2", dlib::layer<1>(net).layer_details().get_layer_params(), 10, 100, 1);
    pare::io::write_safetensors(path, file);
}

void train(const mnist::dataset& set, const std::string& path, std::size_t epochs, unsigned seed) {
    std::srand(seed);  // dlib draws its first weights from std::rand
    std::mt19937_64 random(seed);
    network net;
    std::vector<dlib::sgd> solvers(network::num_computational_layers, dlib::sgd(weight_decay, momentum));
    const std::size_t training = set.count() - held_out;
    const std::size_t steps = training / batch_size;
    std::vector<std::size_t> order(training);
    std::iota(order.begin(), order.end(), std::size_t{0});
    dlib::resizable_tensor batch;
    std::vector<image> images(batch_size);
    std::vector<unsigned long> labels(batch_size);
    std::size_t best = held_out + 1;
    const auto start = std::chrono::steady_clock::now();
    for (std::size_t epoch = 0; epoch < epochs; ++epoch) {
        for (std::size_t i = training; i > 1; --i) std::swap(order[i - 1], order[uniform(random, i)]);
        double loss = 0;
        for (std::size_t step = 0; step < steps; ++step) {
            for (std::size_t i = 0; i < batch_size; ++i) {
                const std::size_t index = order[step * batch_size + i];
                const int dy = static_cast<int>(uniform(random, 2 * max_shift + 1)) - max_shift;
                const int dx = static_cast<int>(uniform(random, 2 * max_shift + 1)) - max_shift;
                images[i] = shifted(set.image(index), dy, dx);
                labels[i] = set.labels[index];
            }
            net.to_tensor(images.begin(), images.end(), batch);
            loss += net.compute_parameter_gradients(batch, labels.begin());
            const double done = static_cast<double>(epoch * steps + step) / static_cast<double>(epochs * steps);
            net.update_parameters(solvers, first_rate * 0.5 * (1 + std::cos(std::numbers::pi * done)));
        }
        const std::size_t errors = count_errors(net, set, training, set.count());
        const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
        std::printf("epoch %zu of %zu: loss %.4f, %zu of %zu held out wrong, %.0f s%s\n", epoch + 1, epochs,
                    loss / static_cast<double>(steps), errors, held_out, seconds, errors < best ? ", kept" : "");
        std::fflush(stdout);
        if (errors < best) {
            best = errors;
            save(net, path);
        }
    }
}

}  // namespace

int main(int argc, char** argv) try {
    if (argc < 3 || argc > 5) {
        std::fprintf(stderr, "usage: %s MNIST_FOLDER OUT.safetensors [EPOCHS [SEED]]\n", argv[0]);
        return 2;
    }
    const std::size_t epochs = argc > 3 ? std::stoul(argv[3]) : 16;
    const unsigned seed = argc > 4 ? static_cast<unsigned>(std::stoul(argv[4])) : 1;
    train(mnist::load(argv[1], "train"), argv[2], epochs, seed);
    return 0;
} catch (const std::exception& e) {
    std::fprintf(stderr, "train: %s\n", e.what());
    return 1;
}
