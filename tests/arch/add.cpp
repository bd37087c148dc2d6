// SPDX-License-Identifier: MIT
// Quantised addition: by hand in the compiler, and every pair of bytes by registers of each arch, against the formula for one.
#include <pare/arch/add.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "support/catch.hpp"
#include "support/lots.hpp"

namespace {

using namespace pare;

constexpr multiplier half = quantize_multiplier(0.5);
// Both inputs at half the common scale, and that with 20 fraction bits taken off and doubled: a + b.
constexpr add_constants plain{0, 0, half, half, quantize_multiplier(2.0 / (1 << 20)), 20, {0, -128, 127}};
static_assert(adds_in_registers(plain));
static_assert(add_values<std::int8_t>(100, 27, plain) == 127 && add_values<std::int8_t>(-100, -100, plain) == -128);
static_assert(add_values<std::int8_t>(-5, 3, plain) == -2 && add_values<std::uint8_t>(0, 9, plain) == 9);

constexpr bool refused(auto change) {
    add_constants c = plain;
    change(c);
    return !adds_in_registers(c);
}
static_assert(refused([](add_constants& c) { c.shift = 15; }) && refused([](add_constants& c) { c.scale_out.shift = 1; }) &&
              refused([](add_constants& c) { c.scale_a.shift = -31; }) && refused([](add_constants& c) { c.zero_b = 512; }));

constexpr std::array<std::int8_t, 3> in_compiler() {
    std::array<std::int8_t, 3> a{1, -2, 127};
    constexpr std::array<std::int8_t, 3> b{4, 5, 6};
    arch::add_arrays(a.data(), a.data(), b.data(), 3, plain, arch::native{});
    return a;
}
static_assert(in_compiler() == std::array<std::int8_t, 3>{5, 3, 127});

multiplier draw_multiplier(support::lots& r, int lowest, int highest) {
    if (r.one_in(20)) return {};
    const auto mantissa = r.one_in(4) ? r.pick({std::int64_t(1) << 30, (std::int64_t(1) << 31) - 1}) : r.integer(1 << 30, 2147483647);
    return {std::int32_t(mantissa), std::int32_t(r.integer(lowest, highest))};
}

template <class T, class Arch>
void check_pairs(Arch arch) {
    constexpr int low = std::numeric_limits<T>::min(), high = std::numeric_limits<T>::max();
    std::array<T, 256> a{}, b{}, y{};
    for (int i = 0; i < 256; ++i) a[std::size_t(i)] = T(low + i);
    support::lots r(21, sizeof(T), std::size_t(high));
    for (int draw = 0; draw < 60; ++draw) {
        // Shifts as models have them, and all that registers take, or a step beyond; zero points inside the type and far outside it.
        const bool wild = draw % 3 == 2;
        const int zero_low = wild ? -520 : low, zero_high = wild ? 520 : high;
        const auto some = std::int32_t(r.integer(low, high)), other = std::int32_t(r.integer(low, high));
        add_constants c{std::int32_t(r.integer(zero_low, zero_high)),
                        std::int32_t(r.integer(zero_low, zero_high)),
                        draw_multiplier(r, wild ? -31 : -6, 0),
                        draw_multiplier(r, wild ? -31 : -6, 0),
                        draw_multiplier(r, wild ? -31 : -22, wild ? 1 : -16),
                        20,
                        {std::int32_t(r.integer(low, high)), std::min(some, other), std::max(some, other)}};
        // The larger of two scales is a half of the common one: of either input.
        if (draw % 4 == 0) c.scale_a = half;
        if (draw % 4 == 1) c.scale_b = half;
        for (int j = low; j <= high; ++j) {
            b.fill(T(j));
            arch::add_arrays(y.data(), a.data(), b.data(), a.size(), c, arch);
            for (std::size_t i = 0; i < a.size(); ++i) REQUIRE(int(y[i]) == int(add_values(a[i], T(j), c)));
        }
    }
}

/// Rows that lie apart, of which those that are added lie as the sums do.
template <class Arch>
void check_rows(Arch arch) {
    constexpr std::size_t count = 21, stride = 30;
    std::array<std::int8_t, 3 * stride> from{}, other{}, sums{};
    for (std::size_t i = 0; i < from.size(); ++i) from[i] = std::int8_t(i * 5), other[i] = std::int8_t(i * 7);
    const std::array<const std::int8_t*, 3> a{from.data() + 40, from.data(), from.data() + 69};
    const std::array<std::int8_t*, 3> to{sums.data() + 2 * stride, sums.data() + 1, sums.data() + stride};
    arch::add_rows(a.data(), other.data(), to.data(), static_cast<const std::int8_t*>(sums.data()), 3, count, prepared_add(plain), arch);
    std::array<std::int8_t, 3 * stride> wanted{};
    for (std::size_t r = 0; r < 3; ++r)
        for (std::size_t i = 0; i < count; ++i) {
            const auto at = std::size_t(to[r] - sums.data()) + i;
            wanted[at] = add_values(a[r][i], other[at], plain);
        }
    CHECK(sums == wanted);
}

/// Every length around registers: what lies behind stays, and nothing behind is read.
template <class Arch>
void check_lengths(Arch arch) {
    for (std::size_t count = 0; count <= 70; ++count) {
        std::vector<std::int8_t> a(count), b(count), y(count + 1, 77);
        for (std::size_t i = 0; i < count; ++i) a[i] = std::int8_t(i * 37), b[i] = std::int8_t(i * 91);
        arch::add_arrays(y.data(), a.data(), b.data(), count, plain, arch);
        REQUIRE(int(y[count]) == 77);
        for (std::size_t i = 0; i < count; ++i) REQUIRE(int(y[i]) == std::clamp(int(a[i]) + int(b[i]), -128, 127));
        arch::add_arrays(a.data(), a.data(), b.data(), count, plain, arch);  // in place
        y.pop_back();
        REQUIRE(a == y);
    }
}

template <class Arch>
void check_arch() {
    if (!arch::compiled_for<Arch> || !arch::available<Arch>()) {
        WARN(Arch::name << " is not here: sums are not compared");
        return;
    }
    check_pairs<std::int8_t>(Arch{});
    check_pairs<std::uint8_t>(Arch{});
    check_lengths(Arch{});
    check_rows(Arch{});
}

}  // namespace

TEST_CASE("additions in plain C++") {
    CHECK(in_compiler() == std::array<std::int8_t, 3>{5, 3, 127});
    check_lengths(arch::scalar{});
    check_rows(arch::scalar{});
}
TEST_CASE("additions on avx2") { check_arch<arch::avx2>(); }
TEST_CASE("additions on avx512_vnni") { check_arch<arch::avx512_vnni>(); }
