// SPDX-License-Identifier: MIT
// Narrow models in every format, type of activations and rounding: the same integers as those of the masked ones. On the scalar arch:
// that others give what it gives is seen elsewhere for every format.
#include <pare/compress/narrow.hpp>
#include <pare/pare.hpp>

#include <cmath>
#include <cstddef>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/masked_channels.hpp"

namespace {

using namespace pare;
using Catch::Matchers::ContainsSubstring;
using support::random_parameters;
using support::remove_channels;
using support::said;
using support::scalar_difference;

/// conv - pool - conv - flatten - linear, of these outputs; images are padded for the first convolution.
template <std::size_t A, std::size_t B, class First, class Second, class Last = weights<>, class Input = int8, class... Rounding>
using straight = model<input<Input, 8, 7, 3>, Rounding..., conv2d<A, window<3>, same, First, relu, named<"conv1">>, max_pool2d<2>,
                       conv2d<B, window<2>, Second, relu6, named<"conv2">>, flatten, linear<5, Last, named<"fc">>>;

/// The same policies in both convolutions, with and without a mask of channels.
template <class Last, class... Policies>
void check_chain(unsigned seed) {
    using whole = straight<8, 6, weights<Policies...>, weights<Policies...>, Last>;
    using masked = straight<8, 6, weights<channels, Policies...>, weights<channels, Policies...>, Last>;
    using small = straight<5, 4, weights<Policies...>, weights<Policies...>, Last>;
    const auto p = remove_channels<masked>(random_parameters<whole>(seed), {{0, {0, 3, 4}}, {2, {1, 5}}});
    const auto q = compress::narrow<small>(p);
    INFO("seed " << seed);
    CHECK(scalar_difference(p, q) == "");
    CHECK(stored_bytes(q) < stored_bytes(p));
    CHECK_NOTHROW(io::check_parameters(q));
}

/// Windows inside the image, so that any constant can be folded.
template <std::size_t A, std::size_t B, class First, class Second, class Input = int8, class... Rounding>
using inside = model<input<Input, 7, 7, 3>, Rounding..., conv2d<A, window<3>, First>, avg_pool2d<2, same>, relu,
                     conv2d<B, window<2>, Second>, linear<5>>;

template <class Input, class... Rounding>
void check_folds(unsigned seed) {
    using whole = inside<8, 6, weights<per_channel>, weights<int4>, Input, Rounding...>;
    using masked = inside<8, 6, weights<per_channel, channels>, weights<int4, channels>, Input, Rounding...>;
    using small = inside<6, 3, weights<per_channel>, weights<int4>, Input, Rounding...>;
    const auto p = remove_channels<masked>(random_parameters<whole>(seed), {{0, {2, 7}}, {3, {0, 1, 4}}}, false);
    const auto q = compress::narrow<small>(p);
    CHECK(scalar_difference(p, q) == "");
    CHECK(q.template layer<3>().bias[0] != p.template layer<3>().bias[2]);  // something was folded
}

}  // namespace

TEST_CASE("any format of a chain of layers, bit for bit") {
    check_chain<weights<>, int8>(1);
    check_chain<weights<per_channel, affine>, int8, per_channel, affine>(12);
    check_chain<weights<affine>, uint8, affine>(3);
    check_chain<weights<unstructured<>, per_channel>, ternary, per_channel>(4);
    check_chain<weights<binary>, binary>(5);
    check_chain<weights<codebook<16>>, int16, per_channel>(6);
    check_chain<weights<codebook<8, per_channel>>, int5, per_channel, codebook<8, per_channel>>(7);
    check_chain<weights<unstructured<>, codebook<4>>, int3, codebook<4>>(8);
}

TEST_CASE("any type of activations, any rounding") {
    const auto check = []<class Input, class... Rounding>(Input, Rounding...) {
        using kept = weights<per_channel>;
        using gone = weights<per_channel, channels>;
        using masked = straight<8, 6, gone, gone, kept, Input, Rounding...>;
        using small = straight<5, 5, kept, kept, kept, Input, Rounding...>;
        const auto p =
            remove_channels<masked>(random_parameters<straight<8, 6, kept, kept, kept, Input, Rounding...>>(3), {{0, {5, 6, 7}}, {2, {0}}});
        CHECK(scalar_difference(p, compress::narrow<small>(p)) == "");
    };
    check(uint8{});
    check(int16{});
    check(int8{}, rounding::gemmlowp{});
}

TEST_CASE("what a removed channel says is folded where that is exact") {
    for (const unsigned seed : {1u, 2u, 3u}) {
        check_folds<int8>(seed);
        check_folds<int16>(seed);
        check_folds<uint8, rounding::single>(seed);
    }
    // Linear layers only, with factors of groups: what stays of a group stays together.
    using whole = model<input<int8, 10>, linear<12, relu>, linear<6, weights<int4, per_group<4>>>>;
    using masked = model<input<int8, 10>, linear<12, weights<channels>, relu>, linear<6, weights<int4, per_group<4>>>>;
    using small = model<input<int8, 10>, linear<6, relu>, linear<6, weights<int4, per_group<2>>>>;
    const auto p = remove_channels<masked>(random_parameters<whole>(4), {{0, {0, 3, 5, 6, 8, 9}}}, false);
    CHECK(scalar_difference(p, compress::narrow<small>(p)) == "");
}

TEST_CASE("factors of groups go along, or are refused") {
    using whole = straight<8, 6, weights<>, weights<int4, per_group<8>>, weights<int4, per_group<6>>>;
    using masked = straight<8, 6, weights<channels>, weights<int4, per_group<8>>, weights<int4, per_group<6>>>;
    const auto p = remove_channels<masked>(random_parameters<whole>(5), {{0, {1, 2, 7}}});
    // A tap's eight channels are one group of which five are left.
    const auto q = compress::narrow<straight<5, 6, weights<>, weights<int4, per_group<5>>, weights<int4, per_group<6>>>>(p);
    CHECK(scalar_difference(p, q) == "");
    CHECK_THAT((said<straight<5, 6, weights<>, weights<int4, per_group<8>>, weights<int4, per_group<6>>>>(p)),
               ContainsSubstring(
                   "conv2.weight: weights of one group have one factor, also when others have gone from between them; got factors ") &&
                   ContainsSubstring("in a group of 8 of output 0; needs groups within which channels vanish evenly, or per_channel"));
}
