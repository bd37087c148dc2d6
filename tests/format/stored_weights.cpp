// SPDX-License-Identifier: MIT
// Tensors at rest: bytes counted by hand, and weights read out of bytes written by hand.
#include <pare/format/stored_weights.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "support/catch.hpp"

namespace {

using namespace pare;

/// A test's own storage, so that no other floor is needed.
struct listed {
    template <class T, std::size_t>
    using array = std::vector<T>;
};

/// Bytes of a constant tensor of 6 outputs x 10.
template <class... Policies>
constexpr std::size_t bytes_of = stored_weights<weights<Policies...>, 6, 10, fixed>{}.bytes();

template <class... Policies>
using counts_of = stored_counts<weights<Policies...>, 6, 10>;

struct weight {
    std::size_t n, k;
    double operand;
    friend bool operator==(const weight&, const weight&) = default;
};
std::ostream& operator<<(std::ostream& out, const weight& w) { return out << "{" << w.n << ", " << w.k << ", " << w.operand << "}"; }

template <class Format>
using tensor = stored_weights<Format, dynamic, dynamic, listed>;

template <class Format>
std::vector<weight> read(const tensor<Format>& w, std::size_t rows, std::size_t cols, bool sound = true) {
    std::vector<weight> all;
    CHECK(visit_weights(w, rows, cols, [&](std::size_t n, std::size_t k, auto operand) { all.push_back({n, k, double(operand)}); }) ==
          sound);
    return all;
}

std::vector<std::byte> made(std::initializer_list<unsigned> values) {
    std::vector<std::byte> b;
    for (const unsigned v : values) b.push_back(std::byte(v));
    return b;
}

}  // namespace

TEST_CASE("bytes of 6 x 10 weights, every slot") {
    // Six biases are 24 bytes always.
    STATIC_REQUIRE(bytes_of<> == 60 + 4 + 24);
    STATIC_REQUIRE(bytes_of<per_channel> == 60 + 24 + 24);
    STATIC_REQUIRE(bytes_of<int4, per_channel> == 30 + 24 + 24);
    STATIC_REQUIRE(bytes_of<int3> == 23 + 4 + 24);  // 180 bits
    STATIC_REQUIRE(bytes_of<int16> == 120 + 4 + 24);
    STATIC_REQUIRE(bytes_of<binary> == 8 + 4 + 24);
    STATIC_REQUIRE(bytes_of<ternary> == 15 + 4 + 24);
    STATIC_REQUIRE(bytes_of<f32> == 240 + 24);                             // no scale
    STATIC_REQUIRE(bytes_of<int8, per_group<4>> == 60 + 24 + 6 * 3 + 24);  // groups of 4, 4 and 2
    STATIC_REQUIRE(bytes_of<int8, affine> == 60 + 4 + 1 + 24);             // a zero point for each scale
    STATIC_REQUIRE(bytes_of<uint8, affine, per_channel> == 60 + 24 + 6 + 24);
    STATIC_REQUIRE(bytes_of<int16, affine, per_channel> == 120 + 24 + 12 + 24);
    STATIC_REQUIRE(bytes_of<codebook<16>> == 30 + 16 + 4 + 24);                   // indices and one book
    STATIC_REQUIRE(bytes_of<int4, codebook<3>> == 15 + 2 + 4 + 24);               // a book of 12 bits
    STATIC_REQUIRE(bytes_of<int4, codebook<3, per_channel>> == 15 + 9 + 4 + 24);  // six of them without gaps
    STATIC_REQUIRE(bytes_of<f32, codebook<4>> == 15 + 16 + 24);
    STATIC_REQUIRE(bytes_of<n_of_m<2, 4>> == 5 + 36 + 4 + 24);  // 12 ranks of 3 bits; tails of 2 are dense
    STATIC_REQUIRE(bytes_of<int4, n_of_m<1, 4>, per_channel> == 3 + 12 + 24 + 24);
    STATIC_REQUIRE(bytes_of<unstructured<12>> == 7 + 12 + 4 + 24);  // 4 + 12 * (1 + 2) + 48 / 4 = 52 bits at parameter 2
    STATIC_REQUIRE(bytes_of<unstructured<12>, int4, affine, per_channel, codebook<16>> == 7 + 6 + 8 + 24 + 6 + 24);
    STATIC_REQUIRE(bytes_of<binary, n_of_m<2, 4>, per_group<5>, codebook<2>> == 5 + 5 + 1 + 24 + 12 + 24);
}

TEST_CASE("counts that only the data knows") {
    STATIC_REQUIRE((counts_of<unstructured<>>::positions == dynamic && counts_of<unstructured<>>::codes == dynamic));
    STATIC_REQUIRE((counts_of<channels>::positions == 1 && counts_of<channels>::codes == dynamic));
    STATIC_REQUIRE((counts_of<blocks<2, 2>>::positions == dynamic && counts_of<blocks<2, 2>, codebook<4>>::book == 4));
    STATIC_REQUIRE((counts_of<blocks<2, 2>, per_group<4>>::factors == 18 && counts_of<blocks<2, 2>>::scales == 1));
    using open = stored_counts<weights<int4, per_channel, affine, codebook<16, per_channel>>, dynamic, 10>;
    STATIC_REQUIRE((open::positions == 0 && open::codes == dynamic && open::book == dynamic && open::scales == dynamic));
    STATIC_REQUIRE((open::zero_points == dynamic && open::factors == dynamic));
    tensor<weights<unstructured<>>> w;
    w.positions.resize(3), w.codes.resize(5), w.scales.resize(1), w.bias.resize(2);
    CHECK(w.bytes() == 3 + 5 + 4 + 8);
}

TEST_CASE("codes follow one another, low bits first; zero points are subtracted") {
    tensor<weights<int4, per_channel, affine>> w;
    w.codes = made({0x81, 0xf7, 0x30});  // 1, -8, 7 | -1, 0, 3
    w.zero_points = {2, -3};
    CHECK(read(w, 2, 3) == std::vector<weight>{{0, 0, -1}, {0, 1, -10}, {0, 2, 5}, {1, 0, 2}, {1, 1, 3}, {1, 2, 6}});

    tensor<weights<affine>> one;
    one.codes = made({0x80, 0x7f});
    one.zero_points = {127};  // of the tensor
    CHECK(read(one, 2, 1) == std::vector<weight>{{0, 0, -255}, {1, 0, 0}});

    tensor<weights<>> lowest;
    lowest.codes = made({0x80, 0x81});
    CHECK(read(lowest, 1, 2) == std::vector<weight>{{0, 0, -128}, {0, 1, -127}});
}

TEST_CASE("codes across borders of bytes") {
    tensor<weights<int3>> w;
    // 3, -4, -1, 2, 1 = 011 100 111 010 001, low bits first: 110 001 11|1 010 100.
    w.codes = made({0xe3, 0x15});
    CHECK(read(w, 1, 5) == std::vector<weight>{{0, 0, 3}, {0, 1, -4}, {0, 2, -1}, {0, 3, 2}, {0, 4, 1}});
}

TEST_CASE("shared values behind 2:4, and an index that no book has") {
    tensor<weights<n_of_m<2, 4>, codebook<3>>> w;
    w.positions = made({0x03});         // rank 3: the first and the last of four; the fifth is a tail
    w.codes = made({0x02 | 0x3 << 2});  // indices 2, 3, 0
    w.book = made({0x05, 0x11, 0x80});
    // 3 is no entry of three: it reads as entry 0, as a damaged file may have it.
    CHECK(read(w, 1, 5) == std::vector<weight>{{0, 0, -128}, {0, 3, 5}, {0, 4, 5}});
}

TEST_CASE("a book for each output lies behind that before it") {
    tensor<weights<int4, codebook<3, per_channel>, channels>> w;
    w.positions = made({0x06});  // the first output is absent, its book is not
    w.codes = made({0x02 | 0x01 << 2 | 0x00 << 4 | 0x01 << 6});
    w.book = made({0x21, 0xd3, 0xfe, 0x84, 0x07});  // 1, 2, 3 | -3, -2, -1 | 4, -8, 7
    CHECK(read(w, 3, 2) == std::vector<weight>{{1, 0, -1}, {1, 1, -2}, {2, 0, 4}, {2, 1, -8}});
}

TEST_CASE("signs, threes and floats") {
    tensor<weights<binary, blocks<1, 2>>> sign;
    sign.positions = made({0x20});  // parameter 0, gap 1: the second block
    sign.codes = made({0x05});
    CHECK(read(sign, 1, 5) == std::vector<weight>{{0, 2, -1}, {0, 3, 1}, {0, 4, -1}});

    tensor<weights<ternary, unstructured<>>> three;
    three.positions = made({0x11, 0xc5});  // 0, 5, 6, 12
    three.codes = made({0x73});            // 11, 00, 11, 01
    CHECK(read(three, 4, 5) == std::vector<weight>{{0, 0, -1}, {1, 0, 0}, {1, 1, -1}, {2, 2, 1}});

    tensor<weights<f32>> real;
    real.codes = made({0x00, 0x00, 0xc0, 0x3f, 0x00, 0x00, 0x00, 0xc0});
    CHECK(read(real, 2, 1) == std::vector<weight>{{0, 0, 1.5}, {1, 0, -2}});

    tensor<weights<f32, codebook<2>>> shared;
    shared.codes = made({0x06});
    shared.book = real.codes;
    CHECK(read(shared, 1, 3) == std::vector<weight>{{0, 0, 1.5}, {0, 1, -2}, {0, 2, -2}});
}

TEST_CASE("factors and scales are no part of an operand") {
    tensor<weights<per_group<1>>> w;
    w.codes = made({0x07, 0xf9});
    w.factors = {200, 100};
    w.scales = {0.5f};
    CHECK(read(w, 1, 2) == std::vector<weight>{{0, 0, 7}, {0, 1, -7}});
}

TEST_CASE("damaged tensors") {
    tensor<weights<int4>> short_of_codes;
    short_of_codes.codes = made({0x21, 0x03});
    CHECK(read(short_of_codes, 1, 5, false) == std::vector<weight>{{0, 0, 1}, {0, 1, 2}, {0, 2, 3}, {0, 3, 0}});
    CHECK(read(short_of_codes, 1, 4).size() == 4);
    CHECK(read(short_of_codes, 1, 3).size() == 3);  // the last byte may be half full

    tensor<weights<n_of_m<2, 4>>> no_rank;
    no_rank.positions = made({0x06});
    no_rank.codes = made({1, 2});
    CHECK(read(no_rank, 1, 4, false).empty());
}

TEST_CASE("constants, views and parts") {
    using format = weights<int4, per_channel, n_of_m<2, 4>>;
    using constant_type = stored_weights<format, 2, 4, fixed>;
    static constexpr constant_type constant = [] {
        constant_type w;
        w.positions = {std::byte(0x05 | 0x01 << 3)};
        w.codes = {std::byte(0x21), std::byte(0x43)};
        w.scales = {0.5f, 0.25f};
        w.bias = {-1, 7};
        return w;
    }();
    STATIC_REQUIRE([] {
        int sum = 0;
        const bool sound = visit_weights(constant, 2, 4, [&](std::size_t n, std::size_t k, int v) { sum = sum * 10 + int(n * 4 + k) * v; });
        return sound && sum == 2000 + 600 + 120 + 24;  // 2 * 1, 3 * 2, 4 * 3, 6 * 4
    }());

    const stored_weights<format, 2, 4, view> lent{constant.positions, constant.codes, {}, constant.scales, {}, {}, constant.bias};
    CHECK(lent.bytes() == constant.bytes());
    CHECK(lent.codes.data() == constant.codes.data());
    std::vector<int> operands;
    CHECK(visit_weights(lent, 2, 4, [&](std::size_t, std::size_t, int v) { operands.push_back(v); }));
    CHECK(operands == std::vector<int>{1, 2, 3, 4});

    std::string parts;
    constant_type::for_each_part(
        constant, [&](std::string_view name, const auto& part) { parts += std::string(name) + " " + std::to_string(part.size()) + " "; });
    CHECK(parts == "positions 1 codes 2 book 0 scales 2 factors 0 zero_points 0 bias 2 ");
}
