// SPDX-License-Identifier: MIT
// The macros: a version, a namespace for each instruction set, loops that unroll.
#include <pare/core/config.hpp>

#include <concepts>
#include <cstddef>
#include <string_view>

#include "support/catch.hpp"

#define PARE_TEXT_OF(x) #x
#define PARE_TEXT(x) PARE_TEXT_OF(x)

namespace pare::inline v0::inline PARE_ISA {
struct compiled_here {};
}  // namespace pare::inline v0::inline PARE_ISA

namespace {

PARE_INLINE constexpr int twice(int x) { return 2 * x; }
PARE_NOINLINE int thrice(int x) { return 3 * x; }

void add(float* PARE_RESTRICT to, const float* PARE_RESTRICT from) { PARE_UNROLL for (std::size_t i = 0; i < 8; ++i) to[i] += from[i];
}

}  // namespace

TEST_CASE("a version of three numbers") {
    // Digits alone, as the build reads it; a leading 0 would make it octal.
    constexpr std::string_view digits = PARE_TEXT(PARE_VERSION);
    CHECK(digits.find_first_not_of("0123456789") == digits.npos);
    CHECK(digits[0] != '0');
#if PARE_VERSION < 100
#error "the version is there for the preprocessor too"
#endif
}

TEST_CASE("code of an instruction set has a name of its own, and is found without it") {
    constexpr std::string_view isa = PARE_TEXT(PARE_ISA);
    CHECK(isa.substr(0, 4) == "isa_");
    STATIC_REQUIRE(std::same_as<pare::compiled_here, pare::v0::PARE_ISA::compiled_here>);
#if defined(PARE_SCALAR_ONLY)
    CHECK(isa == "isa_scalar");
#elif defined(__aarch64__) && defined(__ARM_NEON)
    CHECK(isa.substr(0, 8) == "isa_neon");
    CHECK((isa != "isa_neon") == (PARE_TEXT(__ARM_FEATURE_DOTPROD)[0] == '1'));
#elif !defined(__AVX__)
    CHECK(isa == (PARE_TEXT(__SSE4_1__)[0] == '1' ? "isa_sse4_1" : "isa_baseline"));
#else
    CHECK((isa != "isa_scalar" && isa != "isa_baseline"));
    CHECK((isa.find("avx512") != isa.npos) == (PARE_TEXT(__AVX512F__)[0] == '1'));
    CHECK((isa.find("vnni") != isa.npos) <= (PARE_TEXT(__AVX512VNNI__)[0] == '1' || PARE_TEXT(__AVXVNNI__)[0] == '1'));
#endif
}

TEST_CASE("functions and loops") {
    STATIC_REQUIRE(twice(21) == 42);
    CHECK(thrice(14) == 42);
    float to[8] = {0, 1, 2, 3, 4, 5, 6, 7};
    const float from[8] = {10, 10, 10, 10, 20, 20, 20, 20};
    add(to, from);
    CHECK((to[0] == 10.0f && to[3] == 13.0f && to[4] == 24.0f && to[7] == 27.0f));
}
