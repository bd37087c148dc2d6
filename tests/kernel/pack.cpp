// SPDX-License-Identifier: MIT
// Weights in the executing form, byte by byte: an arch of 3 lanes that takes pairs, and the scalar one.
#include <pare/kernel/pack.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <vector>

#include <pare/core/rounding.hpp>
#include <pare/io/owned.hpp>

#include "support/catch.hpp"
#include "support/odd_archs.hpp"

namespace {

using namespace pare;
using odd = support::odd_3x2;

/// Bytes of small integers.
template <std::size_t Count>
constexpr std::array<std::byte, Count> bytes(const int (&values)[Count]) {
    std::array<std::byte, Count> b{};
    for (std::size_t i = 0; i < Count; ++i) b[i] = std::byte(std::uint8_t(values[i]));
    return b;
}

template <class Format, std::size_t Rows, std::size_t Cols>
constexpr auto stored(auto codes) {
    stored_weights<Format, Rows, Cols, fixed> w;
    for (std::size_t i = 0; i < codes.size(); ++i) w.codes[i] = codes[i];
    w.scales.fill(1.0f);
    return w;
}

template <class Format, std::size_t Outputs, std::size_t Depth, class Arch, form Form, std::size_t Segment = Depth, std::size_t Groups = 1>
using x = execution<Format, problem<std::int8_t, Outputs, Depth, Segment, Groups>, Arch, Form>;

template <class Execution, class Storage = fixed>
constexpr auto packed(const auto& w, quantization in = {}, quantization out = {}) {
    return pack_weights<Execution, rounding::fp32, Storage>(w, Execution{}, in, out);
}

constexpr auto two_by_three = stored<weights<>, 2, 3>(bytes({1, 2, 3, 4, 5, 6}));

}  // namespace

TEST_CASE("codes that lie in memory while they are packed are as narrow as they and none fit") {
    STATIC_REQUIRE(std::same_as<kernels::raw_code<weights<ternary>>, std::int8_t>);
    STATIC_REQUIRE(std::same_as<kernels::raw_code<weights<int7>>, std::int8_t>);
    STATIC_REQUIRE(std::same_as<kernels::raw_code<weights<int8, codebook<128>>>, std::int8_t>);
    STATIC_REQUIRE(std::same_as<kernels::raw_code<weights<int8>>, std::int16_t>);
    STATIC_REQUIRE(std::same_as<kernels::raw_code<weights<int16>>, std::int32_t>);
    STATIC_REQUIRE(std::same_as<kernels::raw_code<weights<f32>>, std::int64_t>);
    STATIC_REQUIRE(std::same_as<kernels::raw_code<weights<f32, codebook<256>>>, std::int16_t>);
}

TEST_CASE("operands: pairs of K, output by output, in registers of lanes") {
    // K 0 and 1 of outputs 0, 1 and of one that does not exist; then K 1 and 2, of which 1 was taken already.
    constexpr auto p = packed<x<weights<>, 2, 3, odd, form::expanded>>(two_by_three);
    STATIC_REQUIRE(p.data == bytes({1, 2, 4, 5, 0, 0, 0, 3, 0, 6, 0, 0}));
    STATIC_REQUIRE(p.bytes() == 12 + 3 * 4 + 3 * 4);
    // One K alone is followed by nothing.
    constexpr auto one = packed<x<weights<>, 2, 3, odd, form::expanded, 1>>(two_by_three);
    STATIC_REQUIRE(one.data == bytes({1, 0, 4, 0, 0, 0, 2, 0, 5, 0, 0, 0, 3, 0, 6, 0, 0, 0}));
    // The scalar arch: one output after the other, four-byte aligned.
    constexpr auto rows = packed<x<weights<>, 2, 3, arch::scalar, form::expanded>>(two_by_three);
    STATIC_REQUIRE(rows.data == bytes({1, 2, 3, 0, 4, 5, 6, 0}));
}

TEST_CASE("operands for one sum in a register: no output is padded") {
    // Sixteen weights of three outputs, then the two that are left of each.
    constexpr auto eighteen = [] {
        std::array<std::byte, 54> b{};
        for (std::size_t i = 0; i < b.size(); ++i) b[i] = std::byte(i);
        return b;
    }();
    constexpr auto p = packed<x<weights<>, 3, 18, arch::helium, form::expanded>>(stored<weights<>, 3, 18>(eighteen));
    STATIC_REQUIRE(p.data.size() == 56);
    bool same = true;
    for (std::size_t n = 0; n < 3; ++n) {
        for (std::size_t k = 0; k < 16; ++k) same = same && p.data[n * 16 + k] == std::byte(n * 18 + k);
        for (std::size_t k = 16; k < 18; ++k) same = same && p.data[48 + n * 2 + k - 16] == std::byte(n * 18 + k);
    }
    CHECK(same);
}

TEST_CASE("wider operands lie low byte first") {
    // Less their zero points -100 and 100: 101, 102 and -96, -95.
    constexpr auto w = [] {
        auto made = stored<weights<affine, per_channel>, 2, 2>(bytes({1, 2, 4, 5}));
        made.zero_points = {-100, 100};
        return made;
    }();
    constexpr auto p = packed<x<weights<affine, per_channel>, 2, 2, arch::scalar, form::expanded>>(w);
    STATIC_REQUIRE(p.data == bytes({101, 0, 102, 0, -96, 0xff, -95, 0xff}));
    // As codes they keep their zero points beside them.
    constexpr auto coded = packed<x<weights<affine, per_channel>, 2, 2, arch::scalar, form::coded>>(w);
    STATIC_REQUIRE(coded.data == bytes({1, 2, 0, 0, 4, 5, 0, 0}));
    STATIC_REQUIRE((coded.zero_points[0] == -100 && coded.zero_points[1] == 100 && p.zero_points.empty()));
    constexpr auto real = [] {
        stored_weights<weights<f32>, 1, 1, fixed> made;
        made.codes = {std::byte(0), std::byte(0), std::byte(0xc0), std::byte(0x3f)};
        made.bias = {0.25f};
        return pack_weights<execution<weights<f32>, problem<float, 1, 1>, arch::scalar, form::expanded>, rounding::fp32, fixed>(made, {},
                                                                                                                                {}, {});
    }();
    STATIC_REQUIRE((real.data == bytes({0, 0, 0xc0, 0x3f}) && real.bias[0] == 0.25f && real.scales.empty()));
}

TEST_CASE("codes keep their bits; steps do not overlap") {
    // Four bits each: K 0, 1 of three outputs, then K 2 and padding.
    constexpr auto w = stored<weights<int4>, 2, 3>(bytes({0x21, 0x43, 0x65}));  // 1 2 3, 4 5 6
    constexpr auto p = packed<x<weights<int4>, 2, 3, odd, form::coded>>(w);
    STATIC_REQUIRE(p.data == bytes({0x21, 0x54, 0x00, 0x03, 0x06, 0x00}));
}

TEST_CASE("masked codes follow a map of presence, panel by panel") {
    // 5 . 7 and . . 1: maps 101 and 100 (low bit first), then codes.
    constexpr auto w = [] {
        stored_weights<weights<unstructured<3>>, 2, 3, fixed> made;
        bit_writer out(made.positions);
        unstructured<>::write(out, 2, 3, [](std::size_t n, std::size_t k) { return k == 2 || (n == 0 && k == 0); });
        made.codes = bytes({5, 7, 1});
        made.scales = {1.0f};
        return made;
    }();
    const auto p = packed<x<weights<unstructured<3>>, 2, 3, arch::scalar, form::coded>, owned>(w);
    CHECK(p.data ==
          decltype(p.data){std::byte(5), std::byte(5), std::byte(7), std::byte(0), std::byte(4), std::byte(1), std::byte(0), std::byte(0)});
    CHECK(p.offsets == std::vector<std::uint32_t>{0, 4});
    // As operands, what is absent is zero.
    constexpr auto expanded = packed<x<weights<unstructured<3>>, 2, 3, arch::scalar, form::expanded>>(w);
    STATIC_REQUIRE(expanded.data == bytes({5, 0, 7, 0, 0, 0, 1, 0}));
    STATIC_REQUIRE(expanded.offsets.empty());
}

TEST_CASE("shared values: a book, and at least the sixteen that a table look-up reads") {
    constexpr auto w = [] {
        stored_weights<weights<codebook<4>>, 1, 4, fixed> made;
        made.codes = {std::byte(0b00'11'10'01)};  // entries 1 2 3 0
        made.book = bytes({-1, 20, -30, 40});
        made.scales = {1.0f};
        return made;
    }();
    constexpr auto p = packed<x<weights<codebook<4>>, 1, 4, arch::scalar, form::coded>>(w);
    STATIC_REQUIRE((p.book.size() == 16 && p.book[0] == -1 && p.book[3] == 40 && p.book[4] == 0));
    STATIC_REQUIRE(p.data == bytes({0b00'11'10'01, 0, 0, 0}));
    constexpr auto expanded = packed<x<weights<codebook<4>>, 1, 4, arch::scalar, form::expanded>>(w);
    STATIC_REQUIRE((expanded.data == bytes({20, -30, 40, -1}) && expanded.book.empty()));
}

TEST_CASE("biases take in the zero point and what the arch adds to activations") {
    constexpr auto w = [] {
        auto made = two_by_three;
        made.bias = {100, -100};
        return made;
    }();
    constexpr auto p = packed<x<weights<>, 2, 3, arch::scalar, form::expanded>>(w, {0.5f, -10}, {0.25f, 3});
    STATIC_REQUIRE((p.bias[0] == 100 + 10 * 6 && p.bias[1] == -100 + 10 * 15));
    STATIC_REQUIRE((p.scales[0] == 2.0f && p.scales[1] == 2.0f));
    constexpr auto flipped = packed<x<weights<>, 2, 3, arch::avx512_vnni, form::expanded>>(w, {0.5f, -10});
    STATIC_REQUIRE((flipped.bias[0] == 100 - 118 * 6 && flipped.bias[1] == -100 - 118 * 15 && flipped.bias[2] == 0));
    STATIC_REQUIRE(flipped.bias.size() == 16);
}

TEST_CASE("factors of groups, run by run") {
    constexpr auto w = [] {
        auto made = stored<weights<per_group<2>>, 2, 3>(bytes({1, 2, 3, 4, 5, 6}));
        made.factors = {10, 20, 30, 40};
        return made;
    }();
    constexpr auto p = packed<x<weights<per_group<2>>, 2, 3, odd, form::expanded>>(w, {1, 1});
    // Runs of 2 and 1; tables of three outputs. Biases less (1 + 2) * 10 + 3 * 20, and (4 + 5) * 30 + 6 * 40.
    STATIC_REQUIRE(p.factors == std::array<std::uint8_t, 6>{10, 30, 0, 20, 40, 0});
    STATIC_REQUIRE((p.bias[0] == -90 && p.bias[1] == -510));
    STATIC_REQUIRE(p.data == bytes({1, 2, 4, 5, 0, 0, 3, 0, 6, 0, 0, 0}));
}

TEST_CASE("groups of outputs have panels of their own") {
    constexpr auto p = packed<x<weights<>, 1, 3, odd, form::expanded, 3, 2>>(two_by_three);
    STATIC_REQUIRE(p.data == bytes({1, 2, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 4, 5, 0, 0, 0, 0, 0, 6, 0, 0, 0, 0}));
    STATIC_REQUIRE(p.bias.size() == 1 + 3);
}

TEST_CASE("an index past the book reads as entry 0, since kernels trust indices") {
    constexpr auto w = [] {
        stored_weights<weights<codebook<3>>, 1, 2, fixed> made;
        made.codes = {std::byte(0b0111)};  // entries 3, which is not there, and 1
        made.book = bytes({7, 8, 9});
        made.scales = {1.0f};
        return made;
    }();
    STATIC_REQUIRE(packed<x<weights<codebook<3>>, 1, 2, arch::scalar, form::expanded>>(w).data == bytes({7, 8, 0, 0}));
    STATIC_REQUIRE(packed<x<weights<codebook<3>>, 1, 2, arch::scalar, form::coded>>(w).data == bytes({0b0100, 0, 0, 0}));
}
