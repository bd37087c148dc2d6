// SPDX-License-Identifier: MIT
// Products and convolutions of weights that are gathered, against the reference: any extents, any mask, any arch.
#include <pare/kernel/gather_tile.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>

#include "fuzz/cases.hpp"
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

}  // namespace

// All that is known to compilers late is met on the arch that gathers out of registers.
TEST_CASE("gathered products of avx512_vnni") {
    check_arch<arch::avx512_vnni, bytes, cases<weights<unstructured<>>, std::uint8_t, epilogue_choice::raw, 300>,
               cases<weights<>, std::uint8_t, epilogue_choice::raw, 60, 0, known>,
               cases<signed_bytes, std::int8_t, epilogue_choice::fp32_u8, 60, 0, deep>,
               cases<signed_bytes, std::int8_t, epilogue_choice::raw, 40, 20, many>,
               cases<weights<unstructured<>, codebook<16>>, std::uint8_t, epilogue_choice::raw, 40, 0, most>,
               cases<weights<int4, unstructured<>, per_group<16>>, std::int8_t, epilogue_choice::raw, 60>>();
}
TEST_CASE("gathered convolutions of avx512_vnni") {
    check_arch<arch::avx512_vnni, cases<weights<unstructured<>, codebook<16>>, std::uint8_t, epilogue_choice::fp32_u8, 200, 200>,
               cases<weights<unstructured<>, codebook<63>, per_channel>, std::int8_t, epilogue_choice::raw, 60, 0, known>,
               cases<signed_bytes, std::int8_t, epilogue_choice::raw, 60, 60, segments>>();
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
