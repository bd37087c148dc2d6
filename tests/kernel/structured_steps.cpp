// SPDX-License-Identifier: MIT
// Structured weights as steps: spans and bits of places, a panel by hand, what panels take, which formats are packed so.
#include <pare/kernel/structured_steps.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <pare/kernel/select.hpp>

#include "support/catch.hpp"

namespace {

using namespace pare;
using vnni = arch::avx512_vnni;

template <class Mask, std::size_t Outputs, std::size_t Depth, class Sharing = unique>
using x = execution<weights<int8, per_channel, Mask, Sharing>, problem<std::uint8_t, Outputs, Depth>, vnni, form::structured>;
template <class Mask, std::size_t Outputs, std::size_t Depth, class Sharing = unique>
using layout_of = detail::structured_layout<x<Mask, Outputs, Depth, Sharing>>;

template <class Mask>
constexpr std::size_t span_of = detail::structured_span(Mask::unit, 4);

/// One row of a product that is selected by its type.
template <class Format, std::size_t Outputs, std::size_t Depth, class Activation = std::int8_t, class Arch = vnni, std::size_t Rows = 1>
constexpr bool is_selected = pare::select<Format, product_problem<Activation, Outputs, Depth, Rows>, Arch>::layout == form::structured;

}  // namespace

TEST_CASE("whole steps meet spans of activations") {
    STATIC_REQUIRE((span_of<n_of_m<1, 2>> == 8 && span_of<n_of_m<2, 4>> == 8 && span_of<n_of_m<1, 4>> == 16));
    STATIC_REQUIRE((span_of<n_of_m<4, 8>> == 8 && span_of<n_of_m<2, 8>> == 16 && span_of<n_of_m<8, 16>> == 16));
    // Spans of 32, and of no power of two; groups that share steps with others; most weights exist; any may exist.
    STATIC_REQUIRE((span_of<n_of_m<1, 8>> == 0 && span_of<n_of_m<1, 3>> == 0 && span_of<n_of_m<3, 8>> == 0));
    STATIC_REQUIRE((span_of<n_of_m<3, 4>> == 0 && span_of<unstructured<>> == 0 && span_of<blocks<1, 4>> == 0 && span_of<dense> == 0));

    STATIC_REQUIRE((layout_of<n_of_m<1, 2>, 1, 8>::place_bits == 1 && layout_of<n_of_m<1, 2>, 1, 8>::turn == 8));
    STATIC_REQUIRE((layout_of<n_of_m<2, 4>, 1, 8>::place_bits == 2 && layout_of<n_of_m<2, 4>, 1, 8>::turn_span == 32));
    STATIC_REQUIRE((layout_of<n_of_m<8, 16>, 1, 16>::place_bits == 4 && layout_of<n_of_m<8, 16>, 1, 16>::span_steps == 2));
    STATIC_REQUIRE(layout_of<n_of_m<2, 4>, 1, 8>::bases == std::array<std::uint8_t, 4>{0, 0, 4, 4});
    STATIC_REQUIRE(layout_of<n_of_m<1, 4>, 1, 16>::bases == std::array<std::uint8_t, 4>{0, 4, 8, 12});
    STATIC_REQUIRE(layout_of<n_of_m<4, 8>, 1, 8>::bases == std::array<std::uint8_t, 4>{});
}

TEST_CASE("what panels take") {
    // Five turns of four steps, a register of places and one of weights for each step; half as many where two steps share bytes.
    constexpr x<n_of_m<2, 4>, 16, 160> whole{};
    STATIC_REQUIRE(layout_of<n_of_m<2, 4>, 16, 160>::panel_bytes(whole, 1) == 5 * 5 * 64);
    constexpr x<n_of_m<2, 4>, dynamic, 160, codebook<5>> shared{};
    STATIC_REQUIRE(layout_of<n_of_m<2, 4>, dynamic, 160, codebook<5>>::panel_bytes(shared, 4) == 5 * 3 * 256);
    // A turn of three steps, and five weights behind them as two steps of all weights.
    constexpr x<n_of_m<2, 4>, 16, 29> rest{};
    STATIC_REQUIRE(layout_of<n_of_m<2, 4>, 16, 29>::panel_bytes(rest, 2) == (1 + 3 + 2) * 128);
    constexpr x<n_of_m<2, 4>, 16, 3> few{};
    STATIC_REQUIRE(layout_of<n_of_m<2, 4>, 16, 3>::panel_bytes(few, 1) == 64);
}

TEST_CASE("a panel by hand, in the compiler too") {
    using execution = x<n_of_m<2, 4>, 2, 19>;
    constexpr auto pack = [] {
        // 1 and 2 at places 1 and 3, 3 and 4 at 0 and 1; one span further 5 to 8; then three of a tail.
        constexpr std::array<int, 19> row{-1, 1, -1, 2, 3, 4, -1, -1, 5, -1, -1, 6, -1, 7, 8, -1, 9, -1, 10};
        std::array<std::byte, 256> panel{};
        kernels::pack_structured(
            execution{}, 0, [&](std::size_t n, std::size_t k) { return n == 0 ? -1 : row[k]; }, [](std::size_t, int code) { return code; },
            panel.data());
        return panel;
    };
    constexpr auto panel = pack();
    const auto check = [](const std::array<std::byte, 256>& p) {
        const auto at = [&](std::size_t i) { return int(p[i]); };
        // Places of both steps in the bytes of the second output.
        CHECK((at(4) == 0b0001 && at(5) == 0b1111 && at(6) == 0b0100 && at(7) == 0b1001));
        for (std::size_t i = 0; i < 4; ++i) CHECK((at(64 + 4 + i) == int(i) + 1 && at(128 + 4 + i) == int(i) + 5));
        CHECK((at(192 + 4) == 9 && at(192 + 5) == 0 && at(192 + 6) == 10 && at(192 + 7) == 0));
        int others = 0;
        for (std::size_t i = 0; i < 256; ++i) others += i % 64 < 4 || i % 64 >= 8 ? at(i) : 0;
        CHECK(others == 0);
    };
    check(panel);
    check(pack());
}

/// A panel of a group with more weights than N of M, and one with fewer.
template <class Execution>
std::vector<std::byte> damaged() {
    std::vector<std::byte> panel(detail::structured_layout<Execution>::panel_bytes({}, 1));
    kernels::pack_structured(
        Execution{}, 0, [](std::size_t, std::size_t k) { return k < 4    ? 7
                                                                : k == 6 ? 1
                                                                         : -1; }, [](std::size_t, int code) { return code; },
        panel.data());
    return panel;
}

TEST_CASE("positions that are damaged stay inside the panel") {
    using format = weights<int8, per_channel, n_of_m<2, 4>>;
    const auto as_they_are = damaged<x<n_of_m<2, 4>, 1, 8>>();
    CHECK((int(as_they_are[64]) == 7 && int(as_they_are[65]) == 7 && int(as_they_are[66]) == 1 && int(as_they_are[67]) == 0));
    const auto as_codes = damaged<execution<format, problem<std::int8_t, 1, 8>, arch::zen4, form::structured>>();
    CHECK((int(as_codes[64]) == 7 && int(as_codes[65]) == 7 && int(as_codes[66]) + int(as_codes[67]) == 1));
}

TEST_CASE("structured weights are selected where few rows meet many of them") {
    using two_of_four = weights<int8, per_channel, n_of_m<2, 4>>;
    STATIC_REQUIRE(is_selected<two_of_four, 1024, 1024>);
    STATIC_REQUIRE(is_selected<two_of_four, 100, 784, std::uint8_t>);
    STATIC_REQUIRE(is_selected<weights<int4, n_of_m<1, 2>>, 1024, 1024>);
    STATIC_REQUIRE(is_selected<weights<affine, n_of_m<4, 8>, codebook<32, per_channel>>, 256, 256> == false);  // operands of nine bits
    STATIC_REQUIRE(is_selected<weights<n_of_m<4, 8>, codebook<32, per_channel>>, 256, 256>);
    STATIC_REQUIRE(
        (is_selected<two_of_four, 1024, 1024, std::int8_t, vnni, 2> && !is_selected<two_of_four, 1024, 1024, std::int8_t, vnni, 3>));
    STATIC_REQUIRE(
        (is_selected<two_of_four, 4096, 4096, std::int8_t, vnni, 64> && !is_selected<two_of_four, 4096, 4096, std::int8_t, vnni, 65>));
    // Many rows, few weights, groups with factors, other archs, other activations, masks that do not come out even.
    STATIC_REQUIRE_FALSE(is_selected<two_of_four, 1024, 1024, std::int8_t, vnni, dynamic>);
    STATIC_REQUIRE_FALSE(is_selected<two_of_four, 64, 64>);
    STATIC_REQUIRE_FALSE(is_selected<weights<int8, per_group<32>, n_of_m<2, 4>>, 1024, 1024>);
    STATIC_REQUIRE_FALSE(is_selected<two_of_four, 1024, 1024, std::int8_t, arch::scalar>);
    STATIC_REQUIRE_FALSE(is_selected<two_of_four, 1024, 1024, std::int8_t, arch::avx512>);
    STATIC_REQUIRE_FALSE(is_selected<two_of_four, 1024, 1024, std::int8_t, arch::avx2>);
    STATIC_REQUIRE_FALSE(is_selected<two_of_four, 1024, 1024, std::int16_t>);
    STATIC_REQUIRE_FALSE(is_selected<weights<int8, n_of_m<3, 4>>, 1024, 1024>);
    STATIC_REQUIRE_FALSE(is_selected<weights<int8, unstructured<>>, 1024, 1024>);

    // On NEON from four million weights on, for one row or two, and never as codes.
    STATIC_REQUIRE(is_selected<two_of_four, 1024, 4096, std::int8_t, arch::neon_dotprod>);
    STATIC_REQUIRE_FALSE(is_selected<two_of_four, 1024, 4092, std::int8_t, arch::neon_dotprod>);
    STATIC_REQUIRE(is_selected<two_of_four, 1024, 4096, std::uint8_t, arch::neon_i8mm, 2>);
    STATIC_REQUIRE_FALSE(is_selected<two_of_four, 1024, 4096, std::uint8_t, arch::neon_i8mm, 3>);
    STATIC_REQUIRE_FALSE(is_selected<two_of_four, 1024, 4096, std::int8_t, arch::neon>);

    // Codes of four bits where operands would not fit a second-level cache.
    using one = product_problem<std::int8_t, 1024, 1024, 1>;
    using large = product_problem<std::int8_t, 4096, 4096, 1>;
    using shared = weights<int8, per_channel, n_of_m<2, 4>, codebook<16>>;
    STATIC_REQUIRE_FALSE(pare::select<shared, one, vnni>::looks_up_structured);
    STATIC_REQUIRE(pare::select<shared, large, vnni>::looks_up_structured);
    STATIC_REQUIRE_FALSE(pare::select<two_of_four, large, vnni>::looks_up_structured);
    STATIC_REQUIRE_FALSE(pare::select<shared, large, arch::neon_dotprod>::looks_up_structured);
}
