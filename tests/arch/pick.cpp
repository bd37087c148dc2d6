// SPDX-License-Identifier: MIT
// Values that are picked out of rows, on every arch that does it by instructions, against one at a time.
#include <pare/arch/pick.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <pare/arch/arch.hpp>

#include "support/catch.hpp"
#include "support/guarded.hpp"
#include "support/lots.hpp"

namespace {

using namespace pare;

constexpr std::array<int, 4> by_hand() {
    const int first[]{10, 11, 12, 13, 14}, second[]{20, 21, 22, 23, 24};
    int to[2][68]{};
    const std::uint64_t masks[]{0b10010};
    arch::pick_values<2>(to, std::array<const int*, 2>{first, second}, 0, 5, masks, arch::scalar{});
    return {to[0][0], to[0][1], to[1][0], to[1][1]};
}
static_assert(by_hand() == std::array<int, 4>{11, 14, 21, 24});

template <class Arch, std::size_t Rows>
void check_rows() {
    for (std::uint64_t i = 0; i < 300; ++i) {
        support::lots r(81, Rows, i);
        support::guarded_memory::get().put_at_end(i % 2 == 0);
        const std::size_t first = r.between(0, 9), count = r.pick<std::size_t>({r.between(1, 256), 64, 128, 256});
        // Rows end where they are not read any further.
        std::vector<support::guarded_vector<std::uint8_t>> rows(Rows);
        std::array<const std::uint8_t*, Rows> from{};
        for (std::size_t n = 0; n < Rows; ++n) {
            rows[n].resize(first + count);
            for (std::uint8_t& v : rows[n]) v = std::uint8_t(r.integer(0, 255));
            from[n] = rows[n].data();
        }
        std::array<std::uint64_t, 4> masks{};
        const std::size_t of = r.pick<std::size_t>({1, 2, 10, 100});
        std::vector<std::size_t> places;
        for (std::size_t k = 0; k < count; ++k)
            if (r.one_in(of)) masks[k / 64] |= std::uint64_t(1) << (k % 64), places.push_back(k);
        std::uint8_t to[Rows][320];
        arch::pick_values<4>(to, from, first, count, masks.data(), Arch{});
        INFO(Arch::name << ", draw " << i << ": " << places.size() << " of " << count);
        for (std::size_t n = 0; n < Rows; ++n)
            for (std::size_t p = 0; p < places.size(); ++p) REQUIRE(to[n][p] == from[n][first + places[p]]);
    }
}

template <class Arch>
void check_arch() {
    if constexpr (arch::compiled_for<Arch>)
        if (arch::available<Arch>()) return check_rows<Arch, 1>(), check_rows<Arch, 3>();
    WARN(Arch::name << " is not here");
}

}  // namespace

TEST_CASE("values are picked by hand") { CHECK(by_hand() == std::array<int, 4>{11, 14, 21, 24}); }
TEST_CASE("values are picked by scalar") { check_arch<arch::scalar>(); }
TEST_CASE("bytes are picked by avx512") { check_arch<arch::avx512>(); }
TEST_CASE("bytes are picked by avx512_vnni") { check_arch<arch::avx512_vnni>(); }
TEST_CASE("bytes are picked by neon_dotprod") { check_arch<arch::neon_dotprod>(); }
