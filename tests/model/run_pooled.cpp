// SPDX-License-Identifier: MIT
// Convolutions and the pools behind them, in one go without a trace and one after the other with one.
#include <pare/model/run.hpp>

#include <cstddef>
#include <cstdint>

#include <pare/pare.hpp>

#include "support/catch.hpp"
#include "support/model_check.hpp"
#include "support/odd_archs.hpp"

namespace {

using namespace pare;

/// A convolution whose outputs are pooled, and what reads that: both ways are compared by check_models.
template <class Encoding, std::size_t Size, std::size_t Channels, std::size_t Outputs, std::size_t Pool, class... Options>
using pooled = model<input<Encoding, Size, Size, Channels>, conv2d<Outputs, window<3, 3>, same, Options...>, max_pool2d<Pool>,
                     linear<3, weights<per_channel>>>;

template <class Graph, class Arch>
void check_on() {
    // Registers of four lanes leave some of these too few rows.
    STATIC_REQUIRE((Arch::lanes == 4 || detail::fuses_pool<Graph, 0, Arch> == (Arch::lanes > 1)));
    REQUIRE(support::check_models<Graph, Arch>(12, 14) == "");
}

}  // namespace

TEST_CASE("pools of bytes, on archs of vectors") {
    using one_register = pooled<int8, 9, 1, 16, 2, weights<per_channel>, relu>;
    check_on<one_register, arch::native>();
    check_on<one_register, arch::avx2>();
    check_on<one_register, support::odd_3x2>();
    // Two registers and a half; three, of images whose columns are copied; four in panels of two.
    check_on<pooled<int8, 8, 4, 40, 2, weights<per_channel>, rounding::single>, arch::native>();
    check_on<pooled<uint8, 11, 3, 48, 3, weights<per_channel>>, arch::native>();
    check_on<pooled<int8, 6, 2, 64, 2, weights<per_channel>, stride<2>, out<int16>>, arch::native>();
}

TEST_CASE("pools of sums that are folded, and of 16 bits") {
    check_on<pooled<int8, 7, 4, 20, 2, weights<int4, per_group<6>>, rounding::gemmlowp>, arch::native>();
    check_on<pooled<int8, 7, 4, 4, 2, weights<int4, per_group<6>>>, support::odd_5x3>();
    check_on<pooled<int16, 6, 3, 17, 2, weights<per_channel>>, arch::native>();
}

TEST_CASE("pools of gathered weights") {
    using scattered = pooled<int8, 9, 32, 20, 2, weights<per_channel, unstructured<>>>;
    STATIC_REQUIRE(detail::node_execution<scattered, 0, arch::avx512_vnni>::gathers);
    check_on<scattered, arch::native>();
}
