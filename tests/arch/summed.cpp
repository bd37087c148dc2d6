// SPDX-License-Identifier: MIT
// Products with unsigned weights against the portable operations, and sums of bytes.
#include <pare/arch/summed.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

#include "arch/operations.hpp"
#include "support/catch.hpp"

namespace {

using namespace operations;

template <class Arch>
void check() {
    if constexpr (pare::arch::compiled_for<Arch>) {
        if (!is_here<Arch>()) return;
        using dot = typename Arch::summed_dot;
        check_dot<Arch, dot>();
        for (std::size_t count = 0; count <= 300; ++count) {
            lots r(10, 65, count);
            support::guarded_vector<std::int8_t> bytes(count);
            std::int32_t wanted = 0;
            for (std::int8_t& b : bytes) b = draw<std::int8_t>(r), wanted += b;
            REQUIRE(sum_of_bytes(bytes.data(), count, Arch{}) == wanted);
        }
        std::array<std::int32_t, Arch::lanes> got{};
        auto sums = zero_sums(dot{}, Arch{});
        add_value(sums, -5, dot{}, Arch{});
        add_value(sums, 3, dot{}, Arch{});
        store_sums(got.data(), sums, dot{}, Arch{});
        for (const std::int32_t s : got) REQUIRE(s == -2);
    }
}

}  // namespace

TEST_CASE("operations of unsigned weights on avx2") { check<pare::arch::avx2>(); }
TEST_CASE("operations of unsigned weights on avx_vnni") { check<pare::arch::avx_vnni>(); }
TEST_CASE("operations of unsigned weights on avx512") { check<pare::arch::avx512>(); }
TEST_CASE("operations of unsigned weights on avx512_vnni") { check<pare::arch::avx512_vnni>(); }
