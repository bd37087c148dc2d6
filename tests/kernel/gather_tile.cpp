// SPDX-License-Identifier: MIT
// Products and convolutions of weights that are gathered, against the reference: any extents, any mask, any arch.
#include <pare/kernel/gather_tile.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include <pare/io/owned.hpp>
#include <pare/kernel/gemm.hpp>
#include <pare/kernel/pack.hpp>

#include "fuzz/cases.hpp"
#include "kernel/static_cases.hpp"
#include "support/catch.hpp"

namespace {

using namespace pare;
using fuzz::epilogue_choice;
using any = fuzz::extent_choice<dynamic, dynamic, dynamic, dynamic>;

template <class Format, class Activation, class Arch, epilogue_choice Epilogue, class Extents = any>
struct row {
    using format = Format;
    using activation = Activation;
    using arch = Arch;
    using extents = Extents;
    static constexpr auto form = fuzz::form_choice::gathered;
    static constexpr auto epilogue = Epilogue;
};

template <class Row>
void check_row(std::size_t products, std::size_t convolutions) {
    fuzz::report log;
    for (std::size_t i = 0; i < products + convolutions; ++i) {
        support::lots draw(51, i, 0);
        support::guarded_memory::get().put_at_end(i % 2 == 0);
        const std::string what = i < products ? fuzz::gemm_case<Row>(log, draw) : fuzz::conv_case<Row>(log, draw);
        INFO(Row::arch::name << ", draw " << i);
        REQUIRE(what == "");
    }
    REQUIRE(log.values > products);
}

/// Whether `Arch` is compiled in and here.
template <class Arch>
bool is_here() {
    if constexpr (arch::compiled_for<Arch>) return arch::available<Arch>();
    else return false;
}

using signed_bytes = weights<unstructured<>, per_channel>;
using known = fuzz::extent_choice<37, 100, 100, 1>;
using deep = fuzz::extent_choice<83, 600, 600, 1>;
// Rows are copied two and four times, shifted.
using many = fuzz::extent_choice<131, 210, 210, 1>;
using most = fuzz::extent_choice<513, 150, 150, 1>;
using segments = fuzz::extent_choice<19, 36, 12, 1>;

template <class Arch, class... Rows>
void check_arch() {
    if constexpr (arch::compiled_for<Arch>)
        if (is_here<Arch>()) (Rows::template check<Arch>(), ...);
}

/// Products, and convolutions where there are any, of a format on an arch.
template <class Format, class Activation, epilogue_choice Epilogue, std::size_t Products, std::size_t Convolutions = 0, class Extents = any>
struct cases {
    template <class Arch>
    static void check() {
        check_row<row<Format, Activation, Arch, Epilogue, Extents>>(Products, Convolutions);
    }
};
using bytes = cases<signed_bytes, std::int8_t, epilogue_choice::fp32_s8, 400>;

/// One row with so many weights that windows are two registers, of which most weights do not exist, and some follow one another.
template <class Arch>
void check_wide_windows() {
    constexpr std::size_t outputs = 4101, depth = 515;
    using format = weights<unstructured<>, per_channel>;
    using execution = pare::execution<format, product_problem<std::int8_t, outputs, depth, 1>, Arch, form::gathered>;
    STATIC_REQUIRE((execution::gathers_wide && execution::window == 128 && execution::window_step == (execution::shifts > 1 ? 16 : 1)));
    STATIC_REQUIRE_FALSE(pare::execution<format, product_problem<std::int8_t, outputs, depth, 2>, Arch, form::gathered>::gathers_wide);
    STATIC_REQUIRE_FALSE(pare::execution<format, product_problem<std::int8_t, 1024, 1024, 1>, Arch, form::gathered>::gathers_wide);
    support::lots draw(52, 1, 0);
    std::vector<std::int8_t> dense(outputs * depth);
    for (std::size_t i = 0; i < dense.size(); ++i)
        if (draw.one_in(12) || (i / depth % 50 == 0 && i % 7 < 5)) dense[i] = std::int8_t(draw.pick({-128, -1, 1, 127, 33}));
    stored_weights<format, dynamic, dynamic, owned> stored;
    std::size_t kept = 0;
    for (const std::int8_t w : dense) kept += w != 0;
    stored.codes.resize(kept);
    kept = 0;
    for (const std::int8_t w : dense)
        if (w != 0) stored.codes[kept++] = std::byte(w);
    const auto exists = [&](std::size_t n, std::size_t k) { return dense[n * depth + k] != 0; };
    bit_writer counted;
    format::mask::write(counted, outputs, depth, exists);
    stored.positions.resize(bytes_of_bits(counted.position()));
    bit_writer written(stored.positions);
    format::mask::write(written, outputs, depth, exists);
    stored.bias.assign(outputs, 7);
    stored.scales.assign(outputs, 1.0f);
    const auto packed = pack_weights<execution, rounding::fp32, owned>(stored, execution{}, {1.0f, -3}, {1.0f, 0});
    const auto x = fuzz::draw_activations<std::int8_t>(draw, depth);
    std::vector<std::int32_t> got(outputs);
    std::vector<typename execution::dot::lhs> scratch(gemm_scratch_bytes(execution{}));
    gemm<1>({x.data(), 1, depth, depth}, packed, {got.data(), 1, outputs, outputs}, raw_sum<std::int32_t>{}, std::span(scratch));
    for (std::size_t n = 0; n < outputs; ++n) {
        std::int32_t wanted = 7;
        for (std::size_t k = 0; k < depth; ++k) wanted += (x[k] + 3) * dense[n * depth + k];
        REQUIRE(got[n] == wanted);
    }
}

}  // namespace

// All that is known to compilers late is met on the arch that gathers out of registers.
TEST_CASE("gathered products of avx512_vnni") {
    check_arch<arch::avx512_vnni, bytes, cases<signed_bytes, std::int8_t, epilogue_choice::raw, 40, 20, many>,
               cases<weights<int4, unstructured<>, per_group<16>>, std::int8_t, epilogue_choice::raw, 60>>();
}
#if !defined(PARE_SANITIZED)
TEST_CASE("gathered products of avx512_vnni, of other extents and types") {
    check_arch<arch::avx512_vnni, cases<weights<unstructured<>>, std::uint8_t, epilogue_choice::raw, 300>,
               cases<weights<>, std::uint8_t, epilogue_choice::raw, 60, 0, known>,
               cases<signed_bytes, std::int8_t, epilogue_choice::fp32_u8, 60, 0, deep>,
               cases<weights<unstructured<>, codebook<16>>, std::uint8_t, epilogue_choice::raw, 40, 0, most>>();
}
#endif
TEST_CASE("gathered products of one row out of two registers") {
    if constexpr (arch::compiled_for<arch::avx512_vnni>) {
        if (is_here<arch::avx512_vnni>()) check_wide_windows<arch::avx512_vnni>();
    } else {
        WARN("avx512_vnni is not here");
    }
}
TEST_CASE("gathered convolutions of avx512_vnni") {
    check_arch<arch::avx512_vnni, cases<weights<unstructured<>, codebook<16>>, std::uint8_t, epilogue_choice::fp32_u8, 200, 200>,
               cases<weights<unstructured<>, codebook<63>, per_channel>, std::int8_t, epilogue_choice::raw, 60, 0, known>,
               cases<signed_bytes, std::int8_t, epilogue_choice::raw, 60, 60, segments>>();
}
TEST_CASE("gathered codes of Zen 4") {
    // They are instructions of avx512_vnni, which other processors have too. A book of 31 values has the last codes of five bits; a step is
    // left that shares no bytes, or is not.
    if constexpr (arch::compiled_for<arch::zen4>) {
        if (!is_here<arch::avx512_vnni>()) return;
        using statics::product;
        using enum statics::store;
        using book16 = weights<int8, per_channel, unstructured<>, codebook<16>>;
        using book31 = weights<int8, per_channel, unstructured<>, codebook<31>>;
        STATIC_REQUIRE(pare::select<book16, problem<std::int8_t, 40, 300>, arch::zen4>::gathers_codes);
        statics::log log;
        log.run<product<book16, 1, 40, 300, raw>, arch::zen4>(), log.run<product<book31, 1, 80, 131>, arch::zen4>();
        log.run<product<book31, 9, 33, 200, raw, std::uint8_t>, arch::zen4>(), log.run<product<book16, 3, 64, 77>, arch::zen4>();
        CHECK(log.report.values >= 6 * 4);
    }
}
TEST_CASE("gathered products of avx2") { check_arch<arch::avx2, bytes>(); }
TEST_CASE("gathered products and convolutions of neon") {
    using best = std::conditional_t<std::derived_from<arch::native, arch::neon>, arch::native, arch::neon>;
    check_arch<best, bytes>();
    // Windows that go over lines; unsigned bytes, flipped before or not; rows shorter than a window, in segments.
    using dotprod = std::conditional_t<std::derived_from<best, arch::neon_dotprod>, best, arch::neon_dotprod>;
    check_arch<dotprod, cases<signed_bytes, std::int8_t, epilogue_choice::fp32_u8, 60, 0, deep>,
               cases<weights<unstructured<>>, std::uint8_t, epilogue_choice::raw, 60, 0, known>,
               cases<signed_bytes, std::int8_t, epilogue_choice::raw, 60, 60, segments>>();
}
#if !defined(PARE_FEW_ARCHS)
TEST_CASE("gathered products, scalar") { check_arch<arch::scalar, bytes>(); }
TEST_CASE("gathered products of three lanes and of five") {
    check_arch<support::odd_3x2, bytes>();
    check_arch<support::odd_5x3, cases<weights<f32, unstructured<>>, float, epilogue_choice::clamp_float, 60, 60>>();
}
TEST_CASE("gathered products of sse4_1") { check_arch<arch::sse4_1, bytes>(); }
TEST_CASE("gathered products of avx512") { check_arch<arch::avx512, bytes>(); }
#endif
