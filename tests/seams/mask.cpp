// SPDX-License-Identifier: MIT
// Masks of a user: one whose pattern is a constant of its type, and one that stores a bit for each weight.
#include <cstddef>

#include "seams/layers.hpp"

namespace {

/// Every other weight, shifted by one from row to row.
struct checkerboard {
    using axis = pare::axis::mask;
    static constexpr pare::pruning_unit unit{.fixed = true};
    static constexpr bool present(std::size_t, std::size_t, std::size_t n, std::size_t k) { return (n + k) % 2 == 0; }
};
static_assert(pare::fixed_mask<checkerboard> && checkerboard::unit.fixed);
static_assert(pare::kept_of<checkerboard>(3, 3) == 5);

/// Any weights, a bit for each.
struct bitmap {
    using axis = pare::axis::mask;
    static constexpr pare::pruning_unit unit{};
    template <class Present>
    static constexpr void write(pare::bit_writer& out, std::size_t rows, std::size_t cols, const Present& present) {
        for (std::size_t i = 0; i < rows * cols; ++i) out.write(1, present(i / cols, i % cols));
    }
    template <class F>
    static constexpr bool visit(pare::bit_reader& in, std::size_t rows, std::size_t cols, const F& f) {
        for (std::size_t i = 0; i < rows * cols; ++i)
            if (in.read(1) != 0) f(i / cols, i % cols);
        return !in.overrun();
    }
};
static_assert(pare::stored_mask<bitmap>);

template <class Mask>
void check_mask() {
    using namespace pare;
    seams::check_format<weights<Mask>, arch::scalar>();
    seams::check_format<weights<Mask, per_channel>, arch::native>();
    seams::check_format<weights<Mask, int4, per_group<5>>, arch::native>();
    seams::check_format<weights<Mask, codebook<16>>, support::odd_3x2>();
}

}  // namespace

TEST_CASE("a mask of a user that needs no storage") { check_mask<checkerboard>(); }
TEST_CASE("a mask of a user that stores its positions") { check_mask<bitmap>(); }
