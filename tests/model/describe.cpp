// SPDX-License-Identifier: MIT
// Models as values.
#include <pare/model/describe.hpp>

#include <array>
#include <cstddef>
#include <string_view>

#include <pare/model/model.hpp>

#include "support/catch.hpp"

namespace {

using namespace pare;
using net =
    model<input<uint8, 9, 7, 4>,
          conv2d<6, window<3, 2>, stride<2, 1>, pad<1, 0, 0, 1>, groups<2>, out<int8>, relu6,
                 weights<int4, per_channel, n_of_m<2, 4>, codebook<16, per_channel>>, named<"stem">>,
          residual<depthwise_conv2d<window<3, 3>, same, weights<affine>>, add<relu>>, depthwise_conv2d<window<2, 2>, depth_multiplier<2>>,
          relu, max_pool2d<2, stride<1>>, global_avg_pool2d<>, flatten, linear<5, weights<per_group<4>, unstructured<>>, out<int16>>>;
constexpr auto nodes = describe_nodes<net>();

constexpr std::array kinds{layer_kind::conv2d,
                           layer_kind::depthwise_conv2d,
                           layer_kind::add,
                           layer_kind::depthwise_conv2d,
                           layer_kind::activation,
                           layer_kind::max_pool2d,
                           layer_kind::global_avg_pool2d,
                           layer_kind::flatten,
                           layer_kind::linear};

}  // namespace

TEST_CASE("nodes in order: kinds, edges, shapes") {
    STATIC_REQUIRE(nodes.size() == kinds.size());
    for (std::size_t i = 0; i < kinds.size(); ++i) CHECK(nodes[i].kind == kinds[i]);
    // The sum reads the branch and the branch's input.
    STATIC_REQUIRE(nodes[2].inputs == std::array<std::size_t, 2>{2, 1});
    STATIC_REQUIRE(nodes[3].inputs[0] == 3);
    // Rows: 1 + 9 - 3 in steps of 2, columns: 7 + 1 - 2 in steps of 1.
    STATIC_REQUIRE((nodes[0].in == shape{9, 7, 4} && nodes[0].out == shape{4, 7, 6}));
    STATIC_REQUIRE((nodes[3].out == shape{3, 6, 12} && nodes[5].out == shape{2, 5, 12} && nodes[6].out == shape{1, 1, 12}));
    STATIC_REQUIRE((nodes[8].in == shape{1, 1, 12} && nodes[8].out == shape{1, 1, 5}));
}

TEST_CASE("windows, groups, multipliers") {
    STATIC_REQUIRE(nodes[0].window == window_geometry{3, 2, 2, 1, 1, 1, 1, 0, 4, 7});
    STATIC_REQUIRE(nodes[1].window == window_geometry{3, 3, 1, 1, 1, 1, 1, 1, 4, 7});
    STATIC_REQUIRE(nodes[5].window == window_geometry{2, 2, 1, 1, 1, 1, 0, 0, 2, 5});
    STATIC_REQUIRE(nodes[6].window.kernel_height == 2);
    STATIC_REQUIRE((nodes[0].groups == 2 && nodes[1].groups == 1));
    STATIC_REQUIRE((nodes[3].depth_multiplier == 2 && nodes[1].depth_multiplier == 1));
}

TEST_CASE("weights and how many multiplications they take") {
    // 3 x 2 taps of 2 of the 4 channels, half of them kept, at 28 pixels.
    STATIC_REQUIRE(nodes[0].weights == matrix_shape{6, 12});
    STATIC_REQUIRE(nodes[0].kept == 36);
    STATIC_REQUIRE(nodes[0].macs == 72 * 28);
    STATIC_REQUIRE(nodes[3].weights == matrix_shape{12, 4});
    STATIC_REQUIRE(nodes[3].macs == 48 * 18);
    STATIC_REQUIRE((nodes[8].weights == matrix_shape{5, 12} && nodes[8].kept == dynamic && nodes[8].macs == 60));
    STATIC_REQUIRE((nodes[2].weights.rows == 0 && nodes[2].macs == 0));
}

TEST_CASE("formats as values") {
    constexpr format_info f = nodes[0].format;
    STATIC_REQUIRE((!f.is_float && !f.is_dense && !f.affine && f.per_channel && f.group == 0 && f.entries == 16 && f.book_per_channel));
    STATIC_REQUIRE((f.encoding_bits == 4 && f.code_bits == 4 && f.lowest == -8 && f.highest == 7));
    STATIC_REQUIRE((f.unit.keep == 2 && f.unit.of == 4 && !f.unit.fixed));
    STATIC_REQUIRE(f.integer_of(0xf) == -1);
    constexpr format_info a = nodes[1].format;
    STATIC_REQUIRE((a.affine && !a.per_channel && a.is_dense && a.unit.fixed && a.fixed_pattern(1, 1, 0, 0) && a.lowest == -128));
    constexpr format_info g = nodes[8].format;
    STATIC_REQUIRE((g.group == 4 && g.per_channel && !g.is_dense && g.unit.rows == 1 && g.unit.cols == 1 && !g.unit.fixed));
    constexpr format_info five = describe_format<weights<codebook<5>>>();
    STATIC_REQUIRE((five.entries == 5 && five.code_bits == 3 && five.encoding_bits == 8 && !five.book_per_channel));
    constexpr format_info real = describe_format<weights<f32, blocks<4, 2>>>();
    STATIC_REQUIRE((real.is_float && real.code_bits == 32 && real.integer_of == nullptr && real.unit.rows == 4 && real.unit.cols == 2));
}

TEST_CASE("activations and the range of outputs") {
    STATIC_REQUIRE((nodes[0].has_low && nodes[0].has_high && nodes[0].low == 0 && nodes[0].high == 6));
    STATIC_REQUIRE((nodes[2].has_low && !nodes[2].has_high && nodes[4].has_low && !nodes[1].has_low));
    STATIC_REQUIRE((nodes[0].output_low == -128 && nodes[0].output_high == 127));
    STATIC_REQUIRE((nodes[8].output_low == -32768 && nodes[8].output_high == 32767 && !nodes[8].output_is_float));
    STATIC_REQUIRE(describe_nodes<as_float<model<input<int8, 3>, linear<2>>>>()[0].output_is_float);
    STATIC_REQUIRE(describe_nodes<model<input<uint8, 3>, linear<2>>>()[0].output_high == 255);
}

TEST_CASE("names: their own, else kind and ordinal") {
    constexpr std::array<std::string_view, 9> names{
        "stem",    "depthwise_conv2d.0", "add.0", "depthwise_conv2d.1", "activation.0", "max_pool2d.0", "global_avg_pool2d.0", "flatten.0",
        "linear.0"};
    for (std::size_t i = 0; i < names.size(); ++i) {
        name_buffer buffer;
        CHECK(layer_name(nodes[i], buffer) == names[i]);
    }
}
