// SPDX-License-Identifier: MIT
// Depthwise convolution in pairs of rows against the plain loops.
#include <pare/kernel/depthwise_pairs.hpp>

#include <cstddef>
#include <cstdint>

#include "kernel/depthwise_cases.hpp"
#include "support/catch.hpp"

namespace {

using namespace pare;

template <class Arch>
void check_on() {
    if constexpr (arch::compiled_for<Arch>) {
        if (arch::available<Arch>()) {
            // Fewer channels than a register has, one and two registers, blocks that overlap; outputs of one buffer and of several.
            CHECK(depthwise_cases::check_all<Arch>({1, 3, 4, 7, 9, 16, 31, 33, 70}, {1, 2, 5, 17, 34}) == 900);
            return;
        }
    }
    WARN(Arch::name << " is not here");
}

template <class Arch, class Operand = int8, class Activation = std::int8_t>
constexpr bool pairs = [] {
    using packed = packed_depthwise<weights<Operand, per_channel>, Activation, 16, 9, rounding::fp32, fixed>;
    return kernels::has_pairs<packed, requantize<rounding::fp32, std::int8_t>, Arch>;
}();

// A template, since operations of an arch that is not compiled in have no names.
template <class Arch>
void check_choice() {
    if constexpr (arch::compiled_for<Arch>) {
        STATIC_REQUIRE((pairs<Arch> && pairs<Arch, int4, std::uint8_t>));
        STATIC_REQUIRE_FALSE(pairs<Arch, int16> || pairs<Arch, int8, std::int16_t>);
        // The buffer holds the columns of sixteen outputs.
        using packed = packed_depthwise<weights<int8, per_channel>, std::int8_t, 16, 9, rounding::fp32, fixed>;
        using block = kernels::depthwise_pairs<packed, std::int8_t, Arch, 2>;
        STATIC_REQUIRE(
            (block::channels == 2 * Arch::lanes && block::fits({3, 3, 2, 2}) && block::fits({8, 8, 1, 1}) && !block::fits({9, 1})));
        STATIC_REQUIRE_FALSE(block::fits({3, 3, 4, 4}) || block::fits({3, 3, 2, 2, 1, 9}));
    }
}

}  // namespace

TEST_CASE("pairs of rows on avx2") { check_on<arch::avx2>(); }
#if !defined(PARE_FEW_ARCHS)
TEST_CASE("pairs of rows on avx_vnni") { check_on<arch::avx_vnni>(); }
TEST_CASE("pairs of rows on sse4_1") { check_on<arch::sse4_1>(); }
TEST_CASE("pairs of rows on avx512") { check_on<arch::avx512>(); }
#endif

TEST_CASE("who multiplies pairs of rows") {
    STATIC_REQUIRE_FALSE(pairs<arch::scalar>);
    check_choice<arch::avx2>();
}
