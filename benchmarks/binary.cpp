// SPDX-License-Identifier: MIT
// How fast are products and convolutions of binary values, bits in and bits out, beside the library's own dense int8?
#include <cstddef>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "own.hpp"
#include "report.hpp"

namespace {

using native = pare::arch::native;
using word = pare::binary_word;
using format = pare::weights<pare::binary, pare::per_channel>;
using stored = pare::stored_weights<format, pare::dynamic, pare::dynamic, pare::owned>;

/// Codes, thresholds and scales of `outputs` outputs of `depth` weights.
stored random_weights(std::size_t outputs, std::size_t depth) {
    std::mt19937 random(1);
    stored s;
    s.codes.resize(pare::bytes_of_bits(outputs * depth));
    for (std::byte& b : s.codes) b = std::byte(random());
    for (std::size_t n = 0; n < outputs; ++n) s.bias.push_back(std::int32_t(random() % 21) - 10);
    s.scales.assign(outputs, 1.0f);
    return s;
}

std::vector<word> random_words(std::size_t count) {
    std::mt19937 random(2);
    std::vector<word> words(count);
    for (word& w : words) w.bits = std::uint32_t(random());
    return words;
}

/// M x N x K; K is a multiple of 32.
template <std::size_t M, std::size_t N, std::size_t K>
struct product {
    static constexpr std::size_t depth = word::words(K), outputs = word::words(N);
    using execution = pare::select<format, pare::problem<word, N, depth>, native>;
    stored weights = random_weights(N, K);
    pare::packed_weights<execution, pare::rounding::fp32, pare::owned> packed =
        pare::pack_weights<execution, pare::rounding::fp32, pare::owned>(weights, execution{}, {}, {}, K);
    std::vector<word> source = random_words(M * depth), output = std::vector<word>(M * outputs);

    PARE_NOINLINE void run() {
        pare::gemm<M, depth, outputs>({source.data(), M, depth, depth}, packed, {output.data(), M, outputs, outputs}, pare::binarize{N});
    }
    /// Where an output differs from a sum of products; empty where none does.
    std::string wrong() {
        run();
        for (std::size_t m = 0; m < M; m += 3)
            for (std::size_t n = 0; n < N; n += 5) {
                std::int32_t sum = weights.bias[n];
                for (std::size_t k = 0; k < K; ++k) {
                    const bool a = (source[m * depth + k / 32].bits >> (k % 32)) & 1;
                    sum += a == (pare::read_bits(weights.codes.data(), n * K + k, 1) == 1) ? 1 : -1;
                }
                if (((output[m * outputs + n / 32].bits >> (n % 32)) & 1) != (sum < 0))
                    return "output " + std::to_string(m) + ", " + std::to_string(n) + " is wrong";
            }
        return "";
    }
};

/// A convolution of `E` with bits in and out, whose channels are multiples of 32.
template <bench::extents E>
struct convolution {
    static constexpr pare::conv_geometry geometry{E.kernel, E.kernel, E.stride, E.stride, 1, 1, E.pad, E.pad};
    static constexpr std::size_t channels = word::words(E.channels), outputs = word::words(E.outputs);
    static constexpr pare::conv_shape lies{geometry, E.height, E.width, channels, E.out_height(), E.out_width()};
    using execution = pare::select<format, pare::conv_problem<format, word, E.outputs, lies, 1, native>, native>;
    pare::packed_weights<execution, pare::rounding::fp32, pare::owned> packed =
        pare::pack_weights<execution, pare::rounding::fp32, pare::owned>(random_weights(E.outputs, E.depth()), execution{}, {}, {},
                                                                         E.channels);
    std::vector<word> source = random_words(E.height * E.width * channels), output = std::vector<word>(E.pixels() * outputs);

    PARE_NOINLINE void run() {
        pare::conv2d_kernel<pare::plan_conv(execution{}, lies)>(
            pare::contiguous_image(std::as_const(source).data(), E.height, E.width, channels), geometry, packed, word{},
            pare::contiguous_image(output.data(), E.out_height(), E.out_width(), outputs), pare::binarize{E.outputs}, {});
    }
};

template <std::size_t M, std::size_t N, std::size_t K>
void add(bench::comparison& table, double limit) {
    const std::string size = std::to_string(M) + "x" + std::to_string(N) + "x" + std::to_string(K);
    const double operations = 2.0 * double(M * N * K);
    table.add(
        "binary " + size, std::string(native::name), operations,
        [](std::string& what) {
            const auto own = std::make_shared<product<M, N, K>>();
            what = own->wrong();
            const auto dense =
                std::make_shared<bench::own_gemm<native, pare::rounding::fp32, M, N, K>>(bench::quantized_work({M, 1, K, N, 1, 1, 0}));
            return std::vector<bench::contestant>{{"pare", [own] { own->run(); }}, {"own dense int8", [dense] { dense->run(); }}};
        },
        operations / limit);
}

template <bench::extents E>
void add_conv(bench::comparison& table, double limit) {
    const auto n = [](std::size_t v) { return std::to_string(v); };
    const double operations = 2.0 * double(E.pixels() * E.outputs * E.depth());
    table.add(
        "binary conv" + n(E.kernel) + "x" + n(E.kernel) + " " + n(E.height) + "x" + n(E.width) + "x" + n(E.channels) + "->" + n(E.outputs),
        std::string(native::name), operations,
        [](std::string&) {
            const auto own = std::make_shared<convolution<E>>();
            const auto dense = std::make_shared<bench::own_conv<native, pare::rounding::fp32, E>>(bench::quantized_work(E));
            return std::vector<bench::contestant>{{"pare", [own] { own->run(); }}, {"own dense int8", [dense] { dense->run(); }}};
        },
        operations / limit);
}

}  // namespace

int main(int argc, char** argv) {
    const double peak = bench::peak_binary<native>();
    bench::comparison table("binary", peak);
    add<784, 64, 576>(table, peak);
    add<196, 256, 2304>(table, peak);
    add<1024, 1024, 1024>(table, peak);
    add_conv<bench::extents{28, 28, 64, 64, 3, 1, 1}>(table, peak);
    add_conv<bench::extents{14, 14, 256, 256, 3, 1, 1}>(table, peak);
    return table.run(argc, argv);
}
