// SPDX-License-Identifier: MIT
// Codes that one row loads once for all of the steps that share their bytes.
#include <pare/kernel/codes_loaded_once.hpp>

#include <cstddef>
#include <cstdint>

#include "kernel/static_cases.hpp"
#include "support/catch.hpp"

namespace {

using namespace pare;
using statics::product;
using enum statics::store;
using book16 = weights<int8, per_channel, codebook<16>>;
using two_bits = weights<int2, per_channel>;

template <class Format, std::size_t Rows, class Arch>
constexpr bool once = kernels::loads_codes_once<pare::select<Format, problem<std::int8_t, 64, 256>, Arch>, Rows>;

// One panel and several, of one register to four, so that one, two or four sets of sums take turns; steps that are left behind whole turns,
// and parts of steps; codes of which two, four and eight steps share bytes; runs that begin in the middle of a byte.
using rows_alone =
    statics::list<product<book16, 1, 64, 256>, product<book16, 1, 16, 260, raw>, product<book16, 1, 80, 261>,
                  product<book16, 1, 33, 8, raw>, product<book16, 3, 130, 263, raw>, product<two_bits, 1, 64, 256>,
                  product<two_bits, 1, 48, 269, raw>, product<weights<ternary, per_channel>, 1, 65, 111>,
                  product<weights<int8, per_channel, codebook<4>>, 1, 7, 300, raw>,
                  product<weights<int8, per_channel, codebook<2>>, 1, 40, 131, raw>, product<weights<int4, per_group<12>>, 1, 40, 72, raw>,
                  product<weights<int4, per_group<32>>, 1, 64, 256>, product<book16, 1, 96, 264, raw, std::uint8_t>>;

}  // namespace

TEST_CASE("which rows load codes once") {
    // What an arch can do is known where it is compiled.
    constexpr bool compiled = arch::compiled_for<arch::avx512_vnni>;
    STATIC_REQUIRE(once<book16, 1, arch::avx512_vnni> == compiled);
    STATIC_REQUIRE(once<two_bits, 1, arch::avx512_vnni> == compiled);
    STATIC_REQUIRE_FALSE((once<book16, 2, arch::avx512_vnni> || once<book16, 1, arch::avx2> || once<book16, 1, arch::scalar>));
}

TEST_CASE("rows alone that load codes once against the reference") { rows_alone::run_on<arch::avx512_vnni>(); }
