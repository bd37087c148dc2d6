// SPDX-License-Identifier: MIT
// What a layer may be told, in any order; and paddings against TFLite's formulas.
#include <pare/layer/options.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "support/catch.hpp"
#include "support/reference_layers.hpp"

namespace {

using namespace pare;
using namespace pare::detail;

using defaults = layer_options<>;
using all = layer_options<window<3, 5>, stride<2>, pad<1, 2, 3, 4>, dilation<1, 2>, groups<4>, relu6, rounding::single, out<int16>,
                          accumulate<std::int32_t>, named<"x">, weights<int4>, depth_multiplier<2>>;
// The same, told the other way round.
using backwards = layer_options<depth_multiplier<2>, weights<int4>, named<"x">, accumulate<std::int32_t>, out<int16>, rounding::single,
                                relu6, groups<4>, dilation<1, 2>, pad<1, 2, 3, 4>, stride<2>, window<3, 5>>;

template <class O>
constexpr bool says_all() {
    return std::same_as<typename O::window, window<3, 5>> && std::same_as<typename O::stride, stride<2, 2>> &&
           std::same_as<typename O::padding, pad<1, 2, 3, 4>> && std::same_as<typename O::dilation, dilation<1, 2>> &&
           std::same_as<typename O::groups, groups<4>> && std::same_as<typename O::activation, relu6> &&
           std::same_as<typename O::rounding, rounding::single> && std::same_as<typename O::output, out<int16>> &&
           std::same_as<typename O::accumulator, std::int32_t> && O::name::name == "x" && std::same_as<typename O::format, weights<int4>> &&
           std::same_as<typename O::multiplier, depth_multiplier<2>> && O::has_stride && O::has_format && O::has_rounding;
}
static_assert(says_all<all>() && says_all<backwards>());

// One number stands for both.
static_assert(window<3>::width == 3 && stride<2>::x == 2 && dilation<4>::x == 4);
static_assert(std::same_as<option_of<weights<int4>>::type, option::weights> &&
              std::same_as<option_of<rounding::fp32>::type, option::rounding>);
static_assert(std::same_as<option_of<relu>::type, option::activation> && std::same_as<option_of<int>::type, void>);
static_assert(takes<option::activation>::all<relu, named<"y">> && !takes<option::activation>::all<relu, stride<2>> && takes<>::all<>);
static_assert(each_once<relu, stride<2>, weights<>> && !each_once<relu, stride<2>, relu6> && !each_once<weights<>, weights<int4>>);
static_assert(rounding_policy<rounding::fp32> && rounding_policy<rounding::gemmlowp> && !rounding_policy<relu>);

// The float twin's.
static_assert(std::same_as<float_option<weights<int4>>::type, weights<f32>> && std::same_as<float_option<out<int8>>::type, out<f32>>);
static_assert(std::same_as<float_option<stride<2>>::type, stride<2>>);

struct fused {
    using options = layer_options<relu6>;
};
static_assert(std::same_as<fused_activation<fused>::type, relu6> && std::same_as<fused_activation<relu>::type, relu>);

constexpr bool equal(axis_padding a, std::size_t before, std::size_t output) { return a.before == before && a.output == output; }

}  // namespace

TEST_CASE("where defaults is said") {
    STATIC_REQUIRE(
        (defaults::window::height == 1 && defaults::window::width == 1 && defaults::stride::y == 1 && defaults::dilation::x == 1));
    STATIC_REQUIRE((defaults::groups::count == 1 && defaults::multiplier::count == 1 && defaults::name::name.empty()));
    STATIC_REQUIRE(std::same_as<defaults::padding, valid>);
    STATIC_REQUIRE(std::same_as<defaults::rounding, rounding::fp32>);
    STATIC_REQUIRE(std::same_as<defaults::format, weights<int8, per_tensor>>);
    STATIC_REQUIRE((!defaults::activation::has_low && !defaults::activation::has_high));
    STATIC_REQUIRE((!defaults::has_stride && !defaults::has_format && !defaults::has_rounding));
    STATIC_REQUIRE(std::same_as<defaults::accumulator, void>);
}

TEST_CASE("options in any order") {
    STATIC_REQUIRE(says_all<all>());
    STATIC_REQUIRE(says_all<backwards>());
}

TEST_CASE("paddings by hand") {
    // 5 in steps of 2 give 3, which cover 7 with a window of 3: one before, one after; 6 give 3 too and need only one, behind.
    STATIC_REQUIRE(equal(same::along(5, 3, 2, true), 1, 3));
    STATIC_REQUIRE(equal(same::along(6, 3, 2, true), 0, 3));
    STATIC_REQUIRE(equal(same::along(5, 2, 1, false), 0, 5));
    STATIC_REQUIRE(equal(same::along(1, 7, 1, false), 3, 1));
    STATIC_REQUIRE(equal(same::along(7, 1, 3, false), 0, 3));
    STATIC_REQUIRE(equal(valid::along(5, 3, 2, true), 0, 2));
    STATIC_REQUIRE(equal(valid::along(3, 3, 9, true), 0, 1));
    STATIC_REQUIRE(equal(valid::along(2, 3, 1, true), 0, 0));
    STATIC_REQUIRE(equal(pad<1, 2, 3, 4>::along(5, 3, 2, true), 1, 4));
    STATIC_REQUIRE(equal(pad<1, 2, 3, 4>::along(5, 3, 2, false), 2, 5));
    STATIC_REQUIRE(equal(pad<1, 0, 0, 0>::along(1, 3, 1, true), 1, 0));
}

TEST_CASE("paddings of every size against TFLite's") {
    for (std::size_t in = 1; in <= 12; ++in)
        for (std::size_t kernel = 1; kernel <= 5; ++kernel)
            for (std::size_t step = 1; step <= 4; ++step)
                for (std::size_t apart = 1; apart <= 3; ++apart) {
                    const std::size_t extent = (kernel - 1) * apart + 1;
                    const auto check = [&](axis_padding got, const reference::axis& wanted) {
                        INFO("in " << in << " kernel " << kernel << " stride " << step << " dilation " << apart);
                        REQUIRE(got.output == wanted.out);
                        REQUIRE(got.before == std::size_t(wanted.before));
                    };
                    check(same::along(in, extent, step, true), reference::same(in, kernel, step, apart));
                    check(valid::along(in, extent, step, true), reference::valid(in, kernel, step, apart));
                    check(pad<2, 0, 1, 3>::along(in, extent, step, true), reference::padded(in, kernel, step, apart, 2, 1));
                    check(pad<2, 0, 1, 3>::along(in, extent, step, false), reference::padded(in, kernel, step, apart, 0, 3));
                }
}

TEST_CASE("windows on an image") {
    // Rows: (7 + 1 + 3 - 3) / 2 + 1; columns: taps 2 apart cover 9 of 4 + 2 + 4.
    STATIC_REQUIRE(all::geometry({7, 4, 3}) == window_geometry{3, 5, 2, 2, 1, 2, 1, 2, 5, 1});
    STATIC_REQUIRE(defaults::geometry<window<2, 2>, stride<2, 2>>({7, 4, 3}) == window_geometry{2, 2, 2, 2, 1, 1, 0, 0, 3, 2});
}

TEST_CASE("names are text of the type") {
    STATIC_REQUIRE(named<"conv1">::name == std::string_view("conv1"));
    STATIC_REQUIRE(named<"">::name.empty());
    STATIC_REQUIRE(std::same_as<named<"a">, named<"a">>);
    STATIC_REQUIRE_FALSE(std::same_as<named<"a">, named<"b">>);
}
