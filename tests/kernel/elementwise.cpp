// SPDX-License-Identifier: MIT
// Addition, clamping and softmax: by hand, and every pair of bytes against the reference.
#include <pare/kernel/elementwise.hpp>

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "support/catch.hpp"
#include "support/lots.hpp"
#include "support/reference_arithmetic.hpp"

namespace {

using namespace pare;

constexpr std::array<std::int8_t, 4> added() {
    // Scales 1/2 and 1/4 to 1/2, zero points 1, -2 and 3: (1 - 1) / 2 + (2 + 2) / 4 = 1, and so on.
    constexpr add_constants c = make_add_constants({0.5f, 1}, {0.25f, -2}, {0.5f, 3}, {3, -100, 100}, false);
    constexpr std::array<std::int8_t, 4> a{1, 5, 127, -128}, b{2, -2, 127, -128};
    std::array<std::int8_t, 4> y{};
    add_kernel(a.data(), b.data(), y.data(), 4, c);
    return y;
}
// 1 is 2 levels; 2 is 4; 63 + 32.25 is 190.5; -64.5 - 31.5 is -192.
static_assert(added() == std::array<std::int8_t, 4>{5, 7, 100, -100});

template <class T>
void check_softmax(std::span<const T> row, float scale) {
    std::vector<T> got(row.size());
    softmax_kernel(row.data(), got.data(), row.size(), make_softmax_constants(scale));
    const auto wanted = reference::softmax(row, scale, std::is_signed_v<T> ? -128 : 0);
    REQUIRE(got == wanted);
    std::vector<T> again(row.begin(), row.end());  // in place
    softmax_kernel<T>(again.data(), again.data(), row.size(), make_softmax_constants(scale), arch::native{});
    REQUIRE(again == wanted);
}

}  // namespace

TEST_CASE("sums by hand") { CHECK(added() == std::array<std::int8_t, 4>{5, 7, 100, -100}); }

TEST_CASE("sums of every pair of bytes") {
    support::lots r(4);
    std::array<std::int8_t, 256> a{}, b{}, y{};
    for (int i = 0; i < 256; ++i) a[std::size_t(i)] = std::int8_t(i - 128);
    for (int draw = 0; draw < 8; ++draw) {
        const quantization qa{float(r.real(0.001, 1)), std::int32_t(r.integer(-128, 127))};
        const quantization qb{float(r.real(0.001, 1)), std::int32_t(r.integer(-128, 127))};
        const quantization out{float(r.real(0.1, 2)) * (qa.scale + qb.scale), std::int32_t(r.integer(-128, 127))};
        const add_constants c = make_add_constants(qa, qb, out, {out.zero_point, -128, 127}, false);
        for (int j = -128; j <= 127; ++j) {
            b.fill(std::int8_t(j));
            add_kernel(a.data(), b.data(), y.data(), a.size(), c);
            for (std::size_t i = 0; i < a.size(); ++i)
                REQUIRE(int(y[i]) == reference::add(a[i], qa.scale, qa.zero_point, j, qb.scale, qb.zero_point, out.scale, 20,
                                                    {out.zero_point, -128, 127}));
        }
    }
}

TEST_CASE("sums of 16 bits and of floats") {
    support::lots r(5);
    for (int draw = 0; draw < 3000; ++draw) {
        const float sa = float(r.real(0.001, 1)), sb = float(r.real(0.001, 1)), so = float(r.real(0.001, 3));
        const auto spread = support::draw_spread(r);
        const auto a = support::draw_activation<std::int16_t>(r, spread), b = support::draw_activation<std::int16_t>(r, spread);
        std::int16_t y = 0;
        add_kernel(&a, &b, &y, 1, make_add_constants({sa, 0}, {sb, 0}, {so, 0}, {0, -32768, 32767}, true));
        REQUIRE(int(y) == reference::add(a, sa, 0, b, sb, 0, so, 15, {0, -32768, 32767}));
    }
    constexpr std::array<float, 3> a{1, -2, 5}, b{0.5f, -2, 5};
    std::array<float, 3> y{};
    add_kernel(a.data(), b.data(), y.data(), 3, 0.0f, 6.0f);
    CHECK(y == std::array<float, 3>{1.5f, 0, 6});
}

TEST_CASE("clamps, in place too") {
    std::array<std::int16_t, 4> x{-300, -3, 4, 32767};
    clamp_kernel(x.data(), x.data(), 4, std::int16_t(-3), std::int16_t(300));
    CHECK(x == std::array<std::int16_t, 4>{-3, -3, 4, 300});
    std::array<float, 2> f{-1, 7};
    clamp_kernel(f.data(), f.data(), 2, 0.0f, 6.0f);
    CHECK(f == std::array<float, 2>{0, 6});
}

TEST_CASE("softmax by hand") {
    const softmax_constants c = make_softmax_constants(1.0f);
    CHECK(c.scale == quantize_multiplier(double(1 << 26)));
    // Equal scores share 256 levels: two have a half each, and one alone would have 256, which is one too many.
    std::array<std::int8_t, 2> y{};
    softmax_kernel(std::array<std::int8_t, 2>{5, 5}.data(), y.data(), 2, c);
    CHECK(y == std::array<std::int8_t, 2>{0, 0});
    softmax_kernel(std::array<std::int8_t, 2>{100, -100}.data(), y.data(), 2, c);
    CHECK(y == std::array<std::int8_t, 2>{127, -128});
    // 1 / (1 + e^-1) = 0.731, 187.1 levels; the other 68.9.
    softmax_kernel(std::array<std::int8_t, 2>{1, 0}.data(), y.data(), 2, c);
    CHECK(y == std::array<std::int8_t, 2>{187 - 128, 69 - 128});
    std::array<std::uint8_t, 1> alone{};
    softmax_kernel(std::array<std::uint8_t, 1>{9}.data(), alone.data(), 1, c);
    CHECK(alone[0] == 255);
}

TEST_CASE("softmax against TFLite's formulas") {
    support::lots r(6);
    for (int draw = 0; draw < 2000; ++draw) {
        const auto spread = support::draw_spread(r);
        const float scale = float(r.real(0.001, 2));
        std::vector<std::int8_t> s(r.between(1, 300));
        for (auto& x : s) x = support::draw_activation<std::int8_t>(r, spread);
        check_softmax<std::int8_t>(s, scale);
        std::vector<std::uint8_t> u(r.between(1, 20));
        for (auto& x : u) x = support::draw_activation<std::uint8_t>(r, spread);
        check_softmax<std::uint8_t>(u, scale);
    }
}

TEST_CASE("more equal scores than TFLite's sum can hold") {
    // 256 levels over 300 scores are 0.85, one level; over 520 they are less than a half, and nothing.
    for (const auto& [count, wanted] : {std::array<std::size_t, 2>{300, 1}, {500, 1}, {520, 0}, {600, 0}, {1024, 0}, {100000, 0}}) {
        std::vector<std::int8_t> x(count, 3), y(count);
        softmax_kernel(x.data(), y.data(), count, make_softmax_constants(0.5f));
        INFO(count << " scores");
        for (const std::int8_t p : y) REQUIRE(int(p) == int(wanted) - 128);
        softmax_kernel(x.data(), y.data(), count, make_softmax_constants(0.5f), arch::native{});
        for (const std::int8_t p : y) REQUIRE(int(p) == int(wanted) - 128);
    }
}

TEST_CASE("softmax of floats") {
    constexpr std::array<float, 3> x{1000, 1001, -1e30f};
    std::array<float, 3> y{};
    softmax_kernel(x.data(), y.data(), 3);
    CHECK(std::fabs(double(y[1]) - 1 / (1 + std::exp(-1.0))) < 1e-6);
    CHECK(std::fabs(double(y[0] + y[1]) - 1) < 1e-6);
    CHECK(y[2] == 0);
}
