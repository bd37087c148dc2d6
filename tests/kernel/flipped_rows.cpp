// SPDX-License-Identifier: MIT
// Activations as an arch multiplies them: copied before, and beside the products of the rows before them.
#include <pare/kernel/flipped_rows.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

#include "kernel/static_cases.hpp"
#include "support/catch.hpp"

namespace {

using namespace pare;
using statics::product;
using enum statics::store;
using whole = weights<int8, per_channel>;

// One panel of one to four registers, two tiles of rows and more, K of whole registers of activations and not, whole steps and not, an even
// and an odd number of them; rows of one length of which the last tile has fewer.
using one_panel = statics::list<product<whole, 13, 64, 64>, product<whole, 12, 64, 65, raw>, product<whole, 25, 64, 127>,
                                product<whole, 37, 48, 128>, product<whole, 19, 48, 129, raw>, product<whole, 13, 32, 132>,
                                product<whole, 40, 16, 192, raw>, product<whole, 30, 9, 66>, product<whole, 14, 33, 250>>;

/// A row of bytes.
using bytes = std::array<std::uint8_t, 6>;

}  // namespace

TEST_CASE("rows that are multiplied make room for those after them") {
    using execution = pare::select<whole, problem<std::int8_t, 16, 3>, arch::avx512_vnni>;
    if constexpr (arch::compiled_for<arch::avx512_vnni>) {
        if (!arch::available<arch::avx512_vnni>()) return;
        constexpr std::array<std::int8_t, 8> next{-128, -1, 0, 99, 99, 127, 5, 6};
        bytes flipped{1, 2, 3, 4, 5, 6};
        std::array<std::int8_t, 4> dst{};
        using lines = row_lines<std::uint8_t, std::int8_t, 3, 1>;
        const kernels::flipping_lines<lines, std::int8_t, 3, 1> rows{{flipped.data(), dst.data()}, flipped.data(), next.data(), 5};
        rows.flip<execution, 2>(1, 2);
        CHECK(flipped == bytes{1, 127, 128, 4, 133, 134});
        rows.flip<execution, 2>(0, 1);
        CHECK(flipped == bytes{0, 127, 128, 255, 133, 134});
        // The next tile's outputs and the rows after it are elsewhere, what is multiplied is not.
        const auto there = rows.from(0, 2);
        CHECK((there.lhs == flipped.data() && there.dst == dst.data() + 2 && there.next == next.data() + 10));
        STATIC_REQUIRE((kernels::flips_beside<decltype(rows)> && !kernels::flips_beside<lines>));
    } else {
        WARN("avx512_vnni is not here");
    }
}

TEST_CASE("which products flip beside") {
    using one = pare::select<whole, problem<std::int8_t, 64, 64>, arch::avx512_vnni>;
    using two = pare::select<whole, problem<std::int8_t, 65, 64>, arch::avx512_vnni>;
    using shallow = pare::select<whole, problem<std::int8_t, 64, 63>, arch::avx512_vnni>;
    using unknown = pare::select<whole, problem<std::int8_t, dynamic, 64>, arch::avx512_vnni>;
    using unsigned_bytes = pare::select<whole, problem<std::uint8_t, 64, 64>, arch::avx512_vnni>;
    STATIC_REQUIRE((kernels::flips_at_products<one, 6> && !kernels::flips_at_products<one, 1>));
    STATIC_REQUIRE_FALSE((kernels::flips_at_products<two, 6> || kernels::flips_at_products<shallow, 6>));
    STATIC_REQUIRE_FALSE((kernels::flips_at_products<unknown, 6> || kernels::flips_at_products<unsigned_bytes, 6>));
}

TEST_CASE("products with one panel against the reference") { one_panel::run_on<arch::avx_vnni, arch::avx512_vnni>(); }
