// SPDX-License-Identifier: MIT
// One header brings the operations of every arch that is compiled in.
#include <pare/arch/arch.hpp>

#include <array>
#include <concepts>
#include <cstdint>
#include <utility>

#include "support/catch.hpp"

namespace {

using namespace pare::arch;

/// Whether the operations of `A` can be named: those of every arch can, exactly where it is compiled in.
template <class A, class D = typename A::template dot_for<std::int8_t, std::int8_t>>
constexpr bool has_operations = requires(std::int32_t* p, const typename D::lhs* x, const typename D::rhs* w) {
    store_sums(p, zero_sums(D{}, A{}), D{}, A{});
    // An arch that is another has most of that one's operations, but not this.
    multiply_add(std::declval<decltype(zero_sums(D{}, A{}))&>(), broadcast_lhs(x, D{}, A{}), load_rhs(w, D{}, A{}), D{}, A{});
};

}  // namespace

TEST_CASE("operations are there where an arch is compiled in") {
    STATIC_REQUIRE(has_operations<scalar>);
    STATIC_REQUIRE(has_operations<native>);
    STATIC_REQUIRE(has_operations<sse4_1> == compiled_for<sse4_1>);
    STATIC_REQUIRE(has_operations<avx_vnni> == compiled_for<avx_vnni>);
    STATIC_REQUIRE(has_operations<avx512> == compiled_for<avx512>);
    STATIC_REQUIRE(has_operations<avx2> == compiled_for<avx2>);
    STATIC_REQUIRE(has_operations<avx512_vnni> == compiled_for<avx512_vnni>);
    STATIC_REQUIRE(has_operations<zen4> == compiled_for<zen4>);
    STATIC_REQUIRE(has_operations<neon> == compiled_for<neon>);
    STATIC_REQUIRE(has_operations<neon_dotprod> == compiled_for<neon_dotprod>);
    // All of its operations on signed bytes are those of neon_dotprod.
    STATIC_REQUIRE(has_operations<neon_i8mm> == compiled_for<neon_dotprod>);
    // One step of the native arch: lane i has unit products of 3 and i + 1, and what is added to activations at the load.
    using step = native::dot_for<std::int8_t, std::int8_t>;
    std::array<step::rhs, native::lanes * step::unit> weights{};
    for (std::size_t i = 0; i < weights.size(); ++i) weights[i] = step::rhs(i / step::unit + 1);
    std::array<step::lhs, step::unit> x{};
    x.fill(3);
    auto sums = zero_sums(step{}, native{});
    multiply_add(sums, broadcast_lhs(x.data(), step{}, native{}), load_rhs(weights.data(), step{}, native{}), step{}, native{});
    std::array<std::int32_t, native::lanes> got{};
    store_sums(got.data(), sums, step{}, native{});
    for (std::size_t lane = 0; lane < got.size(); ++lane)
        CHECK(got[lane] == std::int32_t(step::unit * (lane + 1)) * (3 + lhs_offset_of<native, step>));
}
