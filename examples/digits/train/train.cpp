// SPDX-License-Identifier: MIT
// Trains a network on MNIST with dlib and writes its float weights: train NETWORK MNIST_FOLDER OUT.safetensors [EPOCHS [SEED]]
//
// NETWORK is digits, lenet300 or lenet5 (networks.hpp).
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
#include <string>
#include <utility>
#include <vector>

#include <pare/io/safetensors.hpp>

#include "mnist.hpp"
#include "networks.hpp"

namespace {

using mnist::held_out;
using networks::image;

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

template <class Net>
std::size_t count_errors(Net& net, const mnist::dataset& set, std::size_t first, std::size_t last) {
    std::vector<image> images;
    for (std::size_t i = first; i < last; ++i) images.push_back(shifted(set.image(i), 0, 0));
    const std::vector<unsigned long> answers = net(images, 256);
    std::size_t errors = 0;
    for (std::size_t i = first; i < last; ++i) errors += answers[i - first] != set.labels[i];
    return errors;
}

template <class Network>
void save(const typename Network::type& net, const std::string& path) {
    pare::io::safetensors file;
    file.metadata = {{"input", "[28, 28, 1], pixel / 255"}, {"layout", "NHWC, conv weights OHWI, linear weights [out, in]"}};
    Network::add_weights(file, net);
    pare::io::write_safetensors(path, file);
}

template <class Network>
void train(const mnist::dataset& set, const std::string& path, std::size_t epochs, unsigned seed) {
    std::srand(seed);  // dlib draws its first weights from std::rand
    std::mt19937_64 random(seed);
    typename Network::type net;
    std::vector<dlib::sgd> solvers(Network::type::num_computational_layers, dlib::sgd(weight_decay, momentum));
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
            save<Network>(net, path);
        }
    }
}

/// The arguments behind the network's name.
template <class Network>
void train(int argc, char** argv) {
    const std::size_t epochs = argc > 4 ? std::stoul(argv[4]) : Network::epochs;
    const unsigned seed = argc > 5 ? static_cast<unsigned>(std::stoul(argv[5])) : 1;
    train<Network>(mnist::load(argv[2], "train"), argv[3], epochs, seed);
}

}  // namespace

int main(int argc, char** argv) try {
    const std::string name = argc > 1 ? argv[1] : "";
    if (argc < 4 || argc > 6 || (name != "digits" && name != "lenet300" && name != "lenet5")) {
        std::fprintf(stderr, "usage: %s digits|lenet300|lenet5 MNIST_FOLDER OUT.safetensors [EPOCHS [SEED]]\n", argv[0]);
        return 2;
    }
    if (name == "digits") train<networks::digits>(argc, argv);
    if (name == "lenet300") train<networks::lenet300>(argc, argv);
    if (name == "lenet5") train<networks::lenet5>(argc, argv);
    return 0;
} catch (const std::exception& e) {
    std::fprintf(stderr, "train: %s\n", e.what());
    return 1;
}
