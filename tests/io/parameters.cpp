// SPDX-License-Identifier: MIT
// Parameters saved and loaded: byte for byte, and each way in which a file can be wrong.
#include <pare/io/parameters.hpp>
#include <pare/model/model.hpp>

#include <array>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/random_parameters.hpp"

struct powers {
    using axis = pare::axis::encoding;
    using value_type = std::int8_t;
    static constexpr std::string_view name = "powers";
    static constexpr int bits = 2, lowest = -4, highest = 4;
    static constexpr value_type decode(std::uint32_t code) { return value_type((code & 1) == 0 ? 4 : -4); }
};

namespace {

using namespace pare;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::Equals;

template <class... Weights>
using net = model<input<int8, 6, 6, 2>, conv2d<5, window<3, 3>, same, weights<Weights...>, relu, named<"first">>, max_pool2d<2>,
                  depthwise_conv2d<window<3, 3>, same, weights<per_channel>>, flatten, linear<7, weights<Weights...>>>;

template <class Model>
bool same_parts(const parameters<Model, owned>& a, const parameters<Model, owned>& b) {
    bool equal = a.edges == b.edges;
    io::detail::for_each_weighted<Model>([&]<std::size_t I> {
        const auto& x = a.template layer<I>();
        const auto& y = b.template layer<I>();
        equal = equal && x.positions == y.positions && x.codes == y.codes && x.book == y.book && x.scales == y.scales &&
                x.factors == y.factors && x.zero_points == y.zero_points && x.bias == y.bias;
    });
    return equal;
}

std::filesystem::path scratch(const std::string& name) { return std::filesystem::path(PARE_SCRATCH) / name; }

template <class Model>
void check_round_trip(unsigned seed) {
    const auto saved = support::random_parameters<Model>(seed);
    const auto path = scratch("parameters.safetensors"), again = scratch("again.safetensors");
    io::save_parameters(path, saved);
    const auto loaded = io::load_parameters<Model>(path);
    CHECK(same_parts(saved, loaded));
    io::save_parameters(again, loaded);
    CHECK(io::detail::read_file(path) == io::detail::read_file(again));
}

using rich = net<uint8, per_channel, affine, unstructured<>, codebook<5>>;
using grouped = net<int4, per_group<6>>;
using real = model<input<f32, 8>, linear<4, weights<f32>>, linear<2, weights<f32, codebook<3>>>>;

/// The content of a good file, to be spoilt.
template <class Model>
io::safetensors good() {
    io::safetensors file = io::to_safetensors(support::random_parameters<Model>(3));
    file.source = "net.safetensors";
    return file;
}

template <class T>
void set(io::safetensors& file, const std::string& name, std::size_t index, T value) {
    std::memcpy(file.tensors.at(name).data.data() + index * sizeof(T), &value, sizeof(T));
}

void resize(io::safetensors& file, const std::string& name, std::size_t count) {
    io::tensor& t = file.tensors.at(name);
    t.shape = {count};
    t.data.resize(count * io::size_of(t.type));
}

template <class Model>
std::string message_of(const io::safetensors& file) {
    try {
        io::from_safetensors<Model>(file);
    } catch (const io::error& e) {
        return e.what();
    }
    return "loaded";
}

constexpr float infinite = std::numeric_limits<float>::infinity(), no_number = std::numeric_limits<float>::quiet_NaN();

}  // namespace

TEST_CASE("parameters come back byte for byte, whatever the format") {
    check_round_trip<net<>>(1);
    check_round_trip<net<per_channel>>(2);
    check_round_trip<net<int4, per_group<6>>>(3);
    check_round_trip<net<uint8, per_channel, affine, unstructured<>, codebook<5>>>(4);
    check_round_trip<net<int3, n_of_m<2, 4>>>(5);
    check_round_trip<net<int16, blocks<2, 3>, codebook<7, per_channel>>>(6);
    check_round_trip<net<ternary, channels>>(7);
    check_round_trip<net<binary, unstructured<40>>>(8);
    check_round_trip<net<powers, unstructured<>>>(9);
    check_round_trip<real>(10);
    check_round_trip<model<input<int16, 4>, linear<3, weights<int16>, out<uint8>>, residual<linear<3>>, softmax<>>>(11);
}

TEST_CASE("a file has tensors by layer and part, and says what it is for") {
    const io::safetensors file = io::to_safetensors(support::random_parameters<rich>(1));
    std::vector<std::string> names;
    for (const auto& [name, what] : file.tensors) names.push_back(name);
    CHECK(names == std::vector<std::string>{"depthwise_conv2d.0.bias", "depthwise_conv2d.0.codes", "depthwise_conv2d.0.scales", "edges",
                                            "first.bias", "first.book", "first.codes", "first.positions", "first.scales",
                                            "first.zero_points", "linear.0.bias", "linear.0.book", "linear.0.codes", "linear.0.positions",
                                            "linear.0.scales", "linear.0.zero_points"});
    CHECK(file.tensors.at("first.zero_points").type == io::dtype::u8);
    CHECK(file.tensors.at("first.bias").type == io::dtype::i32);
    CHECK(file.tensors.at("edges").shape == std::vector<std::size_t>{6, 2});
    CHECK(file.metadata.at("pare") == "0.1.0");
    CHECK(file.metadata.at("format").size() == 16);
    CHECK_THAT(file.metadata.at("model"),
               ContainsSubstring("linear 4 -> int8 1x1x7; weights 7x45 uint8, per_channel, affine, unstructured, codebook<5>"));
}

TEST_CASE("a file of another model is refused, and the first difference told") {
    CHECK_THAT(
        message_of<net<int7>>(good<net<>>()),
        Equals("net.safetensors: was saved for another model; got \"conv2d 0 -> int8 6x6x5; weights 5x18 int8; window 3x3 stride 1x1 "
               "dilation 1x1 padding 1x1; from 0000000000000000\"; needs \"conv2d 0 -> int8 6x6x5; weights 5x18 int7; window 3x3 stride "
               "1x1 dilation 1x1 padding 1x1; from 0000000000000000\""));
    auto file = good<net<>>();
    file.metadata.erase("model");
    CHECK_THAT(message_of<net<int7>>(file), ContainsSubstring("net.safetensors: was saved for another model; got format "));
    file.metadata.clear();
    CHECK_THAT(message_of<net<>>(file),
               ContainsSubstring("net.safetensors: must hold parameters; got no \"format\" in its metadata; needs \"format\": \""));
    CHECK_THAT(message_of<real>(io::safetensors{{}, {}, "x"}), ContainsSubstring("x: must hold parameters"));
}

TEST_CASE("tensors that are missing, unknown, of wrong type, shape or size are refused") {
    auto file = good<rich>();
    file.tensors.erase("first.book");
    CHECK_THAT(message_of<rich>(file), ContainsSubstring("net.safetensors: tensor \"first.book\": is missing"));

    file = good<rich>();
    io::add(file, io::make_tensor<float>("extra", std::array{1.0f}, {1}));
    CHECK_THAT(message_of<rich>(file), ContainsSubstring("net.safetensors: tensor \"extra\": belongs to no layer of the model"));

    file = good<rich>();
    file.tensors.at("linear.0.bias").type = io::dtype::f32;
    CHECK_THAT(message_of<rich>(file), Equals("net.safetensors: tensor \"linear.0.bias\": wrong type; got F32; needs I32"));
    file = good<rich>();
    file.tensors.at("edges").type = io::dtype::i32;
    CHECK_THAT(message_of<rich>(file), Equals("net.safetensors: tensor \"edges\": wrong type; got I32; needs F32"));
    file = good<rich>();
    file.tensors.at("linear.0.bias").shape = {7, 1};
    CHECK_THAT(message_of<rich>(file), Equals("net.safetensors: tensor \"linear.0.bias\": wrong shape; got [7, 1]; needs one dimension"));
    file = good<rich>();
    file.tensors.at("edges").shape = {2, 6};
    CHECK_THAT(message_of<rich>(file), Equals("net.safetensors: tensor \"edges\": wrong shape; got [2, 6]; needs [6, 2]"));

    for (const auto& [name, what] : good<rich>().tensors) {
        if (name == "edges" || name.ends_with(".positions") || name == "first.codes" || name == "linear.0.codes") continue;
        file = good<rich>();
        const std::size_t count = what.shape[0];
        resize(file, name, count + 1);
        CHECK_THAT(message_of<rich>(file), Equals("net.safetensors: tensor \"" + name + "\": wrong size; got " + std::to_string(count + 1) +
                                                  " elements; needs " + std::to_string(count)));
    }
    auto with_groups = good<grouped>();
    resize(with_groups, "linear.0.factors", 3);
    CHECK_THAT(message_of<grouped>(with_groups),
               Equals("net.safetensors: tensor \"linear.0.factors\": wrong size; got 3 elements; needs 56"));
}

TEST_CASE("positions and codes must agree") {
    auto file = good<rich>();
    const std::size_t codes = file.tensors.at("first.codes").shape[0];
    resize(file, "first.codes", codes - 1);
    CHECK_THAT(message_of<rich>(file), ContainsSubstring("net.safetensors: tensor \"first.positions\": run past the codes; got "));
    resize(file, "first.codes", codes + 1);
    CHECK_THAT(message_of<rich>(file), ContainsSubstring("net.safetensors: tensor \"first.codes\": each needs a position; got "));
    file = good<rich>();
    resize(file, "first.positions", 1);
    CHECK_THAT(message_of<rich>(file), ContainsSubstring("net.safetensors: tensor \"first.codes\": each needs a position; got "));

    using pairs = net<n_of_m<2, 4>>;
    auto halves = good<pairs>();
    set<std::uint8_t>(halves, "first.positions", 0, 0xff);  // pattern 7 of 6
    CHECK_THAT(message_of<pairs>(halves), ContainsSubstring("net.safetensors: tensor \"first.positions\": are damaged; got "));
    halves = good<pairs>();
    resize(halves, "first.positions", 1);
    CHECK_THAT(message_of<pairs>(halves), ContainsSubstring("net.safetensors: tensor \"first.positions\": are damaged; got "));
    halves = good<pairs>();
    resize(halves, "first.positions", 100);
    CHECK_THAT(message_of<pairs>(halves), Equals("net.safetensors: tensor \"first.positions\": wrong size; got 100 elements; needs 8"));

    using counted = net<unstructured<40>>;
    auto forty = good<counted>();
    set<std::uint8_t>(forty, "first.positions", 2, 0xff);
    CHECK_THAT(message_of<counted>(forty), ContainsSubstring("net.safetensors: tensor \"first."));
}

TEST_CASE("an index past its codebook is refused") {
    auto file = good<rich>();
    set<std::uint8_t>(file, "linear.0.codes", 0, 0x3e);  // 6, then 7, in three bits each
    CHECK_THAT(message_of<rich>(file),
               Equals("net.safetensors: tensor \"linear.0.codes\": an index must lie in the codebook; got 6 at index 0; needs below 5"));
}

TEST_CASE("numbers that mean nothing are refused") {
    for (const float bad : {0.0f, -1.0f, infinite, no_number}) {
        auto file = good<rich>();
        set(file, "first.scales", 4, bad);
        CHECK_THAT(message_of<rich>(file),
                   ContainsSubstring("net.safetensors: tensor \"first.scales\": scales must be finite and positive; got ") &&
                       ContainsSubstring(" at index 4; needs above 0"));
        file = good<rich>();
        set(file, "edges", 2 * 3, bad);
        CHECK_THAT(message_of<rich>(file),
                   ContainsSubstring("net.safetensors: tensor \"edges\": scales must be finite and positive; got ") &&
                       ContainsSubstring(" of edge 3; needs above 0"));
    }
    for (const float bad : {0.5f, infinite, no_number}) {
        auto file = good<rich>();
        set(file, "edges", 1, bad);
        CHECK_THAT(message_of<rich>(file), ContainsSubstring("net.safetensors: tensor \"edges\": zero points must be integers; got ") &&
                                               ContainsSubstring(" of edge 0"));
    }
    auto file = good<rich>();
    set(file, "edges", 1, 128.0f);
    CHECK_THAT(message_of<rich>(file),
               Equals("net.safetensors: tensor \"edges\": zero points must lie in the range of the activations; got 128 of "
                      "edge 0; needs -128 to 127"));
    using narrow = net<int4, affine>;
    auto small = good<narrow>();
    set<std::int8_t>(small, "first.zero_points", 0, 8);
    CHECK_THAT(message_of<narrow>(small),
               Equals("net.safetensors: tensor \"first.zero_points\": must lie in the range of the encoding; got 8 at "
                      "index 0; needs -8 to 7"));
    for (const float bad : {infinite, no_number}) {
        auto floats = good<real>();
        set(floats, "linear.0.codes", 5, bad);
        CHECK_THAT(message_of<real>(floats), ContainsSubstring("net.safetensors: tensor \"linear.0.codes\": values must be finite; got ") &&
                                                 ContainsSubstring(" at index 5"));
        floats = good<real>();
        set(floats, "linear.1.book", 2, bad);
        CHECK_THAT(message_of<real>(floats), ContainsSubstring("net.safetensors: tensor \"linear.1.book\": values must be finite; got ") &&
                                                 ContainsSubstring(" at index 2"));
        floats = good<real>();
        set(floats, "linear.0.bias", 1, bad);
        CHECK_THAT(message_of<real>(floats), ContainsSubstring("net.safetensors: tensor \"linear.0.bias\": values must be finite; got ") &&
                                                 ContainsSubstring(" at index 1"));
    }
}

TEST_CASE("what could not be read is not written") {
    auto p = support::random_parameters<net<>>(1);
    p.layer<0>().scales[0] = no_number;
    CHECK_THROWS_WITH(io::save_parameters(scratch("never"), p),
                      Equals("tensor \"first.scales\": scales must be finite and positive; got nan at index 0; needs above 0"));
    CHECK_FALSE(std::filesystem::exists(scratch("never")));

    using twins = model<input<int8, 4>, linear<4, named<"a">>, linear<4, named<"a">>>;
    CHECK_THROWS_WITH(io::to_safetensors(support::random_parameters<twins>(1)),
                      ContainsSubstring("tensor \"a.codes\": names must be unique"));
}

TEST_CASE("a file that is missing, empty or cut off is refused by name") {
    const auto path = scratch("cut.safetensors");
    io::save_parameters(path, support::random_parameters<rich>(1));
    auto bytes = io::detail::read_file(path);
    CHECK_THROWS_AS(io::load_parameters<rich>(scratch("absent")), io::error);
    CHECK_THROWS_WITH(io::load_parameters<rich>(scratch("absent")), ContainsSubstring("absent: cannot be read"));
    for (const std::size_t size : {std::size_t(0), std::size_t(5), std::size_t(300), bytes.size() - 1}) {
        io::detail::write_file(path, std::span(bytes).first(size));
        CHECK_THROWS_WITH(io::load_parameters<rich>(path), ContainsSubstring("cut.safetensors: "));
    }
}
