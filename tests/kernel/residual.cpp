// SPDX-License-Identifier: MIT
// A layer and an addition in one pass: by hand, in the compiler too, and against the layer by itself with an addition behind it.
#include <pare/kernel/residual.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <type_traits>
#include <utility>

#include <pare/kernel/conv.hpp>
#include <pare/kernel/depthwise.hpp>
#include <pare/kernel/elementwise.hpp>
#include <pare/kernel/gemm.hpp>
#include <pare/kernel/pack.hpp>
#include <pare/kernel/select.hpp>

#include "support/catch.hpp"
#include "support/guarded.hpp"
#include "support/lots.hpp"
#include "support/odd_archs.hpp"
#include "support/reference_arithmetic.hpp"

namespace {

using namespace pare;
using support::guarded, support::guarded_vector, support::lots;

// One output of two weights, 2 and -1, at half a step each; added to a tensor of scale 1/2, zero point 1, into steps of 1.
constexpr std::array<std::int8_t, 2> by_hand() {
    using execution = pare::select<weights<int8>, problem<std::int8_t, 1, 2>, arch::scalar>;
    stored_weights<weights<int8>, 1, 2, fixed> w;
    w.codes = {std::byte(2), std::byte(0xff)};
    w.scales = {0.5f};
    const auto packed = pack_weights<execution, rounding::fp32, fixed>(w, execution{}, {1, 0}, {1, 0});
    constexpr std::array<std::int8_t, 4> x{3, 1, 100, 4};
    constexpr std::array<std::int8_t, 2> residual{5, 121};
    std::array<std::int8_t, 2> y{};
    const auto dst = contiguous_matrix(y.data(), 2, 1);
    const prepared_add addition(make_add_constants({1, 0}, {0.5f, 1}, {1, 0}, {0, -128, 127}, false));
    gemm(contiguous_matrix(x.data(), 2, 2), packed, dst,
         add_residual(requantize_sums<std::int8_t>(packed, {0, -128, 90}), contiguous_matrix(residual.data(), 2, 1), dst, addition));
    return y;
}
// (6 - 1) / 2 rounds to 2, and 2 + (5 - 1) / 2 is 4; (200 - 4) / 2 is 98, clamped to 90 by the layer, and 90 + 60 is clamped by the sum.
static_assert(by_hand() == std::array<std::int8_t, 2>{4, 127});

template <class T>
rounding::output_range draw_range(lots& r) {
    constexpr std::int32_t lowest = std::numeric_limits<T>::min(), highest = std::numeric_limits<T>::max();
    const auto zero = std::int32_t(r.integer(lowest, highest));
    return {zero, r.one_in(2) ? zero : lowest, r.one_in(3) ? std::max(zero, highest - 20) : highest};
}

/// What is added to outputs of quantisation `a`.
template <class T>
struct drawn_addition {
    quantization a, b, out;
    rounding::output_range range;
    prepared_add addition;

    explicit drawn_addition(lots& r, quantization layer) : a(layer), range(draw_range<T>(r)) {
        b = {float(r.real(0.02, 0.2)), draw_range<T>(r).zero_point};
        out = {float(r.real(0.5, 1.5)) * (a.scale + b.scale), range.zero_point};
        addition = prepared_add(make_add_constants(a, b, out, range, false));
    }
    int sum(T x, T y) const {
        return reference::add(x, a.scale, a.zero_point, y, b.scale, b.zero_point, out.scale, 20, {range.zero_point, range.low, range.high});
    }
};

template <class T>
guarded_vector<T> draw(lots& r, std::size_t count) {
    guarded_vector<T> v(count);
    for (T& x : v) x = support::draw_activation<T>(r, support::spread::even);
    return v;
}

/// A layer of `rows` weights of `cols`, with the scales of its outputs.
template <class Format, class T>
struct drawn_layer {
    stored_weights<Format, dynamic, dynamic, guarded> stored;
    quantization in, out;
    rounding::output_range range;

    drawn_layer(lots& r, std::size_t rows, std::size_t cols) : range(draw_range<T>(r)) {
        support::draw_tensor(r, stored, rows, cols, 3000);
        for (float& s : stored.scales) s = float(r.real(0.5, 1.5));
        in = {0.01f, range.zero_point};
        out = {float(double(cols) * 0.1), range.zero_point};
    }
};

/// `m` rows of `k` with `n` outputs of a problem whose extents those are, or dynamic; with and without a gap between rows.
template <class Format, class Arch, class Rounding, class T, std::size_t N, std::size_t K, std::size_t M>
void check_product(std::size_t m, std::size_t n, std::size_t k) {
    using execution = pare::select<Format, problem<T, N, K>, Arch>;
    using lhs = typename execution::dot::lhs;
    for (const std::size_t gap : {std::size_t(0), std::size_t(5)}) {
        lots r(31, n * 100 + k, m * 10 + gap);
        support::guarded_memory::get().put_at_end(gap == 0);
        const drawn_layer<Format, T> w(r, n, k);
        const drawn_addition<T> add(r, w.out);
        const auto packed = pack_weights<execution, Rounding, guarded>(w.stored, {execution::extents::of({n, k, k, 1})}, w.in, w.out);
        const std::size_t stride = n + gap, size = (m - 1) * stride + n;
        const auto x = draw<T>(r, m * k), residual = draw<T>(r, size);
        guarded_vector<T> plain(size, T(77)), sums(size, T(77));
        guarded_vector<lhs> scratch(gemm_scratch_bytes(packed.shape) / sizeof(lhs));
        const matrix_view<const T> from{x.data(), m, k, k};
        const matrix_view<T> dst{sums.data(), m, n, stride};
        const auto epilogue = requantize_sums<T>(packed, w.range);
        gemm<M>(from, packed, {plain.data(), m, n, stride}, epilogue, std::span(scratch));
        gemm<M>(from, packed, dst, add_residual(epilogue, {residual.data(), m, n, stride}, dst, add.addition), std::span(scratch));
        // Where the residual lies, which the sum takes the place of.
        guarded_vector<T> both(residual);
        const matrix_view<T> place{both.data(), m, n, stride};
        gemm<M>(from, packed, place, add_residual(epilogue, {both.data(), m, n, stride}, place, add.addition), std::span(scratch));
        for (std::size_t i = 0; i < size; ++i) {
            INFO(Arch::name << ", " << n << " outputs, output " << i);
            if (i % stride >= n) REQUIRE((int(sums[i]) == 77 && both[i] == residual[i]));
            else REQUIRE((int(sums[i]) == add.sum(plain[i], residual[i]) && both[i] == sums[i]));
        }
    }
}

template <class Format, class Arch, class Rounding, class T>
void check_dynamic() {
    for (const auto& [m, n, k] :
         {std::array<std::size_t, 3>{1, 1, 3}, {13, 7, 8}, {3, 24, 17}, {7, 64, 16}, {2, 131, 9}, {12, 16, 4}, {25, 48, 5}})
        check_product<Format, Arch, Rounding, T, dynamic, dynamic, dynamic>(m, n, k);
}
template <class Format, class Arch, class Rounding, class T, std::size_t M, std::size_t N, std::size_t K>
void check_static() {
    check_product<Format, Arch, Rounding, T, N, K, M>(M, N, K);
}

/// A convolution of a 6 x 7 image, whichever way its plan goes.
template <class Arch, std::size_t Channels, std::size_t Outputs, std::size_t Kernel, std::size_t Stride>
void check_convolution() {
    using format = weights<int8, per_channel>;
    constexpr std::size_t height = 6, width = 7, pad = Kernel / 2, depth = Kernel * Kernel * Channels;
    constexpr conv_geometry g{Kernel, Kernel, Stride, Stride, 1, 1, pad, pad};
    constexpr std::size_t out_height = (height + 2 * pad - Kernel) / Stride + 1, out_width = (width + 2 * pad - Kernel) / Stride + 1;
    constexpr conv_shape shape{g, height, width, Channels, out_height, out_width};
    using execution = pare::select<format, conv_problem<format, std::int8_t, Outputs, shape, 1, Arch>, Arch>;
    using lhs = typename execution::dot::lhs;
    lots r(32, Channels * 100 + Outputs, Kernel * 10 + Stride);
    const drawn_layer<format, std::int8_t> w(r, Outputs, depth);
    const drawn_addition<std::int8_t> add(r, w.out);
    const auto packed = pack_weights<execution, rounding::fp32, guarded>(w.stored, execution{}, w.in, w.out);
    constexpr std::size_t size = out_height * out_width * Outputs;
    const auto x = draw<std::int8_t>(r, height * width * Channels), residual = draw<std::int8_t>(r, size);
    guarded_vector<std::int8_t> plain(size), sums(size);
    guarded_vector<lhs> scratch(conv_scratch_bytes(execution{}, shape) / sizeof(lhs));
    const auto epilogue = requantize_sums<std::int8_t>(packed, w.range);
    const auto run = [&](auto& to, const auto& with) {
        conv2d_kernel<plan_conv(execution{}, shape)>(contiguous_image(x.data(), height, width, Channels), g, packed,
                                                     std::int8_t(w.in.zero_point),
                                                     contiguous_image(to.data(), out_height, out_width, Outputs), with, std::span(scratch));
    };
    run(plain, epilogue);
    const auto run_sum = [&](const auto& from, auto& to) {
        run(to, add_residual(epilogue, contiguous_image(from.data(), out_height, out_width, Outputs),
                             contiguous_image(to.data(), out_height, out_width, Outputs), add.addition));
    };
    run_sum(residual, sums);
    guarded_vector<std::int8_t> both(residual);
    run_sum(std::as_const(both), both);
    for (std::size_t i = 0; i < size; ++i) REQUIRE((int(sums[i]) == add.sum(plain[i], residual[i]) && both[i] == sums[i]));
}

template <class Arch>
void check_depthwise() {
    using format = weights<int8, per_channel>;
    using packed_type = packed_depthwise<format, std::int8_t, dynamic, 9, rounding::fp32, guarded>;
    constexpr std::size_t channels = 70, size = 5 * 4 * channels;
    lots r(33);
    stored_weights<format, dynamic, 9, guarded> stored;
    const drawn_layer<format, std::int8_t> w(r, channels, 9);
    stored.codes = w.stored.codes, stored.scales = w.stored.scales, stored.bias = w.stored.bias;
    const drawn_addition<std::int8_t> add(r, w.out);
    const auto packed = pack_depthwise<packed_type>(stored, channels, 9, w.in, w.out);
    const auto x = draw<std::int8_t>(r, size), residual = draw<std::int8_t>(r, size);
    guarded_vector<std::int8_t> plain(size), sums(size);
    const auto epilogue = requantize_sums<std::int8_t>(packed, w.range);
    const auto run = [&](auto& to, const auto& with) {
        depthwise_kernel<Arch>(contiguous_image(x.data(), 5, 4, channels), {3, 3, 1, 1, 1, 1, 1, 1}, packed, 1,
                               std::int8_t(w.in.zero_point), contiguous_image(to.data(), 5, 4, channels), with);
    };
    run(plain, epilogue);
    const auto run_sum = [&](const auto& from, auto& to) {
        run(to, add_residual(epilogue, contiguous_image(from.data(), 5, 4, channels), contiguous_image(to.data(), 5, 4, channels),
                             add.addition));
    };
    run_sum(residual, sums);
    guarded_vector<std::int8_t> both(residual);
    run_sum(std::as_const(both), both);
    for (std::size_t i = 0; i < size; ++i) REQUIRE((int(sums[i]) == add.sum(plain[i], residual[i]) && both[i] == sums[i]));
}

template <class Arch>
void check_arch() {
    if constexpr (arch::compiled_for<Arch>) {
        if (arch::available<Arch>()) {
            using bytes = weights<int8, per_channel>;
            check_dynamic<bytes, Arch, rounding::fp32, std::int8_t>();
            check_static<weights<int4, per_channel>, Arch, rounding::fp32, std::uint8_t, 3, 24, 17>();
            check_static<bytes, Arch, rounding::fp32, std::int8_t, 5, 64, 16>();
            check_static<weights<int8, per_group<8>>, Arch, rounding::single, std::int8_t, 2, 19, 16>();
            check_static<bytes, Arch, rounding::gemmlowp, std::uint8_t, 2, 33, 7>();
            check_convolution<Arch, 16, 32, 1, 1>();
            check_convolution<Arch, 16, 16, 3, 1>();
            check_convolution<Arch, 16, 20, 3, 1>();
            check_convolution<Arch, 3, 70, 3, 2>();
            check_depthwise<Arch>();
            return;
        }
    }
    WARN(Arch::name << " is not here: residuals are not compared");
}

}  // namespace

TEST_CASE("a residual by hand") { CHECK(by_hand() == std::array<std::int8_t, 2>{4, 127}); }

TEST_CASE("residuals of registers are stored where requantised sums are") {
    using step = arch::native::dot_for<std::int8_t, std::int8_t>;
    using sums = decltype(zero_sums(step{}, arch::native{}));
    const auto stores = []<class E>(const E&) {
        return requires(const E& e, std::int8_t* p, const sums(&s)[1]) { e.store(p, s, 0, step{}, arch::native{}); };
    };
    CHECK(stores(residual_add<requantize<rounding::fp32, std::int8_t>>{}) == !arch::native::portable);
    CHECK_FALSE(stores(residual_add<requantize<rounding::single, std::int8_t>>{}));
    STATIC_REQUIRE(finishing_epilogue<residual_add<requantize<rounding::fp32, std::int8_t>>, arch::scalar>);
    STATIC_REQUIRE_FALSE(finishing_epilogue<requantize<rounding::fp32, std::int8_t>, arch::scalar>);
}

TEST_CASE("residuals, scalar") { check_arch<arch::scalar>(); }
#if !defined(PARE_FEW_ARCHS)
TEST_CASE("residuals on three lanes and on five") {
    check_dynamic<weights<>, support::odd_3x2, rounding::fp32, std::int8_t>();
    check_dynamic<weights<>, support::odd_5x3, rounding::fp32, std::uint8_t>();
}
#endif
TEST_CASE("residuals on avx2") { check_arch<arch::avx2>(); }
TEST_CASE("residuals on avx512_vnni") { check_arch<arch::avx512_vnni>(); }
