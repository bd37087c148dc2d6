// SPDX-License-Identifier: MIT
// Matrix products: one by hand, in the compiler too; and static shapes around every register border against the reference.
#include <pare/kernel/gemm.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "kernel/static_cases.hpp"
#include "support/catch.hpp"

namespace {

using namespace pare;
using statics::product;
using enum statics::store;

using whole = weights<int8, per_channel>;
using nibbles = weights<int4, per_channel>;
using book = weights<codebook<16>>;
using pairs = weights<n_of_m<2, 4>>;
using sparse = weights<unstructured<>, per_channel>;
using real = weights<f32>;

// Rows of a tile are at most 12, registers of outputs 1, 8 or 16 wide, steps of K 1, 2 or 4 long: extents lie on and beside all of them.
using products = statics::list<
    // whole bytes
    product<whole, 1, 1, 1, raw>, product<whole, 1, 1, 16>, product<whole, 2, 7, 3>, product<whole, 12, 8, 4, raw>,
    product<whole, 13, 9, 5>, product<whole, 3, 15, 8>, product<whole, 5, 16, 16, raw>, product<whole, 1, 17, 17>,
    product<whole, 11, 31, 7>, product<whole, 2, 33, 33, raw>, product<whole, 7, 64, 64>, product<whole, 4, 65, 15, raw>,
    product<whole, 1, 129, 2>, product<whole, 25, 3, 1>, product<whole, 3, 17, 12, narrow, std::int8_t, 4>,
    product<whole, 3, 17, 15, raw, std::int8_t, 5>, product<whole, 2, 16, 9, raw, std::uint8_t>,
    // four bits, one table, a table of each output
    product<nibbles, 1, 1, 1>, product<nibbles, 5, 15, 7, raw>, product<nibbles, 1, 16, 8>, product<nibbles, 12, 17, 9>,
    product<nibbles, 3, 33, 31, raw>, product<nibbles, 2, 65, 65>, product<book, 2, 1, 3>, product<book, 4, 16, 17, raw>,
    product<book, 1, 17, 33>, product<weights<codebook<4, per_channel>>, 3, 9, 5>,
    product<weights<codebook<32>, per_channel>, 2, 17, 4, raw>,
    // masks, tails of their groups too
    product<pairs, 1, 7, 4>, product<pairs, 3, 16, 8, raw>, product<pairs, 2, 17, 7>, product<sparse, 1, 1, 9, raw>,
    product<sparse, 5, 15, 16>, product<sparse, 2, 33, 17>, product<weights<unstructured<40>, codebook<16>>, 3, 8, 16>,
    product<weights<blocks<16, 1>>, 2, 32, 5>,
    // factors, zero points, other widths
    product<weights<int4, per_group<16>>, 2, 16, 33, raw>, product<weights<per_group<4>>, 1, 9, 8>,
    product<weights<per_group<16>>, 5, 33, 64>, product<weights<affine, per_channel>, 3, 9, 7>, product<weights<int16>, 2, 17, 5, raw>,
    product<whole, 3, 16, 6, raw, std::int16_t>, product<weights<ternary>, 1, 15, 17>, product<weights<int2, per_channel>, 3, 33, 70, raw>,
    product<weights<binary>, 1, 17, 133>, product<weights<codebook<4>>, 2, 9, 37, raw>, product<weights<int2, per_group<32>>, 2, 17, 75>,
    // floats
    product<real, 1, 1, 1, raw, float>, product<real, 13, 16, 3, narrow, float>, product<real, 2, 17, 16, raw, float>,
    product<weights<f32, unstructured<>>, 3, 7, 9, raw, float>>;

// Weights that are sure to be narrow, which x86 without VNNI multiplies as bytes too, and a few that are not; tails of every length.
using narrow_products =
    statics::list<product<weights<int7>, 1, 1, 1, raw>, product<weights<int7, per_channel>, 7, 17, 9>,
                  product<weights<int7>, 13, 31, 34, raw, std::uint8_t>, product<weights<int7>, 2, 33, 12, raw, std::int8_t, 3>,
                  product<weights<int7>, 3, 9, 15, raw, std::int16_t>, product<weights<ternary>, 12, 15, 23>,
                  product<weights<int4, n_of_m<2, 4>>, 6, 16, 24, raw>, product<weights<int5, per_group<16>>, 3, 9, 35>,
                  product<nibbles, 1, 18, 37>, product<book, 3, 16, 18>, product<whole, 7, 34, 11>, product<real, 3, 17, 5, raw, float>>;

// Weights {1, 2, 3} and {-1, 0, 4} with biases 10 and -5, activations less their zero point 1.
using by_hand = execution<weights<int8>, problem<std::int8_t, 2, 3>, arch::scalar, form::expanded>;
template <class Execution>
constexpr auto packed_by_hand() {
    stored_weights<weights<int8>, 2, 3, fixed> w;
    constexpr std::array<std::int8_t, 6> values{1, 2, 3, -1, 0, 4};
    for (std::size_t i = 0; i < 6; ++i) w.codes[i] = std::byte(std::uint8_t(values[i]));
    w.scales = {1.0f};
    w.bias = {10, -5};
    return pack_weights<Execution, rounding::fp32, fixed>(w, Execution{}, {1, 1}, {1, 0});
}
constexpr std::array<std::int8_t, 6> x{1, 2, 3, -127, 127, 0};
// Row 0 less 1: 0, 1, 2 -> 10 + 2 + 6, -5 + 8. Row 1: -128, 126, -1 -> 10 - 128 + 252 - 3, -5 + 128 - 4.
constexpr std::array<std::int32_t, 4> wanted{18, 3, 131, 119};

constexpr std::array<std::int32_t, 4> scalar_result() {
    const auto packed = packed_by_hand<by_hand>();
    std::array<std::int32_t, 4> y{};
    gemm<2>(contiguous_matrix(x.data(), 2, 3), packed, contiguous_matrix(y.data(), 2, 2), raw_sum<std::int32_t>{});
    return y;
}
static_assert(scalar_result() == wanted);

/// Work in two pieces, the second first.
struct backwards {
    std::size_t concurrency() const { return 2; }
    template <class F>
    void operator()(std::size_t n, const F& f) const {
        while (n-- > 0) f(n);
    }
};

}  // namespace

TEST_CASE("two rows with two outputs, by hand") {
    CHECK(scalar_result() == wanted);
    using native = pare::select<weights<int8>, problem<std::int8_t, 2, 3>, arch::native>;
    const auto packed = packed_by_hand<native>();
    std::array<std::int32_t, 4> y{};
    std::array<typename native::dot::lhs, 12 * 8> scratch{};
    REQUIRE(gemm_scratch_bytes(native{}, 1, 2) <= sizeof scratch);
    gemm(contiguous_matrix(x.data(), 2, 3), packed, contiguous_matrix(y.data(), 2, 2), raw_sum<std::int32_t>{}, std::span(scratch));
    CHECK(y == wanted);

    // Requantised at 0.5: 9, 1.5 -> 2, 65.5 -> 66, 59.5 -> 60.
    constexpr std::array<float, 16> half = [] {
        std::array<float, 16> s{};
        s.fill(0.5f);
        return s;
    }();
    std::array<std::int8_t, 4> narrow_y{};
    gemm(contiguous_matrix(x.data(), 2, 3), packed, contiguous_matrix(narrow_y.data(), 2, 2),
         requantize<rounding::fp32, std::int8_t>{half.data(), {0, -128, 127}}, std::span(scratch));
    CHECK(narrow_y == std::array<std::int8_t, 4>{9, 2, 66, 60});
}

TEST_CASE("rows and outputs lie apart, and what lies between stays") {
    const auto packed = packed_by_hand<by_hand>();
    constexpr std::array<std::int8_t, 8> apart{1, 2, 3, 99, 99, -127, 127, 0};
    std::array<std::int32_t, 5> y{0, 0, 77, 0, 0};
    gemm({apart.data(), 2, 3, 5}, packed, {y.data(), 2, 2, 3}, raw_sum<std::int32_t>{});
    CHECK(y == std::array<std::int32_t, 5>{18, 3, 77, 131, 119});
}

TEST_CASE("one row of few activations is flipped at the loads, where the arch does that") {
    if constexpr (arch::compiled_for<arch::avx512_vnni>) {
        using few = pare::select<weights<int8>, problem<std::int8_t, 64, 64>, arch::avx512_vnni>;
        CHECK((kernels::flips_at_loads<few, 1> && !kernels::flips_at_loads<few, 2>));
        using two_panels = pare::select<weights<int8>, problem<std::int8_t, 80, 64>, arch::avx512_vnni>;
        using deep = pare::select<weights<int8>, problem<std::int8_t, 64, 300>, arch::avx512_vnni>;
        using unsigned_bytes = pare::select<weights<int8>, problem<std::uint8_t, 64, 64>, arch::avx512_vnni>;
        CHECK_FALSE((kernels::flips_at_loads<two_panels, 1> || kernels::flips_at_loads<deep, 1>));
        CHECK_FALSE((kernels::flips_at_loads<unsigned_bytes, 1>));
    }
    STATIC_REQUIRE_FALSE(kernels::flips_at_loads<pare::select<weights<int8>, problem<std::int8_t, 8, 8>, arch::scalar>, 1>);
}

TEST_CASE("scratch is for rows that are flipped, a few tiles at a time, or widened") {
    using bytes = pare::select<weights<int8>, problem<std::int8_t, 128, 100>, arch::avx512_vnni>;
    // Six rows a tile: 4 KB hold six tiles, twice.
    STATIC_REQUIRE(gemm_scratch_bytes(bytes{}) == 2 * 6 * 6 * 100);
    STATIC_REQUIRE((gemm_scratch_bytes(bytes{}, 1, 5) == 500 && gemm_scratch_bytes(bytes{}, 2, 1000) == 2 * 2 * 6 * 6 * 100));
    // Of long rows one tile, or two where there are many panels; more where weights are larger than a megabyte: 256 KB hold eight of 5000.
    STATIC_REQUIRE(gemm_scratch_bytes(pare::select<weights<int8>, problem<std::int8_t, 128, 5000>, arch::avx512_vnni>{}) == 12 * 5000);
    STATIC_REQUIRE(gemm_scratch_bytes(pare::select<weights<int8>, problem<std::int8_t, 320, 3000>, arch::avx512_vnni>{}) == 24 * 3000);
    STATIC_REQUIRE(gemm_scratch_bytes(pare::select<weights<int8>, problem<std::int8_t, 512, 5000>, arch::avx512_vnni>{}) == 96 * 5000);
    STATIC_REQUIRE(gemm_scratch_bytes(pare::select<weights<int8>, problem<std::uint8_t, 64, 100>, arch::avx512_vnni>{}) == 0);
    // With one panel a tile's rows make room for the next; where the arch is only described, nothing does so.
    using one_panel = pare::select<weights<int8>, problem<std::int8_t, 64, 100>, arch::avx512_vnni>;
    constexpr std::size_t tiles = arch::compiled_for<arch::avx512_vnni> ? 1 : 12;
    STATIC_REQUIRE((gemm_scratch_bytes(one_panel{}, 2) == 2 * tiles * 6 * 100 && gemm_scratch_bytes(one_panel{}, 1, 5) == 500));
    using words = pare::select<weights<int8>, problem<std::int8_t, 16, 99>, arch::avx2>;
    STATIC_REQUIRE(gemm_scratch_bytes(words{}, 3, 1) == 3 * words::max_rows * 100 * 2);
}

TEST_CASE("pieces of work give the same") {
    const auto packed = packed_by_hand<by_hand>();
    std::array<std::int32_t, 4> y{};
    gemm(contiguous_matrix(x.data(), 2, 3), packed, contiguous_matrix(y.data(), 2, 2), raw_sum<std::int32_t>{}, {}, backwards{});
    CHECK(y == wanted);
}

TEST_CASE("products of static shapes against the reference") { products::run<130>("products"); }

#if !defined(__aarch64__) && !defined(PARE_FEW_ARCHS)
TEST_CASE("products of narrow weights on each arch of x86") {
    narrow_products::run_on<arch::sse4_1, arch::avx2, arch::avx_vnni, arch::avx512, arch::avx512_vnni>();
}
#endif
