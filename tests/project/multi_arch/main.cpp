// SPDX-License-Identifier: MIT
// A baseline program that chooses among the builds of one source by what the processor has. Prints the arch that it ran; every arch
// that the processor has must give the same values.
#include <algorithm>
#include <array>
#include <cstdio>

#include "product.hpp"

namespace {

using result = std::array<std::int8_t, 2 * sizes::rows * sizes::outputs>;

std::array<std::int8_t, sizes::rows * sizes::depth> lhs;
std::array<std::int8_t, sizes::outputs * sizes::depth> weights;

template <class Arch>
bool run(const result& expected, result& got) {
    product(Arch{}, lhs.data(), weights.data(), got.data());
    std::printf("%s\n", Arch::name.data());
    return got == expected;
}

}  // namespace

int main() {
    unsigned state = 1;
    const auto next = [&] { return std::int8_t((state = state * 1664525u + 1013904223u) >> 24); };
    std::generate(lhs.begin(), lhs.end(), next);
    std::generate(weights.begin(), weights.end(), next);
    result expected{}, got{};
    product(pare::arch::scalar{}, lhs.data(), weights.data(), expected.data());
    if (std::all_of(expected.begin(), expected.end(), [&](std::int8_t q) { return q == expected[0]; })) return 1;
    bool same = true;
    if (pare::arch::available<pare::arch::avx512_vnni>()) same = run<pare::arch::avx512_vnni>(expected, got);
    if (pare::arch::available<pare::arch::avx2>()) same = run<pare::arch::avx2>(expected, got) && same;
    same = run<pare::arch::scalar>(expected, got) && same;
    std::printf(same ? "same values\n" : "different values\n");
    return same ? 0 : 1;
}
