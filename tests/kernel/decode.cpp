// SPDX-License-Identifier: MIT
// Streams of operands: register by register, each format gives the weights that were packed, in the compiler too.
#include <pare/kernel/decode.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <pare/kernel/pack.hpp>

#include "support/catch.hpp"
#include "support/guarded.hpp"
#include "support/lots.hpp"
#include "support/odd_archs.hpp"
#include "support/reference.hpp"

namespace {

using namespace pare;
using support::guarded;

/// Reads all panels and puts operands where packing says that they came from.
template <class Format, class Arch, form Form, class Activation = std::int8_t>
void check_format() {
    constexpr std::size_t outputs = 23, depth = 17, groups = 2;
    for (std::uint64_t i = 0; i < 12; ++i) {
        support::lots r(17, 0, i);
        support::guarded_memory::get().put_at_end(i % 2 == 0);
        stored_weights<Format, dynamic, dynamic, guarded> w;
        const auto present = support::draw_tensor(r, w, outputs * groups, depth, 0);
        reference::tensor plain = reference::tensor_of(w, outputs * groups, depth, present);
        if constexpr (Format::group != 0) plain.factors.assign(plain.factors.size(), 1);  // applied to sums, not to operands
        const reference::matrix wanted = reference::decode(plain);
        using execution = pare::execution<Format, problem<Activation, dynamic, dynamic, dynamic, dynamic>, Arch, Form>;
        const execution x{execution::extents::of({outputs, depth, depth, groups})};
        const auto packed = pack_weights<execution, rounding::fp32, guarded>(w, x, {}, {});
        std::size_t met = 0;
        for (std::size_t g = 0; g < groups; ++g)
            for (std::size_t p = 0; p < x.panels(); ++p) {
                operand_stream<execution> stream(panel_of(packed, g, p));
                const std::size_t width = x.panel_width(p);
                std::array<typename execution::dot::rhs, execution::register_elements> now{};
                kernels::for_each_element(x, p, [&](std::size_t element, std::size_t n, std::size_t k) {
                    const std::size_t at = element % now.size();
                    if (at == 0) now = stream.next(element / now.size() % width);
                    // Padding of expanded operands is zero; that of codes is whatever code 0 is, and meets no activation.
                    if (k == dynamic) {
                        if constexpr (Form == form::expanded) REQUIRE(double(now[at]) == 0);
                        return;
                    }
                    ++met;
                    const std::size_t place = (g * outputs + n) * depth + k;
                    if constexpr (Format::is_float) REQUIRE(double(now[at]) == wanted.real[place]);
                    else REQUIRE(std::int64_t(now[at]) == wanted.integer[place]);
                });
            }
        REQUIRE(met == outputs * groups * depth);
    }
}

template <class Arch>
void check_arch() {
    check_format<weights<>, Arch, form::expanded>();
    check_format<weights<int3>, Arch, form::coded>();
    check_format<weights<int4, per_group<5>>, Arch, form::coded>();
    check_format<weights<int16, per_channel>, Arch, form::expanded>();
    check_format<weights<affine, per_channel>, Arch, form::coded>();
    check_format<weights<uint8, affine>, Arch, form::expanded>();
    check_format<weights<binary>, Arch, form::coded>();
    check_format<weights<ternary, n_of_m<2, 4>>, Arch, form::coded>();
    check_format<weights<codebook<16>>, Arch, form::coded>();
    check_format<weights<codebook<5, per_channel>, unstructured<>>, Arch, form::coded>();
    check_format<weights<uint8, codebook<32>, affine, blocks<1, 4>>, Arch, form::coded>();
    check_format<weights<f32, codebook<4>, channels>, Arch, form::coded, float>();
    check_format<weights<f32>, Arch, form::expanded, float>();
}

}  // namespace

TEST_CASE("elements lie low byte first") {
    constexpr std::array<std::byte, 8> p{std::byte(0xff), std::byte(0x7f), std::byte(0),    std::byte(0x80),
                                         std::byte(0),    std::byte(0),    std::byte(0xc0), std::byte(0xbf)};
    STATIC_REQUIRE(get_element<std::int16_t>(p.data(), 0) == 32767);
    STATIC_REQUIRE(get_element<std::int16_t>(p.data(), 1) == -32768);
    STATIC_REQUIRE(get_element<float>(p.data(), 1) == -1.5f);
    STATIC_REQUIRE(get_element<std::int8_t>(p.data(), 3) == -128);
    CHECK(get_element<std::int16_t>(p.data(), 1) == -32768);
    CHECK(get_element<float>(p.data(), 1) == -1.5f);
}

TEST_CASE("a masked, shared format in the compiler") {
    // Entries 1 and 0 at K 0 and 2.
    constexpr auto read = [] {
        using format = weights<codebook<2>, unstructured<2>>;
        using execution = execution<format, problem<std::int8_t, 1, 3>, arch::scalar, form::coded>;
        stored_weights<format, 1, 3, fixed> w;
        bit_writer out(w.positions);
        unstructured<>::write(out, 1, 3, [](std::size_t, std::size_t k) { return k != 1; });
        w.codes = {std::byte(0b01)};
        w.book = {std::byte(100), std::byte(0x80)};
        w.scales = {1.0f};
        const auto packed = pack_weights<execution, rounding::fp32, fixed>(w, {}, {}, {});
        operand_stream<execution> stream(panel_of(packed, 0, 0));
        return std::array<int, 3>{stream.next(0)[0], stream.next(0)[0], stream.next(0)[0]};
    }();
    STATIC_REQUIRE(read == std::array<int, 3>{-128, 0, 100});
}

TEST_CASE("every weight comes back, one lane") { check_arch<arch::scalar>(); }
TEST_CASE("every weight comes back, three lanes and pairs") { check_arch<support::odd_3x2>(); }
TEST_CASE("every weight comes back, five lanes and threes") { check_arch<support::odd_5x3>(); }
