// SPDX-License-Identifier: MIT
// Small models end to end: compressed, packed, run, and held against the float network.
#include <pare/compress.hpp>
#include <pare/io.hpp>
#include <pare/metrics.hpp>
#include <pare/pare.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "support/catch.hpp"
#include "support/lots.hpp"

namespace {

using namespace pare;
using Catch::Matchers::ContainsSubstring;
using compress::allocation;
using compress::calibration;
using compress::criterion;
using compress::recipe;

template <class Input, class... Format>
using net_of = model<Input, conv2d<4, window<3>, same, relu, weights<Format...>>, max_pool2d<2>, flatten, linear<3, weights<Format...>>>;

template <class... Format>
using net = net_of<input<int8, 6, 6, 2>, Format...>;

constexpr std::size_t input_size = 72, samples = 64;

void put(io::safetensors& file, support::lots& r, const std::string& name, std::vector<std::size_t> shape, double size) {
    std::size_t count = 1;
    for (const std::size_t extent : shape) count *= extent;
    std::vector<float> values(count);
    for (float& v : values) v = float(r.real(-size, size));
    file.tensors[name] = io::make_tensor<float>(name, std::span<const float>(values), std::move(shape));
}

compress::dataset inputs_by_lot() {
    support::lots r(2);
    std::vector<float> values(samples * input_size);
    for (float& v : values) v = float(r.real(-1, 1));
    return compress::make_dataset(std::span<const float>(values), input_size);
}

io::safetensors weights_by_lot() {
    support::lots r(1);
    io::safetensors file;
    put(file, r, "conv2d.0.weight", {4, 3, 3, 2}, 0.5);
    put(file, r, "conv2d.0.bias", {4}, 0.3);
    put(file, r, "linear.0.weight", {3, 36}, 0.5);
    put(file, r, "linear.0.bias", {3}, 0.3);

    // Biases that centre the outputs over the calibration set, so that every class has its inputs.
    constexpr auto nodes = describe_nodes<net<int8>>();
    const compress::network network = compress::load_network({nodes.begin(), nodes.end()}, file, 1);
    const compress::vector mean = compress::evaluate(network, inputs_by_lot().inputs).back().colwise().mean();
    std::vector<float> bias = io::values<float>(file.tensors.at("linear.0.bias"));
    for (std::size_t c = 0; c < bias.size(); ++c) bias[c] -= mean[Eigen::Index(c)];
    file.tensors["linear.0.bias"] = io::make_tensor<float>("linear.0.bias", std::span<const float>(bias), {3});
    return file;
}

template <class Model>
parameters<Model, owned> compressed(const recipe& r = {}) {
    return compress::run<Model>(weights_by_lot(), inputs_by_lot(), r);
}

/// How near a compressed model is to the float one over the calibration set.
struct closeness {
    double sqnr = 0;               ///< of the output, in dB
    double agreeing = 0;           ///< share of inputs of which both say the same class
    std::array<int, 3> classes{};  ///< inputs of each class, by the float model
    double worst_float = 0;        ///< largest difference of the float twin from evaluation at calibration
};

template <class Model>
closeness compare(const parameters<Model, owned>& p) {
    using twin = as_float<Model>;
    const auto data = inputs_by_lot();
    const auto model = std::make_unique<decltype(pack<arch::scalar>(p))>(pack<arch::scalar>(p));
    const auto real = compress::run<twin>(weights_by_lot(), data);
    const auto float_model = std::make_unique<decltype(pack<arch::scalar>(real))>(pack<arch::scalar>(real));
    constexpr auto nodes = describe_nodes<Model>();
    const compress::network network = compress::load_network({nodes.begin(), nodes.end()}, weights_by_lot(), 1);
    const compress::matrix expected = compress::evaluate(network, data.inputs).back();

    arena<Model, arch::scalar> memory;
    arena<twin, arch::scalar> float_memory;
    closeness result;
    double signal = 0, noise = 0;
    for (Eigen::Index s = 0; s < data.inputs.rows(); ++s) {
        const std::span<const float> reals(data.inputs.data() + std::size_t(s) * input_size, input_size);
        std::vector<typename Model::input_value> in(input_size);
        std::vector<typename Model::output_value> out(Model::output_shape.size());
        quantize_input(*model, std::span<const float>(reals), std::span(in));
        run(*model, std::span<const typename Model::input_value>(in), std::span(out), memory);
        std::vector<float> scores(out.size()), float_scores(out.size());
        dequantize_output(*model, std::span<const typename Model::output_value>(out), std::span(scores));
        run(*float_model, reals, std::span(float_scores), float_memory);
        for (std::size_t c = 0; c < out.size(); ++c) {
            const double e = double(expected(s, Eigen::Index(c)));
            signal += e * e;
            noise += std::pow(double(scores[c]) - e, 2);
            result.worst_float = std::max(result.worst_float, std::abs(double(float_scores[c]) - e));
        }
        const auto class_of = [](const std::vector<float>& v) { return std::max_element(v.begin(), v.end()) - v.begin(); };
        ++result.classes[std::size_t(class_of(float_scores))];
        result.agreeing += double(class_of(scores) == class_of(float_scores)) / double(samples);
    }
    result.sqnr = noise > 0 ? 10 * std::log10(signal / noise) : std::numeric_limits<double>::infinity();
    return result;
}

/// A format keeps at least `decibels` of signal to noise, and says the same class for at least `share` of the inputs.
template <class Model>
void check_close(double decibels, double share, const recipe& r = {}) {
    const closeness c = compare<Model>(compressed<Model>(r));
    INFO(c.sqnr << " dB, " << c.agreeing << " agree");
    CHECK(c.sqnr >= decibels);
    CHECK(c.agreeing >= share);
    CHECK(c.worst_float < 1e-4);
}

/// Every byte of the weights, and the edges.
template <class Model>
std::vector<std::byte> bytes(const parameters<Model, owned>& p) {
    std::vector<std::byte> all;
    const auto append = [&](const auto& values) {
        const auto raw = std::as_bytes(std::span(values));
        all.insert(all.end(), raw.begin(), raw.end());
    };
    std::apply(
        [&](const auto&... layer) {
            const auto one = [&](const auto& l) {
                if constexpr (requires { l.codes; }) l.for_each_part(l, [&](const char*, const auto& part) { append(part); });
            };
            (one(layer), ...);
        },
        p.layers);
    for (const quantization& q : p.edges) append(std::array{q.scale}), append(std::array{q.zero_point});
    return all;
}

/// Weights that exist in node `I`.
template <std::size_t I, class Model>
std::size_t kept(const parameters<Model, owned>& p) {
    std::size_t count = 0;
    constexpr matrix_shape s = describe_nodes<Model>()[I].weights;
    CHECK(visit_weights(p.template layer<I>(), s.rows, s.cols, [&](std::size_t, std::size_t, auto) { ++count; }));
    return count;
}

template <class Call>
std::string said(Call call) {
    try {
        call();
    } catch (const compress::error& e) {
        return e.what();
    }
    return "";
}

constexpr std::size_t conv_weights = 4 * 18, linear_weights = 3 * 36;

}  // namespace

TEST_CASE("the float twin is the network") {
    using model = as_float<net<int8>>;
    const closeness c = compare<model>(compressed<model>());
    CHECK(c.worst_float < 1e-5);
    CHECK(c.sqnr > 100);
    CHECK(c.agreeing == 1);
    for (const int inputs : c.classes) CHECK(inputs >= int(samples) / 8);
}

TEST_CASE("dense formats are as near as their bits let them be") {
    check_close<net<int8>>(33, 0.95);
    check_close<net<int8, per_channel>>(33, 0.95);
    check_close<net<int8, per_channel, affine>>(33, 0.95);
    check_close<net<uint8, affine>>(33, 0.95);
    check_close<net<int4, per_group<6>>>(13, 0.85);
    check_close<net<int6, per_channel>>(26, 0.9);
    check_close<net<ternary, per_channel>>(1.5, 0.55);
    check_close<net<per_channel, codebook<16>>>(15, 0.9);
}

TEST_CASE("inputs of other types") {
    check_close<net_of<input<uint8, 6, 6, 2>, int8, per_channel>>(33, 0.95);
    check_close<net_of<input<int16, 6, 6, 2>, int8, per_channel>>(39, 0.95);
    using wide = model<input<int16, 6, 6, 2>, conv2d<4, window<3>, same, relu, weights<int16, per_channel>>, max_pool2d<2>, flatten,
                       linear<3, weights<per_channel>>>;
    check_close<wide>(41, 0.95);
}

TEST_CASE("every calibration serves") {
    for (const calibration method : {calibration::mse, calibration::percentile, calibration::entropy}) {
        check_close<net<int8, per_channel>>(33, 0.95, {.activation_calibration = method});
        check_close<net<int8, per_channel>>(33, 0.95, {.weight_calibration = method});
    }
    check_close<net<int8, per_channel>>(33, 0.95, {.weight_calibration = calibration::min_max});
}

TEST_CASE("corrected biases bring coarse weights nearer, and are stored") {
    using coarse = net<int4>;
    const auto plain = compressed<coarse>(), corrected = compressed<coarse>({.correct_bias = true});
    CHECK(corrected.template layer<3>().codes == plain.template layer<3>().codes);
    CHECK(corrected.template layer<3>().bias != plain.template layer<3>().bias);
    CHECK(compare<coarse>(corrected).sqnr > compare<coarse>(plain).sqnr + 0.5);
}

TEST_CASE("rates are exact: of each layer, or of all together") {
    using open = net<int8, per_channel, unstructured<>>;
    for (const criterion by : {criterion::error, criterion::magnitude, criterion::random, criterion::entropy}) {
        for (const double rate : {0.0, 0.25, 0.5, 0.75}) {
            const auto each = compressed<open>({.prune_by = by, .rate = rate, .allocate = allocation::per_layer});
            CHECK(kept<0>(each) == std::size_t(std::lround((1 - rate) * double(conv_weights))));
            CHECK(kept<3>(each) == std::size_t(std::lround((1 - rate) * double(linear_weights))));
            const auto all = compressed<open>({.prune_by = by, .rate = rate, .allocate = allocation::global});
            const double removed = double(conv_weights + linear_weights - kept<0>(all) - kept<3>(all));
            INFO(rate << ": " << removed << " removed");
            CHECK(std::abs(removed - rate * double(conv_weights + linear_weights)) <= 2);
        }
    }
}

TEST_CASE("masks whose type says how many follow it, whatever the rate") {
    const auto two = compressed<net<int8, n_of_m<2, 4>>>({.rate = 0.9});
    CHECK(kept<0>(two) == 4 * (4 * 2 + 2));
    CHECK(kept<3>(two) == 3 * 18);
    const auto fixed_count = compressed<net<int8, unstructured<40>>>({.rate = 0.9});
    CHECK(kept<0>(fixed_count) == 40);
    CHECK(kept<3>(fixed_count) == 40);
}

TEST_CASE("pruned and shared models still resemble the network, by error most") {
    check_close<net<int8, per_channel, unstructured<>>>(12, 0.7, {.rate = 0.3});
    check_close<net<int8, per_channel, n_of_m<2, 4>>>(2, 0.55);
    check_close<net<int8, per_channel, unstructured<>, codebook<16>>>(12, 0.7, {.rate = 0.3});
    using open = net<int8, per_channel, unstructured<>>;
    const auto sqnr = [](criterion by) {
        return compare<open>(compressed<open>({.prune_by = by, .rate = 0.5, .allocate = allocation::per_layer})).sqnr;
    };
    const double by_error = sqnr(criterion::error), by_magnitude = sqnr(criterion::magnitude), by_lot = sqnr(criterion::random);
    CHECK(by_error > by_magnitude);
    CHECK(by_magnitude > by_lot);
}

TEST_CASE("the same seed gives the same bytes, on any number of threads") {
    using open = net<int8, per_channel, unstructured<>, codebook<8>>;
    for (const criterion by : {criterion::error, criterion::random}) {
        const recipe r{.prune_by = by, .rate = 0.5, .seed = 7};
        const auto once = bytes(compressed<open>(r));
        CHECK(once == bytes(compressed<open>(r)));
        recipe other = r;
        other.threads = 1;
        CHECK(once == bytes(compressed<open>(other)));
        other.seed = 8;
        CHECK(once != bytes(compressed<open>(other)));
    }
}

TEST_CASE("stored parameters pass the checks of files and come back") {
    using shared = net<int4, per_channel, unstructured<>, codebook<8>>;
    const auto p = compressed<shared>({.rate = 0.5});
    CHECK(stored_bytes(p) < stored_bytes(compressed<as_float<shared>>()) / 4);
    const auto path = std::filesystem::path(PARE_SCRATCH) / "compress-run.safetensors";
    io::save_parameters(path, p);
    CHECK(bytes(io::load_parameters<shared>(path)) == bytes(p));
    std::filesystem::remove(path);
}

TEST_CASE("progress goes from 0 to 1") {
    std::vector<double> done;
    std::vector<std::string> what;
    recipe r{.rate = 0.5};
    r.progress = [&](std::string_view text, double share) { what.emplace_back(text), done.push_back(share); };
    compressed<net<int8, unstructured<>>>(r);
    REQUIRE(done.size() >= 4);
    CHECK(done.front() == 0);
    CHECK(done.back() == 1);
    CHECK(std::is_sorted(done.begin(), done.end()));
    CHECK(std::count(what.begin(), what.end(), "compressing linear.0") == 1);
}

TEST_CASE("what cannot be compressed is refused in words") {
    using open = net<int8, unstructured<>>;
    const auto with_rate = [](double rate) { return said([&] { compressed<open>({.rate = rate}); }); };
    CHECK(with_rate(0.99).empty());
    for (const double rate : {1.0, 1.5, -0.1, std::numeric_limits<double>::quiet_NaN()})
        CHECK_THAT(with_rate(rate), ContainsSubstring("recipe.rate: the share of weights removed lies in [0, 1); got "));

    compress::dataset data = inputs_by_lot();
    const auto with_data = [&] { return said([&] { compress::run<open>(weights_by_lot(), data); }); };
    CHECK(with_data().empty());
    data.inputs(3, 4) = std::numeric_limits<float>::infinity();
    CHECK_THAT(with_data(), ContainsSubstring("calibration set: every number must be finite; got inf in input 3"));
    data.inputs = compress::matrix::Ones(4, 71);
    CHECK_THAT(with_data(), ContainsSubstring("calibration set: inputs must have the size of the model's; got 71; needs 72"));
    data.inputs.resize(0, 72);
    CHECK_THAT(with_data(), ContainsSubstring("calibration set: it must not be empty"));

    // In units of two 16-bit scales a bias of one is too large for 32 bits.
    CHECK_THAT((said([] { compressed<net_of<input<int16, 6, 6, 2>, int16>>(); })), ContainsSubstring("linear.0.bias: a bias in units of"));
    CHECK_THAT(said([] { compressed<net<int8, codebook<100>>>(); }), ContainsSubstring("conv2d.0.weight: a codebook has no more entries"));
}
