// SPDX-License-Identifier: MIT
// The table of a model, character by character.
#include <pare/model/model.hpp>
#include <pare/model/table.hpp>

#include <array>
#include <string>

#include "support/catch.hpp"

namespace {

using namespace pare;
using net = model<input<int8, 4, 4, 1>, conv2d<2, window<3, 3>, valid, weights<per_channel>, relu, named<"first">>, max_pool2d<2>, flatten,
                  linear<3, weights<codebook<4>, unstructured<>>>, linear<2, weights<int4>>>;

constexpr std::string_view expected =
    "layer         input  output  MACs dense  MACs kept  stored  executing  weights\n"
    "first         4x4x1  2x2x2           72         72      50         68  int8, per_channel\n"
    "max_pool2d.0  2x2x2  2                0          0       8         20\n"
    "flatten.0     2      2                0          0       8         20\n"
    "linear.0      2      3                6          ?       ?          ?  int8, unstructured, codebook<4>\n"
    "linear.1      3      2                6          6      23         44  int4\n"
    "sum                                  84          ?       ?          ?\n";

}  // namespace

TEST_CASE("one row for each layer, made by the compiler") {
    constexpr auto rows = describe<net, arch::scalar>();
    STATIC_REQUIRE(rows.size() == 5);
    STATIC_REQUIRE(rows[0].name.view() == "first");
    STATIC_REQUIRE(rows[1].name.view() == "max_pool2d.0");
    STATIC_REQUIRE(rows[4].name.view() == "linear.1");
    STATIC_REQUIRE(rows[3].format.view() == "int8, unstructured, codebook<4>");
    STATIC_REQUIRE(rows[3].cost.macs_kept == dynamic);
    STATIC_REQUIRE(rows[0].out == shape{2, 2, 2});
}

TEST_CASE("rows as text, in a buffer or a string") {
    std::string all;
    append_table(all, describe<net, arch::scalar>());
    CHECK(all == expected);

    std::array<char, 2000> buffer{};
    text_writer writer(buffer);
    append_table(writer, describe<net, arch::scalar>());
    CHECK(writer.view() == expected);
    CHECK_FALSE(writer.cut());

    std::array<char, 100> small{};
    text_writer cut(small);
    append_table(cut, describe<net, arch::scalar>());
    CHECK(cut.view() == expected.substr(0, 100));
    CHECK(cut.cut());
}

TEST_CASE("names of layers: their own, else kind and ordinal") {
    constexpr auto nodes = describe_nodes<net>();
    constexpr auto named = [](const node_info& n) {
        text<48> t;
        name_buffer buffer;
        t.append(layer_name(n, buffer));
        return t;
    };
    STATIC_REQUIRE(named(nodes[0]).view() == "first");
    STATIC_REQUIRE(named(nodes[2]).view() == "flatten.0");
    STATIC_REQUIRE(named(nodes[4]).view() == "linear.1");
}
