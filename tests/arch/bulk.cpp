// SPDX-License-Identifier: MIT
// The largest of several arrays: in the compiler, and for every length around the registers of each arch.
#include <pare/arch/bulk.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "support/catch.hpp"
#include "support/lots.hpp"

namespace {

using namespace pare::arch;

constexpr std::array<std::int8_t, 3> by_hand() {
    // A row of three arrays of three, each two elements behind the one before: 1 -128 127, 127 0 -1, -1 -127 5.
    constexpr std::array<std::int8_t, 7> all{1, -128, 127, 0, -1, -127, 5};
    std::array<std::int8_t, 3> largest{};
    maximum(largest.data(), window_arrays<std::int8_t>{all.data(), 1, 3, 0, 2}, 3, native{});
    return largest;
}
static_assert(by_hand() == std::array<std::int8_t, 3>{127, 0, 127});

template <class T, class Arch>
void check(Arch arch) {
    for (std::size_t count = 0; count <= 150; ++count)
        for (const auto& [rows, columns] : {std::pair{1u, 1u}, {1u, 3u}, {2u, 2u}, {3u, 1u}}) {
            support::lots r(9, count, rows * columns);
            // The last array ends where memory does; one more behind the result stays.
            const std::size_t column_stride = count + 3, row_stride = columns * column_stride + 2;
            std::vector<T> values((rows - 1) * row_stride + (columns - 1) * column_stride + count);
            for (T& x : values) x = support::draw_activation<T>(r, r.one_in(2) ? support::spread::even : support::spread::ends);
            std::vector<T> got(count + 1, T(77));
            maximum(got.data(), window_arrays<T>{values.data(), rows, columns, row_stride, column_stride}, count, arch);
            REQUIRE(got[count] == T(77));
            for (std::size_t i = 0; i < count; ++i) {
                T wanted = values[i];
                for (std::size_t row = 0; row < rows; ++row)
                    for (std::size_t c = 0; c < columns; ++c) wanted = std::max(wanted, values[row * row_stride + c * column_stride + i]);
                REQUIRE(got[i] == wanted);
            }
        }
}

template <class Arch>
void check_arch() {
    if (!compiled_for<Arch> || !available<Arch>()) {
        WARN(Arch::name << " is not here: maxima are not compared");
        return;
    }
    check<std::int8_t>(Arch{});
    check<std::uint8_t>(Arch{});
    check<std::int16_t>(Arch{});
    check<float>(Arch{});
}

}  // namespace

TEST_CASE("maxima in plain C++") {
    CHECK(by_hand() == std::array<std::int8_t, 3>{127, 0, 127});
    check_arch<scalar>();
}
TEST_CASE("maxima on sse4_1") { check_arch<sse4_1>(); }
TEST_CASE("maxima on avx2") { check_arch<avx2>(), check_arch<avx_vnni>(); }
TEST_CASE("maxima on avx512") { check_arch<avx512>(), check_arch<avx512_vnni>(); }
TEST_CASE("maxima on neon") { check_arch<neon>(), check_arch<neon_dotprod>(), check_arch<neon_i8mm>(); }
