// SPDX-License-Identifier: MIT
// Products of structured weights against the reference: any outputs and rows, depths that leave a rest, formats of operands and of nibbles.
#include <pare/kernel/structured_tile.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>

#include <pare/pare.hpp>

#include "fuzz/cases.hpp"
#include "support/catch.hpp"
#include "support/model_check.hpp"

namespace {

using namespace pare;
using fuzz::epilogue_choice;
using vnni = arch::avx512_vnni;
/// The arch whose lanes pick activations here, where one does.
using picking = std::conditional_t<std::derived_from<arch::native, arch::neon_dotprod>, arch::native, vnni>;

template <class Format, class Activation, std::size_t Outputs, std::size_t Depth, class Arch>
struct row {
    using format = Format;
    using activation = Activation;
    using arch = Arch;
    using extents = fuzz::extent_choice<Outputs, Depth, Depth, 1>;
    static constexpr auto form = fuzz::form_choice::structured;
    static constexpr auto epilogue = std::same_as<Activation, std::int8_t> ? epilogue_choice::fp32_s8 : epilogue_choice::raw;
};

/// Products of one depth; memory ends behind the last weight, or begins at the first.
template <class Format, class Activation, std::size_t Outputs, std::size_t Depth, class Arch = picking>
void check(std::size_t draws = 24) {
    // Zen 4 has the instructions of avx512_vnni, and other processors those of Zen 4.
    using instructions = std::conditional_t<std::same_as<Arch, arch::zen4>, vnni, Arch>;
    if constexpr (arch::compiled_for<Arch>) {
        if (!arch::available<instructions>()) return;
        fuzz::report log;
        for (std::size_t i = 0; i < draws; ++i) {
            support::lots draw(81, i, Depth);
            support::guarded_memory::get().put_at_end(i % 2 == 0);
            const std::string what = fuzz::gemm_case<row<Format, Activation, Outputs, Depth, Arch>>(log, draw);
            INFO("depth " << Depth << ", draw " << i);
            REQUIRE(what == "");
        }
    }
}

/// A format at a depth that leaves a rest of turns and of spans. Sums are compared themselves where activations are unsigned.
template <class Format, class Activation = std::uint8_t, std::size_t Depth = 207>
void check_format() {
    check<Format, Activation, dynamic, Depth>();
}

template <class Mask>
void check_mask() {
    check_format<weights<int8, per_channel, Mask>>();
    check_format<weights<int4, Mask>, std::uint8_t, 101>();
    check_format<weights<int8, per_channel, Mask, codebook<16>>>();
    check_format<weights<int8, Mask, codebook<5>>, std::uint8_t, 43>();
}

template <class Format, std::size_t In, std::size_t Out>
using product = model<input<int8, In>, linear<Out, Format>, linear<5, weights<per_channel>>>;

/// A model whose first layer is structured, for one input and for several at once.
template <class Graph>
void check_models(std::size_t draws) {
    STATIC_REQUIRE(detail::node_execution<Graph, 0, vnni>::layout == form::structured);
    REQUIRE(support::check_models<Graph, vnni>(draws, 82) == "");
}

}  // namespace

#if defined(__aarch64__)
// Formats differ in what packing makes of them, which is the same everywhere; here each kind of places is met once.
TEST_CASE("products of each kind of places on NEON") {
    check<weights<int8, per_channel, n_of_m<2, 4>>, std::int8_t, 19, 90>();
    check<weights<int8, per_channel, n_of_m<1, 2>>, std::uint8_t, 19, 61>();
    check<weights<int8, per_channel, n_of_m<1, 4>>, std::uint8_t, 36, 207>();
    check<weights<ternary, n_of_m<2, 8>>, std::uint8_t, 19, 61>();
    check<weights<int8, per_channel, n_of_m<8, 16>>, std::int8_t, 5, 207>();
}
#else
TEST_CASE("products of 2 of 4, of signed and of unsigned activations, at any depth and width") {
    using bytes = weights<int8, per_channel, n_of_m<2, 4>>;
    check_mask<n_of_m<2, 4>>();
    check<bytes, std::int8_t, dynamic, 90>(60);
    check<bytes, std::uint8_t, 19, 1>(6);
    check<bytes, std::uint8_t, 19, 16>(6);
    check<bytes, std::uint8_t, 1, 64>(6);
    check<weights<int8, n_of_m<2, 4>, codebook<5>>, std::uint8_t, 83, 128>();
}
TEST_CASE("products of 2 of 4 whose places are codes") {
    using zen4 = arch::zen4;
    // Whole turns, turns of one to three steps, a rest of a span; operands and nibbles.
    check<weights<int8, per_channel, n_of_m<2, 4>>, std::int8_t, dynamic, 207, zen4>(60);
    check<weights<int8, per_channel, n_of_m<2, 4>>, std::uint8_t, 19, 96, zen4>();
    check<weights<int8, per_channel, n_of_m<2, 4>, codebook<16>>, std::uint8_t, dynamic, 90, zen4>();
    check<weights<int4, n_of_m<2, 4>>, std::uint8_t, 83, 101, zen4>();
    // Other masks have places as they are.
    check<weights<int8, per_channel, n_of_m<1, 4>>, std::uint8_t, dynamic, 207, zen4>(6);
}
TEST_CASE("products of 1 of 4") { check_mask<n_of_m<1, 4>>(); }
TEST_CASE("products of 1 of 2") {
    check_format<weights<int8, per_channel, n_of_m<1, 2>>>();
    check_format<weights<int4, n_of_m<1, 2>>, std::uint8_t, 61>();
}
TEST_CASE("products of 4 of 8") {
    check_format<weights<int8, per_channel, n_of_m<4, 8>>>();
    check_format<weights<int8, n_of_m<4, 8>, codebook<16>>, std::uint8_t, 29>();
}
TEST_CASE("products of groups of sixteen, of other values") {
    check_format<weights<int8, per_channel, n_of_m<8, 16>>>();
    check_format<weights<ternary, n_of_m<2, 8>>, std::uint8_t, 61>();
    check_format<weights<int6, n_of_m<4, 16>, codebook<5, per_channel>>, std::uint8_t, 61>();
}

TEST_CASE("models of structured layers") {
    check_models<product<weights<per_channel, n_of_m<2, 4>>, 260, 300>>(6);
    check_models<product<weights<int4, n_of_m<1, 4>>, 517, 130>>(6);
}

TEST_CASE("a large layer of nibbles, and what it takes") {
    using format = weights<per_channel, n_of_m<2, 4>, codebook<16>>;
    using graph = product<format, 1030, 2050>;
    check_models<graph>(1);
    using execution = detail::node_execution<graph, 0, vnni>;
    STATIC_REQUIRE(execution::looks_up_structured);
    // 32 panels of four registers and one of one; four turns of 32 activations each are 128; of the last six none is a whole span.
    constexpr std::size_t registers = 129, turns = 1024 / 32;
    STATIC_REQUIRE(packed_weights<execution, rounding::fp32, fixed>::counts::data == registers * 64 * (turns * 3 + 2));
    constexpr layer_cost cost = layer_costs<graph, vnni>[0];
    STATIC_REQUIRE(cost.operations == 2 * 2050 * (1028 / 2 + 2));
}
#endif
