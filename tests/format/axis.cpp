// SPDX-License-Identifier: MIT
// Every policy of the library fills one slot.
#include <pare/format/axis.hpp>
#include <pare/format/weight_format.hpp>

#include "support/catch.hpp"

namespace {

using namespace pare;

/// The slot of a policy: the position of its axis among the five, -1 where it is on none or on several.
template <class P>
constexpr int slot() {
    const bool on[] = {on_axis<P, axis::encoding>, on_axis<P, axis::granularity>, on_axis<P, axis::symmetry>, on_axis<P, axis::mask>,
                       on_axis<P, axis::sharing>};
    int found = -1, count = 0;
    for (int i = 0; i < 5; ++i)
        if (on[i]) found = i, ++count;
    return count == 1 && weight_policy<P> ? found : -1;
}

struct elsewhere {
    struct axis {};
};
struct by_value {
    int axis = 0;
};

}  // namespace

TEST_CASE("each policy names its slot") {
    STATIC_REQUIRE((slot<int2>() == 0 && slot<int16>() == 0 && slot<uint8>() == 0 && slot<binary>() == 0 && slot<ternary>() == 0));
    STATIC_REQUIRE(slot<f32>() == 0);
    STATIC_REQUIRE((slot<per_tensor>() == 1 && slot<per_channel>() == 1 && slot<per_group<32>>() == 1));
    STATIC_REQUIRE((slot<symmetric>() == 2 && slot<affine>() == 2));
    STATIC_REQUIRE((slot<dense>() == 3 && slot<unstructured<>>() == 3 && slot<unstructured<9>>() == 3 && slot<n_of_m<2, 4>>() == 3));
    STATIC_REQUIRE((slot<blocks<1, 4>>() == 3 && slot<channels>() == 3));
    STATIC_REQUIRE((slot<unique>() == 4 && slot<codebook<16>>() == 4 && slot<codebook<4, per_channel>>() == 4));
}

TEST_CASE("what names no slot is no policy") {
    STATIC_REQUIRE_FALSE(weight_policy<int>);
    STATIC_REQUIRE_FALSE(weight_policy<elsewhere>);
    STATIC_REQUIRE_FALSE(weight_policy<by_value>);
    STATIC_REQUIRE_FALSE(weight_policy<axis::mask>);
    STATIC_REQUIRE_FALSE(weight_policy<weights<>>);
}
