// SPDX-License-Identifier: MIT
// The register tile by itself: whatever lies behind runs, panels of any width, segments apart.
#include <pare/kernel/tile.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <pare/kernel/pack.hpp>
#include <pare/kernel/select.hpp>

#include "support/catch.hpp"
#include "support/guarded.hpp"
#include "support/lots.hpp"
#include "support/odd_archs.hpp"
#include "support/reference.hpp"

namespace {

using namespace pare;
using support::guarded;
using support::guarded_vector;

/// Every panel of a problem with `Rows` rows: of activations with this behind each run.
template <class Format, class Arch, std::size_t Rows, std::size_t Outputs, std::size_t Depth, std::size_t Segment, behind_run Behind>
void check_tile() {
    using execution = pare::select<Format, problem<std::int8_t, Outputs, Depth, Segment>, Arch>;
    using lhs = typename execution::dot::lhs;
    constexpr execution x{};
    support::lots r(31, Rows, Outputs);
    stored_weights<Format, dynamic, dynamic, guarded> drawn;
    support::draw_tensor(r, drawn, Outputs, Depth, 1000);
    stored_weights<Format, Outputs, Depth, guarded> w;
    w.codes = drawn.codes, w.book = drawn.book, w.scales = drawn.scales, w.factors = drawn.factors, w.bias = drawn.bias;
    const auto packed = pack_weights<execution, rounding::fp32, guarded>(w, x, {1, 3}, {});
    const reference::tensor plain = reference::tensor_of(w, Outputs, Depth);

    // Segments stand `gap` apart, rows anywhere.
    constexpr bool padded = Behind == behind_run::padding;
    const std::size_t gap = padded ? 0 : 5, stride = Segment + gap, segments = Depth / Segment;
    std::vector<guarded_vector<lhs>> rows(Rows);
    std::vector<std::int8_t> flat;
    row_list<lhs, std::int32_t, Rows> at;
    at.segment_stride = stride;
    std::vector<std::int32_t> got(Rows * Outputs, 77);
    for (std::size_t i = 0; i < Rows; ++i) {
        std::vector<lhs> values;
        const auto add = [&](std::size_t count) {
            for (std::size_t k = 0; k < count; ++k) {
                flat.push_back(support::draw_activation<std::int8_t>(r, support::spread::even));
                values.push_back(execution::copied(flat.back()));
            }
        };
        if (padded) {
            // Each run is followed by what the arch sees as zero.
            x.for_each_run([&](k_run run) {
                add(run.length);
                while (values.size() % execution::unit != 0) values.push_back(execution::copied_zero);
            });
            at.segment_stride = round_up(Segment, execution::unit);
        } else {
            for (std::size_t s = 0; s < segments; ++s) {
                add(Segment);
                // Where nothing lies behind the last run, memory ends.
                if (s + 1 < segments || Behind == behind_run::anything) values.resize(values.size() + gap, lhs(99));
            }
        }
        rows[i].assign(values.begin(), values.end());
        at.lhs[i] = rows[i].data();
        at.dst[i] = got.data() + i * Outputs;
    }
    constexpr std::size_t together = Rows <= execution::max_rows ? Rows : 1;
    for (std::size_t p = 0; p < x.panels(); ++p) {
        for (std::size_t m = 0; m < Rows; m += together) {
            row_list<lhs, std::int32_t, together> some{at.segment_stride};
            std::copy_n(at.lhs.begin() + std::ptrdiff_t(m), together, some.lhs.begin());
            std::copy_n(at.dst.begin() + std::ptrdiff_t(m), together, some.dst.begin());
            kernels::multiply_rows<execution, Behind, together>(together, x.panel_width(p), some, x, panel_of(packed, 0, p),
                                                                raw_sum<std::int32_t>{});
        }
        for (std::size_t i = 0; i < Rows; ++i) at.dst[i] += x.panel_width(p) * execution::lanes;
    }
    const auto wanted = reference::linear(flat.data(), Rows, Depth, 3, plain, reference::decode(plain));
    INFO(Arch::name << ", " << Rows << " rows, " << Outputs << " outputs, " << Depth << " by " << Segment);
    for (std::size_t i = 0; i < got.size(); ++i) REQUIRE(got[i] == wanted[i].integer);
}

template <class Format, class Arch, behind_run Behind>
void check_behind() {
    check_tile<Format, Arch, 1, 1, 1, 1, Behind>();
    check_tile<Format, Arch, 3, 17, 14, 7, Behind>();
    check_tile<Format, Arch, 2, 33, 9, 9, Behind>();
    check_tile<Format, Arch, 5, 7, 8, 4, Behind>();
}

template <class Format, class Arch>
void check_rows() {
    check_behind<Format, Arch, behind_run::padding>();
    check_behind<Format, Arch, behind_run::anything>();
    // Where the arch multiplies another type, activations are always copies.
    if constexpr (!pare::select<Format, problem<std::int8_t, 1, 1>, Arch>::widens) check_behind<Format, Arch, behind_run::nothing>();
}

template <class Arch>
void check_arch() {
    if constexpr (arch::compiled_for<Arch>) {
        if (!arch::available<Arch>()) return;
        check_rows<weights<>, Arch>();
        check_rows<weights<int4, per_channel>, Arch>();
        check_rows<weights<per_group<1>>, Arch>();
    }
}

}  // namespace

TEST_CASE("a static count of rows is divided evenly, by whole granules") {
    // Tiles in order, their rows and how many of each.
    using tiles = std::vector<std::array<std::size_t, 3>>;
    const auto divided = []<std::size_t Most, std::size_t Count, std::size_t Granule>() {
        tiles all;
        kernels::for_each_row_tile<Most, Count, Granule>(
            5, Count, [&]<std::size_t Rows>(std::size_t first, std::size_t n) { all.push_back({first, Rows, n}); });
        return all;
    };
    CHECK(divided.operator()<12, 28, 1>() == tiles{{5, 10, 1}, {15, 9, 2}});
    CHECK(divided.operator()<12, 28, 4>() == tiles{{5, 12, 1}, {17, 8, 2}});
    CHECK(divided.operator()<12, 30, 4>() == tiles{{5, 12, 1}, {17, 8, 1}, {25, 10, 1}});
    CHECK(divided.operator()<12, 24, 4>() == tiles{{5, 12, 2}});
    CHECK(divided.operator()<12, 14, 2>() == tiles{{5, 8, 1}, {13, 6, 1}});
    CHECK(divided.operator()<12, 3, 4>() == tiles{{5, 3, 1}});
    CHECK(divided.operator()<12, 0, 4>().empty());
}

TEST_CASE("where runs begin in rows") {
    using kernels::row_position;
    using plain = execution<weights<>, problem<std::int8_t, 1, 10, 5>, support::odd_3x2, form::expanded>;
    row_position<plain, behind_run::nothing> lying{100};
    CHECK(lying.of({0, 0, 5, 0}) == 0);
    CHECK(lying.of({1, 2, 3, 0}) == 102);
    row_position<plain, behind_run::padding> padded{100};  // runs of 5 take 6
    CHECK(padded.of({0, 0, 5, 0}) == 0);
    CHECK(padded.of({1, 0, 5, 0}) == 6);
    CHECK(padded.of({1, 0, 1, 0}) == 12);
}

TEST_CASE("lines of rows: steps that are static or not, tiles that are even or leave a rest") {
    // One output, the product of 3 and 5 values, of rows two values long, of which the second is another row's first.
    using execution = pare::select<weights<>, problem<std::int8_t, 1, 2>, arch::native>;
    using lhs = execution::dot::lhs;
    stored_weights<weights<>, 1, 2, fixed> w;
    w.codes = {std::byte(3), std::byte(5)};
    w.scales = {1.0f};
    const auto packed = pack_weights<execution, rounding::fp32, fixed>(w, execution{}, {1, 0}, {1, 0});
    constexpr std::size_t lines = 3, line = 100;
    std::array<std::int8_t, lines * line> values{};
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = std::int8_t(i * 31 % 50);
    // As the arch multiplies them.
    std::array<lhs, lines * line> copied{};
    std::ranges::transform(values, copied.begin(), execution::copied);
    const auto check = [&]<std::size_t Step, std::size_t Count>(std::size_t count) {
        std::vector<std::int32_t> got(lines * count * 2, -1);
        const row_lines<lhs, std::int32_t, Step, Step == dynamic ? dynamic : 2> rows{copied.data(), got.data(), 0,        3, 2,
                                                                                     lines,         line,       count * 2};
        kernels::multiply_rows<execution, behind_run::anything, Count>(count, 1, rows, execution{}, panel_of(packed, 0, 0),
                                                                       raw_sum<std::int32_t>{});
        for (std::size_t y = 0; y < lines; ++y)
            for (std::size_t i = 0; i < count; ++i) {
                REQUIRE(got[y * count * 2 + 2 * i] == 3 * values[y * line + 3 * i] + 5 * values[y * line + 3 * i + 1]);
                REQUIRE(got[y * count * 2 + 2 * i + 1] == -1);
            }
    };
    for (std::size_t count = 1; count < 33; ++count) {
        check.template operator()<dynamic, dynamic>(count);
        check.template operator()<3, dynamic>(count);
    }
    check.template operator()<dynamic, 1>(1);
    check.template operator()<3, 12>(12);
    check.template operator()<3, 13>(13);
    check.template operator()<dynamic, 31>(31);
}

TEST_CASE("tiles, scalar") { check_arch<arch::scalar>(); }
#if !defined(PARE_FEW_ARCHS)
TEST_CASE("tiles of three lanes and of five") { check_arch<support::odd_3x2>(), check_arch<support::odd_5x3>(); }
TEST_CASE("tiles of sse4_1") { check_arch<arch::sse4_1>(); }
#endif
TEST_CASE("tiles of avx2") { check_arch<arch::avx2>(), check_arch<arch::avx_vnni>(); }
TEST_CASE("tiles of avx512") { check_arch<arch::avx512>(), check_arch<arch::avx512_vnni>(); }
TEST_CASE("tiles of neon") { check_arch<arch::neon>(), check_arch<arch::neon_dotprod>(), check_arch<arch::neon_i8mm>(); }
