// SPDX-License-Identifier: MIT
// Products of floats that are quantised while they run: rows and one product by hand, and every arch against integers and doubles.
#include <pare/kernel/dynamic_quantize.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include <pare/kernel/select.hpp>

#include "support/catch.hpp"
#include "support/guarded.hpp"
#include "support/lots.hpp"
#include "support/odd_archs.hpp"
#include "support/reference.hpp"

namespace {

using namespace pare;
using support::guarded, support::guarded_vector, support::lots;

constexpr float infinite = std::numeric_limits<float>::infinity(), nothing = std::numeric_limits<float>::quiet_NaN();
constexpr float largest = std::numeric_limits<float>::max(), smallest = std::numeric_limits<float>::min();

// [-1, 1.55] in steps of 0.01: -1 is -128, 0 is -28, 1.55 is 127.
static_assert(dynamic_quantization(-255, 0) == quantization{1, 127} && dynamic_quantization(0, 255) == quantization{1, -128});
static_assert(dynamic_quantization(-100, 155) == quantization{155.0f / 255 + 100.0f / 255, -28});
static_assert(dynamic_quantization(0, 0) == quantization{0, 0} && dynamic_quantization(-smallest, 100 * smallest) == quantization{0, 0});
static_assert(dynamic_quantization(-infinite, 0) == quantization{largest / 255, 127});
static_assert(dynamic_quantization(-infinite, infinite).scale < 3e36f);

constexpr std::array<std::int8_t, 5> row() {
    constexpr std::array<float, 5> x{-100, 155, 0, nothing, 3.4f};
    std::array<std::int8_t, 5> q{};
    quantize_row(x.data(), q.data(), 5, arch::native{});
    return q;
}
static_assert(row() == std::array<std::int8_t, 5>{-128, 127, -28, -28, -25});

/// Rows like those that layers see, and like those that they should not.
guarded_vector<float> draw_row(lots& r, std::size_t count) {
    guarded_vector<float> x(count);
    const float scale = r.pick({1.0f, 1e-3f, 1e5f, 1e-20f, 1e20f});
    const std::size_t kind = r.below(8);
    const float same = float(r.real(-2, 2));
    for (float& f : x) {
        f = float(r.real(kind == 0 ? 0.5 : -1, kind == 1 ? -0.5 : 1)) * scale;
        if (kind == 2) f = same;
        if (kind == 3) f = 0;
        if (kind == 4 && r.one_in(5)) f = nothing;
    }
    return x;
}

template <class Arch>
void check_rows() {
    for (std::size_t draw = 0; draw < 600; ++draw) {
        lots r(61, draw, 0);
        const std::size_t count = r.between(1, 200);
        const auto x = draw_row(r, count);
        guarded_vector<std::int8_t> q(count), plain(count);
        const quantization by = quantize_row(x.data(), q.data(), count, Arch{});
        REQUIRE(by == quantize_row(x.data(), plain.data(), count, arch::scalar{}));
        REQUIRE(q == plain);
        float low = 0, high = 0;
        for (const float f : x) low = std::fmin(low, f), high = std::fmax(high, f);
        for (std::size_t i = 0; i < count; ++i) {
            const double value = std::isnan(x[i]) ? 0 : double(x[i]);
            const double off = std::fabs(value - double(by.scale) * (q[i] - by.zero_point));
            REQUIRE(off <= (q[i] == 127 ? 1.0001 : 0.5001) * double(by.scale) + (by.scale > 0 ? 0 : 255 * double(smallest)));
        }
    }
}

/// An executor of three that works backwards.
struct backwards {
    std::size_t concurrency() const { return 3; }
    template <class F>
    void operator()(std::size_t n, const F& f) const {
        while (n-- > 0) f(n);
    }
};

template <class Format, class Arch, std::size_t N, std::size_t K>
void check_product(std::size_t m, std::size_t n, std::size_t k) {
    using execution = pare::select<Format, problem<std::int8_t, N, K>, Arch>;
    lots r(62, n * 1000 + k, m);
    stored_weights<Format, dynamic, dynamic, guarded> w;
    support::draw_tensor(r, w, n, k, 1000);
    for (float& s : w.scales) s = float(r.real(0.001, 0.01));
    const auto matrix = reference::decode(reference::tensor_of(w, n, k));
    std::vector<float> bias(n);
    for (float& b : bias) b = float(r.real(-1, 1));
    const execution shape{execution::extents::of({n, k, k, 1})};
    const auto packed = pack_dynamic<execution, guarded>(w, shape, bias);
    REQUIRE(packed.bytes() >= packed.weights.bytes() + n * 8);

    const std::size_t read = k + 3, write = n + 5;
    guarded_vector<float> x((m - 1) * read + k), y((m - 1) * write + n, 77.0f), again(y);
    for (std::size_t i = 0; i < m; ++i) std::ranges::copy(draw_row(r, k), x.begin() + std::ptrdiff_t(i * read));
    guarded_vector<std::byte> scratch(round_up(gemm_dynamic_scratch_bytes(shape, m, 3), 8));
    const clamp_float clamp{r.one_in(2) ? -0.5f : -infinite, r.one_in(2) ? 3.0f : infinite};
    gemm_dynamic({x.data(), m, k, read}, packed, {y.data(), m, n, write}, clamp, std::span(scratch));
    gemm_dynamic({x.data(), m, k, read}, packed, {again.data(), m, n, write}, clamp, std::span(scratch), backwards{});
    REQUIRE(y == again);

    std::vector<std::int8_t> q(k);
    for (std::size_t i = 0; i < m; ++i) {
        const quantization by = quantize_row(x.data() + i * read, q.data(), k, arch::scalar{});
        for (std::size_t o = 0; o < n; ++o) {
            std::int64_t sum = 0;
            for (std::size_t j = 0; j < k; ++j) sum += (q[j] - by.zero_point) * std::int64_t(matrix.integer[o * k + j]);
            const double scale = double(by.scale) * double(w.scales[w.scales.size() == 1 ? 0 : o]);
            const double product = double(sum) * scale, exact = product + double(bias[o]);
            const double wanted = std::clamp(exact, double(clamp.low), double(clamp.high));
            INFO(Arch::name << ": row " << i << ", output " << o << " of " << n << ", depth " << k);
            // Four roundings, each of at most 2^-24 of a product or a sum.
            REQUIRE(std::fabs(double(y[i * write + o]) - wanted) <= std::ldexp(std::fabs(product) + std::fabs(double(bias[o])), -22));
        }
        if (i + 1 < m)
            for (std::size_t o = n; o < write; ++o) REQUIRE(y[i * write + o] == 77.0f);
    }
}

template <class Format, class Arch>
void check_products() {
    for (const auto& [m, n, k] : {std::array<std::size_t, 3>{1, 1, 1}, {13, 7, 8}, {3, 24, 17}, {7, 64, 16}, {2, 131, 70}, {25, 48, 5}})
        check_product<Format, Arch, dynamic, dynamic>(m, n, k);
}

template <class Arch>
void check_arch() {
    if constexpr (arch::compiled_for<Arch>) {
        if (arch::available<Arch>()) {
            check_rows<Arch>();
            check_products<weights<int8, per_channel>, Arch>();
            check_products<weights<int4, per_group<8>>, Arch>();  // 64-bit totals
            check_product<weights<int8, per_channel, n_of_m<2, 4>>, Arch, 40, 36>(9, 40, 36);
            check_product<weights<int4, per_channel>, Arch, 32, 64>(5, 32, 64);
            return;
        }
    }
    WARN(Arch::name << " is not here: products of floats are not compared");
}

}  // namespace

TEST_CASE("rows by hand") { CHECK(row() == std::array<std::int8_t, 5>{-128, 127, -28, -28, -25}); }

TEST_CASE("rows of nothing, of one value and of infinities give what is defined") {
    using execution = pare::select<weights<int8>, problem<std::int8_t, 1, 2>, arch::native>;
    stored_weights<weights<int8>, 1, 2, fixed> w;
    w.codes = {std::byte(3), std::byte(0xff)};  // 3, -1
    w.scales = {0.5f};
    w.bias = {999};  // not used
    constexpr std::array<float, 1> bias{0.25f};
    const auto packed = pack_dynamic<execution, fixed>(w, execution{}, bias);
    CHECK(packed.weight_sums[0] == 2);
    const std::array<float, 10> x{0, 0, nothing, nothing, 1e-44f, 0, 2, 2, -infinite, 7};
    std::array<float, 5> y{};
    alignas(4) std::array<std::byte, 512> scratch{};
    REQUIRE(gemm_dynamic_scratch_bytes(execution{}, 5) <= scratch.size());
    gemm_dynamic(contiguous_matrix(x.data(), 5, 2), packed, contiguous_matrix(y.data(), 5, 1), {}, std::span(scratch));
    CHECK((y[0] == 0.25f && y[1] == 0.25f && y[2] == 0.25f));
    CHECK(std::fabs(y[3] - 2.25f) < 1e-6f);
    CHECK(y[4] == -infinite);  // -1.5 times the largest float
}

TEST_CASE("products of floats, scalar") { check_arch<arch::scalar>(); }
#if !defined(PARE_FEW_ARCHS)
TEST_CASE("products of floats on three lanes and on five") {
    check_products<weights<>, support::odd_3x2>();
    check_products<weights<>, support::odd_5x3>();
}
#endif
TEST_CASE("products of floats on avx2") { check_arch<arch::avx2>(); }
TEST_CASE("products of floats on avx512_vnni") { check_arch<arch::avx512_vnni>(); }
