// SPDX-License-Identifier: MIT
// Bytes through tables: in the compiler, and every length and every byte on each arch.
#include <pare/arch/lookup.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

#include "support/catch.hpp"
#include "support/guarded.hpp"
#include "support/lots.hpp"

namespace {

using namespace pare::arch;

constexpr std::array<std::int8_t, 3> in_compiler() {
    std::array<std::int8_t, 256> table{};
    for (std::size_t i = 0; i < 256; ++i) table[i] = std::int8_t(i ^ 0x55);
    std::array<std::int8_t, 3> x{0, -1, 127};
    lookup_bytes(x.data(), x.data(), 3, table.data(), native{});
    return x;
}
static_assert(in_compiler() == std::array<std::int8_t, 3>{0x55, std::int8_t(0xaa), 0x2a});

template <class Arch>
void check_arch() {
    if (!compiled_for<Arch> || !available<Arch>()) {
        WARN(Arch::name << " is not here: tables are not compared");
        return;
    }
    for (std::size_t count = 0; count <= 300; ++count) {
        support::lots r(71, count, 0);
        support::guarded_memory::get().put_at_end(count % 2 == 0);
        support::guarded_vector<std::uint8_t> table(256), x(count), wanted(count);
        support::guarded_vector<std::int8_t> y(count, 77);
        for (auto& t : table) t = std::uint8_t(r.next());
        for (std::size_t i = 0; i < count; ++i) x[i] = std::uint8_t(count == 300 ? i : r.next()), wanted[i] = table[x[i]];
        support::guarded_vector<std::int8_t> to_signed(256);
        for (std::size_t i = 0; i < 256; ++i) to_signed[i] = std::int8_t(table[i]);
        lookup_bytes(y.data(), x.data(), count, to_signed.data(), Arch{});
        lookup_bytes(x.data(), x.data(), count, table.data(), Arch{});  // in place
        REQUIRE(x == wanted);
        for (std::size_t i = 0; i < count; ++i) REQUIRE(int(y[i]) == int(std::int8_t(wanted[i])));
    }
}

}  // namespace

TEST_CASE("tables in plain C++") {
    CHECK(in_compiler() == std::array<std::int8_t, 3>{0x55, std::int8_t(0xaa), 0x2a});
    check_arch<scalar>();
}
TEST_CASE("tables on avx2") { check_arch<avx2>(); }
TEST_CASE("tables on avx512_vnni") { check_arch<avx512_vnni>(); }
