// SPDX-License-Identifier: MIT
// What do other activations and epilogues cost beside the library's own dense int8 product, and layers without weights beside one value
// at a time?
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <vector>

#include <pare/kernel/dynamic_quantize.hpp>
#include <pare/kernel/elementwise.hpp>
#include <pare/kernel/lookup.hpp>
#include <pare/kernel/pool.hpp>
#include <pare/kernel/residual.hpp>

#include "own.hpp"
#include "report.hpp"

namespace {

using native = pare::arch::native;
using format = pare::weights<pare::int8, pare::per_channel>;
using bytes = std::vector<std::int8_t>;

bytes random_bytes(std::size_t count) {
    std::mt19937 random(1);
    bytes b(count);
    for (std::int8_t& x : b) x = std::int8_t(random());
    return b;
}

pare::stored_weights<format, pare::dynamic, pare::dynamic, pare::owned> random_weights(std::size_t n, std::size_t k) {
    pare::stored_weights<format, pare::dynamic, pare::dynamic, pare::owned> s;
    for (const std::int8_t x : random_bytes(n * k)) s.codes.push_back(std::byte(x));
    s.bias.assign(n, 5);
    s.scales.assign(n, 1e-3f);
    return s;
}

/// M x N x K of int8 weights and activations of another type, in and out.
template <class Activation, std::size_t M, std::size_t N, std::size_t K>
struct product {
    using execution = pare::select<format, pare::problem<Activation, N, K>, native>;
    pare::packed_weights<execution, pare::rounding::fp32, pare::owned> packed =
        pare::pack_weights<execution, pare::rounding::fp32, pare::owned>(random_weights(N, K), execution{}, {1.0f, 3}, {1.0f, 0});
    std::vector<Activation> source = std::vector<Activation>(M * K, 1), output = std::vector<Activation>(M * N);
    std::vector<typename execution::dot::lhs> scratch = bench::scratch_of<execution>(pare::gemm_scratch_bytes(packed.shape, 1, M));

    pare::matrix_view<Activation> dst() { return {output.data(), M, N, N}; }
    auto epilogue() const {
        return pare::requantize_sums<Activation>(packed,
                                                 {0, std::numeric_limits<Activation>::min(), std::numeric_limits<Activation>::max()});
    }
    template <class Epilogue>
    PARE_NOINLINE void run(const Epilogue& with) {
        pare::gemm<M, K, N>({source.data(), M, K, K}, packed, dst(), with, std::span(scratch));
    }
    PARE_NOINLINE void run() { run(epilogue()); }
};

/// The same, and a tensor to add to its outputs.
template <std::size_t M, std::size_t N, std::size_t K>
struct sum : product<std::int8_t, M, N, K> {
    bytes residual = random_bytes(M * N);
    pare::add_constants constants = pare::make_add_constants({0.05f, 0}, {0.03f, -2}, {0.06f, 1}, {1, -128, 127}, false);
    const pare::prepared_add prepared{constants};

    void together() { this->run(pare::add_residual(this->epilogue(), {residual.data(), M, N, N}, this->dst(), prepared)); }
    void apart() {
        this->run();
        pare::add_kernel(this->output.data(), residual.data(), this->output.data(), M * N, constants, native{});
    }
};

/// Floats in and out, quantised while it runs.
template <std::size_t M, std::size_t N, std::size_t K>
struct dynamic_product {
    using execution = pare::select<format, pare::problem<std::int8_t, N, K>, native>;
    pare::dynamic_weights<execution, pare::owned> packed = pare::pack_dynamic<execution, pare::owned>(random_weights(N, K), execution{});
    std::vector<float> source, output = std::vector<float>(M * N);
    std::vector<float> scratch = std::vector<float>(pare::gemm_dynamic_scratch_bytes(execution{}, M) / sizeof(float) + 1);

    dynamic_product() : source(M * K) {
        for (std::size_t i = 0; i < source.size(); ++i) source[i] = float(i % 77) - 30;
    }
    PARE_NOINLINE void run() {
        pare::gemm_dynamic({source.data(), M, K, K}, packed, {output.data(), M, N, N}, {}, std::as_writable_bytes(std::span(scratch)));
    }
};

template <std::size_t M, std::size_t N, std::size_t K>
void add_products(bench::comparison& table) {
    const std::string work = " " + std::to_string(M) + "x" + std::to_string(N) + "x" + std::to_string(K), arch(native::name);
    const double operations = 2.0 * double(M) * double(N) * double(K);
    const auto dense = [] {
        const auto own = std::make_shared<product<std::int8_t, M, N, K>>();
        return bench::contestant{"own dense int8", [own] { own->run(); }};
    };
    table.add("16x8" + work, arch, operations, [=](std::string&) {
        const auto own = std::make_shared<product<std::int16_t, M, N, K>>();
        return std::vector<bench::contestant>{{"pare", [own] { own->run(); }}, dense()};
    });
    table.add("floats quantised" + work, arch, operations, [=](std::string&) {
        const auto own = std::make_shared<dynamic_product<M, N, K>>();
        return std::vector<bench::contestant>{{"pare", [own] { own->run(); }}, dense()};
    });
    table.add("residual" + work, arch, operations, [=](std::string&) {
        const auto own = std::make_shared<sum<M, N, K>>();
        return std::vector<bench::contestant>{{"pare", [own] { own->together(); }}, {"add_kernel after", [own] { own->apart(); }}};
    });
}

/// 28 x 28 x 64 bytes by `f(buffers, arch)`.
template <class F>
void add_bytes(bench::comparison& table, const std::string& work, const F& f) {
    struct buffers {
        bytes a = random_bytes(28 * 28 * 64), b = a, y = a;
    };
    table.add(work + " 28x28x64", std::string(native::name), double(28 * 28 * 64), [=](std::string&) {
        const auto own = std::make_shared<buffers>();
        return std::vector<bench::contestant>{{"pare", [=] { f(*own, native{}); }}, {"own scalar", [=] { f(*own, pare::arch::scalar{}); }}};
    });
}

}  // namespace

int main(int argc, char** argv) {
    bench::comparison table("kinds", bench::peak_int8<native>());
    add_products<64, 256, 256>(table);
    add_products<784, 64, 144>(table);
    add_products<1, 1024, 1024>(table);
    const auto constants = pare::make_add_constants({0.05f, 0}, {0.03f, -2}, {0.06f, 1}, {1, -128, 127}, false);
    add_bytes(table, "add",
              [=](auto& of, auto arch) { pare::add_kernel(of.a.data(), of.b.data(), of.y.data(), of.a.size(), constants, arch); });
    pare::lookup_table<std::int8_t> lookup;
    for (std::size_t i = 0; i < 256; ++i) lookup.values[i] = std::int8_t(i * 7);
    add_bytes(table, "lookup", [=](auto& of, auto arch) { pare::lookup_kernel(of.a.data(), of.y.data(), of.a.size(), lookup, arch); });
    add_bytes(table, "avg pool 2x2", [](auto& of, auto arch) {
        pare::avg_pool(pare::image_view<const std::int8_t>{of.a.data(), 28, 28, 64, 28 * 64, 64}, {2, 2, 2, 2},
                       pare::contiguous_image(of.y.data(), 14, 14, 64), pare::rounding::output_range{}, arch);
    });
    add_bytes(table, "global avg pool", [](auto& of, auto arch) {
        pare::avg_pool(pare::image_view<const std::int8_t>{of.a.data(), 28, 28, 64, 28 * 64, 64}, {28, 28},
                       pare::contiguous_image(of.y.data(), 1, 1, 64), pare::rounding::output_range{}, arch);
    });
    const auto scores = pare::make_softmax_constants(0.05f);
    add_bytes(table, "softmax of 64 rows,", [=](auto& of, auto arch) {
        for (std::size_t i = 0; i < 64; ++i) pare::softmax_kernel(of.a.data() + i * 784, of.y.data() + i * 784, 784, scores, arch);
    });
    return table.run(argc, argv);
}
