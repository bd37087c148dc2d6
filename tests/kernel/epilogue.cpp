// SPDX-License-Identifier: MIT
// What becomes of sums, by hand: ties of the three roundings, clamps, chains; and whole registers on the native arch.
#include <pare/kernel/epilogue.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "support/catch.hpp"

namespace {

using namespace pare;

static_assert(epilogue<raw_sum<std::int64_t>, std::int64_t> && epilogue<clamp_float, float> &&
              epilogue<requantize<rounding::fp32, std::int8_t>, std::int32_t> && !epilogue<rounding::fp32, std::int32_t> &&
              epilogue<binarize, std::int32_t>);
static_assert(writes_bits<binarize> && !writes_bits<clamp_float>);

/// The output of `sum` at `scale`, zero point 0 and all of s8.
template <class Rounding>
constexpr int at(double scale, std::int64_t sum, rounding::output_range r = {}) {
    const std::array<typename Rounding::scale_type, 2> scales{Rounding::from(1e9), Rounding::from(scale)};
    return requantize<Rounding, std::int8_t>{scales.data(), r}(std::int32_t(sum), 1);
}

/// A constant of each channel is added; a user's own link of a chain.
struct plus {
    using value_type = std::int32_t;
    const std::int32_t* of = nullptr;
    constexpr std::int32_t operator()(std::int32_t sum, std::size_t n) const { return sum + of[n]; }
};

}  // namespace

TEST_CASE("ties: to even, up, and twice") {
    using rounding::fp32, rounding::single, rounding::gemmlowp;
    // 0.5, 1.5, 2.5 and their negatives.
    STATIC_REQUIRE((at<fp32>(0.5, 1) == 0 && at<fp32>(0.5, 3) == 2 && at<fp32>(0.5, 5) == 2));
    STATIC_REQUIRE((at<fp32>(0.5, -1) == 0 && at<fp32>(0.5, -3) == -2 && at<fp32>(0.5, -5) == -2));
    STATIC_REQUIRE((at<single>(0.5, 1) == 1 && at<single>(0.5, 3) == 2 && at<single>(0.5, 5) == 3));
    STATIC_REQUIRE((at<single>(0.5, -1) == 0 && at<single>(0.5, -3) == -1 && at<single>(0.5, -5) == -2));
    STATIC_REQUIRE((at<gemmlowp>(0.5, 1) == 1 && at<gemmlowp>(0.5, -1) == 0 && at<gemmlowp>(0.5, -3) == -1));
    // A quarter of 1 is 0.25; the first rounding of gemmlowp makes a half of it, the second a one. Of 5: 1.25, 3 / 2, 2.
    STATIC_REQUIRE((at<fp32>(0.25, 1) == 0 && at<single>(0.25, 1) == 0 && at<gemmlowp>(0.25, 1) == 1));
    STATIC_REQUIRE((at<fp32>(0.25, 5) == 1 && at<single>(0.25, 5) == 1 && at<gemmlowp>(0.25, 5) == 2));
    STATIC_REQUIRE((at<fp32>(0.25, -2) == 0 && at<single>(0.25, -2) == 0 && at<gemmlowp>(0.25, -2) == -1));
    CHECK(at<fp32>(0.5, 3) == 2);
}

TEST_CASE("zero points and ends of the range") {
    using rounding::fp32, rounding::single, rounding::gemmlowp;
    constexpr rounding::output_range r{10, -20, 40};
    const auto all = [&](std::int64_t sum, int wanted) {
        CHECK(at<fp32>(0.5, sum, r) == wanted);
        CHECK(at<single>(0.5, sum, r) == wanted);
        CHECK(at<gemmlowp>(0.5, sum, r) == wanted);
    };
    all(0, 10);
    all(58, 39);
    all(60, 40);
    all(62, 40);
    all(-60, -20);
    all(-62, -20);
    all(std::numeric_limits<std::int32_t>::max(), 40);
    all(std::numeric_limits<std::int32_t>::min(), -20);
    // A multiplier above 1, and one that is nothing.
    STATIC_REQUIRE((at<fp32>(3, 7) == 21 && at<single>(3, 7) == 21 && at<gemmlowp>(3, 7) == 21));
    STATIC_REQUIRE((at<fp32>(0, 7, r) == 10 && at<single>(0, 7, r) == 10 && at<gemmlowp>(0, 7, r) == 10));
}

TEST_CASE("sums of 64 bits") {
    constexpr std::int64_t sum = std::int64_t(1) << 40;
    // 2^40 / 2^34 = 64; integers keep 16 bits of the multiplier, which a power of two does not feel.
    static constexpr float scale = 1.0f / (std::int64_t(1) << 34);
    STATIC_REQUIRE(requantize<rounding::fp32, std::int16_t>{&scale, {1, -32768, 32767}}(sum, 0) == 65);
    constexpr multiplier m = quantize_multiplier(double(scale));
    STATIC_REQUIRE(m == multiplier{});  // below 2^-32 nothing is left
    static constexpr multiplier half = quantize_multiplier(0.5);
    STATIC_REQUIRE(requantize<rounding::single, std::int16_t>{&half, {1, -32768, 32767}}(std::int64_t(2000), 0) == 1001);
    STATIC_REQUIRE(requantize<rounding::gemmlowp, std::int16_t>{&half, {0, -32768, 32767}}(sum, 0) == 32767);
}

TEST_CASE("floats and raw sums") {
    constexpr clamp_float six{0, 6}, none{};
    STATIC_REQUIRE((six(-1, 0) == 0 && six(3.5f, 9) == 3.5f && six(7, 1) == 6));
    STATIC_REQUIRE((none(-1e30f, 0) == -1e30f && none(1e30f, 0) == 1e30f));
    STATIC_REQUIRE(raw_sum<std::int64_t>{}(std::int64_t(-5) << 40, 3) == std::int64_t(-5) << 40);
}

TEST_CASE("chains work from the left") {
    static constexpr std::array<std::int32_t, 2> more{100, -100};
    static constexpr std::array<float, 2> scales{0.5f, 0.25f};
    using link = requantize<rounding::fp32, std::int8_t>;
    constexpr chain<plus, link> both{{more.data()}, {link{scales.data(), {0, -128, 127}}}};
    STATIC_REQUIRE(epilogue<chain<plus, link>, std::int32_t>);
    STATIC_REQUIRE((both(1, 0) == 50 && both(3, 0) == 52));   // 50.5 and 51.5
    STATIC_REQUIRE((both(0, 1) == -25 && both(98, 1) == 0));  // -0.5
    constexpr chain<plus, plus, plus> three{{more.data()}, {{more.data()}, {{more.data()}}}};
    STATIC_REQUIRE((three(7, 0) == 307 && three(7, 1) == -293));
    constexpr chain<raw_sum<std::int32_t>> one{};
    STATIC_REQUIRE(one(5, 0) == 5);
}

/// Adds the number of the row, two outputs each, which `finish` then doubles.
struct row_number {
    using value_type = int;
    const int* dst = nullptr;
    int number = 0;
    constexpr row_number row(const int* p) const { return {dst, int(p - dst) / 2}; }
    constexpr int operator()(std::int32_t sum, std::size_t) const { return sum + number; }
    template <class Arch>
    constexpr void finish(const int* const* from, int* const* to, std::size_t rows, std::size_t count, Arch) const {
        for (std::size_t r = 0; r < rows; ++r)
            for (std::size_t i = 0; i < count; ++i) to[r][i] = 2 * from[r][i];
    }
};

TEST_CASE("epilogues of rows, and those that finish") {
    STATIC_REQUIRE((epilogue<row_number, std::int32_t> && row_epilogue<row_number> && !row_epilogue<clamp_float>));
    STATIC_REQUIRE((finishing_epilogue<row_number, arch::scalar> && !finishing_epilogue<clamp_float, arch::scalar>));
    std::array<int, 6> y{};
    const row_number e{y.data()};
    CHECK(epilogue_of_row(e, y.data() + 5)(10, 1) == 12);
    const clamp_float plain{0, 6};
    CHECK(&epilogue_of_row(plain, nullptr) == &plain);

    // A saturating epilogue finishes as the one that it is made of.
    const std::array<int, 2> from{3, 4};
    const std::array<const int*, 1> rows{from.data()};
    const std::array<int*, 1> to{y.data() + 2};
    const saturating<row_number> s{e};
    STATIC_REQUIRE(finishing_epilogue<saturating<row_number>, arch::scalar>);
    s.finish(rows.data(), to.data(), 1, 2, arch::scalar{});
    CHECK(y == std::array<int, 6>{0, 0, 6, 8, 0, 0});
}

TEST_CASE("registers are stored by the same formula, from the scale of their first output on") {
    using step = arch::native::dot_for<std::int8_t, std::int8_t>;
    using real = arch::native::dot_for<float, float>;
    constexpr std::size_t lanes = arch::native::lanes, first = 3;
    std::array<std::int32_t, lanes> sums{};
    std::array<float, lanes> reals{};
    std::array<float, lanes + first> scales{};
    for (std::size_t i = 0; i < lanes; ++i) sums[i] = std::int32_t(i * 37) - 200, reals[i] = float(i) - 2.5f;
    for (std::size_t i = 0; i < scales.size(); ++i) scales[i] = 0.125f * float(i);
    const requantize<rounding::fp32, std::int8_t> e{scales.data(), {5, -40, 60}};
    std::array<multiplier, lanes + first> multipliers{};
    for (std::size_t i = 0; i < scales.size(); ++i) multipliers[i] = quantize_multiplier(0.125 * double(i));
    const requantize<rounding::single, std::int8_t> integers{multipliers.data(), {5, -40, 60}};
    const clamp_float c{-1, 4};
    const auto check = [&](auto arch) {
        using a = decltype(arch);
        decltype(zero_sums(step{}, a{})) s[1] = {load_sums(sums.data(), step{}, a{})};
        decltype(zero_sums(real{}, a{})) t[1] = {load_sums(reals.data(), real{}, a{})};
        // The scalar arch has no such store, and SSE4.1 none of integer roundings.
        constexpr bool has_store = requires(std::int8_t* p) { e.store(p, s, first, step{}, a{}); };
        CHECK(has_store != a::portable);
        constexpr bool has_integer_store = requires(std::int8_t* p) { integers.store(p, s, first, step{}, a{}); };
        CHECK(has_integer_store == (has_store && !std::same_as<a, arch::sse4_1>));
        if constexpr (has_integer_store) {
            std::array<std::int8_t, lanes> got{};
            integers.store(got.data(), s, first, step{}, a{});
            for (std::size_t i = 0; i < lanes; ++i) CHECK(int(got[i]) == int(integers(sums[i], first + i)));
        }
        if constexpr (has_store) {
            std::array<std::int8_t, lanes> got{};
            std::array<float, lanes> clamped{};
            e.store(got.data(), s, first, step{}, a{});
            c.store(clamped.data(), t, first, real{}, a{});
            for (std::size_t i = 0; i < lanes; ++i) {
                CHECK(int(got[i]) == int(e(sums[i], first + i)));
                CHECK(clamped[i] == c(reals[i], first + i));
            }
        }
    };
    check(arch::native{});
}

TEST_CASE("a bit is set where a sum is below 0") {
    constexpr binarize bits{8};
    STATIC_REQUIRE((!bits(std::int32_t(0), 0) && bits(std::int32_t(-1), 3) && !bits(std::int64_t(1) << 40, 7)));
    // A link before it: a threshold of each output.
    constexpr std::array<std::int32_t, 2> thresholds{-5, 3};
    const chain<plus, binarize> all{{thresholds.data()}, {binarize{2}}};
    CHECK((all(4, 0) && !all(5, 0) && all(-4, 1) && !all(-3, 1)));
}
