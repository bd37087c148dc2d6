// SPDX-License-Identifier: MIT
// Layers whose blocks are skipped where they do not exist, against the reference: products and convolutions, on archs of vectors.
#include <pare/kernel/block_tile.hpp>

#include <cstddef>
#include <cstdint>
#include <tuple>

#include <pare/pare.hpp>

#include "support/catch.hpp"
#include "support/model_check.hpp"
#include "support/odd_archs.hpp"

namespace {

using namespace pare;

template <class Format, class Arch, std::size_t In, std::size_t Out, class Encoding = int8>
using product = model<input<Encoding, In>, linear<Out, Format>>;
template <class Format, std::size_t Outputs>
using convolution = model<input<int8, 7, 6, 8>, conv2d<Outputs, window<3, 3>, same, Format>, linear<3, weights<per_channel>>>;

/// The dense and the skipping form are chosen by the data; some of the drawn masks keep little.
template <class Graph, class Arch>
void check_on(std::size_t draws = 40) {
    REQUIRE(support::check_models<Graph, Arch>(draws, 71) == "");
}

using natural = weights<per_channel, blocks<16, 4>>;

}  // namespace

TEST_CASE("blocks of an arch's registers are skipped") {
    using vnni = arch::avx512_vnni;
    STATIC_REQUIRE((std::same_as<natural_blocks<vnni>, blocks<16, 4>> && std::same_as<natural_blocks<vnni, 2>, blocks<32, 4>>));
    STATIC_REQUIRE(detail::node_execution<product<natural, vnni, 64, 100>, 0, vnni>::skips);
    STATIC_REQUIRE(detail::node_execution<product<weights<blocks<32, 8>>, vnni, 64, 100>, 0, vnni>::skips);
    STATIC_REQUIRE(detail::node_execution<product<natural, arch::avx2, 64, 100>, 0, arch::avx2>::skips);
    STATIC_REQUIRE((std::same_as<natural_blocks<arch::neon>, blocks<4, 1>> && std::same_as<natural_blocks<arch::neon_i8mm>, blocks<4, 4>>));
    STATIC_REQUIRE(detail::node_execution<product<weights<blocks<4, 4>>, arch::neon_dotprod, 64, 100>, 0, arch::neon_dotprod>::skips);
    // Rows that are no registers, columns that are no steps, groups with factors, rows shorter than a step; nothing on the scalar arch.
    STATIC_REQUIRE_FALSE(detail::node_execution<product<weights<blocks<8, 4>>, vnni, 64, 100>, 0, vnni>::skips);
    STATIC_REQUIRE_FALSE(detail::node_execution<product<weights<blocks<16, 1>>, vnni, 64, 100>, 0, vnni>::skips);
    STATIC_REQUIRE_FALSE(detail::node_execution<product<weights<blocks<16, 4>, per_group<16>>, vnni, 64, 100>, 0, vnni>::skips);
    STATIC_REQUIRE_FALSE(detail::node_execution<product<natural, vnni, 3, 100>, 0, vnni>::skips);
    STATIC_REQUIRE_FALSE(detail::node_execution<product<natural, arch::scalar, 64, 100>, 0, arch::scalar>::skips);
}

TEST_CASE("both forms are met: few blocks are skipped over, many are not") {
    if constexpr (arch::native::lanes > 1) {
        std::size_t sparse = 0;
        for (std::uint64_t i = 0; i < 40; ++i) {
            support::lots r(71, 0, i);
            const auto packed = pack<arch::native>(support::draw_parameters<product<natural, arch::native, 64, 100>>(r));
            sparse += std::get<0>(packed.layers).data.is_sparse();
        }
        CHECK((sparse > 5 && sparse < 35));
    }
}

TEST_CASE("products of blocks, natively") {
    check_on<product<natural, arch::native, 64, 100>, arch::native>();
    check_on<product<natural, arch::native, 66, 16>, arch::native>();
    check_on<product<weights<per_channel, blocks<32, 4>>, arch::native, 72, 52>, arch::native>();
    check_on<product<weights<codebook<16>, blocks<16, 4>>, arch::native, 40, 48, uint8>, arch::native>();
    check_on<product<natural, arch::native, 24, 20, int16>, arch::native>();
}
TEST_CASE("convolutions of blocks, natively") { check_on<convolution<natural, 40>, arch::native>(); }
TEST_CASE("blocks of avx2") {
    check_on<product<natural, arch::avx2, 30, 33>, arch::avx2>();
    check_on<convolution<natural, 24>, arch::avx2>(20);
}
#if !defined(PARE_FEW_ARCHS)
TEST_CASE("blocks of three lanes") {
    using blocks_of_three = weights<per_channel, blocks<3, 2>>;
    STATIC_REQUIRE(detail::node_execution<product<blocks_of_three, support::odd_3x2, 21, 10>, 0, support::odd_3x2>::skips);
    check_on<product<blocks_of_three, support::odd_3x2, 21, 10>, support::odd_3x2>();
}
#endif
