// SPDX-License-Identifier: MIT
// Means of several arrays: every sum of a few counts, and every length around registers, on each arch.
#include <pare/arch/mean.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "support/catch.hpp"
#include "support/guarded.hpp"
#include "support/lots.hpp"

namespace {

using namespace pare::arch;
using support::guarded_vector;

// Halves go away from 0; both ends.
constexpr pare::rounding::output_range all{0, -128, 127};
static_assert(mean_of(3, 2, all) == 2 && mean_of(-3, 2, all) == -2 && mean_of(-1, 3, all) == 0 && mean_of(2, 3, all) == 1);
static_assert(mean_of(0, 1, all) == 0 && mean_of(500, 2, all) == 127 && mean_of(-100, 1, {0, -7, 7}) == -7);

/// `rows` x `columns` arrays of `count` bytes with gaps.
template <class T, class Arch>
void check(std::size_t count, std::size_t rows, std::size_t columns, std::size_t number) {
    support::lots r(81, count * 1000 + rows * columns, number);
    support::guarded_memory::get().put_at_end(number % 2 == 0);
    const std::size_t column_stride = count + 3, row_stride = columns * column_stride + 2;
    guarded_vector<T> values((rows - 1) * row_stride + (columns - 1) * column_stride + count);
    const support::spread s = support::draw_spread(r);
    for (T& x : values) x = support::draw_activation<T>(r, s);
    const pare::rounding::output_range range{0, r.one_in(2) ? 3 : std::numeric_limits<T>::min(),
                                             r.one_in(2) ? 90 : std::numeric_limits<T>::max()};
    guarded_vector<T> got(count, T(77));
    const window_arrays<T> w{values.data(), rows, columns, row_stride, column_stride};
    const std::size_t done = first_means(got.data(), w, count, range, Arch{});
    REQUIRE(done <= count);
    REQUIRE((Arch::portable ? done == 0 : done + 16 > count));
    for (std::size_t i = 0; i < count; ++i) {
        std::int64_t sum = 0;
        for (std::size_t y = 0; y < rows; ++y)
            for (std::size_t x = 0; x < columns; ++x) sum += values[y * row_stride + x * column_stride + i];
        const double mean = std::round(double(sum) / double(rows * columns));
        REQUIRE(int(got[i]) == (i < done ? std::clamp(int(mean), int(range.low), int(range.high)) : 77));
    }
}

template <class T, class Arch>
void check_type() {
    for (std::size_t count = 0; count <= 150; ++count)
        for (std::size_t i = 0; i < 6; ++i) check<T, Arch>(count, 1 + i % 3, 1 + (i * 5 + count) % 4, i);
    // As many as there may be, and more, which are left to the formula for one.
    check<T, Arch>(16, 256, 256, 0);
    guarded_vector<T> one(1, T(5)), out(16, T(9));
    REQUIRE(first_means(out.data(), window_arrays<T>{one.data(), 65537, 1, 0, 0}, 0, all, Arch{}) == 0);
}

template <class Arch>
void check_arch() {
    if (!compiled_for<Arch> || !available<Arch>()) {
        WARN(Arch::name << " is not here: means are not compared");
        return;
    }
    check_type<std::int8_t, Arch>();
    check_type<std::uint8_t, Arch>();
    // Sums one after the other: n arrays, of which some are 1 more than the others.
    for (const std::size_t n : {std::size_t(2), std::size_t(49), std::size_t(64), std::size_t(196)})
        for (int level = -128; level < 127; ++level) {
            guarded_vector<std::int8_t> x(16 * n), y(16);
            for (std::size_t k = 0; k < n; ++k)
                for (std::size_t i = 0; i < 16; ++i) x[k * 16 + i] = std::int8_t(level + (k < n * i / 15));
            if (first_means(y.data(), window_arrays<std::int8_t>{x.data(), n, 1, 16, 0}, 16, all, Arch{}) == 0) continue;
            for (std::size_t i = 0; i < 16; ++i)
                REQUIRE(int(y[i]) == mean_of(level * std::int32_t(n) + std::int32_t(n * i / 15), std::int32_t(n), all));
        }
}

}  // namespace

TEST_CASE("means in plain C++ are left to the caller") { check_arch<scalar>(); }
TEST_CASE("means on avx2") { check_arch<avx2>(); }
TEST_CASE("means on avx512_vnni") { check_arch<avx512_vnni>(); }
