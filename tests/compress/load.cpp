// SPDX-License-Identifier: MIT
// Float weights by name: where each number goes, and every way in which a file can be wrong.
#include <pare/compress.hpp>
#include <pare/pare.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <span>
#include <string>
#include <vector>

#include "support/catch.hpp"

namespace {

using namespace pare;
using Catch::Matchers::ContainsSubstring;

using net = model<input<int8, 4, 4, 2>, conv2d<3, window<2, 3>, named<"first">>, batch_norm<named<"norm">>, relu, flatten, linear<2>>;

void put(io::safetensors& file, const std::string& name, std::vector<std::size_t> shape, std::vector<float> values) {
    file.tensors[name] = io::make_tensor<float>(name, std::span<const float>(values), std::move(shape));
}

std::vector<float> count_up(std::size_t count, float from = 0) {
    std::vector<float> values(count);
    std::iota(values.begin(), values.end(), from);
    return values;
}

io::safetensors good() {
    io::safetensors file;
    put(file, "first.weight", {3, 2, 3, 2}, count_up(36));
    put(file, "first.bias", {3}, {1, 2, 3});
    put(file, "norm.gamma", {3}, {1, 2, 3});
    put(file, "norm.beta", {3}, {0, 0, 10});
    put(file, "norm.mean", {3}, {0, 1, 0});
    put(file, "norm.variance", {3}, {1, 4, 9});
    put(file, "norm.epsilon", {1}, {0});
    put(file, "linear.0.weight", {2, 18}, count_up(36, 100));
    put(file, "linear.0.bias", {2}, {7, 8});
    put(file, "optimizer.step", {1}, {3});
    return file;
}

template <class Model = net>
compress::network load(const io::safetensors& file) {
    constexpr auto nodes = describe_nodes<Model>();
    return compress::load_network({nodes.begin(), nodes.end()}, file, 1);
}

/// What is said of a file; its type must be one of the library's two.
template <class Model = net>
std::string refused(const io::safetensors& file) {
    try {
        load<Model>(file);
    } catch (const io::error& e) {
        return e.what();
    } catch (const compress::error& e) {
        return e.what();
    }
    return "";
}

}  // namespace

TEST_CASE("weights keep the order of files, batch norm is folded, others are ignored") {
    const compress::network n = load(good());
    REQUIRE(n.weights.size() == 5);
    REQUIRE(n.weights[0].weights.rows() == 3);
    REQUIRE(n.weights[0].weights.cols() == 12);
    // Factors gamma / sqrt(variance) are 1, 1 and 1.
    for (Eigen::Index i = 0; i < 36; ++i) CHECK(n.weights[0].weights.data()[i] == float(i));
    CHECK(n.weights[0].bias[0] == 1);
    CHECK(n.weights[0].bias[1] == 1);
    CHECK(n.weights[0].bias[2] == 13);
    CHECK(n.weights[4].weights(1, 17) == 135);
    CHECK(n.weights[4].bias[1] == 8);
    CHECK(n.weights[1].weights.size() == 0);
}

TEST_CASE("an epsilon that is not there is 1e-5") {
    io::safetensors file = good();
    file.tensors.erase("norm.epsilon");
    put(file, "norm.variance", {3}, {0, 4, 9});
    const float factor = load(file).weights[0].weights(0, 1);
    CHECK(std::abs(factor - 1 / std::sqrt(1e-5f)) < 1e-2f);
    put(file, "norm.epsilon", {1}, {0.25f});
    CHECK(load(file).weights[0].weights(0, 1) == 2);
}

TEST_CASE("layers have the names of their kind and number where they have none") {
    constexpr auto nodes = describe_nodes<model<input<int8, 4>, linear<4>, linear<3, named<"head">>, linear<2>>>();
    CHECK(compress::name_of_node(nodes[0]) == "linear.0");
    CHECK(compress::name_of_node(nodes[1]) == "head");
    CHECK(compress::name_of_node(nodes[2]) == "linear.2");
}

TEST_CASE("a depthwise layer has one input channel a window") {
    using depthwise = model<input<int8, 4, 4, 2>, depthwise_conv2d<window<2, 3>, depth_multiplier<2>>>;
    io::safetensors file;
    put(file, "depthwise_conv2d.0.weight", {4, 2, 3, 1}, count_up(24));
    put(file, "depthwise_conv2d.0.bias", {4}, {0, 0, 0, 0});
    CHECK(load<depthwise>(file).weights[0].weights(3, 5) == 23);
    put(file, "depthwise_conv2d.0.weight", {2, 2, 3, 2}, count_up(24));
    CHECK_THAT(refused<depthwise>(file), ContainsSubstring("depthwise_conv2d.0.weight") && ContainsSubstring("[4, 2, 3, 1]"));
}

TEST_CASE("a tensor that is missing is named") {
    CHECK(refused(good()).empty());
    for (const char* name :
         {"first.weight", "first.bias", "norm.gamma", "norm.beta", "norm.mean", "norm.variance", "linear.0.weight", "linear.0.bias"}) {
        io::safetensors file = good();
        file.tensors.erase(name);
        CHECK_THAT(refused(file), ContainsSubstring(std::string("\"") + name + "\""));
    }
}

TEST_CASE("a tensor of another shape is named with both") {
    io::safetensors file = good();
    put(file, "first.weight", {3, 3, 2, 2}, count_up(36));
    CHECK_THAT(refused(file), ContainsSubstring("first.weight") && ContainsSubstring("[3, 3, 2, 2]") && ContainsSubstring("[3, 2, 3, 2]"));
    file = good();
    put(file, "linear.0.weight", {18, 2}, count_up(36));
    CHECK_THAT(refused(file), ContainsSubstring("linear.0.weight") && ContainsSubstring("[18, 2]") && ContainsSubstring("[2, 18]"));
    file = good();
    put(file, "linear.0.bias", {3}, {1, 2, 3});
    CHECK_THAT(refused(file), ContainsSubstring("linear.0.bias") && ContainsSubstring("[3]") && ContainsSubstring("[2]"));
    file = good();
    put(file, "norm.mean", {2}, {1, 2});
    CHECK_THAT(refused(file), ContainsSubstring("norm.mean") && ContainsSubstring("[2]") && ContainsSubstring("[3]"));
}

TEST_CASE("numbers that are not finite are named with their place") {
    const float nan = std::numeric_limits<float>::quiet_NaN(), infinity = std::numeric_limits<float>::infinity();
    io::safetensors file = good();
    std::vector<float> values = count_up(36);
    values[5] = nan;
    put(file, "linear.0.weight", {2, 18}, values);
    CHECK_THAT(refused(file), ContainsSubstring("linear.0.weight") && ContainsSubstring("nan at index 5"));
    file = good();
    put(file, "first.bias", {3}, {0, 0, -infinity});
    CHECK_THAT(refused(file), ContainsSubstring("first.bias") && ContainsSubstring("-inf at index 2"));
    file = good();
    put(file, "norm.variance", {3}, {1, nan, 1});
    CHECK_THAT(refused(file), ContainsSubstring("norm.variance") && ContainsSubstring("nan at index 1"));
    file = good();
    put(file, "norm.variance", {3}, {1, 1, -1});
    CHECK_THAT(refused(file), ContainsSubstring("norm: a variance must be positive; got -1.000000 in channel 2"));
}

TEST_CASE("integers are no weights") {
    io::safetensors file = good();
    const std::vector<std::int32_t> values{1, 2};
    file.tensors["linear.0.bias"] = io::make_tensor<std::int32_t>("linear.0.bias", std::span<const std::int32_t>(values), {2});
    CHECK_THAT(refused(file), ContainsSubstring("linear.0.bias: type; got I32; needs F32, F16, BF16 or F64"));
}

TEST_CASE("a batch norm that cannot be folded is refused in words") {
    io::safetensors file = good();
    const auto norm = [&](std::size_t channels) {
        for (const char* part : {".gamma", ".beta", ".mean", ".variance"})
            put(file, std::string("batch_norm.0") + part, {channels}, std::vector<float>(channels, 1.0f));
    };
    const std::string rule = "batch_norm.0: a batch norm follows a linear or convolution layer that has no activation";
    put(file, "linear.0.weight", {2, 2}, {1, 2, 3, 4});
    norm(2);
    CHECK(refused<model<input<int8, 2>, linear<2>, batch_norm<>>>(file).empty());
    CHECK_THAT((refused<model<input<int8, 2>, linear<2, relu>, batch_norm<>>>(file)),
               ContainsSubstring(rule) && ContainsSubstring("got linear.0; needs such a layer"));
    CHECK_THAT((refused<model<input<int8, 2>, batch_norm<>>>(file)), ContainsSubstring(rule) && ContainsSubstring("got the model's input"));
    CHECK_THAT((refused<model<input<int8, 2>, linear<2>, relu, batch_norm<>>>(file)),
               ContainsSubstring(rule) && ContainsSubstring("got activation.0"));
    // The layer is also read by the sum.
    CHECK_THAT((refused<model<input<int8, 2>, linear<2>, residual<batch_norm<>>>>(file)), ContainsSubstring(rule));
}
