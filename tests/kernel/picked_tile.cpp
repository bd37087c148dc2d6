// SPDX-License-Identifier: MIT
// Layers whose outputs share the places of their weights, against the reference: products and convolutions.
#include <pare/kernel/picked_tile.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <tuple>

#include <pare/pare.hpp>

#include "support/catch.hpp"
#include "support/model_check.hpp"
#include "support/odd_archs.hpp"

namespace {

using namespace pare;
using vnni = arch::avx512_vnni;

template <class Format, std::size_t In, std::size_t Out, class Encoding = int8>
using product = model<input<Encoding, In>, linear<Out, Format>>;
template <class Format, std::size_t Outputs, std::size_t Channels>
using convolution = model<input<int8, 6, 5, Channels>, conv2d<Outputs, window<3, 3>, same, Format>, linear<3, weights<per_channel>>>;

/// Of few weights the picked form is met, of many the dense one.
template <class Graph, class Arch>
void check_on(std::size_t draws = 40) {
    REQUIRE(support::check_models<Graph, Arch>(draws, 91) == "");
}

template <class Format, std::size_t In, class Arch>
constexpr bool is_picked = detail::node_execution<product<Format, In, 100>, 0, Arch>::picks;

}  // namespace

TEST_CASE("which weights are picked") {
    STATIC_REQUIRE(is_picked<weights<per_channel, blocks<16, 1>>, 64, vnni>);
    STATIC_REQUIRE(is_picked<weights<per_channel, blocks<64, 2>>, 64, vnni>);
    STATIC_REQUIRE(is_picked<weights<codebook<16>, n_of_m<2, 4, 32>>, 64, vnni>);
    STATIC_REQUIRE(is_picked<weights<int4, n_of_m<2, 4, 32>>, 64, vnni>);
    // Blocks that are registers are skipped. Outputs that are no registers, one by one, groups with factors, short rows, other archs.
    STATIC_REQUIRE_FALSE(is_picked<weights<per_channel, blocks<16, 4>>, 64, vnni>);
    STATIC_REQUIRE_FALSE(is_picked<weights<per_channel, blocks<8, 1>>, 64, vnni>);
    STATIC_REQUIRE_FALSE(is_picked<weights<per_channel, n_of_m<2, 4>>, 64, vnni>);
    STATIC_REQUIRE_FALSE(is_picked<weights<per_channel, channels>, 64, vnni>);
    STATIC_REQUIRE_FALSE(is_picked<weights<per_group<16>, blocks<16, 1>>, 64, vnni>);
    STATIC_REQUIRE_FALSE(is_picked<weights<per_channel, blocks<16, 1>>, 63, vnni>);
    STATIC_REQUIRE_FALSE(is_picked<weights<per_channel, blocks<16, 1>>, 64, arch::avx2>);
    STATIC_REQUIRE_FALSE(is_picked<weights<per_channel, blocks<16, 1>>, 64, arch::scalar>);
}

TEST_CASE("which weights are picked on NEON") {
    // Where so many outputs share places that picking is worth it, and more than two rows; or where weights come from far away.
    using shared = weights<per_channel, blocks<16, 1>>;
    constexpr auto is = []<class Arch, class Problem>(Arch, Problem) { return pare::select<shared, Problem, Arch>::picks; };
    constexpr product_problem<std::int8_t, 1024, 1024, 1> one;
    constexpr product_problem<std::int8_t, 1024, 4096, 1> far;
    constexpr product_problem<std::int8_t, 1024, 1024, 3> more;
    constexpr problem<std::int8_t, 8, 1024> narrow;
    STATIC_REQUIRE((is(arch::neon_dotprod{}, more) && is(arch::neon_i8mm{}, far) && !is(arch::neon_dotprod{}, one)));
    STATIC_REQUIRE_FALSE((is(arch::neon_dotprod{}, narrow) || is(arch::neon{}, more)));
    STATIC_REQUIRE((is(vnni{}, one) && is(vnni{}, narrow)));
}

#if defined(__aarch64__)
TEST_CASE("convolutions of weights at shared places on NEON") {
    if constexpr (std::derived_from<arch::native, arch::neon_dotprod>) {
        using graph = convolution<weights<per_channel, blocks<16, 1>>, 40, 24>;
        check_on<graph, arch::native>();
        std::size_t sparse = 0;
        for (std::uint64_t i = 0; i < 40; ++i) {
            support::lots r(91, 0, i);
            sparse += std::get<0>(pack<arch::native>(support::draw_parameters<graph>(r)).layers).data.is_sparse();
        }
        CHECK((sparse > 5 && sparse < 35));
        check_on<model<input<uint8, 6, 5, 70>, conv2d<64, weights<per_channel, blocks<64, 1>>>, linear<3, weights<per_channel>>>,
                 arch::native>();
    }
}
#else
namespace {
/// Pairs of products, and bytes as they are: an arch that picks, in plain C++.
struct picks_5x3 : support::odd_5x3 {
    static constexpr std::string_view name = "picks_5x3";
    static constexpr std::size_t picks_bytes = 5;
};
}  // namespace

TEST_CASE("products of weights at shared places") {
    check_on<product<weights<per_channel, blocks<64, 1>>, 100, 130>, vnni>();
    check_on<product<weights<per_channel, blocks<16, 1>>, 600, 70>, vnni>();
    check_on<product<weights<blocks<32, 3>>, 65, 64, uint8>, vnni>();
    check_on<product<weights<codebook<16>, n_of_m<1, 4, 16>>, 130, 40>, vnni>();
    check_on<product<weights<int4, n_of_m<2, 4, 48>>, 64, 100>, vnni>();
}
TEST_CASE("convolutions of weights at shared places") {
    check_on<convolution<weights<per_channel, blocks<16, 1>>, 40, 32>, vnni>();
    check_on<convolution<weights<per_channel, n_of_m<1, 4, 64>>, 64, 24>, vnni>(20);
    check_on<model<input<int8, 6, 5, 64>, conv2d<64, weights<per_channel, blocks<64, 1>>>, linear<3, weights<per_channel>>>, vnni>();
}
TEST_CASE("weights at shared places in plain C++") {
    STATIC_REQUIRE(is_picked<weights<per_channel, blocks<10, 1>>, 300, picks_5x3>);
    check_on<product<weights<per_channel, blocks<10, 1>>, 300, 32, uint8>, picks_5x3>();
    check_on<product<weights<per_channel, n_of_m<1, 4, 5>>, 70, 32>, picks_5x3>();
}

TEST_CASE("both forms are met: few weights are picked, many are not") {
    if constexpr (arch::compiled_for<vnni>) {
        std::size_t sparse = 0;
        for (std::uint64_t i = 0; i < 40; ++i) {
            support::lots r(91, 0, i);
            const auto packed = pack<vnni>(support::draw_parameters<product<weights<per_channel, blocks<16, 1>>, 100, 64>>(r));
            sparse += std::get<0>(packed.layers).data.is_sparse();
        }
        CHECK((sparse > 5 && sparse < 35));
    }
}
#endif
