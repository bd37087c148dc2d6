// SPDX-License-Identifier: MIT
// The weights that come with the examples are those of their models, and int8 loses next to nothing of what they were trained to do.
#include <pare/compress.hpp>
#include <pare/pare.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "digits/data.hpp"
#include "digits/evaluate.hpp"
#include "digits/lenet.hpp"
#include "digits/models.hpp"
#include "support/catch.hpp"

namespace {

using namespace pare;

constexpr std::size_t judged = 1000;

template <class Model>
compress::network load(const std::string& name) {
    constexpr auto nodes = describe_nodes<Model>();
    return compress::load_network({nodes.begin(), nodes.end()},
                                  io::read_safetensors(std::filesystem::path(PARE_DATA) / (name + ".safetensors")), 1);
}

const digits::image_set& test_images() {
    static const digits::image_set images = digits::load_images(PARE_DATA, "t10k");
    return images;
}

/// How many of the first test images the float network gets right.
std::size_t right_in_float(const compress::network& net) {
    std::size_t right = 0;
    constexpr std::size_t block = 100;
    for (std::size_t first = 0; first < judged; first += block) {
        const auto pixels = std::span(test_images().pixels).subspan(first * digits::pixels_per_image, block * digits::pixels_per_image);
        const compress::matrix scores = evaluate(net, compress::make_dataset(pixels, digits::pixels_per_image, 1.0f / 255).inputs).back();
        for (std::size_t i = 0; i < block; ++i) {
            Eigen::Index answer = 0;
            scores.row(Eigen::Index(i)).maxCoeff(&answer);
            right += std::size_t(answer) == test_images().labels[first + i];
        }
    }
    return right;
}

/// The same of the model compressed, packed and run.
template <class Model>
std::size_t right_when_packed(const std::string& name) {
    const digits::image_set images = digits::load_images(PARE_DATA, "calibration");
    const auto calibration =
        compress::make_dataset(std::span(images.pixels).first(200 * digits::pixels_per_image), digits::pixels_per_image, 1.0f / 255);
    const auto weights = io::read_safetensors(std::filesystem::path(PARE_DATA) / (name + ".safetensors"));
    const auto engine = std::make_unique<digits::engine<Model>>();
    engine->network = pack<arch::native>(compress::run<Model>(weights, calibration));
    std::size_t right = 0;
    for (std::size_t i = 0; i < judged; ++i) right += engine->classify(engine->prepare(test_images().image(i))) == test_images().labels[i];
    return right;
}

}  // namespace

TEST_CASE("LeNet-300-100 loses at most 0.1 points in int8") {
    using model = digits::lenet300_uniform<int8, per_channel>;
    const compress::network net = load<model>("lenet300");
    REQUIRE(net.nodes.size() == 4);
    CHECK(net.weights[1].weights.size() + net.weights[2].weights.size() + net.weights[3].weights.size() == 266'200);
    const std::size_t right = right_in_float(net), packed = right_when_packed<model>("lenet300");
    CHECK(right >= 985);
    CHECK(packed + 1 >= right);
}

TEST_CASE("LeNet-5 loses at most 0.1 points in int8") {
    using model = digits::lenet5_uniform<int8, per_channel>;
    const compress::network net = load<model>("lenet5");
    REQUIRE(net.nodes.size() == 7);
    CHECK(net.weights[0].weights.size() + net.weights[2].weights.size() + net.weights[5].weights.size() + net.weights[6].weights.size() ==
          430'500);
    const std::size_t right = right_in_float(net), packed = right_when_packed<model>("lenet5");
    CHECK(right >= 990);
    CHECK(packed + 1 >= right);
}

TEST_CASE("The weights of the quickstart's network are those of its model") {
    const compress::network net = load<digits::int8_per_channel>("digits");
    REQUIRE(net.nodes.size() == 7);
    CHECK(right_in_float(net) >= 990);
}

TEST_CASE("Held-out images are the last of MNIST's training images") {
    const digits::image_set images = digits::load_images(PARE_DATA, "validation");
    REQUIRE(images.count() == 5000);
    REQUIRE(images.pixels.size() == 5000 * digits::pixels_per_image);
    std::vector<std::size_t> counts(10);
    for (const auto label : images.labels) ++counts.at(label);
    CHECK(counts == std::vector<std::size_t>{489, 530, 493, 509, 499, 458, 482, 563, 494, 483});
    std::uint64_t sum = 0;
    for (const auto pixel : images.pixels) sum += pixel;
    CHECK(sum == 129'989'442);
    // None of them calibrates.
    const digits::image_set others = digits::load_images(PARE_DATA, "calibration");
    std::set<std::vector<std::uint8_t>> held_out;
    for (std::size_t i = 0; i < images.count(); ++i) held_out.insert({images.image(i).begin(), images.image(i).end()});
    for (std::size_t i = 0; i < others.count(); ++i) {
        INFO("calibration image " << i);
        CHECK_FALSE(held_out.contains({others.image(i).begin(), others.image(i).end()}));
    }
}
