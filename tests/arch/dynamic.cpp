// SPDX-License-Identifier: MIT
// Bounds of floats and bytes of them: by hand in the compiler, and registers of each arch against the formula for one.
#include <pare/arch/dynamic.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "support/catch.hpp"
#include "support/guarded.hpp"
#include "support/lots.hpp"

namespace {

using namespace pare::arch;

constexpr float infinite = std::numeric_limits<float>::infinity(), nothing = std::numeric_limits<float>::quiet_NaN();

constexpr std::array<float, 4> some{-0.5f, nothing, 3.0f, -0.0f};
static_assert(bounds_of(some.data(), 4, native{}) == float_bounds{-0.5f, 3.0f});
static_assert(bounds_of(some.data() + 2, 1, native{}) == float_bounds{0, 3.0f});
static_assert(bounds_of(some.data(), 0, native{}) == float_bounds{});

constexpr std::array<std::int8_t, 6> by_hand() {
    // Halves at a factor of 1: to even; both ends; what is no number is the zero point.
    constexpr std::array<float, 6> x{0.5f, 1.5f, -2.5f, 1e30f, -infinite, nothing};
    std::array<std::int8_t, 6> y{};
    quantize_values(y.data(), x.data(), 6, 1.0f, 10, native{});
    return y;
}
static_assert(by_hand() == std::array<std::int8_t, 6>{10, 12, 8, 127, -128, 10});

float draw(support::lots& r) {
    if (r.one_in(12)) return r.pick({infinite, -infinite, nothing, -nothing, 0.0f, -0.0f, 1e-42f, 3e38f});
    return r.one_in(4) ? float(r.integer(-600, 600)) / 2 : float(r.real(-200, 200));
}

template <class Arch>
void check_arch() {
    if (!compiled_for<Arch> || !available<Arch>()) {
        WARN(Arch::name << " is not here: floats are not compared");
        return;
    }
    for (std::size_t count = 0; count <= 150; ++count)
        for (std::size_t i = 0; i < 8; ++i) {
            support::lots r(51, count, i);
            support::guarded_memory::get().put_at_end(i % 2 == 0);
            support::guarded_vector<float> x(count);
            for (float& f : x) f = draw(r);
            float_bounds wanted;
            for (const float f : x) wanted = {std::fmin(wanted.low, f), std::fmax(wanted.high, f)};
            REQUIRE(bounds_of(x.data(), count, Arch{}) == wanted);

            const auto zero = std::int32_t(r.integer(-128, 127));
            const float inverse = r.pick({1.0f, 0.5f, float(r.real(0.1, 3))});
            support::guarded_vector<std::int8_t> y(count);
            quantize_values(y.data(), x.data(), count, inverse, zero, Arch{});
            for (std::size_t k = 0; k < count; ++k) {
                const float product = x[k] * inverse;
                const int q = std::isnan(product) ? 0 : int(std::nearbyint(std::clamp(double(product), -400.0, 400.0)));
                REQUIRE(int(y[k]) == std::clamp(q + zero, -128, 127));
            }
        }
}

/// Floats of sums, where the arch has registers for that.
template <class Arch>
void check_dequantized() {
    using step = typename Arch::template dot_for<std::int8_t, std::int8_t>;
    if constexpr (compiled_for<Arch> && !Arch::portable) {
        if (!available<Arch>()) return;
        constexpr std::size_t lanes = Arch::lanes, count = 2 * lanes, first = 3;
        support::lots r(52);
        std::vector<std::int32_t> sums(count), weight_sums(count + first);
        std::vector<float> scales(count + first), bias(count + first), got(count);
        for (auto& s : sums) s = std::int32_t(r.integer(-100000, 100000));
        for (auto& s : weight_sums) s = std::int32_t(r.integer(-3000, 3000));
        for (auto& s : scales) s = float(r.real(0.001, 0.1));
        for (auto& s : bias) s = float(r.real(-100, 100));
        const dequantize_constants c{0.25f, -77, -500.0f, 700.0f};
        const decltype(zero_sums(step{}, Arch{})) registers[2] = {load_sums(sums.data(), step{}, Arch{}),
                                                                  load_sums(sums.data() + lanes, step{}, Arch{})};
        store_dequantized(got.data(), registers, {weight_sums.data(), scales.data(), bias.data()}, first, c, step{}, Arch{});
        for (std::size_t i = 0; i < count; ++i) {
            const double product = double(sums[i] + 77 * weight_sums[first + i]) * 0.25 * double(scales[first + i]);
            const double wanted = std::clamp(product + double(bias[first + i]), -500.0, 700.0);
            REQUIRE(std::fabs(double(got[i]) - wanted) <= 3e-7 * (std::fabs(product) + 100));
        }
    }
}

}  // namespace

TEST_CASE("floats to bytes in plain C++") {
    CHECK(by_hand() == std::array<std::int8_t, 6>{10, 12, 8, 127, -128, 10});
    check_arch<scalar>();
}
TEST_CASE("floats to bytes on avx2") { check_arch<avx2>(), check_dequantized<avx2>(); }
TEST_CASE("floats to bytes on avx512_vnni") { check_arch<avx512_vnni>(), check_dequantized<avx512_vnni>(); }
