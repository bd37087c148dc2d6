// SPDX-License-Identifier: MIT
// Bounds that activations clamp to.
#include <pare/layer/activation.hpp>

#include <cstdint>
#include <limits>

#include "support/catch.hpp"
#include "support/lots.hpp"
#include "support/reference_arithmetic.hpp"

namespace {

using namespace pare;

template <class Activation, class T>
constexpr bool range_is(quantization q, std::int32_t low, std::int32_t high) {
    const rounding::output_range r = activation_range<Activation, T>(q);
    return r.zero_point == q.zero_point && r.low == low && r.high == high;
}

template <class T>
void check(support::lots& r) {
    const float low = 0, high = 6;
    const auto equal = [](rounding::output_range got, reference::range wanted) {
        REQUIRE(got.zero_point == wanted.zero_point);
        REQUIRE(got.high == wanted.high);
        REQUIRE(got.low == wanted.low);
    };
    constexpr int least = std::numeric_limits<T>::min(), most = std::numeric_limits<T>::max();
    for (int i = 0; i < 5000; ++i) {
        const quantization q{float(r.real(0.001, 2)), std::int32_t(r.integer(least, most))};
        INFO("scale " << q.scale << ", zero point " << q.zero_point);
        equal(activation_range<relu, T>(q), reference::activation_range(q.scale, q.zero_point, least, most, &low, nullptr));
        equal(activation_range<relu6, T>(q), reference::activation_range(q.scale, q.zero_point, least, most, &low, &high));
        equal(activation_range<linear_activation, T>(q), reference::activation_range(q.scale, q.zero_point, least, most, nullptr, nullptr));
    }
}

}  // namespace

TEST_CASE("bounds by hand") {
    STATIC_REQUIRE(range_is<linear_activation, std::int8_t>({0.5f, 3}, -128, 127));
    STATIC_REQUIRE(range_is<relu, std::int8_t>({0.5f, 3}, 3, 127));
    STATIC_REQUIRE(range_is<relu6, std::int8_t>({0.5f, 3}, 3, 15));
    STATIC_REQUIRE(range_is<relu6, std::uint8_t>({0.01f, 7}, 7, 255));  // 600 levels do not fit
    STATIC_REQUIRE(range_is<relu6, std::int16_t>({0.01f, 0}, 0, 600));
    STATIC_REQUIRE(range_is<relu6, std::int8_t>({4.0f, 0}, 0, 2));  // 1.5 rounds away from zero
    STATIC_REQUIRE(range_is<relu6, std::int8_t>({0.5f, -128}, -128, -116));
    STATIC_REQUIRE(range_is<relu, std::int8_t>({0.5f, 127}, 127, 127));
    STATIC_REQUIRE(range_is<relu6, std::int8_t>({1e-30f, -5}, -5, 127));  // far more levels than an integer has
}

TEST_CASE("bounds of any quantisation against the formula") {
    support::lots r(3);
    check<std::int8_t>(r);
    check<std::uint8_t>(r);
    check<std::int16_t>(r);
}

TEST_CASE("floats") {
    STATIC_REQUIRE((activate<relu>(-1.0f) == 0 && activate<relu>(7.0f) == 7));
    STATIC_REQUIRE((activate<relu6>(-1.0f) == 0 && activate<relu6>(7.0f) == 6 && activate<relu6>(5.5f) == 5.5f));
    STATIC_REQUIRE((activate<linear_activation>(-1.0f) == -1));
    STATIC_REQUIRE((detail::round_half_away(2.5f) == 3 && detail::round_half_away(-2.5f) == -3 && detail::round_half_away(0.49f) == 0));
    STATIC_REQUIRE((detail::round_half_away(1e20f) == 1000000000 && detail::round_half_away(-1e20f) == -1000000000));
}
