// SPDX-License-Identifier: MIT
// Weights at shared places cut into steps: two registers by hand; runs and segments; what must hold of any panel.
#include <pare/kernel/picked_steps.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

#include <pare/kernel/element.hpp>

#include "support/catch.hpp"
#include "support/lots.hpp"
#include "support/odd_archs.hpp"

namespace {

using namespace pare;

/// Three products a step, two registers of five outputs in a panel where so many share their places.
template <std::size_t Outputs, std::size_t Depth, std::size_t Segment = Depth>
using x = execution<weights<blocks<10, 1>>, problem<std::uint8_t, Outputs, Depth, Segment>, support::odd_5x3, form::picked>;

template <class Execution>
std::vector<std::byte> pack_panel(std::size_t p, const std::vector<int>& weights) {
    constexpr Execution e{};
    const auto operand = [&](std::size_t n, std::size_t k) { return typename Execution::dot::rhs(weights[n * e.depth() + k]); };
    using packer = kernels::picked_packer<Execution, decltype(operand)>;
    std::vector<std::byte> panel(packer(e, p, operand, nullptr).bytes(), std::byte(0));
    CHECK(packer(e, p, operand, panel.data()).bytes() == panel.size());
    return panel;
}

/// The panel as weights again, and the steps of each run.
template <class Execution>
std::vector<std::size_t> unpack_panel(std::size_t p, const std::vector<std::byte>& panel, std::vector<int>& weights) {
    using layout = detail::picked_layout<Execution>;
    constexpr Execution e{};
    const std::size_t width = e.panel_width(p), lanes = width * Execution::lanes, unit = Execution::unit;
    std::vector<std::size_t> counts;
    const std::byte* at = panel.data() + get_element<std::uint32_t>(panel.data(), 0);
    const std::byte* masks = panel.data() + layout::masks_at(e.run_count());
    e.for_each_run([&](k_run r) {
        counts.push_back(get_element<std::uint32_t>(panel.data() + layout::counts_at, counts.size()));
        std::size_t taken = 0;
        for (std::size_t k = 0; k < r.length; ++k) {
            if (read_bits(masks, k, 1) == 0) continue;
            for (std::size_t lane = 0; lane < lanes; ++lane) {
                const int value = get_element<typename layout::value>(at, (taken / unit * lanes + lane) * unit + taken % unit);
                const std::size_t n = p * Execution::width * Execution::lanes + lane;
                if (n < e.outputs()) weights[n * e.depth() + r.segment * e.segment() + r.offset + k] += value;
                else REQUIRE(value == 0);
            }
            ++taken;
        }
        REQUIRE(counts.back() == ceil_div(taken, unit));
        at += counts.back() * width * layout::weight_bytes;
        masks += layout::words(r.length) * sizeof(std::uint64_t);
    });
    return counts;
}

}  // namespace

TEST_CASE("panels are as wide as outputs share places") {
    STATIC_REQUIRE((x<30, 9>::width == 2 && x<30, 9>{}.panels() == 3 && x<30, 9>::picks && x<30, 9>::is_sparse));
    STATIC_REQUIRE(x<5, 9>::width == 1);
    using of_five = execution<weights<blocks<5, 1>>, problem<std::uint8_t, 30, 9>, support::odd_5x3, form::picked>;
    using of_fifteen = execution<weights<n_of_m<2, 4, 15>>, problem<std::uint8_t, 30, 9>, support::odd_5x3, form::picked>;
    STATIC_REQUIRE((of_five::width == 1 && of_fifteen::width == 1));
}

TEST_CASE("a place that one output has is picked for all of its panel") {
    using execution = x<10, 9>;
    std::vector<int> weights(90);
    // Columns 1, 4, 5 and 8: a step and a third.
    weights[1] = 1, weights[9 * 9 + 4] = 2, weights[6 * 9 + 5] = 3, weights[2 * 9 + 8] = -128;
    const auto panel = pack_panel<execution>(0, weights);
    std::vector<int> again(90);
    CHECK(unpack_panel<execution>(0, panel, again) == std::vector<std::size_t>{2});
    CHECK(again == weights);
    CHECK(read_bits(panel.data() + detail::picked_layout<execution>::masks_at(1), 0, 9) == 0b1'0011'0010);
}

TEST_CASE("every weight is in one step, in segments and runs too, and nothing takes no steps") {
    const auto check = []<class Execution>(Execution e, std::size_t of, std::size_t runs) {
        support::lots r(61, of, 0);
        std::vector<int> weights(e.outputs() * e.depth()), again(weights.size());
        for (int& w : weights)
            if (of > 0 && r.one_in(of)) w = int(r.integer(-128, 127));
        std::size_t steps = 0;
        for (std::size_t p = 0; p < e.panels(); ++p) {
            const auto counts = unpack_panel<Execution>(p, pack_panel<Execution>(p, weights), again);
            CHECK(counts.size() == runs);
            for (const std::size_t count : counts) steps += count;
        }
        CHECK(again == weights);
        if (of == 0) CHECK(steps == 0);
    };
    for (const std::size_t of : {0u, 1u, 2u, 30u, 200u}) {
        check(x<23, 60>{}, of, 1);
        check(x<10, 600>{}, of, 3);
        check(x<10, 42, 14>{}, of, 3);
        check(x<4, 3>{}, of, 1);
    }
}
