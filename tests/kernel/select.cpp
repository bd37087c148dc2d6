// SPDX-License-Identifier: MIT
// Which form a format takes where.
#include <pare/kernel/select.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>

#include <pare/kernel/conv_plan.hpp>

#include "support/catch.hpp"
#include "support/odd_archs.hpp"

namespace {

using namespace pare;
using bytes = problem<std::int8_t, 16, 32>;
using words = problem<std::int16_t, 16, 32>;

template <class Format, class Arch, class Problem = bytes>
constexpr bool is_coded = selected_form<Format, Problem, Arch> == form::coded;

}  // namespace

TEST_CASE("codes that are operands are expanded everywhere") {
    STATIC_REQUIRE_FALSE(is_coded<weights<>, arch::scalar>);
    STATIC_REQUIRE_FALSE(is_coded<weights<int16, per_channel>, arch::scalar>);
    STATIC_REQUIRE_FALSE(is_coded<weights<f32>, arch::scalar, problem<float, 16, 32>>);
    STATIC_REQUIRE(
        (codes_are_operands<weights<per_group<4>>> && !codes_are_operands<weights<affine>> && !codes_are_operands<weights<int7>>));
    STATIC_REQUIRE((!codes_are_operands<weights<channels>> && !codes_are_operands<weights<codebook<4>>>));
}

TEST_CASE("all other codes stay as they are on the scalar arch") {
    STATIC_REQUIRE(is_coded<weights<int3>, arch::scalar>);
    STATIC_REQUIRE(is_coded<weights<affine>, arch::scalar>);
    STATIC_REQUIRE(is_coded<weights<n_of_m<2, 4>>, arch::scalar>);
    STATIC_REQUIRE(is_coded<weights<codebook<256>>, arch::scalar>);
    STATIC_REQUIRE_FALSE(is_coded<weights<n_of_m<2, 4>>, arch::avx2>);
    STATIC_REQUIRE_FALSE(is_coded<weights<codebook<256>>, arch::avx512_vnni>);
}

TEST_CASE("where one sum is a register, codes stay that a table decodes, and steps of one product decode any") {
    STATIC_REQUIRE(
        (is_coded<weights<int4>, arch::helium> && is_coded<weights<codebook<16>>, arch::helium, problem<std::int8_t, 16, 96, 32>>));
    STATIC_REQUIRE_FALSE((is_coded<weights<int3>, arch::helium> || is_coded<weights<n_of_m<2, 4>>, arch::helium>));
    STATIC_REQUIRE_FALSE((is_coded<weights<int4>, arch::cortex_m_dsp> || is_coded<weights<affine>, arch::helium>));
    STATIC_REQUIRE((is_coded<weights<affine>, arch::cortex_m_dsp> && is_coded<weights<int3>, arch::cortex_m_dsp, words>));
    // Places are gathered by loads in runs of three steps and more.
    constexpr auto gathers = []<class Arch, std::size_t Depth>(Arch, extents<Depth>) {
        return selected_form<weights<unstructured<>>, problem<std::int8_t, 16, Depth>, Arch> == form::gathered;
    };
    STATIC_REQUIRE((gathers(arch::helium{}, extents<48>{}) && !gathers(arch::helium{}, extents<47>{})));
    STATIC_REQUIRE((gathers(arch::cortex_m_dsp{}, extents<12>{}) && !gathers(arch::cortex_m_dsp{}, extents<11>{})));
    STATIC_REQUIRE_FALSE(gathers(arch::scalar{}, extents<1000>{}));
}

TEST_CASE("one, two and four bits through one table stay codes where an arch looks them up") {
    STATIC_REQUIRE((is_coded<weights<int2>, arch::avx512_vnni> && is_coded<weights<ternary, per_channel>, arch::avx2>));
    STATIC_REQUIRE((is_coded<weights<binary>, arch::avx2> && is_coded<weights<codebook<3>>, arch::avx512>));
    STATIC_REQUIRE((is_coded<weights<int4>, arch::avx2> && is_coded<weights<int4, per_group<4>>, arch::avx512_vnni>));
    STATIC_REQUIRE((is_coded<weights<codebook<16>>, arch::avx2> && is_coded<weights<codebook<9>>, arch::avx512_vnni>));
    STATIC_REQUIRE(is_coded<weights<int4>, arch::avx2, problem<std::uint8_t, 16, 32>>);
    // Not three bits, a table of each output, tables of wider values, zero points, masks, or 16-bit activations.
    STATIC_REQUIRE_FALSE(is_coded<weights<int3>, arch::avx2>);
    STATIC_REQUIRE_FALSE(is_coded<weights<codebook<8>>, arch::avx2>);
    STATIC_REQUIRE_FALSE(is_coded<weights<codebook<16, per_channel>>, arch::avx2>);
    STATIC_REQUIRE_FALSE(is_coded<weights<uint8, codebook<16>>, arch::avx2>);
    STATIC_REQUIRE_FALSE(is_coded<weights<int4, affine>, arch::avx2>);
    STATIC_REQUIRE_FALSE(is_coded<weights<int4, unstructured<>>, arch::avx2>);
    STATIC_REQUIRE_FALSE(is_coded<weights<int4>, arch::avx2, words>);
    STATIC_REQUIRE_FALSE(is_coded<weights<int4>, support::odd_5x3>);
    STATIC_REQUIRE((looks_up_nibbles<arch::avx2> && !looks_up_nibbles<arch::scalar>));
    STATIC_REQUIRE((looks_up_nibbles<arch::sse4_1> && looks_up_nibbles<arch::avx_vnni> && looks_up_nibbles<arch::avx512>));
    // A register of plain NEON has four operands, too few for a table.
    STATIC_REQUIRE((looks_up_nibbles<arch::neon_dotprod> && looks_up_nibbles<arch::neon_i8mm> && !looks_up_nibbles<arch::neon>));
}

TEST_CASE("the selected execution") {
    STATIC_REQUIRE(std::same_as<pare::select<weights<int4>, bytes, arch::avx2>, execution<weights<int4>, bytes, arch::avx2, form::coded>>);
    STATIC_REQUIRE(std::same_as<pare::select<weights<>, bytes, arch::avx2>, execution<weights<>, bytes, arch::avx2, form::expanded>>);
}

TEST_CASE("codes stay codes where few rows meet them, or where they come from far away") {
    using vnni = arch::avx512_vnni;
    constexpr auto is = []<class Problem>(Problem) { return selected_form<weights<int4>, Problem, vnni>; };
    STATIC_REQUIRE(is(product_problem<std::int8_t, 64, 256, 1>{}) == form::coded);
    STATIC_REQUIRE(is(product_problem<std::int8_t, 64, 256, 3>{}) == form::expanded);
    STATIC_REQUIRE(is(product_problem<std::int8_t, 4096, 4096, 64>{}) == form::coded);
    STATIC_REQUIRE(is(product_problem<std::int8_t, 4096, 4096, many_rows>{}) == form::expanded);
    STATIC_REQUIRE(is(problem<std::int8_t, 64, 256>{}) == form::coded);
    constexpr auto one = [](std::size_t size) {
        return conv_shape{.window = {}, .height = size, .width = size, .channels = 64, .out_height = size, .out_width = size};
    };
    STATIC_REQUIRE(is(conv_problem<weights<int4>, std::int8_t, 32, one(9), 1, vnni>{}) == form::expanded);
    STATIC_REQUIRE(is(conv_problem<weights<int4>, std::int8_t, 32, one(8), 1, vnni>{}) == form::coded);
    STATIC_REQUIRE(selected_form<weights<int4>, conv_problem<weights<int4>, std::int8_t, 32, one(9), 1, arch::scalar>, arch::scalar> ==
                   form::coded);
}

TEST_CASE("weights that may lie anywhere are gathered where an arch does so out of registers") {
    constexpr auto is = []<class Format, class Arch, class Problem>(Format, Arch, Problem) {
        return selected_form<Format, Problem, Arch> == form::gathered;
    };
    using scattered = weights<unstructured<>>;
    constexpr problem<std::int8_t, 16, 128> deep;
    STATIC_REQUIRE(is(scattered{}, arch::avx512_vnni{}, deep));
    STATIC_REQUIRE((is(scattered{}, arch::avx2{}, deep) && is(scattered{}, arch::sse4_1{}, deep) && is(scattered{}, arch::avx512{}, deep)));
    STATIC_REQUIRE(
        is(weights<unstructured<>, codebook<16>, per_channel>{}, arch::avx512_vnni{}, problem<std::uint8_t, dynamic, dynamic>{}));
    STATIC_REQUIRE(is(scattered{}, arch::avx512_vnni{}, problem<std::int8_t, 16, 1152, 384>{}));
    // Not where an arch picks one by one, or runs are short, or sums have factors; or where types tell how many weights there are, and
    // so how large they are when they are packed.
    STATIC_REQUIRE_FALSE(is(scattered{}, arch::scalar{}, deep));
    STATIC_REQUIRE_FALSE(is(weights<int7, unstructured<>>{}, arch::avx512{}, deep));
    STATIC_REQUIRE((is(scattered{}, arch::neon_dotprod{}, deep) && is(scattered{}, arch::neon_i8mm{}, problem<std::uint8_t, 16, 32>{})));
    STATIC_REQUIRE_FALSE(is(scattered{}, arch::neon{}, deep));
    STATIC_REQUIRE_FALSE(is(scattered{}, arch::neon_dotprod{}, problem<std::int8_t, 16, 31>{}));
    STATIC_REQUIRE_FALSE(is(scattered{}, arch::avx512_vnni{}, problem<std::int8_t, 16, 81, 27>{}));
    STATIC_REQUIRE_FALSE(is(scattered{}, arch::avx512_vnni{}, problem<std::int16_t, 16, 128>{}));
    STATIC_REQUIRE_FALSE(is(weights<unstructured<>, per_group<32>>{}, arch::avx512_vnni{}, deep));
    STATIC_REQUIRE_FALSE(is(weights<unstructured<200>>{}, arch::avx512_vnni{}, deep));
    STATIC_REQUIRE_FALSE(is(weights<n_of_m<2, 4>>{}, arch::avx512_vnni{}, deep));
    STATIC_REQUIRE_FALSE(is(weights<f32, unstructured<>>{}, arch::avx512_vnni{}, problem<float, 16, 128>{}));
}
