// SPDX-License-Identifier: MIT
// Activations as tables: by hand in the compiler, and every value against the function on each arch.
#include <pare/kernel/lookup.hpp>

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "support/catch.hpp"

namespace {

using namespace pare;

constexpr auto hard_swish = [](float x) { return x <= -3 ? 0.0f : x >= 3 ? x : x * (x + 3) / 6; };
constexpr auto hard = make_lookup_table<std::int8_t>(hard_swish, {0.1f, 10}, {0.05f, -100});
// -128 is -13.8, nothing; 40 is 3, itself in steps of 0.05; 20 is 1: 4 / 6 is 13.3 steps; 0 is -1: -1 / 3 is -6.7 steps.
static_assert(hard(-128) == -100 && hard(40) == -40 && hard(20) == -87 && hard(0) == -107 && hard(127) == 127);

// Between types: 1.5 is 2, away from 0.
constexpr auto half = make_lookup_table<std::uint8_t, std::int8_t>([](float x) { return x / 2; }, {1, 0}, {1, 3});
static_assert(half(0) == 3 && half(3) == 5 && half(200) == 103 && half(255) == 127);

template <class In, class Out, class Arch, class F>
void check(const F& f, quantization in, quantization out) {
    if (!arch::compiled_for<Arch> || !arch::available<Arch>()) return;
    const auto table = make_lookup_table<In, Out>(f, in, out);
    std::array<In, 256> x{};
    std::array<Out, 256> y{};
    for (int i = 0; i < 256; ++i) x[std::size_t(i)] = In(std::numeric_limits<In>::min() + i);
    lookup_kernel(x.data(), y.data(), x.size(), table, Arch{});
    for (std::size_t i = 0; i < 256; ++i) {
        const double real = double(f(float(in.scale) * float(x[i] - in.zero_point))) / double(out.scale);
        const double steps = std::isnan(real) ? 0 : std::fmin(std::fmax(real, -1000), 1000);
        // Halves may go either way, since a float is not quite the double.
        const double low = double(std::numeric_limits<Out>::min()), high = double(std::numeric_limits<Out>::max());
        const double wanted = std::fmin(std::fmax(steps + out.zero_point, low), high);
        REQUIRE(std::fabs(double(y[i]) - wanted) <= 0.5001);
        REQUIRE(y[i] == table(x[i]));
    }
}

template <class Arch>
void check_arch() {
    const auto sigmoid = [](float x) { return 1 / (1 + std::exp(-x)); };
    const auto gelu = [](float x) { return x * 0.5f * (1 + std::erf(x * 0.70710678f)); };
    const auto root = [](float x) { return std::sqrt(x); };
    check<std::int8_t, std::int8_t, Arch>(sigmoid, {0.05f, 3}, {1.0f / 256, -128});
    check<std::int8_t, std::int8_t, Arch>([](float x) { return std::tanh(x); }, {0.03f, -7}, {1.0f / 128, 0});
    check<std::int8_t, std::uint8_t, Arch>(gelu, {0.04f, 0}, {0.02f, 10});
    check<std::uint8_t, std::uint8_t, Arch>(hard_swish, {0.05f, 100}, {0.05f, 8});
    check<std::int8_t, std::int8_t, Arch>(root, {0.02f, 0}, {0.01f, -50});
}

}  // namespace

TEST_CASE("tables of functions") {
    check_arch<arch::scalar>();
    check_arch<arch::avx2>();
    check_arch<arch::avx512_vnni>();
    std::array<std::int8_t, 2> x{40, 20};
    lookup_kernel(x.data(), x.data(), 2, hard);
    CHECK(x == std::array<std::int8_t, 2>{-40, -87});
}
