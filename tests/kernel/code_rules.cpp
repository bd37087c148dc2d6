// SPDX-License-Identifier: MIT
// Which weights are executed as codes.
#include <pare/kernel/code_rules.hpp>

#include <cstdint>

#include <pare/kernel/execution.hpp>

#include "support/catch.hpp"

namespace {

using namespace pare;
using vnni = arch::avx512_vnni;

template <class Format, class Problem, class Arch = vnni>
constexpr bool may_lie = detail::codes_may_lie<Format, Problem, Arch, typename execution<Format, Problem, Arch, form::coded>::dot>;

/// Four bits that are no numbers.
struct halves {
    using axis = pare::axis::encoding;
    using value_type = std::int8_t;
    static constexpr int bits = 4, lowest = -4, highest = 3;
    static constexpr value_type decode(std::uint32_t code) { return value_type(int(code / 2) - 4); }
};

}  // namespace

TEST_CASE("codes that may lie where they are multiplied") {
    using shape = problem<std::int8_t, 64, 256>;
    STATIC_REQUIRE((may_lie<weights<int4>, shape> && may_lie<weights<int2, per_channel>, shape> && may_lie<weights<ternary>, shape>));
    STATIC_REQUIRE(may_lie<weights<int4>, problem<std::uint8_t, 8, 131072>>);
    // Groups of whole bytes of all lanes, which come out even.
    STATIC_REQUIRE((may_lie<weights<int4, per_group<8>>, shape> && may_lie<weights<int2, per_group<16>>, shape>));
    STATIC_REQUIRE_FALSE((may_lie<weights<int4, per_group<4>>, shape> || may_lie<weights<int2, per_group<8>>, shape>));
    STATIC_REQUIRE_FALSE(may_lie<weights<int4, per_group<32>>, problem<std::int8_t, 64, 272>>);
    // Other numbers of bits, codes that are no numbers, books, zero points, masks.
    STATIC_REQUIRE_FALSE((may_lie<weights<int3>, shape> || may_lie<weights<int8>, shape> || may_lie<weights<halves>, shape>));
    STATIC_REQUIRE_FALSE((may_lie<weights<int4, codebook<4>>, shape> || may_lie<weights<int4, affine>, shape>));
    STATIC_REQUIRE_FALSE(may_lie<weights<int4, unstructured<>>, shape>);
    // Short rows, long ones whose sums might not fit, lengths that are not known, several segments; activations of 16 bits; other archs.
    STATIC_REQUIRE_FALSE(
        (may_lie<weights<int4>, problem<std::int8_t, 64, 255>> || may_lie<weights<int4>, problem<std::int8_t, 64, 131073>>));
    STATIC_REQUIRE_FALSE(
        (may_lie<weights<int4>, problem<std::int8_t, 64, dynamic>> || may_lie<weights<int4>, problem<std::int8_t, 64, 512, 256>>));
    STATIC_REQUIRE_FALSE((may_lie<weights<int4>, problem<std::int16_t, 64, 256>> || may_lie<weights<int4>, shape, arch::avx2>));
}

TEST_CASE("structured weights that are nibbles") {
    using far = problem<std::int8_t, 2048, 2048>;
    using near = problem<std::int8_t, 1024, 1024>;
    using of_book = weights<int8, n_of_m<2, 4>, codebook<16>>;
    STATIC_REQUIRE((detail::structured_nibbles<of_book, far, vnni> && detail::structured_nibbles<weights<int4, n_of_m<2, 4>>, far, vnni>));
    STATIC_REQUIRE(detail::structured_nibbles<of_book, problem<std::int8_t, dynamic, 1024>, vnni>);
    STATIC_REQUIRE_FALSE((detail::structured_nibbles<of_book, near, vnni> || detail::structured_nibbles<of_book, far, arch::neon_dotprod>));
    STATIC_REQUIRE_FALSE(detail::structured_nibbles<weights<int8, n_of_m<2, 4>>, far, vnni>);
    STATIC_REQUIRE_FALSE(detail::structured_nibbles<weights<int8, n_of_m<2, 4>, codebook<16, per_channel>>, far, vnni>);
}

TEST_CASE("registers of outputs for which a row alone is multiplied by nibbles") {
    using zen4 = arch::zen4;
    using alone = product_problem<std::int8_t, 2050, 1030, 1>;
    using of_book = weights<int8, codebook<16>>;
    using structured = weights<int8, n_of_m<2, 4>, codebook<16>>;
    STATIC_REQUIRE((detail::nibble_width<of_book, alone, zen4, form::coded> == 8));
    STATIC_REQUIRE((detail::nibble_width<weights<int4>, alone, zen4, form::coded> == 8));
    STATIC_REQUIRE((detail::nibble_width<structured, alone, zen4, form::structured> == 8));
    STATIC_REQUIRE((detail::nibble_width<weights<int4, n_of_m<1, 4>>, alone, zen4, form::structured> == 8));
    // Another arch, rows, outputs, activations; other numbers of bits, groups, masks, forms; turns of eight tables, operands.
    STATIC_REQUIRE((detail::nibble_width<of_book, alone, vnni, form::coded> == 0));
    STATIC_REQUIRE((detail::nibble_width<of_book, product_problem<std::int8_t, 2050, 1030, 2>, zen4, form::coded> == 0));
    STATIC_REQUIRE((detail::nibble_width<of_book, product_problem<std::int8_t, dynamic, 1030, 1>, zen4, form::coded> == 0));
    STATIC_REQUIRE((detail::nibble_width<of_book, product_problem<std::int16_t, 2050, 1030, 1>, zen4, form::coded> == 0));
    STATIC_REQUIRE((detail::nibble_width<weights<int2>, alone, zen4, form::coded> == 0));
    STATIC_REQUIRE((detail::nibble_width<weights<int8, codebook<32>>, alone, zen4, form::coded> == 0));
    STATIC_REQUIRE((detail::nibble_width<weights<int4, per_group<32>>, alone, zen4, form::coded> == 0));
    STATIC_REQUIRE((detail::nibble_width<structured, alone, zen4, form::coded> == 0));
    STATIC_REQUIRE((detail::nibble_width<of_book, alone, zen4, form::expanded> == 0));
    STATIC_REQUIRE((detail::nibble_width<weights<int4, n_of_m<1, 2>>, alone, zen4, form::structured> == 0));
    STATIC_REQUIRE((detail::nibble_width<structured, product_problem<std::int8_t, 1024, 1024, 1>, zen4, form::structured> == 0));
    // 129 registers are 17 panels, 65 are nine.
    using wide = execution<of_book, alone, zen4, form::coded>;
    STATIC_REQUIRE((wide::width == 8 && wide::last_width == 1));
    using even = execution<of_book, product_problem<std::int8_t, 1040, 1030, 1>, zen4, form::coded>;
    STATIC_REQUIRE((even::width == 8 && even::last_width == 1));
}
