// SPDX-License-Identifier: MIT
// Sums of a run by steps: whole ones, what is left of a run, and a part of K. What they come to is tested with products (gemm, conv).
#include <pare/kernel/run_tile.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

#include <pare/kernel/pack.hpp>
#include <pare/kernel/select.hpp>

#include "kernel/static_cases.hpp"
#include "support/catch.hpp"

namespace {

using namespace pare;

/// One output of `Depth` weights 1, 2, 3...
template <class Arch, std::size_t Depth>
struct counting {
    using execution = pare::select<weights<>, problem<std::int8_t, 1, Depth>, Arch>;
    static constexpr auto packed = [] {
        stored_weights<weights<>, 1, Depth, fixed> w;
        for (std::size_t k = 0; k < Depth; ++k) w.codes[k] = std::byte(k + 1);
        w.scales.fill(1.0f);
        return pack_weights<execution, rounding::fp32, fixed>(w, execution{}, {}, {});
    }();
};

/// The sum of a row of ones from `first` on.
template <class Arch, std::size_t Depth>
constexpr std::int32_t sum() {
    using execution = typename counting<Arch, Depth>::execution;
    std::array<std::int8_t, Depth> ones{};
    ones.fill(1);
    kernels::sums_of<execution> sums[1][1][1]{};
    operand_stream<execution> weights(panel_of(counting<Arch, Depth>::packed, 0, 0));
    kernels::sum_run<behind_run::nothing>(sums, weights, std::array<const std::int8_t*, 1>{ones.data()}, 0, Depth);
    return sums[0][0][0][0];
}

}  // namespace

TEST_CASE("a run is whole steps and what is left of it") {
    STATIC_REQUIRE((sum<arch::helium, 16>() == 136 && sum<arch::helium, 18>() == 171 && sum<arch::helium, 3>() == 6));
    STATIC_REQUIRE((sum<arch::cortex_m_dsp, 8>() == 36 && sum<arch::cortex_m_dsp, 7>() == 28 && sum<arch::scalar, 7>() == 28));
}

TEST_CASE("an arch that has no loop for runs does them step by step") {
    using execution = typename counting<arch::scalar, 7>::execution;
    STATIC_REQUIRE_FALSE(kernels::multiplies_runs<execution, 1, 1>);
    STATIC_REQUIRE((kernels::sets_of_sums<execution, 1, 1> == 1));
}

namespace {

using statics::product;
using statics::row_alone;
using enum statics::store;
using whole = weights<int8, per_channel>;

template <class... Cases>
struct on_zen4 {
    static void run() {
        // They are instructions of avx512_vnni, which other processors have too.
        if constexpr (arch::compiled_for<arch::zen4>)
            if (arch::available<arch::avx512_vnni>()) {
                statics::log log;
                (log.run<Cases, arch::zen4>(), ...);
                CHECK(log.names.size() == sizeof...(Cases));
                CHECK(log.report.values >= 6 * sizeof...(Cases));
                return;
            }
        WARN("avx512_vnni is not here: " << sizeof...(Cases) << " cases less");
    }
};

// Fours of steps, steps and parts of one behind them; panels of one register to four; rows that are flipped at loads and before, and those
// that are not.
using rows_alone = on_zen4<product<whole, 1, 16, 16>, product<whole, 1, 64, 64>, product<whole, 1, 33, 61, raw>, product<whole, 1, 10, 100>,
                           product<whole, 1, 100, 303, raw>, product<whole, 1, 130, 512>, product<whole, 3, 48, 47>,
                           product<whole, 1, 64, 79, raw, std::uint8_t>>;

// Runs of one length that the compiler knows, one segment and several, and others; rows that fill tiles and rows that are left.
template <std::size_t Group>
using of_8 = weights<int8, per_group<Group>>;
template <std::size_t Group>
using of_4 = weights<int4, per_group<Group>>;
using in_groups =
    on_zen4<product<of_8<32>, 1, 70, 96>, product<of_8<32>, 2, 70, 96>, product<of_8<32>, 5, 64, 256>, product<of_4<64>, 7, 130, 192, raw>,
            product<of_8<32>, 4, 33, 80>, product<of_4<24>, 3, 48, 75, raw>, product<of_8<16>, 6, 40, 64, raw, std::uint8_t>>;

// Nibbles: panels of one register to eight, the last one as wide as the others, narrower and not full; places that are codes and others;
// more rows than the problem says.
using of_book = weights<int8, per_channel, codebook<16>>;
using two_of_four = weights<int8, per_channel, n_of_m<2, 4>, codebook<16>>;
using nibbles_alone =
    on_zen4<row_alone<of_book, 16, 16>, row_alone<of_book, 80, 33, raw>, row_alone<of_book, 96, 64>, row_alone<of_book, 112, 61, raw>,
            row_alone<of_book, 128, 256>, row_alone<of_book, 140, 70>, row_alone<of_book, 250, 48, raw, std::uint8_t>,
            row_alone<weights<int4>, 128, 128>, row_alone<weights<int4>, 190, 260, raw>, row_alone<weights<int4, affine>, 100, 30>,
            row_alone<weights<int8, per_channel, codebook<16, per_channel>>, 120, 50>, row_alone<two_of_four, 2050, 1030>,
            row_alone<weights<int4, n_of_m<1, 4>>, 130, 16390, raw>, product<of_book, 3, 128, 67, raw, std::int8_t, 67, 1>>;

template <class Arch, std::size_t Rows>
constexpr bool loads_fours = kernels::loads_four_steps<pare::select<whole, problem<std::int8_t, 64, 64>, Arch>, Rows>;

}  // namespace

TEST_CASE("activations of four steps at a time") {
    STATIC_REQUIRE(loads_fours<arch::zen4, 1> == arch::compiled_for<arch::zen4>);
    STATIC_REQUIRE_FALSE((loads_fours<arch::zen4, 2> || loads_fours<arch::avx512_vnni, 1> || loads_fours<arch::scalar, 1>));
    rows_alone::run();
}

TEST_CASE("nibbles of up to eight registers of outputs") { nibbles_alone::run(); }
TEST_CASE("runs that are folded into totals") { in_groups::run(); }
