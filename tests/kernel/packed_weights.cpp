// SPDX-License-Identifier: MIT
// Sizes of packed weights that the compiler knows, and where panels begin.
#include <pare/kernel/packed_weights.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <pare/core/rounding.hpp>
#include <pare/kernel/pack.hpp>

#include "support/catch.hpp"
#include "support/guarded.hpp"
#include "support/lots.hpp"
#include "support/odd_archs.hpp"

namespace {

using namespace pare;

template <class Format, std::size_t Outputs, std::size_t Depth, class Arch, form Form, std::size_t Groups>
using x = execution<Format, problem<std::int8_t, Outputs, Depth, Depth, Groups>, Arch, Form>;

/// What the type says is what packing makes: with vectors, which take the size that they need.
template <class Format, class Arch, form Form, std::size_t Outputs = 19, std::size_t Depth = 13, std::size_t Groups = 2>
void check_bytes() {
    using execution = x<Format, Outputs, Depth, Arch, Form, Groups>;
    support::lots r(3);
    stored_weights<Format, dynamic, dynamic, support::guarded> w;
    support::draw_tensor(r, w, Outputs * Groups, Depth, 1000);
    const auto p = pack_weights<execution, rounding::single, support::guarded>(
        [&] {
            stored_weights<Format, Outputs * Groups, Depth, support::guarded> s;
            s.positions = w.positions, s.codes = w.codes, s.book = w.book, s.scales = w.scales, s.factors = w.factors;
            s.zero_points = w.zero_points, s.bias = w.bias;
            return s;
        }(),
        execution{}, {}, {});
    using packed = std::remove_cvref_t<decltype(p)>;
    constexpr std::size_t known = packed::static_bytes;
    // Rests of masked panels' last bytes are all that may be saved.
    if constexpr (execution::gathers) CHECK((known == dynamic && p.data.size() % Arch::alignment == 0));
    else if constexpr (packed::counts::has_presence) CHECK((p.bytes() <= known && p.bytes() + p.offsets.size() * Arch::alignment > known));
    else CHECK(p.bytes() == known);
    std::size_t sum = 0;
    std::string names;
    packed::for_each_part(p, [&](std::string_view name, const auto& part) {
        sum += part.size() * sizeof(part[0]);
        names += name;
    });
    CHECK(sum == p.bytes());
    CHECK(names == "dataoffsetsbiastap_sumsscalesfactorsbookzero_points");
}

template <class Arch>
void check_arch() {
    check_bytes<weights<per_channel>, Arch, form::expanded>();
    check_bytes<weights<int4>, Arch, form::coded>();
    check_bytes<weights<int3, per_group<4>>, Arch, form::coded>();
    check_bytes<weights<affine, per_channel>, Arch, form::coded>();
    check_bytes<weights<codebook<16>>, Arch, form::coded>();
    check_bytes<weights<codebook<32, per_channel>>, Arch, form::coded>();
    check_bytes<weights<n_of_m<2, 4>>, Arch, form::coded>();
    check_bytes<weights<n_of_m<2, 4>, codebook<16>>, Arch, form::expanded>();
    check_bytes<weights<unstructured<100>>, Arch, form::coded>();
    check_bytes<weights<unstructured<100>>, Arch, form::gathered>();
}

// Only the data knows how many weights a mask keeps; expanded, it does not matter.
static_assert(packed_weights<x<weights<unstructured<>>, 4, 4, arch::scalar, form::coded, 1>, rounding::fp32, view>::static_bytes ==
              dynamic);
static_assert(packed_weights<x<weights<unstructured<>>, 4, 4, arch::scalar, form::expanded, 1>, rounding::fp32, view>::static_bytes ==
              16 + 16 + 16);
static_assert(packed_weights<x<weights<>, dynamic, 4, arch::scalar, form::expanded, 1>, rounding::fp32, view>::static_bytes == dynamic);

static_assert(std::same_as<book_value<weights<int4, codebook<4>>>, std::int8_t>);
static_assert(std::same_as<book_value<weights<uint8, codebook<4>>>, std::int16_t>);
static_assert(std::same_as<book_value<weights<int16, codebook<4>>>, std::int16_t>);
static_assert(std::same_as<book_value<weights<f32, codebook<4>>>, float>);

}  // namespace

TEST_CASE("bytes that the compiler knows are those of packed weights, scalar") { check_arch<arch::scalar>(); }
TEST_CASE("bytes that the compiler knows are those of packed weights, three lanes") { check_arch<support::odd_3x2>(); }
TEST_CASE("bytes that the compiler knows are those of packed weights, avx512_vnni") { check_arch<arch::avx512_vnni>(); }

TEST_CASE("panels follow one another, group after group") {
    // 40 outputs of a group on avx2: 5 registers, panels of 2, 2 and 1; 3 steps of 8 pairs of bytes for a register.
    using execution = x<weights<per_group<4>>, 40, 6, arch::avx2, form::expanded, 2>;
    using packed = packed_weights<execution, rounding::fp32, fixed>;
    static packed w{};
    STATIC_REQUIRE((execution{}.panels() == 3 && execution::width == 2 && execution{}.steps() == 3));
    const auto check = [&](std::size_t g, std::size_t p, std::size_t at, std::size_t first, std::size_t outputs) {
        const auto v = panel_of(w, g, p);
        CHECK(std::size_t(v.data - w.data.data()) == at);
        CHECK(v.first == first);
        CHECK(v.outputs == outputs);
        CHECK(std::size_t(v.bias - w.bias.data()) == first);
        CHECK(std::size_t(v.factors - w.factors.data()) == first);
    };
    // 96, 96 and 48 bytes, the last rounded up to 64.
    check(0, 0, 0, 0, 16);
    check(0, 1, 96, 16, 16);
    check(0, 2, 192, 32, 8);
    check(1, 0, 256, 40, 16);
    CHECK(w.data.size() == 512);
    CHECK(reinterpret_cast<std::uintptr_t>(w.data.data()) % 32 == 0);
}
