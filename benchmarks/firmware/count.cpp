// SPDX-License-Identifier: MIT
// Counts the instructions of one run of what measured.hpp holds, by SysTick on an emulator that executes an instruction in a nanosecond.
#include <cstddef>
#include <cstdint>

#include <pare/pare.hpp>

#include "console.hpp"
#include "measured.hpp"

namespace {

volatile std::uint32_t* const systick = reinterpret_cast<volatile std::uint32_t*>(0xe000e010);

/// Ticks that are left.
std::uint32_t ticks() { return systick[2]; }
/// Begins to count down from the most it can.
void start() {
    systick[1] = 0xffffff;
    systick[2] = 0;
    systick[0] = 5;  // on, by the clock of the processor
    while (ticks() == 0) {
    }
}

/// Instructions of a tick, in hundredths.
#if defined(__ARM_FEATURE_MVE)
constexpr std::uint64_t in_tick = 3125;  // 32 MHz
#else
constexpr std::uint64_t in_tick = 4000;  // 25 MHz
#endif

}  // namespace

int main() {
    using model = std::remove_cvref_t<decltype(board::network)>::graph;
    static board::arena memory;
    static std::int8_t input[model::input_shape.size()], output[model::output_shape.size()];
    std::uint32_t state = 1;
    for (std::int8_t& x : input) x = std::int8_t((state = state * 1664525u + 1013904223u) >> 24);
    board::run(input, output, memory.data());
    constexpr std::size_t macs = pare::cost<model>.dense;
    constexpr std::uint32_t runs = macs < 1000000 ? 4 : 1;
    start();
    const std::uint32_t begin = ticks();
    for (std::uint32_t i = 0; i < runs; ++i) board::run(input, output, memory.data());
    const std::uint64_t instructions = std::uint64_t(begin - ticks()) * in_tick / 100 / runs;
    print(std::int32_t(instructions));
    print(" ");
    print(std::int32_t(macs));
    print(" ");
    print(std::int32_t(board::flash_bytes));
    print(" ");
    print(std::int32_t(board::arena_bytes));
    print("\n");
}
