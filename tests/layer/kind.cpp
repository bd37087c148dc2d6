// SPDX-License-Identifier: MIT
// Kinds of layers: their names and what is true of each.
#include <pare/layer/kind.hpp>

#include <array>
#include <string_view>

#include "support/catch.hpp"

namespace {

using namespace pare;
using enum layer_kind;

struct row {
    layer_kind kind;
    std::string_view name;
    bool weights, alias, keeps;
};
constexpr std::array<row, 11> rows{row{linear, "linear", true, false, false},
                                   row{conv2d, "conv2d", true, false, false},
                                   row{depthwise_conv2d, "depthwise_conv2d", true, false, false},
                                   row{max_pool2d, "max_pool2d", false, false, true},
                                   row{avg_pool2d, "avg_pool2d", false, false, true},
                                   row{global_avg_pool2d, "global_avg_pool2d", false, false, true},
                                   row{activation, "activation", false, false, true},
                                   row{add, "add", false, false, false},
                                   row{flatten, "flatten", false, true, true},
                                   row{softmax, "softmax", false, false, false},
                                   row{batch_norm, "batch_norm", false, true, true}};

}  // namespace

TEST_CASE("every kind") {
    for (const row& r : rows) {
        CHECK(name_of(r.kind) == r.name);
        CHECK(has_weights(r.kind) == r.weights);
        CHECK(is_alias(r.kind) == r.alias);
        CHECK(keeps_quantization(r.kind) == r.keeps);
    }
}

TEST_CASE("shapes") {
    STATIC_REQUIRE(shape{}.size() == 1);
    STATIC_REQUIRE(shape{4, 5, 6}.size() == 120);
    STATIC_REQUIRE(shape{1, 1, 3} == shape{.channels = 3});
    STATIC_REQUIRE(shape{1, 3, 1} != shape{1, 1, 3});
    STATIC_REQUIRE(matrix_shape{2, 3} != matrix_shape{3, 2});
    STATIC_REQUIRE(window_geometry{} == window_geometry{1, 1, 1, 1, 1, 1, 0, 0, 1, 1});
}
