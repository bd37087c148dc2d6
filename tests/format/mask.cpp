// SPDX-License-Identifier: MIT
// Masks: positions bit by bit, the order of visits, sizes that the type tells, damage.
#include <pare/format/mask.hpp>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "support/catch.hpp"

namespace {

using namespace pare;
using places = std::vector<std::pair<std::size_t, std::size_t>>;
using bytes = std::vector<std::byte>;

bytes made(std::initializer_list<unsigned> values) {
    bytes b;
    for (const unsigned v : values) b.push_back(std::byte(v));
    return b;
}

/// The positions of the weights in `present`, row by row.
template <class Mask>
bytes written(std::size_t rows, std::size_t cols, const std::vector<int>& present) {
    const auto is_present = [&](std::size_t n, std::size_t k) { return present[n * cols + k] != 0; };
    bit_writer counter;
    Mask::write(counter, rows, cols, is_present);
    bytes b(bytes_of_bits(counter.position()));
    bit_writer out(b);
    Mask::write(out, rows, cols, is_present);
    REQUIRE(out.position() == counter.position());
    return b;
}

template <class Mask>
places visited(const bytes& positions, std::size_t rows, std::size_t cols, bool sound = true) {
    places p;
    CHECK(visit_positions<Mask>(positions, rows, cols, [&](std::size_t n, std::size_t k) { p.emplace_back(n, k); }) == sound);
    return p;
}

template <class Mask>
void check_round_trip(std::size_t rows, std::size_t cols, const std::vector<int>& present) {
    places wanted;
    for (std::size_t i = 0; i < present.size(); ++i)
        if (present[i]) wanted.emplace_back(i / cols, i % cols);
    REQUIRE(visited<Mask>(written<Mask>(rows, cols, present), rows, cols) == wanted);
}

/// The upper triangle, without storage.
struct upper {
    using axis = pare::axis::mask;
    static constexpr bool present(std::size_t, std::size_t, std::size_t n, std::size_t k) { return k >= n; }
};
static_assert(fixed_mask<dense> && fixed_mask<upper> && !stored_mask<upper> && mask_policy<upper>);
static_assert(stored_mask<unstructured<>> && stored_mask<n_of_m<2, 4>> && stored_mask<blocks<2, 2>> && stored_mask<channels>);
static_assert(!fixed_mask<unstructured<>> && !mask_policy<int> && !mask_policy<axis::mask>);

template <std::size_t N, std::size_t M>
concept has_n_of_m = requires { typename n_of_m<N, M>; };
template <std::size_t R, std::size_t C>
concept has_blocks = requires { typename blocks<R, C>; };
static_assert(has_n_of_m<1, 2> && has_n_of_m<8, 16> && !has_n_of_m<0, 4> && !has_n_of_m<4, 4> && !has_n_of_m<8, 17>);
static_assert(has_blocks<1, 2> && has_blocks<4, 1> && !has_blocks<1, 1> && !has_blocks<0, 4>);

}  // namespace

TEST_CASE("a pattern of N:M is written once for the outputs that share it, and tails are dense") {
    const std::vector<int> present{1, 0, 0, 1, 1, 1,  //
                                   1, 0, 0, 1, 1, 1,  //
                                   0, 1, 1, 0, 1, 1,  //
                                   0, 1, 1, 0, 1, 1,  //
                                   1, 1, 1, 1, 1, 1};
    check_round_trip<n_of_m<2, 4, 2>>(5, 6, present);
    // Ranks of {0, 3} and {1, 2}: 3 and 2.
    const bytes positions = written<n_of_m<2, 4, 2>>(5, 6, present);
    CHECK(positions == made({0x13}));
    visited<n_of_m<2, 4, 2>>({}, 4, 6, false);
    CHECK(visited<n_of_m<2, 4, 8>>({}, 1, 4).size() == 4);
}

TEST_CASE("bits of a group of N:M") {
    STATIC_REQUIRE(n_of_m<1, 2>::group_bits == 1);
    STATIC_REQUIRE(n_of_m<1, 4>::group_bits == 2);
    STATIC_REQUIRE(n_of_m<2, 4>::group_bits == 3);    // 6 patterns
    STATIC_REQUIRE(n_of_m<4, 8>::group_bits == 7);    // 70
    STATIC_REQUIRE(n_of_m<8, 16>::group_bits == 14);  // 12,870
    STATIC_REQUIRE(n_of_m<2, 4>::binomial(4, 2) == 6);
    STATIC_REQUIRE(n_of_m<2, 4>::binomial(16, 8) == 12870);
    STATIC_REQUIRE(n_of_m<2, 4>::binomial(3, 4) == 0);
    STATIC_REQUIRE(n_of_m<2, 4>::binomial(3, 0) == 1);
}

TEST_CASE("2:4, every pattern by hand") {
    // Ranks in the order of the patterns as numbers: 0011, 0101, 0110, 1001, 1010, 1100.
    const std::vector<int> present{1, 1, 0, 0, 1, 0, 1, 0, 0, 1, 1, 0, 1, 0, 0, 1, 0, 1, 0, 1, 0, 0, 1, 1};
    // 0, 1, 2, 3, 4, 5 in three bits each, low bits first: 0b10001000 0b11000110 0b10.
    const bytes positions = made({0x88, 0xc6, 0x02});
    CHECK(written<n_of_m<2, 4>>(1, 24, present) == positions);
    CHECK(visited<n_of_m<2, 4>>(positions, 1, 24) ==
          places{{0, 0}, {0, 1}, {0, 4}, {0, 6}, {0, 9}, {0, 10}, {0, 12}, {0, 15}, {0, 17}, {0, 19}, {0, 22}, {0, 23}});
    CHECK(visited<n_of_m<2, 4>>(positions, 2, 12).size() == 12);  // groups do not care where rows end
}

TEST_CASE("a tail of N:M is dense and takes no bits") {
    const bytes positions = made({0x05 | 0x00 << 3});  // row 0: rank 5; row 1: rank 0
    CHECK(visited<n_of_m<2, 4>>(positions, 2, 6) == places{{0, 2}, {0, 3}, {0, 4}, {0, 5}, {1, 0}, {1, 1}, {1, 4}, {1, 5}});
    CHECK(visited<n_of_m<2, 4>>({}, 1, 3) == places{{0, 0}, {0, 1}, {0, 2}});
    STATIC_REQUIRE(n_of_m<2, 4>::position_bits(2, 6) == 6);
    STATIC_REQUIRE(n_of_m<2, 4>::kept(2, 6) == 8);
}

TEST_CASE("patterns of other N:M, all of them") {
    const auto check = []<std::size_t N, std::size_t M>(n_of_m<N, M>) {
        std::uint32_t rank = 0;
        for (std::uint32_t pattern = 0; pattern < (1u << M); ++pattern) {
            if (std::size_t(std::popcount(pattern)) != N) continue;
            std::vector<int> present(M);
            for (std::size_t i = 0; i < M; ++i) present[i] = int(pattern >> i & 1u);
            const bytes b = written<n_of_m<N, M>>(1, M, present);
            REQUIRE(read_bits(b.data(), 0, n_of_m<N, M>::group_bits) == rank++);
            check_round_trip<n_of_m<N, M>>(1, M, present);
        }
        REQUIRE(rank == n_of_m<N, M>::binomial(M, N));
    };
    check(n_of_m<1, 2>{});
    check(n_of_m<1, 4>{});
    check(n_of_m<3, 4>{});
    check(n_of_m<3, 5>{});
    check(n_of_m<4, 8>{});
    check(n_of_m<15, 16>{});
    check(n_of_m<8, 16>{});
}

TEST_CASE("damaged positions of N:M") {
    visited<n_of_m<2, 4>>(made({0x06}), 1, 4, false);  // six patterns: 6 and 7 are no ranks
    visited<n_of_m<2, 4>>(made({0x07}), 1, 4, false);
    visited<n_of_m<2, 4>>(made({0x05}), 1, 4);
    visited<n_of_m<2, 4>>(made({0x00}), 1, 12, false);  // 9 bits are needed
    visited<n_of_m<2, 4>>(made({0x00, 0x00}), 1, 12);
}

TEST_CASE("any weights: gaps over the whole tensor") {
    // 2 x 4, members 1, 5, 6: gaps 1, 3, 0. Bits: parameter 0 takes 2 + 4 + 1 = 7, parameter 1 takes 2 + 3 + 2 = 7; the first wins.
    // A bitmap up to the last member then: 0000 0100 011.
    const std::vector<int> present{0, 1, 0, 0, 0, 1, 1, 0};
    CHECK(written<unstructured<>>(2, 4, present) == made({0x20, 0x06}));
    CHECK(visited<unstructured<>>(made({0x20, 0x06}), 2, 4) == places{{0, 1}, {1, 1}, {1, 2}});
    STATIC_REQUIRE(unstructured<3>::kept(2, 4) == 3);
    STATIC_REQUIRE(unstructured<>::kept(2, 4) == dynamic);
    // 3 members and 5 gaps: parameter 1 takes at most 3 * 2 + 2 bits, as a bitmap does, and 4 for the parameter.
    STATIC_REQUIRE(unstructured<3>::position_bits(2, 4) == 12);
}

TEST_CASE("whole blocks, short ones at the ends exist") {
    // 5 x 7 in blocks of 2 x 3: two bands of two blocks, a column and a row beyond. Blocks 1 and 2 exist: gaps 1, 0.
    std::vector<int> present(35);
    places wanted;
    for (std::size_t n = 0; n < 5; ++n)
        for (std::size_t k = 0; k < 7; ++k) {
            const bool beyond = n == 4 || k == 6;
            present[n * 7 + k] = beyond || (n < 2) == (k >= 3);
            if (present[n * 7 + k]) wanted.emplace_back(n, k);
        }
    CHECK(wanted.size() == 23);            // 2 * 6 in blocks, 4 in the column, 7 in the row
    const bytes positions = made({0x60});  // parameter 0, then 0 1 1
    CHECK(written<blocks<2, 3>>(5, 7, present) == positions);
    CHECK(visited<blocks<2, 3>>(positions, 5, 7) == wanted);
    CHECK(visited<blocks<2, 3>>(made({0}), 1, 2) == places{{0, 0}, {0, 1}});  // no whole block
    CHECK(visited<blocks<1, 4>>(made({0x20}), 1, 8) == places{{0, 4}, {0, 5}, {0, 6}, {0, 7}});
    check_round_trip<blocks<4, 1>>(4, 3, {1, 0, 1, 1, 0, 1, 1, 0, 1, 1, 0, 1});
    check_round_trip<blocks<3, 2>>(3, 4, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
}

TEST_CASE("whole outputs, a bit each") {
    const std::vector<int> present{1, 1, 0, 0, 1, 1};
    CHECK(written<channels>(3, 2, present) == made({0x05}));
    CHECK(visited<channels>(made({0x05}), 3, 2) == places{{0, 0}, {0, 1}, {2, 0}, {2, 1}});
    visited<channels>(made({0xff}), 9, 1, false);
    visited<channels>(made({0xff, 0x01}), 9, 1);
    STATIC_REQUIRE((channels::unit.rows == 1 && channels::unit.cols == 0));
}

TEST_CASE("masks without storage") {
    CHECK(visited<upper>({}, 2, 3) == places{{0, 0}, {0, 1}, {0, 2}, {1, 1}, {1, 2}});
    CHECK(visited<dense>({}, 2, 2) == places{{0, 0}, {0, 1}, {1, 0}, {1, 1}});
}

TEST_CASE("what a type tells of its sizes") {
    STATIC_REQUIRE((kept_of<dense>(3, 5) == 15 && kept_of<dense>(3, dynamic) == dynamic));
    STATIC_REQUIRE((kept_of<upper>(3, 5) == 12 && kept_of<upper>(dynamic, 5) == dynamic));
    STATIC_REQUIRE((kept_of<n_of_m<2, 4, 2>>(5, 6) == 4 * 4 + 6 && kept_of<n_of_m<2, 4, 8>>(5, 6) == 30));
    STATIC_REQUIRE((kept_of<n_of_m<1, 4>>(3, 9) == 9 && kept_of<n_of_m<1, 4>>(3, dynamic) == dynamic));
    STATIC_REQUIRE((kept_of<unstructured<7>>(3, 5) == 7 && kept_of<unstructured<>>(3, 5) == dynamic));
    STATIC_REQUIRE((kept_of<blocks<2, 2>>(4, 4) == dynamic && kept_of<channels>(4, 4) == dynamic));
    STATIC_REQUIRE((position_bytes_of<dense>(3, 5) == 0 && position_bytes_of<upper>(dynamic, 5) == 0));
    STATIC_REQUIRE(position_bytes_of<n_of_m<2, 4>>(3, 9) == 3);  // 3 rows of 2 groups of 3 bits
    STATIC_REQUIRE(position_bytes_of<n_of_m<2, 4>>(3, dynamic) == dynamic);
    STATIC_REQUIRE(position_bytes_of<n_of_m<2, 4, 2>>(7, 9) == 3);  // 3 bands of 2 groups of 3 bits
    STATIC_REQUIRE((position_bytes_of<channels>(9, 5) == 2 && position_bytes_of<channels>(dynamic, 5) == dynamic));
    STATIC_REQUIRE((position_bytes_of<unstructured<3>>(2, 4) == 2 && position_bytes_of<unstructured<>>(2, 4) == dynamic));
    STATIC_REQUIRE(position_bytes_of<blocks<2, 2>>(4, 4) == dynamic);
}
