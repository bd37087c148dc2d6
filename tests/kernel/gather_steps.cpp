// SPDX-License-Identifier: MIT
// Weights cut into steps: a few by hand, in the compiler too; and what must hold of any.
#include <pare/kernel/gather_steps.hpp>

#include <algorithm>
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

template <class Arch, std::size_t Outputs, std::size_t Depth, std::size_t Segment = Depth>
using x = execution<weights<>, problem<std::int8_t, Outputs, Depth, Segment>, Arch, form::gathered>;

/// What one step takes.
struct taken {
    std::size_t step, lane, place, window, k;
    friend constexpr bool operator==(const taken&, const taken&) = default;
};

// Three lanes, two at a time: columns {0, 4, 5}, {300} and none.
constexpr bool by_hand() {
    using execution = x<support::odd_3x2, 3, 400>;
    const auto exists = [](std::size_t lane, std::size_t k) { return lane == 0 ? k == 0 || k == 4 || k == 5 : lane == 1 && k == 300; };
    kernels::gather_schedule<execution, decltype(exists)> schedule(execution{}, execution{}.run_at(0, 0), exists);
    std::array<taken, 4> got{};
    std::size_t count = 0, steps = 0;
    while (schedule.step(
        [&](std::size_t lane, std::size_t place, std::size_t window, std::size_t k) { got[count++] = {steps, lane, place, window, k}; }))
        ++steps;
    // 300 is beyond what a byte reaches from 0 and from 5, where windows begin at once since nothing is read but what is taken.
    return steps == 3 && count == 4 &&
           got == std::array<taken, 4>{taken{0, 0, 0, 0, 0}, taken{0, 0, 1, 0, 4}, taken{1, 0, 0, 5, 5}, taken{2, 1, 0, 144, 300}};
}

/// Every weight is in one slot of one step, within the window, which lies in the segment where that is long enough.
template <class Arch, std::size_t Outputs, std::size_t Depth, std::size_t Segment>
void check_panels(double density) {
    using execution = x<Arch, Outputs, Depth, Segment>;
    using layout = detail::gathered_layout<execution>;
    using rhs = typename execution::dot::rhs;
    constexpr execution e{};
    support::lots r(41, Outputs, Depth);
    std::vector<int> weight(Outputs * Depth);
    for (int& w : weight) w = r.real(0, 1) < density ? int(r.integer(-128, 127)) : 0;
    // One output has all of them, and one none.
    for (std::size_t k = 0; k < Depth; ++k) weight[k] = -128, weight[weight.size() - 1 - k] = Outputs > 1 ? 0 : -128;
    const auto operand = [&](std::size_t n, std::size_t k) { return rhs(weight[n * Depth + k]); };

    std::vector<int> found(weight.size());
    for (std::size_t p = 0; p < e.panels(); ++p) {
        const kernels::gathered_packer<execution, decltype(operand)> measured(e, p, operand, nullptr);
        std::vector<std::byte> data(measured.bytes());
        const kernels::gathered_packer<execution, decltype(operand)> packed(e, p, operand, data.data());
        REQUIRE(packed.bytes() == measured.bytes());
        REQUIRE(data.size() % Arch::alignment == 0);
        const std::size_t width = e.panel_width(p), lanes = width * Arch::lanes, first = p * execution::width * Arch::lanes;
        const auto number = [&](std::size_t i) { return std::size_t(get_element<std::uint32_t>(data.data(), i)); };
        // Which output each lane sums.
        std::vector<std::size_t> output(lanes);
        for (std::size_t n = 0; n < lanes; ++n)
            output[execution::sorts ? std::to_integer<std::size_t>(data[number(1) + n]) : n] = first + n;
        std::size_t step = 0, count = 0;
        for (std::size_t j = 0; j < width; ++j)
            e.for_each_run([&](k_run run) {
                for (std::size_t s = number(4 + count); s > 0; --s, ++step) {
                    const std::size_t window = get_element<typename layout::offset>(data.data() + number(0), step);
                    if (execution::gathers_windows) REQUIRE(window <= (Segment > execution::window ? Segment - execution::window : 0));
                    const std::byte* const at = data.data() + number(2) + step * layout::place_bytes;
                    for (std::size_t i = 0; i < execution::register_elements; ++i) {
                        const int w = get_element<rhs>(data.data() + number(3) + step * layout::weight_bytes, i);
                        const std::size_t place = std::to_integer<std::size_t>(at[i]), n = output[j * Arch::lanes + i / execution::unit];
                        REQUIRE(place < execution::window);
                        REQUIRE(window + place < std::max(Segment, execution::window));
                        if (w == 0) continue;
                        const std::size_t k = run.segment * Segment + window + place;
                        REQUIRE(n < Outputs);
                        REQUIRE(weight[n * Depth + k] == w);
                        ++found[n * Depth + k];
                    }
                }
                ++count;
            });
        REQUIRE(number(2) + step * layout::place_bytes <= number(3));
        REQUIRE(number(3) + step * layout::weight_bytes <= data.size());
    }
    for (std::size_t i = 0; i < weight.size(); ++i) REQUIRE(found[i] == (weight[i] != 0));
}

template <class Arch>
void check_arch() {
    for (const double density : {0.0, 0.05, 0.3, 1.0}) {
        check_panels<Arch, 1, 1, 1>(density);
        check_panels<Arch, 17, 63, 63>(density);
        check_panels<Arch, 40, 130, 65>(density);
        check_panels<Arch, 70, 600, 600>(density);
    }
}

}  // namespace

TEST_CASE("steps of three lanes by hand") {
    STATIC_REQUIRE(by_hand());
    CHECK(by_hand());
}
TEST_CASE("every weight is in one place of one step") {
    check_arch<arch::scalar>();
    check_arch<support::odd_3x2>(), check_arch<support::odd_5x3>();
    check_arch<arch::avx2>(), check_arch<arch::avx512>(), check_arch<arch::avx512_vnni>(), check_arch<arch::neon_dotprod>();
}

TEST_CASE("outputs of a register have about as many weights") {
    // Of 32 outputs every second has 64 weights, and the others have 4: 16 steps and one, where unsorted both registers would take 16.
    using execution = x<arch::avx512_vnni, 32, 64>;
    STATIC_REQUIRE(execution::sorts);
    const auto operand = [](std::size_t n, std::size_t k) { return std::int8_t(n % 2 == 0 || k < 4); };
    const kernels::gathered_packer<execution, decltype(operand)> packed(execution{}, 0, operand, nullptr);
    CHECK(packed.bytes() == round_up(16 + 8 + 17 * 2 + 32, 64) + 17 * 128);
}
