// SPDX-License-Identifier: MIT
// Blocks cut into steps: two registers by hand; windows that reach back; what must hold of any panel.
#include <pare/kernel/block_steps.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <pare/kernel/element.hpp>

#include "support/catch.hpp"
#include "support/lots.hpp"
#include "support/odd_archs.hpp"

namespace {

using namespace pare;

/// Three products a step, two registers of five outputs in a panel.
template <std::size_t Outputs, std::size_t Depth, std::size_t Segment = Depth>
using x = execution<weights<>, problem<std::uint8_t, Outputs, Depth, Segment>, support::odd_5x3, form::skipped>;

template <class Execution>
std::vector<std::byte> pack_panel(std::size_t p, const std::vector<int>& weights) {
    constexpr Execution e{};
    const auto operand = [&](std::size_t n, std::size_t k) { return typename Execution::dot::rhs(weights[n * e.depth() + k]); };
    using packer = kernels::block_packer<Execution, decltype(operand)>;
    std::vector<std::byte> panel(packer(e, p, operand, nullptr).bytes(), std::byte(0));
    CHECK(packer(e, p, operand, panel.data()).bytes() == panel.size());
    return panel;
}

/// The panel as weights again, and the steps of each list.
template <class Execution>
std::vector<std::size_t> unpack_panel(std::size_t p, const std::vector<std::byte>& panel, std::vector<int>& weights) {
    using layout = detail::block_layout<Execution>;
    constexpr Execution e{};
    const std::size_t width = e.panel_width(p), lists = layout::lists(width);
    std::vector<std::size_t> counts;
    const std::byte* at = panel.data() + get_element<std::uint32_t>(panel.data(), 0);
    std::size_t step = 0;
    for (std::size_t s = 0; s < e.segments(); ++s)
        for (std::size_t list = 0; list < lists; ++list) {
            counts.push_back(get_element<std::uint32_t>(panel.data() + layout::counts_at, counts.size()));
            for (std::size_t i = 0; i < counts.back(); ++i, ++step) {
                const std::byte* const offsets = panel.data() + layout::counts_at + 4 * lists * e.segments();
                const std::size_t window = get_element<typename layout::offset>(offsets, step);
                REQUIRE(window + Execution::unit <= e.segment());
                for (std::size_t j = 0; j < width; ++j) {
                    if (width == 2 && list != 0 && list != j + 1) continue;
                    for (std::size_t element = 0; element < Execution::register_elements; ++element) {
                        const int value = get_element<typename layout::value>(at, element);
                        const std::size_t n = (p * Execution::width + j) * Execution::lanes + element / Execution::unit;
                        const std::size_t k = s * e.segment() + window + element % Execution::unit;
                        if (n < e.outputs()) weights[n * e.depth() + k] += value;
                        else REQUIRE(value == 0);
                    }
                    at += layout::weight_bytes;
                }
            }
        }
    return counts;
}

}  // namespace

TEST_CASE("steps of both registers come first") {
    using execution = x<10, 9>;
    STATIC_REQUIRE((execution::width == 2 && execution{}.panels() == 1 && execution::skips && execution::is_sparse));
    // Columns 0 to 2 of both, 3 to 5 of the second, 6 to 8 of the first register.
    std::vector<int> weights(90);
    weights[0] = 1, weights[9 * 9 + 2] = 2, weights[6 * 9 + 4] = 3, weights[2 * 9 + 8] = -128;
    const auto panel = pack_panel<execution>(0, weights);
    std::vector<int> again(90);
    CHECK(unpack_panel<execution>(0, panel, again) == std::vector<std::size_t>{1, 1, 1});
    CHECK(again == weights);
    using layout = detail::block_layout<execution>;
    const std::byte* const offsets = panel.data() + layout::counts_at + 12;
    CHECK((get_element<std::uint16_t>(offsets, 0) == 0 && get_element<std::uint16_t>(offsets, 1) == 6 &&
           get_element<std::uint16_t>(offsets, 2) == 3));
}

TEST_CASE("a run that is no whole units ends with a window that reaches back") {
    using execution = x<3, 5>;
    std::vector<int> weights(15, 1);
    const auto panel = pack_panel<execution>(0, weights);
    std::vector<int> again(15);
    // Windows at 0 and at 2; what the first has is zero in the second.
    CHECK(unpack_panel<execution>(0, panel, again) == std::vector<std::size_t>{2});
    CHECK(again == weights);
    CHECK(get_element<std::uint16_t>(panel.data() + detail::block_layout<execution>::counts_at + 4, 1) == 2);
}

TEST_CASE("every weight is in one step, in segments too, and nothing takes no steps") {
    const auto check = []<class Execution>(Execution e, std::size_t of) {
        support::lots r(61, of, 0);
        std::vector<int> weights(e.outputs() * e.depth()), again(weights.size());
        for (int& w : weights)
            if (of > 0 && r.one_in(of)) w = int(r.integer(-128, 127));
        std::size_t steps = 0;
        for (std::size_t p = 0; p < e.panels(); ++p)
            for (const std::size_t count : unpack_panel<Execution>(p, pack_panel<Execution>(p, weights), again)) steps += count;
        CHECK(again == weights);
        if (of == 0) CHECK(steps == 0);
    };
    for (const std::size_t of : {0u, 1u, 2u, 30u, 200u}) {
        check(x<23, 60>{}, of);
        check(x<10, 42, 14>{}, of);
        check(x<4, 3>{}, of);
    }
}
